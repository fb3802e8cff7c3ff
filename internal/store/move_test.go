package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
	"turnstone/internal/store/tables"
)

// eachMove runs a test for each kind of database to move from, and each to move to.
// Both functions open an empty database, with one key ring between them.
func eachMove(t *testing.T, test func(t *testing.T, from, to func() *store.DB)) {
	t.Helper()
	kinds := map[string]func(t *testing.T, keys string) func() *store.DB{
		"sqlite": func(t *testing.T, keys string) func() *store.DB {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "keys"), []byte(keys), 0o600); err != nil {
				t.Fatal(err)
			}
			return func() *store.DB { return storetest.OpenAt(t, dir) }
		},
		"postgres": func(t *testing.T, keys string) func() *store.DB {
			dir, url := t.TempDir(), storetest.Postgres(t)
			if err := os.WriteFile(filepath.Join(dir, "keys"), []byte(keys), 0o600); err != nil {
				t.Fatal(err)
			}
			return func() *store.DB { return storetest.OpenURL(t, url, dir) }
		},
	}
	keys := "lookup:" + strings.Repeat("01", 32) + "\n1:" + strings.Repeat("02", 32) + "\n"
	for from, source := range kinds {
		for to, target := range kinds {
			t.Run(from+" to "+to, func(t *testing.T) { test(t, source(t, keys), target(t, keys)) })
		}
	}
}

// oddID is what a vendor may call an object by, and no text of PostgreSQL holds.
const oddID = "report \x00 \xff\xfe'\"/Ü"

