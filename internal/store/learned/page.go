// Package learned keeps what polls learn: the version of each object and its last
// record, the history of sightings behind both, and the log of the polls. It is all that
// the service knows of a vendor's objects. It promises that what a page taught is stored
// by the transaction that it is given, all of it, and in the number of statements that
// its kinds of rows take, not its rows. It refuses to judge: what is a change is decided
// before.
package learned

import (
	"context"
	"time"

	"turnstone"
	"turnstone/internal/store/engine"
)

// Page is what a commit of a poll learned, prepared for Store.
type Page struct {
	account, poller int64
	census          int64               // the last one that began
	latest          []turnstone.Version // of each object
	kept            []keptRecord        // of those
	counted         []string
	sightings       []turnstone.Sighting
	end             *turnstone.PollEnd
}

// NewPage prepares a page: what takes time is done here, where others need not wait.
func NewPage(p turnstone.Poller, c turnstone.PollCommit) (Page, error) {
	page := Page{
		account: p.AccountID, poller: p.ID, census: c.Memo.Census, latest: latest(c.Versions),
		counted: c.Counted, sightings: c.Sightings, end: c.End,
	}
	if !c.KeepRecords {
		return page, nil
	}
	var err error
	page.kept, err = deflated(page.latest)
	return page, err
}

// latest returns the last version of each object: PostgreSQL refuses to write a row
// twice in one statement.
func latest(versions []turnstone.Version) []turnstone.Version {
	if len(versions) == 0 {
		return nil
	}
	at := make(map[string]int, len(versions))
	all := make([]turnstone.Version, 0, len(versions))
	for _, v := range versions {
		if i, found := at[v.ObjectID]; found {
			all[i] = v
			continue
		}
		at[v.ObjectID] = len(all)
		all = append(all, v)
	}
	return all
}

// Size returns how many rows Store writes for a page, and how many bytes of records.
func (p Page) Size() (rows, bytes int) {
	for _, k := range p.kept {
		bytes += len(k.body)
	}
	return len(p.latest) + len(p.kept) + len(p.counted) + len(p.sightings), bytes
}

// Store writes what pages of different pollers learned, now by the clock of leases, and
// the polls that ended with them. Where there is nothing of a kind, it costs nothing.
func Store(ctx context.Context, s *engine.Session, now time.Time, pages []Page) error {
	w := writer{s: s, now: now}
	for _, store := range []func(context.Context, []Page) error{w.versions, w.records, w.counted, w.sightings, w.polls} {
		if err := store(ctx, pages); err != nil {
			return err
		}
	}
	return nil
}

// writer writes pages in their transaction.
type writer struct {
	s   *engine.Session
	now time.Time
}
