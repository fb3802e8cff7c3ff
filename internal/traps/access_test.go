package traps_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/concursim"
	"turnstone/internal/oauth"
	"turnstone/internal/poll"
	"turnstone/webhook"
)

// Traps 21 to 23: how credentials die, and how time is misread.

// company connects the instance to a company of a simulated Concur, with a refresh token
// that is good once.
func (w *world) company() *concursim.Simulator {
	w.t.Helper()
	sim, err := concursim.New(concursim.Options{
		Seed: 1, Reports: -1, Now: w.clock.now, BaseURL: "https://" + simHost,
		Switches: concursim.Switches{TokenSeconds: 600},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.network[simHost] = sim
	w.connect("concur", map[string]string{
		"oauth.api.key": "id", "oauth.api.secret": "secret", turnstone.KeyBaseURL: "https://" + simHost,
		turnstone.KeyOAuthRefreshToken: w.authorise(sim),
	})
	return sim
}

// authorise returns a refresh token, as a browser would bring it.
func (w *world) authorise(sim *concursim.Simulator) string {
	w.t.Helper()
	company := sim.Companies()[0]
	form := url.Values{
		"client_id": {"id"}, "client_secret": {"secret"}, "grant_type": {"password"},
		"username": {company.Login}, "password": {company.Password},
	}
	var token struct {
		Refresh string `json:"refresh_token"`
	}
	w.ask(http.MethodPost, "/oauth2/v0/token", form.Encode(), "", &token)
	return token.Refresh
}

// ask asks the simulated Concur for something beside the service.
func (w *world) ask(method, path, form, bearer string, answer any) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, "https://"+simHost+path, strings.NewReader(form))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	response, err := w.network.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		w.t.Fatalf("%s %s = %s, want success", method, path, response.Status)
	}
	if answer == nil {
		return
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		w.t.Fatal(err)
	}
}

// report lets somebody write a report now, and returns its id.
func report(t *testing.T, sim *concursim.Simulator) string {
	t.Helper()
	made, err := sim.Change(concursim.Order{Count: 1, Kind: concursim.Created})
	if err != nil {
		t.Fatal(err)
	}
	return made[0].ReportID
}

// refreshes counts the requests for another token.
func refreshes(sim *concursim.Simulator) int {
	n := 0
	for _, r := range sim.Requests() {
		if r.Grant == "refresh_token" {
			n++
		}
	}
	return n
}

func TestTrap21TokensThatAreGoodOnceSurviveARace(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		sim := w.company()
		w.clock.pass(time.Second)
		first := report(t, sim)
		w.poll()
		before := refreshes(sim)
		w.clock.pass(11 * time.Minute) // the access token has ended
		w.race(sim, w.node, w.newNode(w.another()))
		if n := refreshes(sim) - before; n != 1 {
			t.Errorf("asked for %d tokens, want one for all callers", n)
		}
		w.poll()
		w.tells("CREATED " + first)
		// Somebody withdraws the access.
		in, err := w.api.One(t.Context(), w.owner.AccountID, w.id)
		if err != nil {
			t.Fatal(err)
		}
		credential, err := w.node.keeper.Credential(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		w.ask(http.MethodDelete, "/app-mgmt/v0/connections", "", credential.AccessToken, nil)
		w.clock.pass(11 * time.Minute)
		second := report(t, sim)
		if got := w.poll(); got.Outcome != turnstone.PollRefused || w.poller().State != turnstone.PollerAwaiting {
			t.Fatalf("poll = %s, poller %s, want refused, awaiting somebody", got.Outcome, w.poller().State)
		}
		if leases, err := w.db.ClaimPollers(t.Context(), 10, poll.DefaultLease); err != nil || len(leases) != 0 {
			t.Fatalf("ClaimPollers = %d leases, %v, want none: a dead token is not tried again", len(leases), err)
		}
		w.clock.pass(24 * time.Hour)
		w.edit(map[string]string{turnstone.KeyOAuthRefreshToken: w.authorise(sim)})
		w.poll()
		w.tells("CREATED "+first, "CREATED "+second)
	})
}

// taker notes that a node has tried to take a credential for itself.
type taker struct {
	oauth.Store
	once  sync.Once
	tried chan struct{}
}

func (s *taker) LeaseCredential(ctx context.Context, instanceID int64, lease time.Duration) (turnstone.CredentialLease, error) {
	l, err := s.Store.LeaseCredential(ctx, instanceID, lease)
	s.once.Do(func() { close(s.tried) })
	return l, err
}

