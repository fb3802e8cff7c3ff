package instance_test

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"testing"

	"turnstone"
	"turnstone/internal/instance"
)

func TestEntriesShowWhatIsDeclaredAndWhatIsSet(t *testing.T) {
	h := newHouse(t)
	made := h.create(input("unknown.key", "v", "unknown.token", "hidden"))
	entries := map[string]instance.Entry{}
	for _, e := range h.Entries(t.Context(), made) {
		entries[e.Field.Key] = e
	}
	for key, want := range map[string]string{
		"unknown.key": "v", "unknown.token": turnstone.Masked, turnstone.KeyOAuthClientSecret: turnstone.Masked,
		turnstone.KeySignatureKey: "", turnstone.KeyCallbackURL: "https://receiver.example", turnstone.KeyEventsEnabled: "true",
	} {
		if got, listed := entries[key]; !listed || got.Value != want {
			t.Errorf("entry %s = %q, listed %v, want %q", key, got.Value, listed, want)
		}
	}
}

func TestEntryNumbersDifferAndFitClients(t *testing.T) {
	h := newHouse(t)
	seen := map[int64]string{}
	all, err := h.Elements.Elements(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, el := range all {
		for _, f := range instance.Fields(el) {
			id := instance.EntryID(f.Key)
			if other := seen[id]; other != "" && other != f.Key {
				t.Errorf("%s and %s have the number %d", f.Key, other, id)
			}
			if seen[id] = f.Key; id <= 0 || id > math.MaxInt32 {
				t.Errorf("the number of %s is %d, which is no positive int32", f.Key, id)
			}
		}
	}
}

func TestAnEntryIsSetByNumberOrKey(t *testing.T) {
	h := newHouse(t)
	made := h.create(input())
	number := strconv.FormatInt(instance.EntryID(turnstone.KeyCallbackURL), 10)
	for name, value := range map[string]string{number: "https://one.example", turnstone.KeyCallbackURL: "https://two.example"} {
		got, err := h.SetEntry(t.Context(), made, name, json.RawMessage(strconv.Quote(value)))
		if err != nil || got.Value != value {
			t.Errorf("SetEntry(%s) = %+v, %v, want %s", name, got, err, value)
		}
	}
	if _, err := h.SetEntry(t.Context(), made, "7", nil); !errors.Is(err, turnstone.ErrNotFound) {
		t.Errorf("SetEntry(7) = %v, want ErrNotFound", err)
	}
	if _, err := h.SetEntry(t.Context(), made, number, json.RawMessage(`"ftp://x"`)); err == nil {
		t.Error("SetEntry of a bad callback = nil, want a problem")
	}
}

func TestSecretsOfAnElementThatLeftTheCatalogueStayHidden(t *testing.T) {
	h := newHouse(t)
	shown := h.Masked(t.Context(), turnstone.Instance{Element: "gone", Configuration: turnstone.Configuration{
		"oauth.api.key": "k", "password": "p", "some.secret": "s", turnstone.KeyCallbackHeaders: "a:b", "empty.token": "", "plain": "v",
	}})
	want := turnstone.Configuration{
		"oauth.api.key": turnstone.Masked, "password": turnstone.Masked, "some.secret": turnstone.Masked,
		turnstone.KeyCallbackHeaders: turnstone.Masked, "empty.token": "", "plain": "v",
	}
	for key, value := range want {
		if shown[key] != value {
			t.Errorf("%s is shown as %q, want %q", key, shown[key], value)
		}
	}
}
