package concursim

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is one request that the simulator answered. It holds no tokens and
// no secrets.
type Request struct {
	Time   time.Time `json:"time"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Query  string    `json:"query,omitempty"`
	// Status is 0 if the connection was reset.
	Status        int    `json:"status"`
	CorrelationID string `json:"correlationId"`
	// Company is the company whose token was accepted, or that got one; 0 means
	// none.
	Company int `json:"company,omitempty"`
	// Grant is what a token was asked for with, as OAuth names it.
	Grant string `json:"grant,omitempty"`
	// Fault names the fault that befell the request, as the switch is named.
	Fault string `json:"fault,omitempty"`
}

// requestLog holds the latest requests.
type requestLog struct {
	mu  sync.Mutex
	all []Request
}

// maxRequests bounds the log to some megabytes: hours of polling, or the last
// minute of a load test.
const maxRequests = 50_000

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == maxRequests {
		l.all = slices.Delete(l.all, 0, maxRequests/2)
	}
	l.all = append(l.all, r)
}

// Requests returns the latest requests, at least 25,000 if there were as many,
// in the order in which they were answered. The control endpoints are not
// among them.
func (s *Simulator) Requests() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return slices.Clone(s.requests.all)
}

// redact blots out what the legacy endpoints take in the query string and must
// not be written down.
func redact(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || secretParameter(plain) {
			pairs[i] = name + "=***"
		}
	}
	return strings.Join(pairs, "&")
}

func secretParameter(name string) bool {
	name = strings.ToLower(name)
	return name == "code" || name == "password" || strings.Contains(name, "secret") || strings.Contains(name, "token")
}