// race lets one node ask for a token, and while the vendor thinks, many callers on both
// nodes want one, too.
func (w *world) race(sim http.Handler, first, second *node) {
	w.t.Helper()
	in, err := w.api.One(w.t.Context(), w.owner.AccountID, w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	var callers sync.WaitGroup
	call := func(n *node) {
		callers.Go(func() {
			if _, err := n.keeper.Credential(w.t.Context(), in); err != nil {
				w.t.Errorf("Credential: %v", err)
			}
		})
	}
	other := &taker{Store: second.keeper.Store, tried: make(chan struct{})}
	second.keeper.Store = other
	var once sync.Once
	w.network[simHost] = http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		once.Do(func() {
			for range 4 {
				call(first)
				call(second)
			}
			<-other.tried
		})
		sim.ServeHTTP(answer, r)
	})
	call(first)
	callers.Wait()
	w.network[simHost] = sim
}

// zoned are the members of a poller whose vendor writes and reads dates in a zone without
// saying so.
func zoned(zone string) map[string]string {
	return map[string]string{turnstone.KeyPollers: fmt.Sprintf(`{"tickets":{"overlap":0,
		"url":"/hubs/desk/tickets?where=modifiedAfter='${dateTimeZone:%[1]s:yyyy-MM-dd'T'HH:mm:ss.SSS}'",
		"datesConfiguration":{
			"updatedDateField":"updated","updatedDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS","updatedDateTimezone":%[1]q,
			"createdDateField":"created","createdDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS","createdDateTimezone":%[1]q}}}`, zone)}
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestTrap22DatesWithoutAZoneAreReadInTheVendors(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, w *world) {
		w.desk.zone = location(t, "America/Denver")
		w.connect("desk", zoned("America/Denver"))
		w.clock.pass(time.Second)
		w.desk.set("a", "1")
		made := w.desk.now().Truncate(time.Millisecond)
		w.polls(2)
		w.desk.set("b", "1")
		w.polls(2)
		w.tells("CREATED a 1", "CREATED b 1")
		event, err := webhook.Parse(w.events()[0].Body)
		if err != nil {
			t.Fatal(err)
		}
		if got := event.Message.Changes[0].Date; !got.Equal(made.Truncate(time.Second)) {
			t.Errorf("date of the change = %v, want %v", got, made)
		}
		in, err := w.api.One(t.Context(), w.owner.AccountID, w.id)
		if err != nil {
			t.Fatal(err)
		}
		previewer := &poll.Previewer{Past: w.db, Source: w.node.hub, Elements: w.elements, Now: w.clock.now}
		preview, err := previewer.Preview(t.Context(), poll.PreviewRequest{Instance: in, Poller: w.poller()})
		if err != nil || preview.UpdatedZone != "America/Denver" || preview.CreatedZone != "America/Denver" {
			t.Errorf("Preview shows the zones %q and %q, %v, want Denver's", preview.UpdatedZone, preview.CreatedZone, err)
		}
	})
}

func TestTrap23ClocksThatChangeAtNightMissNothing(t *testing.T) {
	nights := map[string]time.Time{
		"an hour is missing":  time.Date(2021, 3, 28, 0, 20, 0, 0, time.UTC),
		"an hour comes twice": time.Date(2021, 10, 30, 23, 50, 0, 0, time.UTC),
	}
	for name, night := range nights {
		t.Run(name, func(t *testing.T) {
			onEachDatabase(t, func(t *testing.T, w *world) {
				w.clock.pass(night.Sub(start))
				w.desk.zone = location(t, "Europe/Berlin")
				configuration := zoned("Europe/Berlin")
				configuration[turnstone.KeyRefreshInterval] = "15"
				w.connect("desk", configuration)
				w.poll()
				var want []string
				var last time.Time
				for i := range 10 { // two and a half hours
					w.clock.pass(time.Minute)
					w.desk.set("a", fmt.Sprint(i))
					w.desk.set(fmt.Sprint("b", i), "1")
					began := w.poll().StartedAt
					if apart := began.Sub(last); i > 0 && apart != 15*time.Minute {
						t.Errorf("poll %d began %v after the one before, want 15m", i, apart)
					}
					last = began
					op := "UPDATED"
					if i == 0 {
						op = "CREATED"
					}
					want = append(want, fmt.Sprint(op, " a ", i), fmt.Sprint("CREATED b", i, " 1"))
				}
				if got := w.told(); !slices.Equal(got, want) {
					t.Errorf("events tell %q, want %q", got, want)
				}
			})
		})
	}
}
