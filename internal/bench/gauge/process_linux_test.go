package gauge_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"turnstone/internal/bench/gauge"
)

func TestSelfSeesWhatTheProcessDoes(t *testing.T) {
	if err := gauge.ResetPeak(); err != nil {
		t.Fatal(err)
	}
	before := read(t)
	file, err := os.Create(t.TempDir() + "/written")
	if err != nil {
		t.Fatal(err)
	}
	const megabytes = 64
	block := bytes.Repeat([]byte{1}, megabytes<<20)
	if _, err := file.Write(block); err != nil {
		t.Fatal(err)
	}
	if err := file.Sync(); err != nil {
		t.Fatal(err)
	}
	used := read(t).Since(before)
	if used.CPU <= 0 || used.Allocs == 0 {
		t.Errorf("CPU = %v and Allocs = %d, want some", used.CPU, used.Allocs)
	}
	if used.Memory < megabytes<<20 {
		t.Errorf("Memory = %d, want the %d MB that were resident", used.Memory, megabytes)
	}
	if kind, err := gauge.FileSystem(file.Name()); err == nil && kind != "tmpfs" && used.Written < megabytes<<20 {
		t.Errorf("Written = %d to %s, want %d MB", used.Written, kind, megabytes)
	}
}

func read(t *testing.T) gauge.Reading {
	t.Helper()
	r, err := gauge.Self()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTreeSeesWhatOthersDo(t *testing.T) {
	// The inner shell ends before it is read: its time counts, too.
	command := exec.CommandContext(t.Context(), "sh", "-c",
		`sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; echo done; read line`)
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscan(out, new(string)); err != nil {
		t.Fatal(err)
	}
	got, err := gauge.Tree(command.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if got.CPU == 0 || got.Memory == 0 {
		t.Errorf("Tree = %+v, want the time of the inner shell and the memory of the outer", got)
	}
	if _, err := fmt.Fprintln(in); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := gauge.Tree(command.Process.Pid); err == nil {
		t.Error("Tree of a process that ended = nil error, want one")
	}
}

func TestFileSystemsHaveNames(t *testing.T) {
	for folder, want := range map[string]string{"/proc": "proc", "/proc/self": "proc", "/sys": "sysfs"} {
		if got, err := gauge.FileSystem(folder); err != nil || got != want {
			t.Errorf("FileSystem(%s) = %q, %v, want %q", folder, got, err, want)
		}
	}
	if got, err := gauge.FileSystem(t.TempDir()); err != nil || got == "" || got == "proc" {
		t.Errorf("FileSystem of a temporary folder = %q, %v, want that of a disk", got, err)
	}
}
