package instance_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/instance"
	"turnstone/internal/store/storetest"
)

// receivers is Destinations with a database, and an instance whose format is given.
type receivers struct {
	*instance.Destinations

	t       *testing.T
	db      database
	of      turnstone.Instance
	checked []string // addresses that CheckURL was asked about
}

func newReceivers(t *testing.T, pairs ...string) *receivers {
	t.Helper()
	db := storetest.Open(t)
	_, user := storetest.Account(t, db, 1)
	h := houseOf(t, db, instance.Owner{AccountID: user.AccountID, UserID: user.ID})
	r := &receivers{t: t, db: db, of: h.create(input(pairs...))}
	r.Destinations = &instance.Destinations{Store: db, Elements: h.Elements, Now: storetest.Start, CheckURL: func(_ context.Context, address string) error {
		r.checked = append(r.checked, address)
		if strings.Contains(address, "10.0.0.1") {
			return errors.New("10.0.0.1 is a private address")
		}
		return nil
	}}
	return r
}

// add creates a destination.
func (r *receivers) add(body string) turnstone.Destination {
	r.t.Helper()
	d, err := r.Create(r.t.Context(), r.of, instance.ReadDestinationInput([]byte(body)))
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

// edit changes a destination.
func (r *receivers) edit(id int64, body string) turnstone.Destination {
	r.t.Helper()
	d, err := r.Update(r.t.Context(), r.of, id, instance.ReadDestinationInput([]byte(body)))
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

func TestADestinationIsChangedByWhatIsSent(t *testing.T) {
	r := newReceivers(t)
	made := r.add(`{"url":" https://a.example/in ","signatureKey":"one","secondarySignatureKey":"two","username":"u","password":"p",` +
		`"headers":"X-A:1,X-B:2","rate":"0.5","concurrency":3,"handshake":"Required","resources":["reports"],"types":["deleted","DELETED","created"]}`)
	want := made
	want.URL = "https://a.example/in"
	want.Secrets = turnstone.DestinationSecrets{
		SignatureKey: "one", SecondaryKey: "two", Username: "u", Password: "p", Headers: map[string]string{"X-A": "1", "X-B": "2"},
	}
	want.Limits = turnstone.DestinationLimits{Pace: 2 * time.Second, Concurrency: 3}
	want.Handshake = turnstone.Handshake{Mode: turnstone.HandshakeRequired}
	want.Filter = turnstone.DestinationFilter{Resources: []string{"reports"}, Ops: []turnstone.Op{turnstone.Deleted, turnstone.Created}}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("Create (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, r.edit(made.ID, `{}`)); diff != "" {
		t.Errorf("Update with nothing (-want +got):\n%s", diff)
	}
	want.Secrets.SignatureKey, want.Secrets.SecondaryKey, want.Secrets.Headers = "two", "", map[string]string{"X-B": "2", "X-C": "3"}
	want.Limits, want.Handshake, want.Filter.Ops = turnstone.DestinationLimits{Concurrency: 3}, turnstone.Handshake{}, nil
	got := r.edit(made.ID, `{"signatureKey":"two","secondarySignatureKey":null,"password":"********","headers":{"x-b":"********","x-c":"3"},"rate":0,"handshake":null,"types":null}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Update (-want +got):\n%s", diff)
	}
	got = r.edit(made.ID, `{"username":"","password":null,"headers":null,"concurrency":null,"resources":[]}`)
	want.Secrets.Username, want.Secrets.Password, want.Secrets.Headers = "", "", nil
	want.Limits, want.Filter = turnstone.DestinationLimits{}, turnstone.DestinationFilter{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Update that clears (-want +got):\n%s", diff)
	}
}

func TestARateSurvivesBeingReadBack(t *testing.T) {
	r := newReceivers(t)
	for _, rate := range []string{"0.0001", "0.3", "3", "7.77", "10000"} {
		made := r.add(`{"url":"https://a.example/","rate":` + rate + `}`)
		var number float64
		if err := json.Unmarshal([]byte(rate), &number); err != nil {
			t.Fatal(err)
		}
		if got := instance.Rate(made.Limits); got != number {
			t.Errorf("Rate = %v, want %v", got, number)
		}
		if again := r.edit(made.ID, `{"concurrency":2}`); again.Limits.Pace != made.Limits.Pace {
			t.Errorf("pace at the rate %s = %v after an update, want %v", rate, again.Limits.Pace, made.Limits.Pace)
		}
	}
}

func TestOnlyANewAddressIsChecked(t *testing.T) {
	r := newReceivers(t)
	made := r.add(`{"url":"https://a.example/"}`)
	r.edit(made.ID, `{"concurrency":2}`)
	r.edit(made.ID, `{"url":"https://b.example/"}`)
	if diff := cmp.Diff([]string{"https://a.example/", "https://b.example/"}, r.checked); diff != "" {
		t.Errorf("checked (-want +got):\n%s", diff)
	}
}

func TestReceiversOfCloudEventsAreAskedUnlessSomebodySaysOtherwise(t *testing.T) {
	r := newReceivers(t, turnstone.KeyFormat, "cloudevents")
	for handshake, want := range map[string]turnstone.HandshakeMode{
		`null`: turnstone.HandshakeAsk, `"off"`: turnstone.HandshakeOff, `"REQUIRED"`: turnstone.HandshakeRequired,
	} {
		made := r.add(`{"url":"https://a.example/","handshake":` + handshake + `}`)
		if made.Handshake.Mode != want {
			t.Errorf("handshake %s = %q, want %q", handshake, made.Handshake.Mode, want)
		}
		if again := r.edit(made.ID, `{"concurrency":2}`); again.Handshake.Mode != want {
			t.Errorf("handshake %s = %q after an update, want %q", handshake, again.Handshake.Mode, want)
		}
	}
}

func TestADestinationIsCheckedLikeAConfiguration(t *testing.T) {
	r := newReceivers(t)
	h := newHouse(t)
	for name, tt := range map[string]struct{ member, key, value, remedy string }{
		"relative":        {"url", turnstone.KeyCallbackURL, "events", "write the address of your receiver"},
		"user name":       {"url", turnstone.KeyCallbackURL, "https://u:p@a.example/", "has a user name in it"},
		"two lines":       {"url", turnstone.KeyCallbackURL, "https://a.example/\nX: y", "write it on one line"},
		"key of lines":    {"signatureKey", turnstone.KeySignatureKey, "a\r\nb", "write it on one line"},
		"colon":           {"username", turnstone.KeyBasicUsername, "a:b", "write a name without one"},
		"password":        {"password", turnstone.KeyBasicPassword, "a\x00b", "write it on one line"},
		"header":          {"headers", turnstone.KeyCallbackHeaders, "Content-Length:1", "leave it out"},
		"header name":     {"headers", turnstone.KeyCallbackHeaders, "X A:1", "letters, digits and dashes"},
		"header value":    {"headers", turnstone.KeyCallbackHeaders, `{"X-A":"1\n2"}`, "write it on one line"},
		"rate":            {"rate", turnstone.KeyRate, "fast", "write how many callbacks a second"},
		"concurrency":     {"concurrency", turnstone.KeyConcurrency, "0", "write a whole number from 1 to 64"},
		"handshake":       {"handshake", turnstone.KeyHandshake, "yes", "write off, ask or required"},
		"mask of nothing": {"signatureKey", turnstone.KeySignatureKey, turnstone.Masked, "write the secret itself"},
		"second key":      {"secondarySignatureKey", turnstone.KeySecondaryKey, "b", "write the key there"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.Create(t.Context(), h.owner, input(tt.key, tt.value))
			if message := about(err, "configuration."+tt.key); !strings.Contains(message, tt.remedy) {
				t.Errorf("Instances.Create = %v, want a problem of %s that says %q", err, tt.key, tt.remedy)
			}
			body, err := json.Marshal(map[string]string{"url": "https://a.example/", tt.member: tt.value})
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Create(t.Context(), r.of, instance.ReadDestinationInput(body))
			message := about(err, tt.member)
			if !strings.Contains(message, tt.remedy) || strings.Contains(message, "event.") {
				t.Errorf("Destinations.Create = %v, want a problem of %s that says %q, in the words of destinations", err, tt.member, tt.remedy)
			}
		})
	}
}

// about returns what err says about a field.
func about(err error, path string) string {
	problems, _ := errors.AsType[instance.Problems](err)
	for _, p := range problems {
		if p.Path == path {
			return p.Message
		}
	}
	return ""
}

func TestEverythingWrongWithADestinationIsSaidAtOnce(t *testing.T) {
	r := newReceivers(t)
	_, err := r.Create(t.Context(), r.of, instance.ReadDestinationInput([]byte(
		`{"url":"http://10.0.0.1/","rate":true,"types":["x","CREATED","y"],"resources":{"a":1},"colour":"red","headers":{"X-A":"********"}}`)))
	for _, path := range []string{"url", "rate", "types.0", "types.2", "resources", "colour", `headers."X-A"`} {
		if about(err, path) == "" {
			t.Errorf("Create = %v, want a problem of %s", err, path)
		}
	}
	if _, err := r.Create(t.Context(), r.of, instance.ReadDestinationInput([]byte(`[]`))); about(err, "body") == "" {
		t.Errorf("Create of a list = %v, want a problem of the body", err)
	}
}

func TestTheMainDestinationIsTheConfigurations(t *testing.T) {
	r := newReceivers(t)
	all, err := r.db.Destinations(t.Context(), r.of.AccountID, r.of.ID)
	if err != nil || len(all) != 1 || !all[0].Main {
		t.Fatalf("Destinations = %v, %v, want the main one", all, err)
	}
	if _, err := r.Update(t.Context(), r.of, all[0].ID, instance.ReadDestinationInput([]byte(`{"concurrency":1}`))); !errors.Is(err, turnstone.ErrConflict) {
		t.Errorf("Update = %v, want %v", err, turnstone.ErrConflict)
	}
	if _, err := r.Redeliver(t.Context(), r.of, all[0].ID); err != nil {
		t.Errorf("Redeliver = %v, want no error", err)
	}
	for name, act := range map[string]func(id int64) error{
		"Update": func(id int64) error {
			_, err := r.Update(t.Context(), r.of, id, instance.ReadDestinationInput([]byte(`{"url":"https://a.example"}`)))
			return err
		},
		"Redeliver": func(id int64) error { _, err := r.Redeliver(t.Context(), r.of, id); return err },
	} {
		if err := act(all[0].ID + 9); !errors.Is(err, turnstone.ErrNotFound) {
			t.Errorf("%s of none = %v, want %v", name, err, turnstone.ErrNotFound)
		}
	}
}

// FuzzDestination reads any body: what it takes for text or numbers can be stored and
// be read back.
func FuzzDestination(f *testing.F) {
	for _, body := range []string{
		`{}`, `[]`, ``, `{"url":"https://a.example","headers":{"A":"b"},"types":["CREATED"]}`, `{"rate":1e-5,"concurrency":-0}`, `{"headers":"A:********"}`,
		`{"url":null,"resources":null,"handshake":"ask"}`,
	} {
		f.Add([]byte(body))
	}
	saved := &savedDestination{}
	s := &instance.Destinations{Store: saved, Elements: new(element.Catalogue), Now: time.Now, CheckURL: func(context.Context, string) error { return nil }}
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := s.Create(t.Context(), turnstone.Instance{ID: 1}, instance.ReadDestinationInput(body))
		if err != nil {
			return
		}
		d.ID = 1
		saved.one = d
		again, err := s.Update(t.Context(), turnstone.Instance{ID: 1}, 1, instance.ReadDestinationInput([]byte(`{}`)))
		if diff := cmp.Diff(d, again); err != nil || diff != "" {
			t.Errorf("Update with nothing = %v (-want +got):\n%s", err, diff)
		}
	})
}

// savedDestination is a store of one destination.
type savedDestination struct {
	instance.DestinationStore

	one turnstone.Destination
}

func (s *savedDestination) Destination(context.Context, int64, int64, int64) (turnstone.Destination, error) {
	return s.one, nil
}

func (s *savedDestination) SaveDestination(_ context.Context, d turnstone.Destination, _ time.Time) (turnstone.Destination, error) {
	return d, nil
}
