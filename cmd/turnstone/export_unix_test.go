//go:build unix

package main_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A device that was replaced by a file of the same name would be missed by everybody
// else on the machine.
func TestAnExportTakesNothingsPlaceButAFiles(t *testing.T) {
	from, dir := installed(t), t.TempDir()
	target, link, pipe := filepath.Join(dir, "target"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.WriteFile(target, nil, 0o600), os.Symlink(target, link), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	read := make(chan int)
	go func() {
		text, _ := os.ReadFile(pipe)
		read <- len(text)
	}()
	must(t, "exported", "export", "--data", from, link)
	must(t, "exported", "export", "--data", from, pipe)
	if n := <-read; n == 0 {
		t.Error("nothing came out of the pipe, want the export")
	}
	for name, want := range map[string]fs.FileMode{link: fs.ModeSymlink, pipe: fs.ModeNamedPipe} {
		if info, err := os.Lstat(name); err != nil || info.Mode().Type() != want {
			t.Errorf("%s became %v, %v, want it as it was", name, info, err)
		}
	}
	if text, err := os.ReadFile(target); err != nil || len(text) == 0 {
		t.Errorf("the target of the link holds %d bytes, %v, want the export", len(text), err)
	}
}
