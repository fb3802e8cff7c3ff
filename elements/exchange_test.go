package elements_test

import (
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/catalogue"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/instance"
	"turnstone/internal/oauth"
	"turnstone/internal/poll"
	"turnstone/internal/provider"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

var update = flag.Bool("update", false, "write the generated files and the expected parts of the recorded exchanges")

// TestRecordedExchanges replays what vendors answered to everything between the
// poller and the wire, and compares what was asked, what became of each poll and
// the events with the archive. Only answers and clocks are recorded; the rest is
// the program's own code and a real database.
func TestRecordedExchanges(t *testing.T) {
	for _, file := range archives(t, "*") {
		key, name := filepath.Base(filepath.Dir(filepath.Dir(file))), strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(key+"/"+name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r, err := readRecording(text)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			replay(t, key, r)
			got := r.format()
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(lines(text), lines(got)); diff != "" {
				t.Errorf("%s differs; if it should, run go test ./elements -update and read what changed (-want +got):\n%s", file, diff)
			}
		})
	}
}

func TestEveryElementHasRecordedExchanges(t *testing.T) {
	for _, e := range load(t).All() {
		if len(archives(t, e.Key)) == 0 {
			t.Errorf("elements/%s/testdata has no *.txtar; docs/elements.md says what to put there", e.Key)
		}
	}
}

func lines(text []byte) []string { return strings.Split(string(text), "\n") }

// archives returns the recorded exchanges of the elements that match a pattern.
func archives(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(pattern, "testdata", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// replay makes the instance of a recording, runs its polls and replaces what is
// expected in the recording by what happened.
func replay(t *testing.T, key string, r *recording) {
	t.Helper()
	p := newPlayer(t, r)
	p.begin(r.creation)
	p.create(key, r.instance)
	p.end(r.creation)
	seen := 0
	for _, part := range r.polls {
		p.begin(part)
		log, poller := p.poll(part.number)
		p.end(part)
		events := p.events()
		part.poll, part.events = pollText(log, poller), eventsText(t, events[seen:])
		seen = len(events)
	}
}

// player is the program from the poller down, with a tape in place of the network
// and a clock that stands still during each poll.
type player struct {
	t         *testing.T
	clock     time.Time
	tape      *tape
	db        *store.DB
	catalogue element.Finder
	keeper    *oauth.Keeper
	hub       *hub.Hub
	loop      *poll.Loop
	instance  turnstone.Instance
}

func newPlayer(t *testing.T, r *recording) *player {
	t.Helper()
	p := &player{t: t, tape: newTape(t, r.text), db: storetest.Open(t)}
	now := func() time.Time { return p.clock }
	p.catalogue = catalogue.New(load(t), p.db.Definitions(), now)
	network := &http.Client{Transport: p.tape}
	p.keeper = &oauth.Keeper{Store: p.db, Elements: p.catalogue, HTTP: network, Now: now}
	p.hub = &hub.Hub{
		Elements: p.catalogue,
		Provider: &provider.Client{HTTP: network, Credentials: p.keeper, Now: now},
	}
	p.loop = &poll.Loop{
		Store: p.db, Source: p.hub, Elements: p.catalogue, Stored: func(int64) {},
		Log: slog.New(slog.DiscardHandler), Now: now, Random: rand.NewChaCha8([32]byte{}),
		Lease: poll.DefaultLease, MaxChanges: poll.DefaultMaxChanges,
	}
	return p
}

// begin sets the clock and puts the answers of a round in.
func (p *player) begin(r *round) {
	p.clock = r.clock
	p.tape.play(r)
}

// end reports the recorded answers that nothing asked for.
func (p *player) end(r *round) {
	p.t.Helper()
	for _, e := range r.exchanges[p.tape.asked:] {
		p.t.Errorf("nothing asked for %s; delete it, or find out why its request is missing", e.name("response"))
	}
}

// create makes the instance as the API would. A credential in instance.json
// stands for one that was obtained long ago; without one the vendor is asked.
func (p *player) create(key string, body []byte) {
	p.t.Helper()
	var beside struct{ Credential *turnstone.Credential }
	if err := json.Unmarshal(body, &beside); err != nil {
		p.t.Fatalf("instance.json: %v", err)
	}
	input := instance.ReadInput(body)
	input.Element, input.Name = &instance.ElementRef{Key: key}, &key
	instances := &instance.Instances{
		Store: p.db, Elements: p.catalogue, Vendor: p.keeper, Hub: p.hub, Now: p.loop.Now,
		CheckURL: func(context.Context, string) error { return nil },
		NewToken: func() (turnstone.Secret, error) { return "instance-token", nil },
	}
	if beside.Credential != nil {
		beside.Credential.State = turnstone.CredentialValid
		instances.Vendor = obtained{*beside.Credential}
	}
	_, user := storetest.Account(p.t, p.db, 1)
	in, err := instances.Create(p.t.Context(), instance.Owner{AccountID: user.AccountID, UserID: user.ID}, input)
	if err != nil {
		p.t.Fatalf("create the instance: %v", err)
	}
	p.instance = in
}

// obtained gives a credential without asking a vendor.
type obtained struct{ credential turnstone.Credential }

func (o obtained) Obtain(context.Context, *element.Element, turnstone.Configuration, oauth.Grant) (turnstone.Credential, error) {
	return o.credential, nil
}

// poll claims the poller and polls it, and returns what the store has of that.
// The store measures leases and due times by its own clock, which is past all
// recorded ones: a poller is due whenever it is active.
func (p *player) poll(number int) (turnstone.Poll, turnstone.Poller) {
	p.t.Helper()
	ctx := p.t.Context()
	leases, err := p.db.ClaimPollers(ctx, 2, p.loop.Lease)
	if err != nil {
		p.t.Fatal(err)
	}
	if len(leases) != 1 {
		p.t.Fatalf("poll %d: %d pollers are due, want 1: let instance.json poll one resource, and the recording end with"+
			" the poll that is refused; clocks must lie in the past", number, len(leases))
	}
	p.loop.Poll(ctx, leases[0])
	poller := leases[0].Poller
	polls, err := p.db.Polls(ctx, turnstone.PollFilter{AccountID: poller.AccountID, PollerID: poller.ID, Limit: number + 1})
	if err != nil || len(polls) != number {
		p.t.Fatalf("Polls = %d, %v, want %d", len(polls), err, number)
	}
	pollers, err := p.db.Pollers(ctx, poller.AccountID, poller.InstanceID)
	if err != nil || len(pollers) != 1 {
		p.t.Fatalf("Pollers = %d, %v, want 1", len(pollers), err)
	}
	return polls[0], pollers[0]
}

// events returns the stored events, the oldest first.
func (p *player) events() []turnstone.Event {
	p.t.Helper()
	events, err := p.db.Events(p.t.Context(), turnstone.EventFilter{AccountID: p.instance.AccountID, InstanceID: p.instance.ID, Limit: 1000})
	if err != nil {
		p.t.Fatal(err)
	}
	slices.Reverse(events)
	return events
}
