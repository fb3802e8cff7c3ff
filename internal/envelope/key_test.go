package envelope_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"turnstone/internal/envelope"
)

func TestAKeyTellsWhenItWasMade(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 123_456_789, time.UTC)
	key, err := envelope.NewKey(now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := envelope.KeyTime(key); !ok || !at.Equal(now.Truncate(time.Millisecond)) {
		t.Errorf("KeyTime(%s) = %v, %v, want %v", key, at, ok, now)
	}
	for _, text := range []string{"", "501", "AXz0123456789abcdef", "AXz0123456789abcdefgh", "AXz0123456789abc!efg"} {
		if at, ok := envelope.KeyTime(text); ok {
			t.Errorf("KeyTime(%q) = %v, want none", text, at)
		}
	}
}

// FuzzKeyTime reads any text: a moment comes of 20 characters, and lies within what 48
// bits of milliseconds can say.
func FuzzKeyTime(f *testing.F) {
	for _, key := range []string{"", "AXz0123456789abcdefg", "____________________", "AXz0123456789abcde==", "AXz012345678\n9abcdefg"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		at, ok := envelope.KeyTime(key)
		if ok && (len(strings.NewReplacer("\n", "", "\r", "").Replace(key)) != 20 || at.Year() < 1970 || at.Year() > 10889) {
			t.Errorf("KeyTime(%q) = %v, want none", key, at)
		}
		if !ok && !at.IsZero() {
			t.Errorf("KeyTime(%q) = %v and no, want no moment", key, at)
		}
	})
}
