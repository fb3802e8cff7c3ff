package ess

import "encoding/json"

// Topics that the simulator has something to tell about.
const (
	Reports    = "public.concur.expense.report"
	Requests   = "public.concur.request"
	Identities = "public.concur.user.profile.identity"
)

// Topics returns the topics in the order in which they are listed.
func Topics() []string { return []string{Reports, Requests, Identities} }

// Event tells an app what happened.
type Event struct {
	ID            string `json:"id"`
	CorrelationID string `json:"correlationId"`
	Route         string `json:"route"`
	Type          string `json:"eventType"`
	// Told is the topic that the event names, which need not be the one that it is
	// delivered for.
	Told string `json:"topic"`
	// Company is the UUID of the company.
	Company   string          `json:"subtopic"`
	TimeStamp string          `json:"timeStamp"`
	Facts     json.RawMessage `json:"facts"`
	Data      *struct{}       `json:"data"` // always null

	// Topic is what an app subscribed to.
	Topic string `json:"-"`
}
