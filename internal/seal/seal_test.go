package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"turnstone/internal/seal"
)

const place = "instance/12/configuration"

func ring(t *testing.T) (*seal.Ring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	r, err := seal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return r, path
}

func sealed(t *testing.T, r *seal.Ring, plain string) []byte {
	t.Helper()
	s, err := r.Seal(place, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsSealedOpensAndIsUnreadable(t *testing.T) {
	r, _ := ring(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOfN(rapid.Byte(), 8, 200).Draw(t, "plain")
		where := rapid.String().Draw(t, "place")
		s, err := r.Seal(where, plain)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(s, plain) {
			t.Errorf("Seal(%x) = %x, which shows the secret", plain, s)
		}
		got, err := r.Open(where, s)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("Open = %x, %v, want %x", got, err, plain)
		}
	})
}

func TestEqualSecretsSealDifferently(t *testing.T) {
	r, _ := ring(t)
	if bytes.Equal(sealed(t, r, "secret"), sealed(t, r, "secret")) {
		t.Error("two seals of one secret are equal")
	}
}

func TestADamagedOrMovedValueDoesNotOpen(t *testing.T) {
	r, _ := ring(t)
	whole := sealed(t, r, "secret")
	if _, err := r.Open("instance/13/configuration", whole); !errors.Is(err, seal.ErrUnsealable) {
		t.Errorf("Open elsewhere = %v, want ErrUnsealable", err)
	}
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 1
		if _, err := r.Open(place, damaged); !errors.Is(err, seal.ErrUnsealable) {
			t.Errorf("Open with byte %d changed = %v, want ErrUnsealable", i, err)
		}
		if _, err := r.Open(place, whole[:i]); !errors.Is(err, seal.ErrUnsealable) {
			t.Errorf("Open of the first %d bytes = %v, want ErrUnsealable", i, err)
		}
	}
}

func TestTheRingIsCreatedOnceAndForItsOwnerOnly(t *testing.T) {
	r, path := ring(t)
	again, err := seal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Open(place, sealed(t, r, "secret")); string(got) != "secret" {
		t.Errorf("Open after reopening = %q, %v, want the secret", got, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode != 0o600 {
		t.Errorf("mode = %04o, want 0600", mode)
	}
}

func TestARingOthersCanReadIsRefusedWithTheRemedy(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows has no permission bits to check")
	}
	_, path := ring(t)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err := seal.Open(path)
	if err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) {
		t.Errorf("Open = %v, want the remedy", err)
	}
}

func TestRotationKeepsOldValuesAndLookups(t *testing.T) {
	before, path := ring(t)
	old, hash := sealed(t, before, "secret"), before.Lookup("user", []byte("secret"))
	after, err := seal.Rotate(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := after.Open(place, old); string(got) != "secret" {
		t.Errorf("Open of an old value = %q, %v, want the secret", got, err)
	}
	if got := after.Lookup("user", []byte("secret")); !bytes.Equal(got, hash) {
		t.Errorf("Lookup = %x, want %x", got, hash)
	}
	_, err = before.Open(place, sealed(t, after, "secret"))
	if !errors.Is(err, seal.ErrUnsealable) || !strings.Contains(err.Error(), "key 2") {
		t.Errorf("Open without the new key = %v, want the missing key named", err)
	}
	stored, err := seal.Open(path)
	if err != nil || stored.Text() != after.Text() {
		t.Errorf("Open = %v, want the rotated ring", err)
	}
}

func TestLookupsDifferByPlaceSecretAndRing(t *testing.T) {
	r, _ := ring(t)
	other, _ := ring(t)
	seen := map[string]string{}
	for name, hash := range map[string][]byte{
		"user":         r.Lookup("user", []byte("secret")),
		"instance":     r.Lookup("instance", []byte("secret")),
		"other secret": r.Lookup("user", []byte("secret2")),
		"other split":  r.Lookup("users", []byte("ecret")),
		"other ring":   other.Lookup("user", []byte("secret")),
	} {
		if twin, found := seen[string(hash)]; found {
			t.Errorf("Lookup of %s equals that of %s", name, twin)
		}
		seen[string(hash)] = name
	}
}

func TestABadRingSaysAllThatIsWrongAndNoKey(t *testing.T) {
	good := strings.Repeat("ab", 32)
	tests := map[string]struct{ text, want string }{
		"empty":            {"", `no "lookup" entry`},
		"no key":           {"lookup:" + good, "no key"},
		"no lookup":        {"1:" + good, `no "lookup"`},
		"short key":        {"lookup:" + good + ",1:" + good[2:], `entry "1": write 64 hexadecimal digits`},
		"not hexadecimal":  {"lookup:" + good + ",1:" + strings.Repeat("zz", 32), `entry "1"`},
		"no colon":         {"lookup:" + good + ",1:" + good + "," + good, "without a colon"},
		"sides swapped":    {"lookup:" + good + "," + good + ":1", "long name"},
		"number zero":      {"lookup:" + good + ",0:" + good, "number it from 1"},
		"unknown name":     {"lookup:" + good + ",key:" + good, "number it from 1"},
		"key given twice":  {"lookup:" + good + ",1:" + good + ",1:" + good, "twice"},
		"lookup twice":     {"lookup:" + good + ",lookup:" + good + ",1:" + good, "twice"},
		"number too large": {"lookup:" + good + ",4294967296:" + good, "number it from 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := seal.Parse(tt.text)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Parse = %v, want %q in it", err, tt.want)
			}
			if strings.Contains(err.Error(), good[2:]) {
				t.Errorf("Parse = %v, which shows a key", err)
			}
		})
	}
}

