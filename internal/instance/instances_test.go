package instance_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/instance"
	"turnstone/internal/oauth"
	"turnstone/internal/store/storetest"
)

// keyed is an element that is authorised with a key, and polls nothing by default.
// twin is a clone of keyed.
var twin = strings.NewReplacer("key: keyed", "key: twin", "9001", "9003").Replace(keyed)

const keyed = `version: 1
key: keyed
id: 9001
name: Keyed
hub: helpdesk
description: Authorised with a key.
hosts: [api.keyed.example]
configuration:
  - {key: api.key, name: Key, type: PASSWORD, required: true}
authenticator: {type: ApiKeyAuthenticator, api_token: "{{ config['api.key'] }}"}
requester: {url_base: "https://api.keyed.example"}
resources:
  - name: tickets
    primary_key: id
    retriever: {requester: {path: /tickets}, record_selector: {}}
`

// vendor gives credentials of a state, or an error, and counts how often.
type vendor struct {
	state turnstone.CredentialState
	err   error
	asked int
	code  string // of the last grant
}

func (v *vendor) Obtain(_ context.Context, _ *element.Element, _ turnstone.Configuration, g oauth.Grant) (turnstone.Credential, error) {
	v.asked++
	v.code = g.Code
	return turnstone.Credential{State: v.state, AccessToken: fmt.Sprintf("token %d", v.asked)}, v.err
}

// database is what the tests need of a store.
type database interface {
	instance.Store
	Destinations(ctx context.Context, accountID, instanceID int64) ([]turnstone.Destination, error)
}

// house is Instances with a database and a vendor.
type house struct {
	*instance.Instances

	t       *testing.T
	db      database
	vendor  *vendor
	owner   instance.Owner
	checked []string // addresses that CheckURL was asked about
}

func newHouse(t *testing.T) *house {
	t.Helper()
	db := storetest.Open(t)
	_, user := storetest.Account(t, db, 1)
	return houseOf(t, db, instance.Owner{AccountID: user.AccountID, UserID: user.ID})
}

// withConcur adds the files of the element concur.
func withConcur(files fstest.MapFS) (fstest.MapFS, error) {
	for _, pattern := range []string{"concur/*.yaml", "concur/resources/*.yaml"} {
		names, err := fs.Glob(os.DirFS("../../elements"), pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := fs.ReadFile(os.DirFS("../../elements"), name)
			if err != nil {
				return nil, err
			}
			files[name] = &fstest.MapFile{Data: data}
		}
	}
	return files, nil
}

// houseOf is a house with any store.
func houseOf(t *testing.T, db database, owner instance.Owner) *house {
	t.Helper()
	files, err := withConcur(fstest.MapFS{"keyed/element.yaml": {Data: []byte(keyed)}, "several/element.yaml": {Data: []byte(several)}, "twin/element.yaml": {Data: []byte(twin)}})
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := element.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: db, vendor: &vendor{state: turnstone.CredentialValid}, owner: owner}
	tokens := 0
	h.Instances = &instance.Instances{
		Store: db, Elements: catalogue, Vendor: h.vendor, Hub: &hub.Hub{Elements: catalogue}, Now: storetest.Start,
		CheckURL: func(_ context.Context, address string) error {
			h.checked = append(h.checked, address)
			return nil
		},
		NewToken: func() (turnstone.Secret, error) {
			tokens++
			return turnstone.Secret(fmt.Sprintf("token-%d", tokens)), nil
		},
	}
	return h
}

// input is an instance of concur with nothing missing, and more configuration in
// pairs of key and value.
func input(pairs ...string) instance.Input {
	configuration := map[string]string{
		turnstone.KeyOAuthClientID: "id", turnstone.KeyOAuthClientSecret: "secret", turnstone.KeyCallbackURL: "https://receiver.example",
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		configuration[pairs[i]] = pairs[i+1]
	}
	return instance.Input{Element: &instance.ElementRef{Key: "concur"}, Name: new("Ours"), Configuration: configuration}
}

func (h *house) create(in instance.Input) turnstone.Instance {
	h.t.Helper()
	made, err := h.Create(h.t.Context(), h.owner, in)
	if err != nil {
		h.t.Fatal(err)
	}
	return made
}

func (h *house) update(in turnstone.Instance, change instance.Input) turnstone.Instance {
	h.t.Helper()
	changed, err := h.Update(h.t.Context(), in.AccountID, in.ID, change)
	if err != nil {
		h.t.Fatal(err)
	}
	return changed
}

func (h *house) poller(in turnstone.Instance) turnstone.Poller {
	h.t.Helper()
	pollers, err := h.db.Pollers(h.t.Context(), in.AccountID, in.ID)
	if err != nil || len(pollers) != 1 {
		h.t.Fatalf("Pollers = %v, %v, want one", pollers, err)
	}
	return pollers[0]
}

