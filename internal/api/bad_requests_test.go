package api_test

import (
	"strings"
	"testing"
)

func TestBadRequestsAboutEventsAreExplainedAndChangeNothing(t *testing.T) {
	const (
		reports      = "/instances/1/pollers/reports"
		destinations = "/instances/1/destinations"
		replay       = "/instances/1/events/replay"
		deliveries   = "/notifications/subscriptions/deliveries"
	)
	where := func(clause string) string { return deliveries + "?where=" + strings.ReplaceAll(clause, " ", "%20") }
	subscribe := func(channel, topic, config string) string {
		return `{"channel":"` + channel + `","topics":["` + topic + `"],"config":` + config + `}`
	}
	tests := map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"replay of everything":            {"POST", replay, `{}`, 400, "say what to replay"},
		"replay without a body":           {"POST", replay, ``, 400, "the body is empty"},
		"replay of events and a range":    {"POST", replay, `{"eventIds":[1],"since":"2026-11-23"}`, 400, "leave since, from, to and resource out"},
		"replay of events of a resource":  {"POST", replay, `{"eventIds":[1],"resource":"reports"}`, 400, "leave since, from, to and resource out"},
		"replay of too many events":       {"POST", replay, `{"eventIds":[1` + strings.Repeat(",1", 1000) + `]}`, 400, "has 1001 ids"},
		"replay of no number":             {"POST", replay, `{"eventIds":[{}]}`, 400, `eventIds: holds "{}"; write numbers or keys`},
		"replay of a fraction":            {"POST", replay, `{"eventIds":[1.5]}`, 404, `has no event "1.5"`},
		"replay of null":                  {"POST", replay, `{"eventIds":[null]}`, 404, `has no event ""`},
		"replay of one text":              {"POST", replay, `{"eventIds":"1"}`, 400, "eventIds: is a string; write a list"},
		"replay of an unknown event":      {"POST", replay, `{"eventIds":[99]}`, 404, `instance 1 has no event "99"`},
		"replay of unknown events":        {"POST", replay, `{"eventIds":[99,98]}`, 404, `nothing is replayed, since instance 1 has no event "99, 98"`},
		"replay of an unknown key":        {"POST", replay, `{"eventIds":["AXz0123456789abcdefg"]}`, 404, "has no event"},
		"replay since and from":           {"POST", replay, `{"since":"2026-11-23","from":"2026-11-22"}`, 400, "write one or the other"},
		"replay since nonsense":           {"POST", replay, `{"since":"yesterday"}`, 400, `since is "yesterday"; write a time such as`},
		"replay since a number":           {"POST", replay, `{"since":1763899200}`, 400, "since: is a number; write text"},
		"replay backwards":                {"POST", replay, `{"from":"2026-11-23","to":"2026-11-22"}`, 400, "from is not before to"},
		"replay to an unknown receiver":   {"POST", replay, `{"since":"2026-11-23","destinationId":9}`, 404, "instance 1 has no destination 9"},
		"replay counted for nobody":       {"POST", replay, `{"since":"2026-11-23","destinationId":9,"dryRun":true}`, 404, "instance 1 has no destination 9"},
		"replay to half a receiver":       {"POST", replay, `{"since":"2026-11-23","destinationId":1.5}`, 400, "destinationId: is a number 1.5; write a whole number"},
		"replay with a wrong page":        {"POST", replay, `{"since":"2026-11-23","nextPage":"mine"}`, 400, "is no token of this list"},
		"replay with a typo":              {"POST", replay, `{"since":"2026-11-23","dryrun":true,"dry_run":true}`, 400, `not known here: "dry_run"`},
		"replay that is dry as text":      {"POST", replay, `{"since":"2026-11-23","dryRun":"yes"}`, 400, "dryRun: is a string; write true or false"},
		"unknown event":                   {"GET", "/instances/1/events/99", ``, 404, `instance 1 has no event "99"`},
		"event that is no name":           {"GET", "/instances/1/events/x%2Fy", ``, 404, `has no event "x/y"`},
		"reread since nothing":            {"POST", reports + "/replay", `{}`, 400, "since is missing"},
		"reread since nonsense":           {"POST", reports + "/replay", `{"since":"24h"}`, 400, `since is "24h"; write a time`},
		"reread since tomorrow":           {"POST", reports + "/replay", `{"since":"2026-11-24"}`, 400, "which is to come"},
		"reread of what is not polled":    {"POST", "/instances/1/pollers/x/replay", `{"since":"2026-11-23"}`, 404, `does not poll "x"`},
		"reset since nothing":             {"POST", reports + "/reset", `{"since":""}`, 400, "since is missing"},
		"reset to tomorrow":               {"POST", reports + "/reset", `{"since":"2026-11-24T00:00:00Z"}`, 400, "which is to come"},
		"cancel nothing":                  {"DELETE", reports + "/replay", ``, 404, "is not being read again"},
		"preview with a typo":             {"POST", reports + "/preview", `{"config":{}}`, 400, `not known here: "config"`},
		"preview of null":                 {"POST", reports + "/preview", `{"configuration":null}`, 400, "event.poller.configuration.reports"},
		"preview of nothing":              {"POST", reports + "/preview", `{"configuration":{}}`, 400, "event.poller.configuration.reports.url: is missing"},
		"preview of text":                 {"POST", reports + "/preview", `{"configuration":"all"}`, 400, "event.poller.configuration.reports"},
		"preview of an unknown resource":  {"POST", reports + "/preview", `{"configuration":{"url":"/hubs/expense/report"}}`, 400, "did you mean reports?"},
		"preview of another host":         {"POST", reports + "/preview", `{"configuration":{"url":"https://evil.example/hubs/expense/reports"}}`, 400, "write it like /hubs/expense/reports"},
		"preview of a blank name":         {"POST", "/instances/1/pollers/%20/preview", `{"configuration":{"url":"/reports"}}`, 400, "event.poller.configuration"},
		"preview since nonsense":          {"POST", reports + "/preview", `{"since":"soon"}`, 400, `since is "soon"`},
		"object of what is not polled":    {"GET", "/instances/1/pollers/x/objects/1", ``, 404, `does not poll "x"`},
		"destination without a URL":       {"POST", destinations, `{}`, 400, "url: is missing"},
		"destination of null":             {"POST", destinations, `{"url":null}`, 400, "url: is missing"},
		"destination that is switched":    {"POST", destinations, `{"url":"false"}`, 400, "url: is missing"},
		"destination of a relative URL":   {"POST", destinations, `{"url":"/events"}`, 400, `url: "/events" is no http or https address`},
		"destination of another scheme":   {"POST", destinations, `{"url":"ftp://x.example"}`, 400, "url:"},
		"destination that is not allowed": {"POST", destinations, `{"url":"http://10.0.0.1/"}`, 400, "url: 10.0.0.1 is a private address"},
		"destination with a bad header":   {"POST", destinations, `{"url":"https://x.example","headers":{"Host":"evil"}}`, 400, "headers: sets Host"},
		"destination with masked headers": {"POST", destinations, `{"url":"https://x.example","headers":{"X-A":"********"}}`, 400, `headers."X-A": is the mask of a secret`},
		"destination with a masked key":   {"POST", destinations, `{"url":"https://x.example","signatureKey":"********"}`, 400, "signatureKey: is the mask of a secret"},
		"destination with a split key":    {"POST", destinations, `{"url":"https://x.example","signatureKey":"signature-secret\n"}`, 400, "signatureKey: has a line break"},
		"destination with a colon":        {"POST", destinations, `{"url":"https://x.example","username":"a:b"}`, 400, "username: has a colon"},
		"destination too fast":            {"POST", destinations, `{"url":"https://x.example","rate":1e9}`, 400, `rate: is "1e9"`},
		"destination too wide":            {"POST", destinations, `{"url":"https://x.example","concurrency":65}`, 400, `concurrency: is "65"; write a whole number from 1 to 64`},
		"destination of a handshake":      {"POST", destinations, `{"url":"https://x.example","handshake":"maybe"}`, 400, "handshake: is \"maybe\"; write off, ask or required"},
		"destination of some type":        {"POST", destinations, `{"url":"https://x.example","types":["CHANGED"]}`, 400, `types.0: is "CHANGED"; write CREATED, UPDATED or DELETED`},
		"destination of one resource":     {"POST", destinations, `{"url":"https://x.example","resources":"reports"}`, 400, `resources: is "\"reports\""; write a list`},
		"destination of no resource":      {"POST", destinations, `{"url":"https://x.example","resources":[" "]}`, 400, "resources.0: is empty"},
		"destination with a list":         {"POST", destinations, `{"url":["https://x.example"]}`, 400, "url: is"},
		"destination with a typo":         {"POST", destinations, `{"url":"https://x.example","resource":["reports"]}`, 400, "resource: is not known; write url, resources"},
		"everything wrong at once":        {"POST", destinations, `{"url":"x","types":["a"],"rate":"fast","more":1}`, 400, "more: is not known"},
		"destination that is no number":   {"GET", destinations + "/main", ``, 404, `has no destination "main"`},
		"unknown destination":             {"PATCH", destinations + "/9", `{"url":"https://x.example"}`, 404, `instance 1 has no destination "9"`},
		"delete of an unknown one":        {"DELETE", destinations + "/9", ``, 404, `has no destination "9"`},
		"redelivery to nobody":            {"POST", destinations + "/9/redeliver", ``, 404, `has no destination "9"`},
		"settings of nothing":             {"PATCH", "/accounts/settings", `{}`, 400, "notification.webhook.failure.policy: is missing"},
		"settings nobody knows":           {"PATCH", "/accounts/settings", `{"notification.webhook.failure.policy":"drop"}`, 400, `is "drop"; write "retry" or "queue"`},
		"other settings":                  {"POST", "/accounts/settings", `{"notification.email":"a@b.example"}`, 400, `not known here: "notification.email"`},
		"settings of others":              {"GET", "/accounts/99/settings", ``, 403, `account "99" is not yours`},
		"channel of mail":                 {"POST", "/notifications/subscriptions", subscribe("email", "instance-1-concur-events", `{"url":"https://x.example"}`), 400, `channel: is "email"; write "webhook"`},
		"subscription without a URL":      {"POST", "/notifications/subscriptions", subscribe("webhook", "instance-1-concur-events", `{"url":null}`), 400, "config.url: is missing"},
		"subscription without a config":   {"POST", "/notifications/subscriptions", `{"channel":"webhook","topics":["instance-1-concur-events"]}`, 400, "config.url: is missing"},
		"subscription to a bad URL":       {"POST", "/notifications/subscriptions", subscribe("webhook", "instance-1-concur-events", `{"url":"http://10.0.0.1/"}`), 400, "10.0.0.1 is a private address"},
		"unknown topic":                   {"POST", "/notifications/subscriptions", subscribe("webhook", "churros-topic", `{"url":"https://x.example"}`), 400, `topics: "churros-topic" is none`},
		"topic of another element":        {"POST", "/notifications/subscriptions", subscribe("webhook", "instance-1-sfdc-events", `{"url":"https://x.example"}`), 400, "with the number and element key of an instance of yours"},
		"topic of an unknown instance":    {"POST", "/notifications/subscriptions", subscribe("webhook", "instance-9-concur-events", `{"url":"https://x.example"}`), 400, "is none"},
		"no topic":                        {"POST", "/notifications/subscriptions", `{"channel":"webhook","topics":[],"config":{"url":"https://x.example"}}`, 400, "has 0 topics; write one"},
		"inactive from the start":         {"POST", "/notifications/subscriptions", `{"channel":"webhook","active":false,"topics":["instance-1-concur-events"],"config":{"url":"https://x.example"}}`, 400, "active: is false"},
		"subscription that is no number":  {"GET", "/notifications/subscriptions/x", ``, 404, `there is no subscription "x"`},
		"subscription zero":               {"GET", "/notifications/subscriptions/0", ``, 404, `there is no subscription "0"`},
		"unknown subscription":            {"DELETE", "/notifications/subscriptions/9", ``, 404, `there is no subscription "9"`},
		"where nobody can read":           {"GET", where("status='queued"), ``, 400, "where:"},
		"where of another channel":        {"GET", where("channel='sms'"), ``, 400, `there is no channel "sms" here`},
		"where of another status":         {"PUT", where("status='delivered'"), ``, 400, "write 'queued', 'retry' or 'created'"},
		"where of another field":          {"PUT", where("url='https://x.example'"), ``, 400, "write channel, status or config.url"},
		"where with or":                   {"PUT", where("status='queued' or status='retry'"), ``, 400, "more than comparisons joined by and"},
		"where that compares":             {"PUT", where("status!='queued'"), ``, 400, "where:"},
		"deliveries of a wrong page":      {"GET", deliveries + "?nextPage=aWQ6MQ", ``, 400, "is no token of this list"},
		"deliveries of a wrong size":      {"GET", deliveries + "?pageSize=none", ``, 400, "pageSize: is"},
		"unknown notification":            {"GET", "/notifications/99/subscriptions/deliveries", ``, 404, `there is no notification "99"`},
		"notification that is no number":  {"GET", "/notifications/x/subscriptions/1/deliveries", ``, 404, `there is no notification "x"`},
		"polls of a wrong page":           {"GET", reports + "/polls?nextPage=x", ``, 400, "is no token of this list"},
	}
	w := newWorld(t)
	w.told()
	before := w.state()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.call(tt.method, tt.path, tt.body)
			message := decode[struct{ Message string }](t, got).Message
			if got.status != tt.status || !strings.Contains(message, tt.want) {
				t.Errorf("%s %s = %d %s, want %d with %q", tt.method, tt.path, got.status, message, tt.status, tt.want)
			}
			if after := w.state(); after != before {
				t.Errorf("the store changed:\n%s\nwas\n%s", after, before)
				before = after
			}
		})
	}
}

func TestATokenDoesNotOpenTheAccount(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	for _, path := range []string{"/accounts/settings", "/notifications/subscriptions", "/notifications/subscriptions/1", "/notifications/subscriptions/deliveries", "/notifications/1/subscriptions/deliveries"} {
		got := w.call("GET", path, "", "Authorization", token)
		if got.status != 401 || !strings.Contains(got.body, "lacks Organization") {
			t.Errorf("GET %s by a token = %d %s, want 401", path, got.status, got.body)
		}
	}
}
