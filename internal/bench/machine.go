package bench

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"turnstone/internal/bench/gauge"
)

// Machine is what figures depend on.
type Machine struct {
	Processor  string            `json:"processor"`
	Cores      int               `json:"cores"`
	System     string            `json:"system"`
	Go         string            `json:"go"`
	Commit     string            `json:"commit"`
	FileSystem string            `json:"file_system"` // of the databases
	Sync       time.Duration     `json:"sync"`        // how long a small durable write takes there
	Engines    map[string]string `json:"engines"`     // their versions
}

// Describe describes this machine, and the disk below a folder. It returns an
// error if what is written there never reaches a disk, since a benchmark of
// commits would mean nothing then.
func Describe(folder string, engines []Engine) (Machine, error) {
	m := Machine{
		Processor: processor(), Cores: runtime.GOMAXPROCS(0), System: runtime.GOOS + "/" + runtime.GOARCH,
		Go: runtime.Version(), Commit: commit(), Engines: make(map[string]string),
	}
	for _, e := range engines {
		m.Engines[e.Name] = e.Version
	}
	var err error
	if m.FileSystem, err = gauge.FileSystem(folder); err != nil {
		return m, err
	}
	if m.FileSystem == "tmpfs" || m.FileSystem == "ramfs" {
		return m, fmt.Errorf("%s is in memory (%s), and commits must reach a disk: name a folder on one with --dir", folder, m.FileSystem)
	}
	m.Sync, err = gauge.SyncTime(folder)
	return m, err
}

// processor returns the processor's name, as far as the machine tells.
func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer file.Close() //nolint:errcheck // only read
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// commit returns what the program was built from.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, changed := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed"
		}
	}
	return revision + changed
}

// moduleVersion returns the version of a module of this program.
func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return path + " " + m.Version
			}
		}
	}
	return path
}