func TestTheVendorIsAskedOnlyWhenAllElseIsInOrder(t *testing.T) {
	h := newHouse(t)
	_, err := h.Create(t.Context(), h.owner, input(turnstone.KeyRefreshInterval, "never", turnstone.KeyCallbackURL, "ftp://x"))
	problems, ok := errors.AsType[instance.Problems](err)
	if !ok || len(problems) != 2 || h.vendor.asked != 0 {
		t.Errorf("Create = %v after %d questions, want two problems and none", err, h.vendor.asked)
	}
}

func TestNothingIsStoredWhenTheVendorRefuses(t *testing.T) {
	h := newHouse(t)
	h.vendor.err = fmt.Errorf("code used: %w", turnstone.ErrUnauthenticated)
	if _, err := h.Create(t.Context(), h.owner, input()); !errors.Is(err, turnstone.ErrUnauthenticated) {
		t.Errorf("Create = %v, want ErrUnauthenticated", err)
	}
	list, _, err := h.List(t.Context(), turnstone.InstanceFilter{AccountID: h.owner.AccountID, Limit: 10})
	if err != nil || len(list) != 0 {
		t.Errorf("List = %v, %v, want nothing", list, err)
	}
}

func TestAnUpdateAuthorisesAgainOnlyWithSomethingNew(t *testing.T) {
	change := func(pairs ...string) instance.Input {
		in := instance.Input{Configuration: map[string]string{}}
		for i := 0; i+1 < len(pairs); i += 2 {
			in.Configuration[pairs[i]] = pairs[i+1]
		}
		return in
	}
	withCode := instance.Input{ProviderData: map[string]string{"code": "c"}}
	keeping := change(turnstone.KeyPassword, "new")
	keeping.KeepCredential = true
	tests := map[string]struct {
		state  turnstone.CredentialState
		change instance.Input
		asked  int
	}{
		"a code":                            {turnstone.CredentialValid, withCode, 1},
		"a code for one that awaits it":     {turnstone.CredentialAwaiting, withCode, 1},
		"no code":                           {turnstone.CredentialValid, instance.Input{ProviderData: map[string]string{"code": ""}}, 0},
		"a name":                            {turnstone.CredentialAwaiting, instance.Input{Name: new("new")}, 0},
		"a callback":                        {turnstone.CredentialValid, change(turnstone.KeyCallbackURL, "https://other.example"), 0},
		"the same password":                 {turnstone.CredentialValid, change(turnstone.KeyPassword, "p"), 0},
		"the same password, after refusal":  {turnstone.CredentialRefused, change(turnstone.KeyPassword, "p"), 1},
		"the password's mask, after that":   {turnstone.CredentialRefused, change(turnstone.KeyPassword, turnstone.Masked), 0},
		"another password":                  {turnstone.CredentialValid, change(turnstone.KeyPassword, "new"), 1},
		"another password, not to be used":  {turnstone.CredentialValid, keeping, 0},
		"a refresh token":                   {turnstone.CredentialValid, change(turnstone.KeyOAuthRefreshToken, "r"), 1},
		"a refresh token taken away":        {turnstone.CredentialValid, change(turnstone.KeyOAuthRefreshToken, ""), 0},
		"another secret of the application": {turnstone.CredentialValid, change(turnstone.KeyOAuthClientSecret, "new"), 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.vendor.state = tt.state
			made := h.create(input(turnstone.KeyUsername, "u", turnstone.KeyPassword, "p"))
			h.vendor.asked, h.vendor.state = 0, turnstone.CredentialValid
			h.update(made, tt.change)
			if h.vendor.asked != tt.asked {
				t.Errorf("the vendor was asked %d times, want %d", h.vendor.asked, tt.asked)
			}
		})
	}
}

// contested is a store in which another update comes first, for a number of times.
type contested struct {
	instance.Store

	times int
}

// SaveInstance reports a conflict while it should.
func (c *contested) SaveInstance(ctx context.Context, w turnstone.InstanceWrite) (turnstone.Instance, error) {
	if c.times > 0 {
		c.times--
		return turnstone.Instance{}, fmt.Errorf("revision: %w", turnstone.ErrConflict)
	}
	return c.Store.SaveInstance(ctx, w)
}

func TestACodeIsUsedOnceHoweverManyTriesSavingTakes(t *testing.T) {
	h := newHouse(t)
	made := h.create(input())
	h.vendor.asked = 0
	h.Store = &contested{h.db, 3}
	h.update(made, instance.Input{ProviderData: map[string]string{"code": "c"}})
	if h.vendor.asked != 1 {
		t.Errorf("the code was used %d times, want once", h.vendor.asked)
	}
	h.Store = &contested{h.db, 1000}
	if err := h.Disable(t.Context(), made.AccountID, made.ID); !errors.Is(err, turnstone.ErrConflict) {
		t.Errorf("Disable = %v, want ErrConflict after some tries", err)
	}
}