// fill makes an installation with something of everything, in the middle of its work.
// It returns an instance that waits for nothing.
func fill(t *testing.T, db *store.DB) turnstone.Instance {
	t.Helper()
	_, u := storetest.Account(t, db, 1)
	w := storetest.Write(u, 1)
	w.Instance.Name, w.Instance.Tags = "Ärger & <Söhne> \u2028\n", []string{"Docs", "", "日本"}
	w.Instance.Configuration[turnstone.KeyInstanceFinder] = turnstone.KeyOAuthClientSecret + "|data.secret"
	first := storetest.Save(t, db, w)
	polling := claimPoller(t, db, lease)
	c := page(t, db, 4)
	c.Since = storetest.Start()
	c.Versions[0].ObjectID, c.Events[0].Objects = oddID, []string{oddID}
	c = explained(c, oddID)
	c.Versions[2].Mapping, c.Versions[3].Gone, c.Events[2].Format = 7, true, turnstone.FormatCloudEvents
	c.Memo.Rescan = turnstone.Rescan{Kind: turnstone.RescanCensus, Passed: "a"}
	c.Versions[1].Exact = turnstone.Fingerprint{9}
	c.Events[1].Body, c.Events[1].Trace = []byte{}, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	commit(t, db, polling, c)
	commit(t, db, polling, ended(page(t, db, 1)))
	ids := eventIDs(c.Events)
	sending := claimDestination(t, db, lease)
	settle(t, db, sending, turnstone.DeliveryBatch{
		State: turnstone.DestinationInactive, Problem: "502 Bad Gateway", Failures: 1,
		Settlements: append(made(ids[0]), turnstone.Settlement{
			Attempt:       turnstone.Attempt{EventID: ids[1], Number: 1, At: storetest.Start(), Status: 502, Problem: "Bad Gateway"},
			FirstFailedAt: storetest.Start(), NextAt: storetest.Start().Add(time.Hour),
		}),
		Release: &turnstone.Release{Signal: 5},
	})

	i := storetest.Instance(t, db, 2) // its poll is under way, in the middle of a sweep
	polling = claimPoller(t, db, lease)
	c = page(t, db, 2)
	c.Sweep = turnstone.Sweep{Next: "page=2&odd=\x00", Pages: 1, From: storetest.Start()}
	commit(t, db, polling, c)
	claimDestination(t, db, lease)
	leaseCredential(t, db, i.ID, lease)
	if _, err := db.Book(t.Context(), turnstone.Allowance{AccountID: i.AccountID, InstanceID: i.ID, Limit: "100 in 1m0s"},
		turnstone.Booking{Cost: time.Minute, Ahead: time.Hour}); err != nil {
		t.Fatal(err)
	}

	hear(t, db, i)
	useBulk(t, db, i)
	createDefinition(t, db, birdhouse(i.AccountID))
	nameThings(t, db, i)

	storetest.Instance(t, db, 3) // its poller is parked
	c = ended(turnstone.PollCommit{})
	c.End.Park, c.End.Problem, c.End.Failures, c.End.Poll.Outcome = true, "500", 100, turnstone.PollFailed
	commit(t, db, claimPoller(t, db, lease), c)

	journal(t, db, turnstone.JournalEntry{AccountID: i.AccountID, At: storetest.Start(), Email: "ada@example.com", Changed: []string{"name"}})
	signedIn(t, db, "browser", storetest.Start())
	if err := db.RotateToken(t.Context(), i.AccountID, i.ID, turnstone.Rotation{Fresh: "instance-token-2b", KeepOld: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}

	if err := db.AddNotification(t.Context(), turnstone.Notification{
		ID: 1_000_000, AccountID: i.AccountID, Topic: "news", Severity: turnstone.SeverityLow, Message: "Ärger", From: "ops", CreatedAt: storetest.Start(),
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.MarkEvent(t.Context(), i.AccountID, ids[0], turnstone.EventMark{At: storetest.Start(), Acknowledged: true}); err != nil {
		t.Fatal(err)
	}

	gone := storetest.Instance(t, db, 4) // deleted, with rows for Purge
	commit(t, db, claimPoller(t, db, lease), ended(page(t, db, 1)))
	if err := db.DeleteInstance(t.Context(), gone.AccountID, gone.ID); err != nil {
		t.Fatal(err)
	}
	return first
}

func exported(t testing.TB, db *store.DB) []byte {
	t.Helper()
	var file bytes.Buffer
	if _, err := db.Export(t.Context(), &file, store.ExportOptions{Program: "v1.2.0", Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func imported(t testing.TB, db *store.DB, file []byte) int64 {
	t.Helper()
	n, err := db.Import(t.Context(), bytes.NewReader(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// body returns an export without its first and its last line, which say when it was
// made and vouch for that.
func body(file []byte) string {
	lines := strings.SplitAfter(string(file), "\n")
	return strings.Join(lines[1:len(lines)-2], "")
}

func TestAnInstallationMovesWithEverything(t *testing.T) {
	eachMove(t, func(t *testing.T, from, to func() *store.DB) {
		source, target := from(), to()
		fill(t, source)
		file := exported(t, source)
		for _, table := range movedTables() {
			if n := rows(t, source, table)[table]; n == 0 {
				t.Errorf("the installation has no row in %s: the test moves nothing of it", table)
			}
		}
		n := imported(t, target, file)
		if lines := int64(strings.Count(body(file), "\n[")); n != lines {
			t.Errorf("Import = %d rows, want the %d of the export", n, lines)
		}
		if diff := cmp.Diff(body(file), body(exported(t, target))); diff != "" {
			t.Errorf("exported again (-before +after):\n%s", diff)
		}
	})
}

// movedTables returns the tables that are moved.
func movedTables() []string {
	var names []string
	for _, column := range tables.Columns() {
		name, _, _ := strings.Cut(column, ".")
		names = append(names, name)
	}
	return slices.Compact(names)
}

func TestAnInstallationReadsBackAfterAMove(t *testing.T) {
	eachMove(t, func(t *testing.T, from, to func() *store.DB) {
		source, target := from(), to()
		first := fill(t, source)
		imported(t, target, exported(t, source))
		i, err := target.InstanceByToken(t.Context(), "instance-token-1")
		if err != nil || i.Configuration[turnstone.KeyOAuthClientSecret] != "client-secret" || !slices.Equal(i.Tags, first.Tags) {
			t.Errorf("InstanceByToken = %+v, %v, want it with its secrets", i, err)
		}
		p := poller(t, target, i)
		if diff := cmp.Diff(poller(t, source, i), p); diff != "" {
			t.Errorf("Poller differs (-want +got):\n%s", diff)
		}
		known, err := target.Versions(t.Context(), p, []string{oddID})
		if err != nil || known[oddID].Fingerprint == (turnstone.Fingerprint{}) {
			t.Errorf("Versions = %v, %v, want that of the odd id", known, err)
		}
		records, err := target.Records(t.Context(), p, []string{oddID})
		if err != nil || len(records[oddID]) == 0 {
			t.Errorf("Records = %s, %v, want that of the odd id", records, err)
		}
	})
}

func TestAnInstallationGoesOnWhereItWasExported(t *testing.T) {
	eachMove(t, func(t *testing.T, from, to func() *store.DB) {
		source, target := from(), to()
		fill(t, source)
		before, err := source.EventIDs(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		imported(t, target, exported(t, source))
		if err := target.Close(); err != nil {
			t.Fatal(err)
		}
		target = to()

		if after, err := target.EventIDs(t.Context(), 1); err != nil || after[0] <= before[0] {
			t.Errorf("EventIDs = %v, %v, want a number behind %v, given out before", after, err, before)
		}
		resumed := claimPoller(t, target, lease) // of the poll that was under way
		if got, want := resumed.Poller.Sweep.Next, "page=2&odd=\x00"; got != want {
			t.Errorf("the sweep goes on at %q, want %q", got, want)
		}
		commit(t, target, resumed, ended(explained(page(t, target, 1))))
		if got := owed(t, target, claimDestination(t, target, lease)); len(got) != 3 {
			t.Errorf("owed = %v, want two events of before and one of now", got)
		}
		polls, err := target.Polls(t.Context(), turnstone.PollFilter{AccountID: resumed.Poller.AccountID, PollerID: resumed.Poller.ID, Limit: 10})
		if err != nil || len(polls) != 1 || polls[0].ID <= 2 {
			t.Errorf("Polls = %+v, %v, want a number behind those before", polls, err)
		}
		if next := storetest.Instance(t, target, 5); next.ID != 5 {
			t.Errorf("the next instance is %d, want 5: numbers are not given twice", next.ID)
		}
	})
}

func TestAnOvertakenHolderOfBeforeTheMoveWritesNothing(t *testing.T) {
	eachMove(t, func(t *testing.T, from, to func() *store.DB) {
		source, target := from(), to()
		storetest.Instance(t, source, 1)
		before := claimPoller(t, source, lease)
		imported(t, target, exported(t, source))
		claimPoller(t, target, lease)
		if err := target.CommitPoll(t.Context(), before, lease, page(t, target, 1)); !errors.Is(err, turnstone.ErrLeaseLost) {
			t.Errorf("CommitPoll = %v, want turnstone.ErrLeaseLost", err)
		}
	})
}

func TestAnExportShowsOneMoment(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		polling := claimPoller(t, db, lease)
		commit(t, db, polling, page(t, db, 3))
		want := body(exported(t, db))
		var file bytes.Buffer
		later := page(t, db, 2)
		done, err := db.Export(t.Context(), &file, store.ExportOptions{Progress: func(table string, _ int64) {
			if table == "poller" {
				commit(t, db, polling, later)
			}
		}})
		if err != nil || done.Leases != 1 {
			t.Errorf("Export = %+v, %v, want the one lease counted", done, err)
		}
		withoutSequence := regexp.MustCompile(`\["event",\d+\]\n`) // moved on for later
		got := withoutSequence.ReplaceAllString(body(file.Bytes()), "")
		if diff := cmp.Diff(withoutSequence.ReplaceAllString(want, ""), got); diff != "" {
			t.Errorf("what was written meanwhile shows (-before +got):\n%s", diff)
		}
	})
}

// full is a disk with space for some bytes.
type full struct{ space int }

func (f *full) Write(b []byte) (int, error) {
	if f.space -= len(b); f.space < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

func TestAnExportToAFullDiskFails(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		fill(t, db)
		_, err := db.Export(t.Context(), &full{space: 1000}, store.ExportOptions{})
		if err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("Export = %v, want the error of the disk", err)
		}
		exported(t, db) // nothing is held up
	})
}

func TestAMoveEndsWithItsContext(t *testing.T) {
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		db := open()
		storetest.Instance(t, db, 1)
		polling := claimPoller(t, db, lease)
		commit(t, db, polling, page(t, db, 2500))
		ctx, cancel := context.WithCancel(t.Context())
		_, err := db.Export(ctx, &bytes.Buffer{}, store.ExportOptions{Progress: func(table string, rows int64) {
			if table == "version" && rows == 1000 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Export = %v, want context.Canceled", err)
		}
	})
}

// What no list of ours has would be lost in a move, silently.
func TestEveryColumnIsMovedOrNamedHere(t *testing.T) {
	stays := map[string]string{
		"compatibility.oldest":    "the migrations of the target say it",
		"bulk_job.lease_until":    "nobody holds a lease after a move",
		"credential.lease_until":  "nobody holds a lease after a move",
		"destination.lease_until": "nobody holds a lease after a move",
		"poller.lease_until":      "nobody holds a lease after a move",
		"migration.id":            "the migrations of the target",
		"migration.version_id":    "the migrations of the target",
		"migration.is_applied":    "the migrations of the target",
		"migration.tstamp":        "the migrations of the target",
		"sqlite_sequence.name":    "of the table migration alone",
		"sqlite_sequence.seq":     "of the table migration alone",
	}
	eachDB(t, func(t *testing.T, open func() *store.DB) {
		columns, err := open().Columns(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		columns = slices.DeleteFunc(columns, func(name string) bool { return stays[name] != "" })
		want := tables.Columns()
		slices.Sort(columns)
		slices.Sort(want)
		if diff := cmp.Diff(want, columns); diff != "" {
			t.Errorf("the tables differ from the list in tables/table.go: add what is new to it, or say here why it stays (-list +database):\n%s", diff)
		}
	})
}

// The migrations say of each column whether it is sealed.
func TestEverySealedColumnIsResealed(t *testing.T) {
	text, err := os.ReadFile("migrations/postgres/0001_start.sql")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	table := ""
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if strings.HasPrefix(line, "CREATE TABLE") {
			table = words[2]
		}
		if _, comment, _ := strings.Cut(line, "-- "); strings.HasPrefix(line, "\t") && strings.Contains(comment, "sealed") {
			want = append(want, table+"."+words[0])
		}
	}
	got := tables.Sealed()
	slices.Sort(want)
	slices.Sort(got)
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("Reseal knows %v, want %v", got, want)
	}
	later, err := filepath.Glob("migrations/postgres/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range later[1:] {
		if text, err := os.ReadFile(name); err != nil || strings.Contains(string(text), "sealed") {
			t.Errorf("%s: %v, or it has sealed columns: let this test read it, too", name, err)
		}
	}
}