func TestATornRingSaysWhatToDo(t *testing.T) {
	r, path := ring(t)
	if err := os.WriteFile(path, []byte(r.Text()[:len(r.Text())-2]), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(path); err == nil || !strings.Contains(err.Error(), "restore it from a copy") {
		t.Errorf("Open = %v, want what to do", err)
	}
}

func FuzzParse(f *testing.F) {
	key := strings.Repeat("0f", 32)
	f.Add("lookup:" + key + "\n1:" + key)
	f.Add("# comment\nlookup:" + key + ", 7:" + key)
	f.Add("lookup:" + key + " 1:" + key + " next:" + key)
	f.Add("lookup:,1:")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := seal.Parse(text)
		if err != nil {
			return
		}
		again, err := seal.Parse(r.Text())
		if err != nil || again.Text() != r.Text() {
			t.Errorf("Parse(Text) = %v, want the same ring", err)
		}
	})
}

func ExampleRing_Open() {
	ring, err := seal.Parse("lookup:" + strings.Repeat("01", 32) + ",1:" + strings.Repeat("02", 32))
	if err != nil {
		panic(err)
	}
	sealed, err := ring.Seal("instance/12/token", []byte("hunter2"))
	if err != nil {
		panic(err)
	}
	plain, err := ring.Open("instance/12/token", sealed)
	fmt.Println(string(plain), err)
	_, err = ring.Open("instance/13/token", sealed)
	fmt.Println(err)
	// Output:
	// hunter2 <nil>
	// damaged, moved from another place, or sealed by another key ring: cannot be unsealed
}

// changed returns a ring after a change that must work.
func changed(t *testing.T) func(r *seal.Ring, err error) *seal.Ring {
	return func(r *seal.Ring, err error) *seal.Ring {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

// Of those who share a ring none may meet a value that it cannot open, whatever step
// the others have taken.
func TestWhoWasGivenEachStepOpensWhatTheNeighbouringStepsSeal(t *testing.T) {
	before, path := ring(t)
	steps := []*seal.Ring{
		before,
		changed(t)(seal.Add(path)),
		changed(t)(seal.Use(path)),
		changed(t)(seal.Read(path)),
	}
	for i, newer := range steps[1:] {
		older := steps[i]
		for _, pair := range [][2]*seal.Ring{{older, newer}, {newer, older}} {
			if got, err := pair[1].Open(place, sealed(t, pair[0], "secret")); string(got) != "secret" {
				t.Errorf("between the steps %d and %d: Open = %q, %v, want the secret", i, i+1, got, err)
			}
		}
	}
	if got := steps[3].Newest(); got != 2 {
		t.Errorf("Newest = %d, want 2", got)
	}
	if got, err := steps[0].SealedBy(sealed(t, steps[3], "secret")); got != 2 || err != nil {
		t.Errorf("SealedBy = %d, %v, want 2, though the ring lacks it", got, err)
	}
}

func TestKeysSayWhatTheyAreThereFor(t *testing.T) {
	_, path := ring(t)
	changed(t)(seal.Rotate(path))
	want := []seal.Key{{Number: 1, Role: seal.Opens}, {Number: 2, Role: seal.Seals}, {Number: 3, Role: seal.Waits}}
	if got := changed(t)(seal.Add(path)).Keys(); !slices.Equal(got, want) {
		t.Errorf("Keys = %v, want %v", got, want)
	}
	want = []seal.Key{{Number: 2, Role: seal.Opens}, {Number: 3, Role: seal.Seals}}
	changed(t)(seal.Drop(path, 1))
	if got := changed(t)(seal.Rotate(path)).Keys(); !slices.Equal(got, want) { // with the one that waited
		t.Errorf("Keys = %v, want %v", got, want)
	}
}

func TestADroppedKeyOpensNothing(t *testing.T) {
	before, path := ring(t)
	old := sealed(t, before, "secret")
	changed(t)(seal.Rotate(path))
	if _, err := changed(t)(seal.Drop(path, 1)).Open(place, old); !errors.Is(err, seal.ErrUnsealable) {
		t.Errorf("Open = %v, want seal.ErrUnsealable", err)
	}
	changed(t)(seal.Add(path))
	if got := changed(t)(seal.Drop(path, 3)).Keys(); len(got) != 1 {
		t.Errorf("Keys = %v, want the one that waited gone", got)
	}
}

func TestAChangeThatCannotBeMadeLeavesTheRing(t *testing.T) {
	_, path := ring(t)
	before := changed(t)(seal.Rotate(path)).Text()
	tests := map[string]struct {
		change func() (*seal.Ring, error)
		want   string
	}{
		"use of none":       {func() (*seal.Ring, error) { return seal.Use(path) }, "add one first"},
		"drop of the last":  {func() (*seal.Ring, error) { return seal.Drop(path, 2) }, "key 2 is the one that seals"},
		"drop of no key":    {func() (*seal.Ring, error) { return seal.Drop(path, 7) }, "there is no key 7"},
		"of no ring at all": {func() (*seal.Ring, error) { return seal.Add(path + "x") }, "no such file"},
	}
	for name, tt := range tests {
		if _, err := tt.change(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s = %v, want %q", name, err, tt.want)
		}
	}
	if got := changed(t)(seal.Read(path)).Text(); got != before {
		t.Errorf("the ring is %s, want %s", got, before)
	}
	changed(t)(seal.Add(path))
	if _, err := seal.Add(path); err == nil || !strings.Contains(err.Error(), "key 3 waits already") {
		t.Errorf("Add = %v, want the key that waits named", err)
	}
}