func TestIntervalsFollowTheOperatorsMinimum(t *testing.T) {
	tests := map[string]struct {
		text    string
		minimum time.Duration
		want    time.Duration // 0: refused
	}{
		"a minute":                    {"1", 0, time.Minute},
		"half a minute":               {"0.5", 0, 0},
		"a minute and a half":         {"1.5", 0, 0},
		"six seconds, allowed":        {"0.1", time.Second, 6 * time.Second},
		"a second and a half":         {"0.025", time.Second, 1500 * time.Millisecond},
		"less than allowed":           {"0.01", time.Second, 0},
		"no time":                     {"0.0", time.Millisecond, 0},
		"too little for a nanosecond": {"0.0000000000000001", time.Nanosecond, 0},
		"less than a strict operator": {"4", 5 * time.Minute, 0},
		"enough for one":              {"5", 5 * time.Minute, 5 * time.Minute},
		"for ever":                    {"999999999", 0, 100 * 365 * 24 * time.Hour},
		"two points":                  {"1.2.3", time.Second, 0},
		"only a point":                {".", time.Second, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.MinInterval = tt.minimum
			made, err := h.Create(t.Context(), h.owner, input(turnstone.KeyRefreshInterval, tt.text))
			if tt.want == 0 {
				if err == nil || !strings.Contains(err.Error(), "refresh_interval") {
					t.Errorf("Create with %s = %v, want a problem with the interval", tt.text, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := h.poller(made).Interval; got != tt.want {
				t.Errorf("interval = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCallbacksCarryWhatIsConfigured(t *testing.T) {
	for form, headers := range map[string]string{
		"object": `{"X-Team": "billing", "x-env": "a:b", "X-None": null}`,
		"pairs":  "x-team: billing , X-Env:a:b,X-None:",
	} {
		t.Run(form, func(t *testing.T) {
			h := newHouse(t)
			h.create(input(turnstone.KeyCallbackHeaders, headers, turnstone.KeyBasicUsername, "u", turnstone.KeyBasicPassword, "p", turnstone.KeySignatureKey, "k"))
			destinations, err := h.db.Destinations(t.Context(), h.owner.AccountID, 1)
			if err != nil || len(destinations) != 1 {
				t.Fatalf("Destinations = %v, %v, want one", destinations, err)
			}
			got := destinations[0].Secrets
			if got.Username != "u" || got.Password != "p" || got.SignatureKey != "k" {
				t.Errorf("secrets = %+v, want u, p and k", got)
			}
			if len(got.Headers) != 3 || got.Headers["X-Team"] != "billing" || got.Headers["X-Env"] != "a:b" {
				t.Errorf("headers = %v, want X-Team billing and X-Env a:b", got.Headers)
			}
		})
	}
}

func TestOnlyNewAddressesAreChecked(t *testing.T) {
	h := newHouse(t)
	made := h.create(input(turnstone.KeyBaseURL, "https://vendor.example"))
	if len(h.checked) != 2 {
		t.Errorf("checked %v, want the callback and the base URL", h.checked)
	}
	h.checked = nil
	h.update(made, instance.Input{Name: new("new")})
	if len(h.checked) != 0 {
		t.Errorf("a rename checked %v, want nothing", h.checked)
	}
	h.update(made, instance.Input{Configuration: map[string]string{turnstone.KeyCallbackURL: "https://new.example"}})
	if len(h.checked) != 1 || h.checked[0] != "https://new.example" {
		t.Errorf("checked %v, want the new callback", h.checked)
	}
}

func TestSecretsDoNotMoveToAnotherAddressUnasked(t *testing.T) {
	h := newHouse(t)
	made := h.create(input(turnstone.KeyPassword, "p"))
	move := instance.Input{Configuration: map[string]string{
		turnstone.KeyBaseURL: "https://other.example", turnstone.KeyOAuthClientID: "id", turnstone.KeyOAuthClientSecret: turnstone.Masked,
	}}
	_, err := h.Update(t.Context(), made.AccountID, made.ID, move)
	problems, _ := errors.AsType[instance.Problems](err)
	if len(problems) != 2 || !strings.Contains(err.Error(), turnstone.KeyOAuthClientSecret) || !strings.Contains(err.Error(), turnstone.KeyPassword) {
		t.Errorf("Update = %v, want problems with client secret and password", err)
	}
	h.vendor.asked, h.vendor.state = 0, turnstone.CredentialAwaiting
	move.Configuration[turnstone.KeyOAuthClientSecret] = "secret"
	move.Configuration[turnstone.KeyPassword] = "p"
	move.KeepCredential = true
	if got := h.update(made, move); got.Credential != turnstone.CredentialAwaiting || h.vendor.asked != 1 {
		t.Errorf("credential = %s after %d questions, want another one, awaiting", got.Credential, h.vendor.asked)
	}
}

func TestDisablingPausesAndEnablingGoesOn(t *testing.T) {
	h := newHouse(t)
	made := h.create(input())
	before := h.poller(made)
	if err := h.Disable(t.Context(), made.AccountID, made.ID); err != nil {
		t.Fatal(err)
	}
	if got := h.poller(made).State; got != turnstone.PollerPaused {
		t.Errorf("state = %s, want paused", got)
	}
	h.update(made, instance.Input{Name: new("renamed while disabled")})
	if got := h.poller(made).State; got != turnstone.PollerPaused {
		t.Errorf("state after a rename = %s, want paused", got)
	}
	if err := h.Enable(t.Context(), made.AccountID, made.ID); err != nil {
		t.Fatal(err)
	}
	if got := h.poller(made); got.State != turnstone.PollerActive || got.ID != before.ID || got.EnabledAt != before.EnabledAt {
		t.Errorf("poller = %+v, want %+v", got, before)
	}
	if err := h.Enable(t.Context(), made.AccountID, 99); !errors.Is(err, turnstone.ErrNotFound) {
		t.Errorf("Enable of no instance = %v, want ErrNotFound", err)
	}
}

func TestAnInstanceStaysWithItsElement(t *testing.T) {
	h := newHouse(t)
	made := h.create(input())
	for name, ref := range map[string]*instance.ElementRef{"key": {Key: "keyed"}, "id": {ID: 9001}, "unknown": {Key: "x"}} {
		if _, err := h.Update(t.Context(), made.AccountID, made.ID, instance.Input{Element: ref}); err == nil {
			t.Errorf("Update to another element by %s = nil, want a problem", name)
		}
	}
	h.update(made, instance.Input{Element: &instance.ElementRef{ID: 3129}})
}

func TestAnElementWithoutDefaultsNeedsItsResourcesNamed(t *testing.T) {
	h := newHouse(t)
	in := instance.Input{
		Element: &instance.ElementRef{Key: "keyed"}, Name: new("Keyed"),
		Configuration: map[string]string{"api.key": "k", turnstone.KeyEventsEnabled: "true"},
	}
	if _, err := h.Create(t.Context(), h.owner, in); err == nil || !strings.Contains(err.Error(), turnstone.KeyPollers) {
		t.Errorf("Create = %v, want a problem with %s", err, turnstone.KeyPollers)
	}
	in.Configuration[turnstone.KeyPollers] = `{"tickets":{"url":"/tickets"}}`
	made := h.create(in)
	if got := h.poller(made); got.Resource != "tickets" || got.State != turnstone.PollerActive {
		t.Errorf("poller = %+v, want tickets, active", got)
	}
	h.vendor.asked = 0
	h.update(made, instance.Input{Configuration: map[string]string{"api.key": "new"}})
	if h.vendor.asked != 1 {
		t.Errorf("a new key asked %d times for a credential, want once", h.vendor.asked)
	}
	if _, err := h.AuthorizeURL(mustLookup(t, h, "keyed"), nil, ""); err == nil {
		t.Error("AuthorizeURL of an element with a key = nil, want a problem")
	}
	if got := h.Interactions(t.Context(), made); got != nil {
		t.Errorf("Interactions = %v, want none", got)
	}
}

func mustLookup(t *testing.T, h *house, key string) *element.Element {
	t.Helper()
	el, err := h.Elements.Find(t.Context(), 1, key)
	if err != nil {
		t.Fatal(err)
	}
	return el
}

func TestAnInstanceMovesToACloneOfItsElement(t *testing.T) {
	h := newHouse(t)
	in := h.create(instance.Input{Element: &instance.ElementRef{Key: "keyed"}, Name: new("Ours"), Configuration: map[string]string{"api.key": "k"}})
	moved := h.update(in, instance.Input{Element: &instance.ElementRef{ID: 9003}})
	if moved.Element != "twin" || moved.Configuration["api.key"] != "k" || moved.Token != in.Token {
		t.Errorf("Update to the clone = %s, %v, want twin with the configuration and token it had", moved.Element, moved.Configuration)
	}
	if kept := h.update(moved, instance.Input{Name: new("Renamed")}); kept.Element != "twin" {
		t.Errorf("Update of the name = %s, want twin still", kept.Element)
	}
	if _, err := h.Update(t.Context(), in.AccountID, in.ID, instance.Input{Element: &instance.ElementRef{Key: "concur"}}); about(err, "element") == "" {
		t.Errorf("Update to another vendor = %v, want a problem of the element", err)
	}
}
