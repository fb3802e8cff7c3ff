package client_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"turnstone/client"
)

func TestEveryCallAsksForWhatItSays(t *testing.T) {
	ctx, at := t.Context(), time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	type asking = func(c *client.Client) error
	tests := map[string]asking{
		"GET /instances?searchText=x&tags%5B%5D=a&tags%5B%5D=b": func(c *client.Client) error {
			return drain(c.Instances(ctx, client.InstanceQuery{Search: "x", Tags: []string{"a", "b"}}))
		},
		"GET /elements/concur/instances": func(c *client.Client) error {
			return drain(c.Instances(ctx, client.InstanceQuery{Element: "concur"}))
		},
		"GET /instances/7": func(c *client.Client) error { return just(c.Instance(ctx, 7)) },
		`POST /instances {"element":{"key":"concur"},"name":"n","tags":["t"],"configuration":{"event.notification.enabled":true}}`: func(c *client.Client) error {
			return just(c.CreateInstance(ctx, client.InstanceInput{
				Element: &client.ElementRef{Key: "concur"}, Name: "n", Tags: []string{"t"}, Configuration: map[string]any{"event.notification.enabled": true},
			}))
		},
		`PATCH /instances/7 {"name":"n"}`: func(c *client.Client) error { return just(c.UpdateInstance(ctx, 7, client.InstanceInput{Name: "n"})) },
		"DELETE /instances/7":             func(c *client.Client) error { return c.DeleteInstance(ctx, 7) },
		"PUT /instances/7/enabled":        func(c *client.Client) error { return c.EnableInstance(ctx, 7) },
		"DELETE /instances/7/enabled":     func(c *client.Client) error { return c.DisableInstance(ctx, 7) },
		"GET /instances/7/health":         func(c *client.Client) error { return just(c.InstanceHealth(ctx, 7)) },
		"GET /elements":                   func(c *client.Client) error { return drain(c.Elements(ctx)) },
		"GET /elements/concur":            func(c *client.Client) error { return just(c.Element(ctx, "concur")) },
		`POST /elements {"key": "kiosk"}`: func(c *client.Client) error {
			return just(c.CreateElement(ctx, []byte(`{"key": "kiosk"}`)))
		},
		`PUT /elements/kiosk version: 1`: func(c *client.Client) error {
			return just(c.ReplaceElement(ctx, "kiosk", []byte("version: 1")))
		},
		`POST /elements/concur/clone {"key":"mine"}`: func(c *client.Client) error { return just(c.CloneElement(ctx, "concur", "mine")) },
		`POST /elements/concur/clone {}`:             func(c *client.Client) error { return just(c.CloneElement(ctx, "concur", "")) },
		"DELETE /elements/kiosk":                     func(c *client.Client) error { return c.DeleteElement(ctx, "kiosk") },
		"GET /elements/kiosk/export":                 func(c *client.Client) error { return just(c.ExportElement(ctx, "kiosk")) },
		"GET /elements/kiosk/import-report":          func(c *client.Client) error { return just(c.ImportReport(ctx, "kiosk")) },
		"GET /instances/7/pollers":                   func(c *client.Client) error { return drain(c.Pollers(ctx, 7)) },
		"GET /instances/7/pollers/a%2Fb":             func(c *client.Client) error { return just(c.Poller(ctx, 7, "a/b")) },
		"GET /instances/7/pollers/x/polls":           func(c *client.Client) error { return drain(c.Polls(ctx, 7, "x")) },
		`POST /instances/7/pollers/x/preview {"configuration":{"a":1},"since":"24h"}`: func(c *client.Client) error {
			return just(c.PreviewPoll(ctx, 7, "x", client.PreviewInput{Configuration: json.RawMessage(`{"a":1}`), Since: "24h"}))
		},
		"POST /instances/7/pollers/x/poll":                                    func(c *client.Client) error { return c.PollNow(ctx, 7, "x") },
		`POST /instances/7/pollers/x/replay {"since":"2026-11-23T08:00:00Z"}`: func(c *client.Client) error { return just(c.ReplayPoller(ctx, 7, "x", at)) },
		`POST /instances/7/pollers/x/reset {"since":"2026-11-23T08:00:00Z"}`:  func(c *client.Client) error { return just(c.ResetPoller(ctx, 7, "x", at)) },
		"GET /instances/7/pollers/x/objects/a%20b":                            func(c *client.Client) error { return just(c.ExplainObject(ctx, 7, "x", "a b")) },
		"GET /instances/7/events?from=2026-11-23T08%3A00%3A00Z&op=CREATED&resource=x": func(c *client.Client) error {
			return drain(c.Events(ctx, 7, client.EventQuery{Resource: "x", Op: "CREATED", From: at}))
		},
		"GET /instances/events":      func(c *client.Client) error { return drain(c.Events(ctx, 0, client.EventQuery{})) },
		"GET /instances/events/abc":  func(c *client.Client) error { return just(c.Event(ctx, 0, "abc")) },
		"GET /instances/7/events/12": func(c *client.Client) error { return just(c.Event(ctx, 7, "12")) },
		`POST /instances/7/events/replay {"eventIds":["1"],"dryRun":true}`: func(c *client.Client) error {
			return just(c.ReplayEvents(ctx, 7, client.ReplayInput{EventIDs: []string{"1"}, DryRun: true}))
		},
		"GET /instances/events/analytics?interval=hour": func(c *client.Client) error { return just(c.CountEvents(ctx, client.CountQuery{Interval: "hour"})) },
		"GET /instances/7/destinations":                 func(c *client.Client) error { return drain(c.Destinations(ctx, 7)) },
		"GET /instances/7/destinations/3":               func(c *client.Client) error { return just(c.Destination(ctx, 7, 3)) },
		`POST /instances/7/destinations {"url":"https://x.example","types":["CREATED"]}`: func(c *client.Client) error {
			return just(c.CreateDestination(ctx, 7, client.DestinationInput{URL: "https://x.example", Types: []string{"CREATED"}}))
		},
		`PATCH /instances/7/destinations/3 {"rate":5}`: func(c *client.Client) error {
			return just(c.UpdateDestination(ctx, 7, 3, client.DestinationInput{Rate: 5}))
		},
		"DELETE /instances/7/destinations/3":          func(c *client.Client) error { return c.DeleteDestination(ctx, 7, 3) },
		"POST /instances/7/destinations/3/redeliver":  func(c *client.Client) error { return just(c.Redeliver(ctx, 7, 3)) },
		"GET /notifications/subscriptions/deliveries": func(c *client.Client) error { return drain(c.Deliveries(ctx, "")) },
		"PUT /notifications/subscriptions/deliveries?where=status+%3D+%27queued%27": func(c *client.Client) error {
			return c.RedeliverAll(ctx, "status = 'queued'")
		},
		"GET /notifications/12/subscriptions/deliveries": func(c *client.Client) error { return drain(c.DeliveriesOf(ctx, 12)) },
		"GET /hubs/any/lists/7/items?fields=a%2Cb&orderBy=a&pageSize=5&where=a+%3D+1": func(c *client.Client) error {
			return drain(c.Records(ctx, "/lists/7/items", client.RecordQuery{Where: "a = 1", Fields: []string{"a", "b"}, OrderBy: "a", PageSize: 5}))
		},
		"GET /hubs/any/reports/a%2Fb": func(c *client.Client) error { return just(c.Record(ctx, "reports", "a/b")) },
		`POST /hubs/any/reports {"Name":"n"}`: func(c *client.Client) error {
			return just(c.CreateRecord(ctx, "reports", map[string]string{"Name": "n"}))
		},
		`PATCH /hubs/any/reports/7 {"Name":"n"}`: func(c *client.Client) error {
			return just(c.UpdateRecord(ctx, "reports", "7", map[string]string{"Name": "n"}))
		},
		"DELETE /hubs/any/reports/7": func(c *client.Client) error { return c.DeleteRecord(ctx, "reports", "7") },
		`POST /bulk/query {"q":"select * from x"}`: func(c *client.Client) error {
			return just(c.BulkQuery(ctx, client.BulkInput{Query: "select * from x"}))
		},
		"GET /bulk":          func(c *client.Client) error { return drain(c.BulkJobs(ctx)) },
		"GET /bulk/5/status": func(c *client.Client) error { return just(c.BulkJob(ctx, 5)) },
		"GET /bulk/5/lists/7/items": func(c *client.Client) error {
			return just(c.FetchBulk(ctx, client.BulkJob{ID: 5, ObjectName: "lists/7/items"}, client.CSV))
		},
		"DELETE /bulk/5":                   func(c *client.Client) error { return c.DeleteBulk(ctx, 5) },
		"GET /users":                       func(c *client.Client) error { return drain(c.Users(ctx)) },
		"GET /users/2":                     func(c *client.Client) error { return just(c.User(ctx, 2)) },
		`POST /users {"emailAddress":"e"}`: func(c *client.Client) error { return just(c.CreateUser(ctx, client.UserInput{Email: "e"})) },
		`PATCH /users/2 {"active":false}`:  func(c *client.Client) error { return just(c.UpdateUser(ctx, 2, client.UserInput{Active: new(bool)})) },
		"DELETE /users/2":                  func(c *client.Client) error { return c.DeleteUser(ctx, 2) },
	}
	for want, ask := range tests {
		t.Run(want, func(t *testing.T) {
			var got string
			err := ask(connect(t, func(r *http.Request) answer {
				body, _ := io.ReadAll(r.Body)
				got = strings.TrimSpace(r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), client.Prefix) + " " + string(body))
				if h := r.Header.Get("Authorization"); h != "User user, Organization organization, Element token" {
					t.Errorf("Authorization = %q", h)
				}
				if h := r.Header.Get("User-Agent"); h != "turnstone-client" {
					t.Errorf("User-Agent = %q", h)
				}
				if h := r.Header.Get("Content-Type"); (h == "application/json") != (len(body) > 0) {
					t.Errorf("Content-Type = %q of the body %q", h, body)
				}
				return says(200, "null") // an object without members as well as a list without any
			}))
			if got != want || err != nil {
				t.Errorf("asked %s, %v, want %s", got, err, want)
			}
		})
	}
}
