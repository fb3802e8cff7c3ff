package intake_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func TestEveryAddressOfAnInstanceIsTaken(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	id := strconv.FormatInt(w.in.ID, 10)
	tests := map[string]struct {
		path    string
		headers []string
	}{
		"base64":                 {"/github/" + encoded(w.in.ID), nil},
		"base64 for URLs":        {"/github/" + strings.TrimRight(encoded(w.in.ID), "="), nil},
		"with a slash":           {"/github/" + encoded(w.in.ID) + "/", nil},
		"digits":                 {"/github/" + id, nil},
		"the element's number":   {"/90002/" + id, nil},
		"the finder":             {"/github", nil},
		"the finder and a slash": {"/github/", nil},
		"the header":             {"/github", []string{"Element-Instances", " " + id + ", " + id}},
	}
	n := 0
	for name, tt := range tests {
		n++
		t.Run(name, func(t *testing.T) {
			before := len(w.told())
			got := w.post(tt.path, deleted(n), name, tt.headers...)
			if got.status != http.StatusOK || got.body != "{}" {
				t.Fatalf("POST %s = %d %s, want 200 {}", tt.path, got.status, got.body)
			}
			if after := len(w.told()); after != before+1 {
				t.Errorf("%d events were made, want 1", after-before)
			}
		})
	}
}

func TestAWebhookThatIsNotTakenSaysWhatToDo(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	own := "/events/github/" + encoded(w.in.ID)
	huge := strings.Repeat(" ", 8<<20) + "{}"
	tests := map[string]struct {
		method, path, body string
		headers            []string
		status             int
		want               string
	}{
		"no signature":         {"POST", own, "{}", nil, 401, "does not prove where it comes from"},
		"a forged signature":   {"POST", own, "{}", []string{"X-Hub-Signature-256", "sha256=00"}, 401, "X-Hub-Signature-256"},
		"no JSON":              {"POST", own, "{", nil, 400, "the body is no JSON"},
		"XML":                  {"POST", own, "<a/>", []string{"Content-Type", "text/xml"}, 415, "content type"},
		"too large":            {"POST", own, huge, nil, 413, "8 MB"},
		"no id":                {"POST", "/events/github/reports", "{}", nil, 404, "in base64"},
		"no number in base64":  {"POST", "/events/github/LTE=", "{}", nil, 404, "in base64"},
		"an unknown id":        {"POST", "/events/github/999999", "{}", nil, 404, "no such instance"},
		"a huge id":            {"POST", "/events/github/99999999999999999999", "{}", nil, 404, "in base64"},
		"another element's":    {"POST", "/events/concur/" + encoded(w.in.ID), "{}", nil, 404, "no such instance"},
		"an unknown element":   {"POST", "/events/unknown", "{}", nil, 404, "nothing says which instance"},
		"for nobody":           {"POST", "/events/github", "{}", nil, 404, "nothing says which instance"},
		"a bad header":         {"POST", "/events/github", "{}", []string{"Element-Instances", "7,x"}, 400, "write the ids of instances"},
		"too many instances":   {"POST", "/events/github", "{}", []string{"Element-Instances", strings.Join(manyIDs(101), ",")}, 400, "at most 100"},
		"another method":       {"PUT", own, "{}", nil, 405, ""},
		"a helper's own route": {"POST", "/events/githubPolling/" + encoded(w.in.ID), "{}", nil, 404, "no such instance"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.call(tt.method, tt.path, tt.body, append([]string{"Content-Type", "application/json"}, tt.headers...)...)
			if message := got.message(t); got.status != tt.status || !strings.Contains(message, tt.want) {
				t.Errorf("%s %s = %d %s, want %d with %q", tt.method, tt.path, got.status, message, tt.status, tt.want)
			}
		})
	}
	if told := w.told(); len(told) != 0 {
		t.Errorf("%d events were made, want none", len(told))
	}
}

func manyIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strconv.Itoa(i + 1)
	}
	return ids
}

// shown is what a list says of a webhook.
type shown struct {
	Outcome, Reason, DeliveryID, Verified string
	Events                                []int64
	Polled                                []string
}

// listed returns a page of what became of webhooks, and the token of the next.
func (w *world) listed(t *testing.T, query string) (list []shown, next string) {
	t.Helper()
	got := w.known("GET", fmt.Sprintf("/instances/%d/webhooks%s", w.in.ID, query))
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || got.status != 200 {
		t.Fatalf("GET = %d %s, %v, want a list", got.status, got.body, err)
	}
	return list, got.header.Get("Elements-Next-Page-Token")
}

