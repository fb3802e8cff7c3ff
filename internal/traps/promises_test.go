package traps_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/explain"
	"turnstone/internal/instance"
	"turnstone/webhook"
)

// What the promises say beyond the traps: order, answers, and bytes.

func TestOrderPerObjectSurvivesFailuresAndReplays(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		configuration := polling("tickets")
		configuration[turnstone.KeyMaxChanges] = "3"
		w.connect("desk", configuration)
		w.clock.pass(time.Second)
		for n := range 6 {
			for i := range 5 {
				w.desk.set(fmt.Sprint("object", (i+n)%5), fmt.Sprint(n)) // in other company each time
				w.clock.pass(time.Millisecond)
			}
			w.poll()
		}
		events := w.events()
		w.inbox.status = func(repeats, posts int) int { // each fails now and then, and nobody knows which
			if repeats < 3 && (posts+repeats)%3 != 0 {
				return http.StatusBadGateway
			}
			return http.StatusOK
		}
		taken := func(after int) int {
			ids := make(map[string]bool)
			for _, p := range w.inbox.got()[after:] {
				ids[p.id] = ids[p.id] || p.taken
			}
			n := 0
			for _, is := range ids {
				if is {
					n++
				}
			}
			return n
		}
		w.deliver(func() bool { return taken(0) == len(events) }, w.db)
		first := w.inbox.got()
		if len(first) == len(events) {
			t.Errorf("%d posts of %d events, want many that failed", len(first), len(events))
		}
		inOrder(t, first)
		done, err := w.db.Replay(t.Context(), turnstone.Replay{AccountID: w.owner.AccountID, InstanceID: w.id, Limit: 1000})
		if err != nil || done.Deliveries != len(events) {
			t.Fatalf("Replay = %+v, %v, want every event owed again", done, err)
		}
		w.inbox.status = nil
		w.deliver(func() bool { return taken(len(first)) == len(events) }, w.db)
		again := w.inbox.got()[len(first):]
		inOrder(t, again)
		sameBodies(t, append(first, again...))
	})
}

// inOrder fails the test if an older version of an object was posted after a newer one.
func inOrder(t *testing.T, posts []post) {
	t.Helper()
	last := make(map[string]int)
	for _, p := range posts {
		for _, change := range changesIn(t, []byte(p.body)) {
			words := strings.Fields(change)
			id, number := words[1], words[2]
			n, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			if n < last[id] {
				t.Errorf("version %d of %s was posted after version %d", n, id, last[id])
			}
			last[id] = n
		}
	}
}

// sameBodies fails the test if an event was posted with two bodies.
func sameBodies(t *testing.T, posts []post) {
	t.Helper()
	bodies := make(map[string]string)
	for _, p := range posts {
		if before, again := bodies[p.id]; again && before != p.body {
			t.Errorf("event %s = %s, and %s another time", p.id, before, p.body)
		}
		bodies[p.id] = p.body
	}
}

