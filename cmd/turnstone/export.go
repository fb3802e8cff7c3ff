package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"turnstone/internal/app"
)

// exportCommand writes an installation to a file.
type exportCommand struct {
	storageFlags
	File string `arg:"" optional:"" default:"-" help:"File to write, compressed if its name ends in .gz; - is standard output."`
}

// Validate refuses options that cannot be used.
func (c *exportCommand) Validate() error { return c.storage().Validate() }

// Run exports.
func (c *exportCommand) Run(ctx context.Context, s streams) error {
	begun, storage := time.Now(), c.storage()
	out, err := c.create(s.out)
	if err != nil {
		return err
	}
	done, err := storage.Export(ctx, out, move(s.err, "exported"))
	if err != nil {
		return errors.Join(err, out.abandon())
	}
	if err := out.keep(); err != nil {
		return err
	}
	fmt.Fprintf(s.err, "exported %d rows in %v\n", done.Rows, time.Since(begun).Round(time.Millisecond))
	if done.Leases > 0 {
		fmt.Fprintf(s.err, "nodes are running: they hold %d leases. The export is whole, and good as a backup. Do not move by it: stop all nodes and export again, or both would poll.\n", done.Leases)
	}
	keys := "the text of --key-ring"
	if file := storage.KeyFile(); file != "" {
		keys = file
	}
	fmt.Fprintf(s.err, "its secrets stay sealed: it can be imported only with the key ring, %s; keep a copy of that, apart from it\n", keys)
	return nil
}

// create makes what is exported to.
func (c *exportCommand) create(out io.Writer) (*output, error) {
	if c.File == "-" {
		return &output{Writer: out}, nil
	}
	o, err := openOutput(c.File)
	if err != nil {
		return nil, usageError{err}
	}
	if strings.EqualFold(filepath.Ext(c.File), ".gz") {
		// The fastest level: a third larger than the usual one, in a quarter of the time.
		z, err := gzip.NewWriterLevel(o.file, gzip.BestSpeed)
		if err != nil {
			return nil, errors.Join(err, o.abandon())
		}
		o.Writer, o.zip = z, z
	}
	return o, nil
}

// openOutput opens what is exported to. A file has another name until it is whole,
// and is its owner's only. A pipe or a device is written to as it is.
func openOutput(name string) (*output, error) {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &output{Writer: f, file: f}, err
	}
	f, err := os.OpenFile(name+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	return &output{Writer: f, file: f, name: name}, err
}

// output is a file that gets its name when it is whole, or what has one, or standard
// output.
type output struct {
	io.Writer
	zip  *gzip.Writer // nil if it is not compressed
	file *os.File     // nil for standard output
	name string       // that it gets; empty if it has one
}

// keep gives the file its name once it is on disk.
func (o *output) keep() error {
	if o.file == nil {
		return nil
	}
	var err error
	if o.zip != nil {
		err = o.zip.Close()
	}
	if o.name == "" {
		return errors.Join(err, o.file.Close())
	}
	if err := errors.Join(err, o.file.Sync(), o.file.Close()); err != nil {
		return errors.Join(err, os.Remove(o.file.Name()))
	}
	return os.Rename(o.file.Name(), o.name)
}

// abandon removes what was written.
func (o *output) abandon() error {
	if o.file == nil {
		return nil
	}
	if o.name == "" {
		return o.file.Close()
	}
	return errors.Join(o.file.Close(), os.Remove(o.file.Name()))
}

// tellEvery is how often long work says how far it is.
const tellEvery = 5 * time.Second

// move returns how an installation is moved, with what was done told now and then.
func move(w io.Writer, done string) app.Move {
	told := time.Now()
	return app.Move{
		Program: programVersion(),
		Log:     slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Progress: func(table string, rows int64) {
			if time.Since(told) >= tellEvery {
				told = time.Now()
				fmt.Fprintf(w, "%s %d rows of table %s\n", done, rows, table)
			}
		},
	}
}

// programVersion is that of the module this was built from.
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "(unknown)"
}
