package notify

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"turnstone"
	"turnstone/internal/api/rest"
)

// Limits of what is posted, in characters.
const (
	maxName    = 255 // of a topic, or a sender
	maxMessage = 65536
)

// notificationRequestJSON is what is posted.
type notificationRequestJSON struct {
	Severity turnstone.Severity `json:"severity"`
	Topic    string             `json:"topic"`
	Message  string             `json:"message"`
	From     string             `json:"from"`
}

// check says what is wrong with what is posted.
func (b notificationRequestJSON) check() error {
	var problems []string
	for _, text := range []struct {
		name, value string
		most        int
	}{{"topic", b.Topic, maxName}, {"message", b.Message, maxMessage}, {"from", b.From, maxName}} {
		if strings.TrimSpace(text.value) == "" && text.name != "from" {
			problems = append(problems, text.name+": is missing; write some text")
		}
		if n := utf8.RuneCountInString(text.value); n > text.most {
			problems = append(problems, fmt.Sprintf("%s: has %d characters; write at most %d", text.name, n, text.most))
		}
	}
	switch b.Severity {
	case "", turnstone.SeverityLow, turnstone.SeverityMedium, turnstone.SeverityHigh:
	default:
		problems = append(problems, fmt.Sprintf("severity: is %s; write low, medium or high", rest.Excerpt(string(b.Severity))))
	}
	if len(problems) == 0 {
		return nil
	}
	return rest.Failuref(http.StatusBadRequest, "%s", strings.Join(problems, "\n"))
}

// createNotification keeps what a client posts for those who list its topic.
func (a *API) createNotification(c *rest.Call) (any, error) {
	account, err := accountOf(c)
	if err != nil {
		return nil, err
	}
	var body notificationRequestJSON
	if err := c.Read(&body); err != nil {
		return nil, err
	}
	if err := body.check(); err != nil {
		return nil, err
	}
	ids, err := a.Events.EventIDs(c.Context(), 1)
	if err != nil {
		return nil, err
	}
	n := turnstone.Notification{
		ID: ids[0], AccountID: account, Topic: body.Topic, Severity: cmp.Or(body.Severity, turnstone.SeverityLow),
		Message: body.Message, From: cmp.Or(body.From, c.Identity.User.Email), CreatedAt: a.Now(),
	}
	if err := a.Notes.AddNotification(c.Context(), n); err != nil {
		return nil, err
	}
	return notificationView(n), nil
}
