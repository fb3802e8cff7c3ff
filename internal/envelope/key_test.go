package envelope_test

import (
	"crypto/rand"
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
