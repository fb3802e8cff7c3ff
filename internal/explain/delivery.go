package explain

import (
	"fmt"
	"net/url"

	"turnstone"
)

// deliveries tells where an event went.
func (t *teller) deliveries(eventID int64) {
	told := false
	for _, d := range t.Deliveries {
		if d.EventID == eventID {
			t.delivery(d)
			told = true
		}
	}
	if !told {
		t.say("Event %d is for nobody: no callback URL wanted it when it was made.", eventID)
	}
}

// delivery tells of one delivery.
func (t *teller) delivery(d turnstone.DeliveryRecord) {
	to := Receiver(d.URL)
	if d.State == turnstone.DeliveryDelivered {
		t.made(d, to)
		return
	}
	failed := ""
	if n := len(d.Attempts); n > 0 {
		last := d.Attempts[n-1]
		failed = fmt.Sprintf(" So far %s failed, the last at %s: %s.", counted(n), moment(last.At), last.Problem)
	}
	switch {
	case d.State == turnstone.DeliveryQueued:
		t.say("Event %d has not reached %s.%s It waits until somebody asks for it to be delivered again.", d.EventID, to, failed)
	case d.State == turnstone.DeliveryRetry && !d.NextAt.IsZero():
		t.say("Event %d has not reached %s yet.%s It is tried again at %s.", d.EventID, to, failed, moment(d.NextAt))
	default:
		t.say("Event %d has not reached %s yet.%s It is on its way, or waits until the receiver answers again, or for an earlier event of the same object.", d.EventID, to, failed)
	}
}

// made tells of a delivery that was made.
func (t *teller) made(d turnstone.DeliveryRecord, to string) {
	failures, problem := 0, ""
	for _, a := range d.Attempts {
		if a.Problem != "" {
			failures, problem = failures+1, a.Problem
			continue
		}
		how := ""
		if failures > 0 {
			how = fmt.Sprintf(", after %s had failed: %s", counted(failures), problem)
		}
		t.say("Event %d reached %s at %s, which answered %d%s.", d.EventID, to, moment(a.At), a.Status, how)
		return
	}
	t.say("Event %d reached %s.", d.EventID, to)
}

// counted counts attempts in words.
func counted(n int) string {
	if n == 1 {
		return "one attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}

// Receiver returns a callback URL as it may be shown: without its query, which may
// hold a secret.
func Receiver(callback string) string {
	u, err := url.Parse(callback)
	if err != nil || u.Host == "" {
		return "the receiver"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}
