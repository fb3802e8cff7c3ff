package api_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// note is what tests read of a notification.
type note struct {
	ID                             int64
	Topic, Severity, Message, From string
	CreatedDate                    string
	Active, Acknowledged           bool
}

// topics returns the query of a list of notifications.
func topics(names ...string) string { return url.Values{"topics[]": names}.Encode() }

func TestNotificationsAreThePlatforms(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	ids := w.happened(v, 7, 3)
	told := fmt.Sprintf("instance-%d-concur-events", v.ID)
	posted := w.ok("POST", "/notifications", `{"severity":"low","topic":"churros-topic","message":"this is a test message","from":"churros"}`)
	w.golden(t, "notification_posted", posted)
	id := decode[note](t, posted).ID
	for _, step := range []struct{ name, method, path string }{
		{"notifications", "GET", "/notifications?" + topics("churros-topic", told)},
		{"notifications_page", "GET", "/notifications?pageSize=2&" + topics("churros-topic", told)},
		{"notifications_none", "GET", "/notifications?" + topics("fake-topic-name-with-no-notifications")},
		{"notifications_without_topics", "GET", "/notifications"},
		{"notification", "GET", fmt.Sprintf("/notifications/%d", id)},
		{"notification_of_event", "GET", fmt.Sprintf("/notifications/%d", ids[0])},
		{"notification_acknowledged", "PUT", fmt.Sprintf("/notifications/%d/acknowledge", id)},
		{"notification_of_event_acknowledged", "PUT", fmt.Sprintf("/notifications/%d/acknowledge", ids[0])},
		{"notification_posted_deliveries", "GET", fmt.Sprintf("/notifications/%d/subscriptions/deliveries", id)},
		{"notification_deleted", "DELETE", fmt.Sprintf("/notifications/%d", id)},
		{"notification_of_event_deleted", "DELETE", fmt.Sprintf("/notifications/%d", ids[0])},
		{"notification_gone", "GET", fmt.Sprintf("/notifications/%d", ids[0])},
		{"notifications_left", "GET", "/notifications?" + topics("churros-topic", told)},
	} {
		t.Run(step.name, func(t *testing.T) { w.golden(t, step.name, w.call(step.method, step.path, "")) })
	}
	if got := w.ok("GET", fmt.Sprintf("/instances/events/%d", ids[0]), ""); !strings.Contains(got.body, "R") {
		t.Errorf("event of a notification that was deleted = %s, want it in the history", got.body)
	}
}

func TestPagesOfNotificationsLeadToEachOther(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	ids := w.happened(v, 7, 3, 2)
	w.ok("POST", "/notifications", `{"topic":"news","message":"hello"}`)
	w.ok("DELETE", fmt.Sprintf("/notifications/%d", ids[1]), "")
	var got []int64
	for next := ""; ; {
		page := w.ok("GET", "/notifications?pageSize=1&nextPage="+next+"&"+topics("news", fmt.Sprintf("instance-%d-concur-events", v.ID)), "")
		for _, n := range decode[[]note](t, page) {
			got = append(got, n.ID)
		}
		if next = page.header.Get("Elements-Next-Page-Token"); next == "" {
			break
		}
	}
	if len(got) != 3 || got[1] != ids[2] || got[2] != ids[0] {
		t.Errorf("notifications = %v, want the one posted, and %d and %d", got, ids[2], ids[0])
	}
}

func TestANotificationSaysWhoPostedIt(t *testing.T) {
	w := newWorld(t)
	got := decode[note](t, w.ok("POST", "/notifications", `{"topic":"news","message":"hello"}`))
	if got.From != "user1@example.com" || got.Severity != "low" || got.Acknowledged || !got.Active {
		t.Errorf("POST /notifications = %+v, want the user's address, low, active and not acknowledged", got)
	}
}

func TestBadNotificationsAreExplained(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	for name, tt := range map[string]struct {
		method, path, body, authorization string
		status                            int
		says                              string
	}{
		"nothing":             {"POST", "/notifications", `{}`, "", 400, "topic: is missing"},
		"no topic":            {"POST", "/notifications", `{"severity":"low","topic":null,"message":"m","from":"f"}`, "", 400, "topic: is missing"},
		"no message":          {"POST", "/notifications", `{"topic":"a","message":" "}`, "", 400, "message: is missing"},
		"a number":            {"POST", "/notifications", `{"topic":1}`, "", 400, "write text"},
		"an unknown severity": {"POST", "/notifications", `{"severity":"fatal","topic":"a","message":"m"}`, "", 400, "write low, medium or high"},
		"a long topic":        {"POST", "/notifications", `{"topic":"` + strings.Repeat("a", 300) + `","message":"m"}`, "", 400, "write at most 255"},
		"a long message":      {"POST", "/notifications", `{"topic":"a","message":"` + strings.Repeat("ä", 70000) + `"}`, "", 400, "write at most 65536"},
		"an unknown member":   {"POST", "/notifications", `{"topic":"a","message":"m","urgent":true}`, "", 400, "urgent"},
		"no JSON":             {"POST", "/notifications", `topic`, "", 400, "no JSON"},
		"too large":           {"POST", "/notifications", `{"topic":"` + strings.Repeat("a", 9<<20) + `"}`, "", 413, "larger than 8 MB"},
		"a token":             {"POST", "/notifications", `{"topic":"a","message":"m"}`, token, 401, "lacks Organization"},
		"a list of a token":   {"GET", "/notifications?topics[]=a", "", token, 401, "lacks Organization"},
		"too many topics":     {"GET", "/notifications?" + topics(strings.Split(strings.Repeat("a,", 60), ",")...), "", "", 400, "write from 1 to 50"},
		"a bad page":          {"GET", "/notifications?topics[]=a&nextPage=x", "", "", 400, "is no token"},
		"no number":           {"GET", "/notifications/abc", "", "", 404, "there is no notification"},
		"an unknown number":   {"PUT", "/notifications/4711/acknowledge", "", "", 404, "there is no notification"},
		"nothing to delete":   {"DELETE", "/notifications/4711", "", "", 404, "there is no notification"},
		"two statuses":        {"GET", "/notifications/subscriptions/deliveries?where=" + url.QueryEscape("status='queued' and status='retry'"), "", "", 400, "twice"},
		"two addresses":       {"PUT", "/notifications/subscriptions/deliveries?where=" + url.QueryEscape("config.url='a' and CONFIG.URL='b'"), "", "", 400, "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			authorization := tt.authorization
			if authorization == "" {
				authorization = w.auth
			}
			got := w.call(tt.method, tt.path, tt.body, "Authorization", authorization)
			if got.status != tt.status || !strings.Contains(got.body, tt.says) || !strings.Contains(got.body, `"requestId":"`) {
				t.Errorf("%s %s = %d %.300s, want %d with %q", tt.method, tt.path, got.status, got.body, tt.status, tt.says)
			}
		})
	}
}

func TestAFilterNamesResourcesThatThereAre(t *testing.T) {
	w := newWorld(t)
	v := w.create()
	path := fmt.Sprintf("/instances/%d/destinations", v.ID)
	got := w.call("POST", path, `{"url":"https://receiver.example/more","resources":["reports","reprots"]}`)
	if got.status != http.StatusBadRequest || !strings.Contains(got.body, "resources.1") || !strings.Contains(got.body, "write one of") {
		t.Errorf("POST with an unknown resource = %d %s, want 400 that lists those there are", got.status, got.body)
	}
	w.ok("POST", path, `{"url":"https://receiver.example/more","resources":["reports"]}`)
}