// story tells the story of an item, as the API does.
func (w *world) story(id string) string {
	w.t.Helper()
	in, err := w.api.One(w.t.Context(), w.owner.AccountID, w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	history, err := (&instance.Objects{Store: w.db}).History(w.t.Context(), in, w.poller(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Join(explain.Story(history, w.clock.now()), "\n")
}

// says fails the test unless the story of an item has all of these, in this order.
func (w *world) says(id string, want ...string) {
	w.t.Helper()
	story := w.story(id)
	rest := story
	for _, part := range want {
		_, after, found := strings.Cut(rest, part)
		if !found {
			w.t.Errorf("the story of %s lacks, or has too early, %q:\n%s", id, part, story)
			return
		}
		rest = after
	}
}

func TestEveryWhyHasAnAnswer(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.node.loop.Store = later{w.db}
		w.desk.keep(revision{id: "old", text: "1", stamp: w.desk.now().Add(-2 * time.Minute)})
		w.clock.pass(time.Minute)
		w.connect("desk", polling("tickets", `"detectDeletes":60`))
		w.clock.pass(time.Second)
		w.desk.set("new", "1")
		w.desk.set("edited", "1")
		w.desk.set("gone", "1")
		w.poll()
		w.desk.set("edited", "2")
		w.polls(2)
		w.desk.delete("gone")
		w.clock.pass(time.Hour)
		w.search()
		w.deliver(func() bool { return len(w.inbox.got()) == 3 }, w.db)

		reached := "reached https://inbox.test/ at "
		w.says("new", "12:01:01 UTC: a poll that asked for what changed since 2021-03-01 11:56:00 UTC saw it",
			"so we reported it as new", "reported as CREATED, in event ", reached, "which answered 200")
		w.says("edited", "reported as CREATED", reached, "differs from what we saw last", "reported as UPDATED", reached)
		w.says("old", "lie before the time from which on we were asked to report changes, so we reported nothing")
		w.says("gone", "reported as CREATED", "does not list this record any more", "reported as DELETED", reached, "As far as we know it is deleted.")
		w.says("nobody", "never seen, although the list of tickets was last read to its end at", "the filter in the polled URL may leave it out")
		// It was read again many times, and is what it was.
		if n := strings.Count(w.story("new"), "saw it"); n != 1 {
			t.Errorf("the story of an item that did not change tells of %d sightings, want the first alone", n)
		}
		w.says("new", "last read to its end at 2021-03-01 1")
	})
}

func TestAnEventThatNobodyWantsSaysSo(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		configuration := polling("tickets")
		configuration[turnstone.KeyCallbackURL] = ""
		w.connect("desk", configuration)
		_, err := w.db.SaveDestination(t.Context(), turnstone.Destination{
			AccountID: w.owner.AccountID, InstanceID: w.id, URL: "https://" + inboxHost + "/", State: turnstone.DestinationActive,
			Filter: turnstone.DestinationFilter{Ops: []turnstone.Op{turnstone.Updated}}, Secrets: turnstone.DestinationSecrets{SignatureKey: signatureKey},
		}, w.clock.now())
		if err != nil {
			t.Fatal(err)
		}
		w.clock.pass(time.Second)
		w.desk.set("a", "1")
		w.poll()
		w.desk.set("a", "2")
		w.poll()
		w.deliver(func() bool { return len(w.inbox.got()) == 1 }, w.db)
		w.says("a", "reported as CREATED", "is for nobody: no callback URL wanted it", "reported as UPDATED", "reached https://inbox.test/")
	})
}

func TestTheCallbackIsThePlatformsByteForByte(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.connect("desk", polling("tickets"))
		w.clock.pass(1250 * time.Millisecond)
		w.desk.set("a", "<1>")
		w.desk.set("b", "é")
		w.node.loop.Poll(t.Context(), w.claim())
		w.deliver(func() bool { return len(w.inbox.got()) == 1 }, w.db)
		event, got := w.events()[0], w.inbox.got()[0]
		change := func(id string) string {
			return `{"date":"2021-03-01T12:00:01Z","elementKey":"desk","pollDate":"2021-03-01T12:00:01Z","eventType":"CREATED","hubKey":"desk","objectId":"` + id + `","objectType":"tickets"}`
		}
		record := func(id, text string) string {
			return `{"id":"` + id + `","created":"2021-03-01T12:00:01.750","updated":"2021-03-01T12:00:01.750","text":"` + text + `"}`
		}
		want := fmt.Sprintf(`{"severity":"medium","createdDate":"Mon Mar 01 12:00:01 UTC 2021","topic":"instance-%[1]d-desk-events","action":"create","id":"%[2]d",`+
			`"message":{"elementKey":"desk","accountId":%[3]d,"eventId":%[4]q,"companyId":%[3]d,"instanceId":%[1]d,"instance_id":%[1]d,"instanceName":"Test","instanceTags":["Test"],`+
			`"raw":{"tickets":[%[6]s],"pollDate":1614600001750,"objectType":"tickets"},`+
			`"userId":%[5]d,"events":[%[7]s]},"user":"notifications@cloud-elements.com"}`,
			w.id, event.ID, w.owner.AccountID, event.Key, w.owner.UserID,
			record("a", "<1>")+","+record("b", "é"), change("a")+","+change("b"))
		if diff := cmp.Diff(want, got.body); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json", "User-Agent": "Turnstone",
			"Elements-Webhook-Id":        strconv.FormatInt(event.ID, 10),
			"Elements-Webhook-Signature": webhook.Sign(signatureKey, []byte(got.body)),
			"Webhook-Id":                 strconv.FormatInt(event.ID, 10),
		} {
			if got := got.header.Get(name); got != want {
				t.Errorf("header %s = %q, want %q", name, got, want)
			}
		}
		if err := webhook.VerifyStandard(got.header, []byte(got.body), time.Now(), signatureKey); err != nil {
			t.Errorf("VerifyStandard: %v", err)
		}
	})
}
