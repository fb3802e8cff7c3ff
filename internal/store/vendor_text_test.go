package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

func TestNoTextOfAVendorIsRefused(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		hostile := []string{"a\x00b", "\xff\xfe", "\xfe\xff", "caf\xe9", "\x00", "", "🐦"}
		text := strings.Join(hostile, "|")
		_, u := storetest.Account(t, db, 1)
		w := storetest.Write(u, 1)
		w.Instance.Name, w.Instance.Tags = text, hostile
		i := storetest.Save(t, db, w)
		l := claimPoller(t, db, lease)
		c := page(t, db, 1)
		c.Versions = nil
		known := map[string]turnstone.Version{}
		for k, id := range hostile {
			known[id] = turnstone.Version{ObjectID: id, Fingerprint: turnstone.Fingerprint{byte(k)}}
			c.Versions = append(c.Versions, known[id])
		}
		c.Events[0].Objects, c.Events[0].Body, c.Events[0].Resource = hostile, []byte(text), text
		c.Sweep = turnstone.Sweep{URL: text, Next: text}
		commit(t, db, l, c)
		end := ended(turnstone.PollCommit{})
		end.End.Problem, end.End.Poll.URL, end.End.Poll.Problems = text, text, hostile
		commit(t, db, l, end)
		delivering := claimDestination(t, db, lease)
		batch := active(turnstone.Settlement{Attempt: turnstone.Attempt{EventID: c.Events[0].ID, Number: 1, Problem: text}})
		batch.Problem = text
		settle(t, db, delivering, batch)

		versions, err := db.Versions(t.Context(), l.Poller, hostile)
		if diff := cmp.Diff(known, versions); diff != "" || err != nil {
			t.Errorf("Versions = %v (-want +got)\n%s", err, diff)
		}
		bodies, err := db.Bodies(t.Context(), i.AccountID, []int64{c.Events[0].ID})
		if got := string(bodies[c.Events[0].ID]); got != text || err != nil {
			t.Errorf("Bodies = %q, %v, want %q", got, err, text)
		}
		polls, err := db.Polls(t.Context(), turnstone.PollFilter{AccountID: i.AccountID, PollerID: l.Poller.ID, Limit: 1})
		if err != nil || len(polls) != 1 {
			t.Fatalf("Polls = %d, %v, want 1", len(polls), err)
		}
		for name, got := range map[string]string{
			"URL of the poll": polls[0].URL, "problem of the poller": poller(t, db, i).Problem, "problem of the destination": destination(t, db, i).Problem,
		} {
			if legible(got) != legible(text) {
				t.Errorf("%s = %q, want %q, or what is legible of it", name, got, text)
			}
		}
	})
}

// legible returns what of a text every database can keep.
func legible(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}
