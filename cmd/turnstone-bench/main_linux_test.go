package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"turnstone/internal/bench"
)

// TestMain lets the test program be its own child process.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "child" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestAWorkIsMeasuredFromTheCommandLine(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()) // --dir changes it
	folder := t.TempDir()
	file := filepath.Join(folder, "figures.json")
	var out bytes.Buffer
	args := []string{"--short", "--works", "unchanged-10k", "--engine", "sqlite", "--dir", folder, "--json", file}
	if err := run(t.Context(), args, bench.Streams{Out: &out}); err != nil {
		t.Fatalf("run = %v, after %s", err, &out)
	}
	if text := out.String(); !strings.Contains(text, "\nWORK ") || !strings.Contains(text, "\nunchanged-10k  sqlite") {
		t.Errorf("out = %s, want a table with the work", text)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report bench.Report
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Rows) != 1 || report.Rows[0].Ours.Rate.Median <= 0 || report.Machine.Cores == 0 {
		t.Errorf("report = %s, want a row with a rate, and the machine", text)
	}
	left, err := filepath.Glob(filepath.Join(folder, "turnstone-bench-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left behind (%v), want no databases", left, err)
	}
}
