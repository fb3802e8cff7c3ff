package gauge_test

import (
	"os"
	"testing"

	"turnstone/internal/bench/gauge"
)

func TestSyncTakesTime(t *testing.T) {
	folder := t.TempDir()
	if got, err := gauge.SyncTime(folder); err != nil || got <= 0 {
		t.Errorf("SyncTime = %v, %v, want more than nothing", got, err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("%v is left behind (%v), want nothing", left, err)
	}
}
