package poll_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/hub"
)

// book is a listing of prebuilt pages.
type book [][]json.RawMessage

// newBook returns pages of a hundred records of 1.4 kB, dated a second after
// polling was enabled.
func newBook(pages int) book {
	filler := strings.Repeat(`"Custom":{"Type":"Text","Value":"PRJ-0042","Code":"42"},"Total":1284.35,"Paid":false,"Note":"Client visit - Denver, with a receipt",`, 10)
	at := start.Add(time.Second).Format(stamp)
	b := make(book, pages)
	for i := range b {
		for j := range 100 {
			b[i] = append(b[i], fmt.Appendf(nil, `{%s"created":%q,"updated":%q,"link":"/deals/%d","id":"7C1E0B6A94D84F0F%06d"}`, filler, at, at, j, i*100+j))
		}
	}
	return b
}

func (b book) List(_ context.Context, _ turnstone.Instance, r hub.Request) (hub.Page, error) {
	page := hub.Page{Date: start.Add(2 * time.Second), URL: "https://api.crm.example/deals"}
	if len(b) == 0 {
		return page, nil
	}
	i, _ := strconv.Atoi(r.Next) // "" is the first page
	page.Records = b[i]
	if i+1 < len(b) {
		page.Next = strconv.Itoa(i + 1)
	}
	return page, nil
}

func (b book) Exists(context.Context, turnstone.Instance, hub.Ref) (bool, error) { return true, nil }

// shelf is a store that costs nothing: it knows versions and forgets events.
type shelf struct {
	*memory
	versions map[string]turnstone.Version
	commits  int
	ids      int64
}

func (s *shelf) Versions(_ context.Context, _ turnstone.Poller, ids []string) (map[string]turnstone.Version, error) {
	known := make(map[string]turnstone.Version, len(ids))
	for _, id := range ids {
		if v, ok := s.versions[id]; ok {
			known[id] = v
		}
	}
	return known, nil
}

func (s *shelf) EventIDs(_ context.Context, n int) ([]int64, error) {
	ids := make([]int64, n)
	for i := range ids {
		s.ids++
		ids[i] = s.ids
	}
	return ids, nil
}

func (s *shelf) CommitPoll(_ context.Context, _ turnstone.PollLease, _ time.Duration, c turnstone.PollCommit) error {
	s.commits++
	if s.versions != nil {
		for _, v := range c.Versions {
			s.versions[v.ObjectID] = v
		}
	}
	return nil
}

// benchmark polls a book again and again, and reports the time a record.
func (w *world) benchmark(b *testing.B, pages book, store *shelf) {
	b.Helper()
	w.loop.Store, w.loop.Source, w.loop.Log = store, pages, slog.New(slog.DiscardHandler)
	lease := w.store.lease
	lease.Poller.Since, lease.Poller.Cursor = start, start.Add(time.Minute)
	w.loop.Poll(b.Context(), lease) // what is to be known is known from here on
	store.commits = 0
	b.ReportAllocs()
	polls := 0
	for b.Loop() {
		w.loop.Poll(b.Context(), lease)
		polls++
	}
	if records := polls * len(pages) * 100; records > 0 {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(records), "ns/record")
	}
	b.ReportMetric(float64(store.commits)/float64(polls), "commits/op")
}

func BenchmarkPollOfUnchangedPages(b *testing.B) {
	newWorld(b, "deals", deals).benchmark(b, newBook(10), &shelf{versions: make(map[string]turnstone.Version)})
}

func BenchmarkPollOfNothing(b *testing.B) {
	newWorld(b, "deals", deals).benchmark(b, nil, &shelf{})
}

func BenchmarkPollOfNewRecords(b *testing.B) {
	for _, most := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("%d an event", most), func(b *testing.B) {
			w := newWorld(b, "deals", deals)
			w.loop.MaxChanges = most
			w.benchmark(b, newBook(10), &shelf{})
		})
	}
}
