package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// importCommand fills an empty database from a file.
type importCommand struct {
	storageFlags
	File string `arg:"" optional:"" default:"-" help:"File that export wrote, compressed or not; - is standard input."`
}

// Validate refuses options that cannot be used.
func (c *importCommand) Validate() error { return c.storage().Validate() }

// Run imports.
func (c *importCommand) Run(ctx context.Context, s streams) error {
	begun, in := time.Now(), s.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return usageError{err}
		}
		defer f.Close() //nolint:errcheck // only read
		in = f
	}
	n, err := c.storage().Import(ctx, until(ctx, in), move(s.err, "imported"))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.err, "imported %d rows in %v; start turnstone serve on this database now, and never again on the one that was exported\n",
		n, time.Since(begun).Round(time.Millisecond))
	return nil
}

// until returns a reader that ends with ctx: a read of a pipe or a terminal does not.
func until(ctx context.Context, in io.Reader) io.Reader {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { w.CloseWithError(context.Cause(ctx)) })
	go func() { // ends with the input, or with the process
		_, err := io.Copy(w, in)
		w.CloseWithError(err)
	}()
	return r
}