func TestWhatBecameOfWebhooksIsShown(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	own := "/github/" + encoded(w.in.ID)
	if list, _ := w.listed(t, ""); list == nil || len(list) != 0 {
		t.Errorf("webhooks = %v, want an empty list", list)
	}
	w.post(own, deleted(7), "d1")
	w.post(own, deleted(7), "d1") // sent again
	w.post(own, `{"action":"opened","issue":{"number":8}}`, "d2")
	w.call("POST", "/events"+own, "{}")
	list, next := w.listed(t, "?pageSize=2")
	if len(list) != 2 || next == "" {
		t.Fatalf("webhooks = %v, want two of three, and a token", list)
	}
	if first := list[0]; first.Outcome != "refused" || !strings.Contains(first.Reason, "X-Hub-Signature-256") {
		t.Errorf("the newest = %+v, want the refusal and its reason", first)
	}
	want := shown{Outcome: "woke", DeliveryID: "d2", Verified: "hmac", Events: []int64{}, Polled: []string{"issues"}}
	if diff := cmp.Diff(want, list[1]); diff != "" {
		t.Errorf("the one before (-want +got):\n%s", diff)
	}
	last, next := w.listed(t, "?pageSize=2&nextPage="+next)
	if len(last) != 1 || next != "" || last[0].Outcome != "told" || len(last[0].Events) != 1 {
		t.Errorf("the last page = %+v, want the first webhook, once", last)
	}
}

func TestABadPageOfWebhooksIsRefused(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	for query, want := range map[string]string{"?pageSize=x": "pageSize", "?page=2": "nextPage", "?nextPage=x": "nextPage"} {
		got := w.known("GET", fmt.Sprintf("/instances/%d/webhooks%s", w.in.ID, query))
		if got.status != 400 || !strings.Contains(got.message(t), want) {
			t.Errorf("GET %s = %d %s, want 400 about %s", query, got.status, got.body, want)
		}
	}
}

func TestAPollIsAskedFor(t *testing.T) {
	w := newWorld(t, storetest.Open(t))
	own := fmt.Sprintf("/instances/%d/pollers/", w.in.ID)
	if got := w.known("POST", own+"issues/poll"); got.status != 200 || !strings.Contains(got.body, "issues is polled") {
		t.Errorf("POST = %d %s, want 200", got.status, got.body)
	}
	leases, err := w.db.ClaimPollers(t.Context(), 1, 1)
	if err != nil || len(leases) != 1 || leases[0].WokenAt.IsZero() {
		t.Errorf("ClaimPollers = %v, %v, want the poller, woken", leases, err)
	}
	if got := w.known("POST", own+"milestones/poll"); got.status != 404 || !strings.Contains(got.message(t), `does not poll "milestones"`) {
		t.Errorf("POST of an unknown resource = %d %s, want 404", got.status, got.body)
	}
	if got := w.known("POST", "/instances/999999/pollers/issues/poll"); got.status != 404 {
		t.Errorf("POST of an unknown instance = %d %s, want 404", got.status, got.body)
	}
	if got := w.call("POST", own+"issues/poll", ""); got.status != 401 {
		t.Errorf("POST of nobody = %d %s, want 401", got.status, got.body)
	}
	paused := turnstone.InstanceWrite{Instance: w.in, Now: storetest.Start(), Pollers: []turnstone.PollerWrite{{Resource: "issues", State: turnstone.PollerPaused}}}
	storetest.Save(t, w.db, paused)
	if got := w.known("POST", own+"issues/poll"); got.status != 409 || !strings.Contains(got.message(t), "health says why") {
		t.Errorf("POST of a paused poller = %d %s, want 409", got.status, got.body)
	}
}

// TestABurstLosesNothing sends five thousand webhooks of one vendor, a hundred at a time.
func TestABurstLosesNothing(t *testing.T) {
	for name, open := range map[string]func(testing.TB) *store.DB{
		"sqlite":   storetest.Open,
		"postgres": func(t testing.TB) *store.DB { return storetest.OpenURL(t, storetest.Postgres(t), t.TempDir()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, open(t))
			burst, senders := 5000, 100
			if underRace {
				burst = 500
			}
			var next, failed atomic.Int64
			var all sync.WaitGroup
			for range senders {
				all.Go(func() {
					for n := next.Add(1); n <= int64(burst); n = next.Add(1) {
						if got := w.post("/github/"+encoded(w.in.ID), deleted(int(n)), strconv.FormatInt(n, 10)); got.status != 200 {
							failed.Add(1)
						}
					}
				})
			}
			all.Wait()
			if told := w.told(); len(told) != burst || failed.Load() != 0 {
				t.Errorf("%d events of %d webhooks, of which %d failed; want all", len(told), burst, failed.Load())
			}
		})
	}
}

// FuzzReceive sends anything to the address of an instance, signed: the answer must be one
// that is foreseen. What no vendor would send may break a hook, which says so.
func FuzzReceive(f *testing.F) {
	w := newWorld(f, storetest.Open(f))
	f.Add("github/"+encoded(w.in.ID), "application/json", deleted(1))
	f.Add("github", "application/x-www-form-urlencoded", "a=b")
	f.Add("concur/MQ==", "", "")
	f.Fuzz(func(t *testing.T, path, contentType, body string) {
		if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=/_-") != "" {
			return // the client of a test refuses such paths
		}
		own := *w
		own.t = t
		if got := own.post("/"+path, body, "", "Content-Type", contentType); got.status >= http.StatusInternalServerError && !strings.Contains(got.body, "event hook of") {
			t.Errorf("POST %q = %d %s, want no failure of ours", path, got.status, got.body)
		}
	})
}
