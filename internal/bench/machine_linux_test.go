package bench_test

import (
	"strings"
	"testing"

	"turnstone/internal/bench"
	"turnstone/internal/bench/gauge"
)

func TestMemoryIsNoDisk(t *testing.T) {
	const memory = "/dev/shm"
	if kind, err := gauge.FileSystem(memory); err != nil || kind != "tmpfs" {
		t.Skipf("%s is %q (%v), and no other place is surely in memory", memory, kind, err)
	}
	if _, err := bench.Describe(memory, nil); err == nil || !strings.Contains(err.Error(), "--dir") {
		t.Errorf("Describe = %v, want an error that says what to do", err)
	}
	m, err := bench.Describe(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Cores == 0 || m.Go == "" || m.Sync <= 0 {
		t.Errorf("Describe = %+v, want what figures depend on", m)
	}
}
