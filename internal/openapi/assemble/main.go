// Command assemble writes openapi.yaml from its parts.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"turnstone/internal/openapi"
)

// options are the flags of the command.
type options struct {
	Parts  string `required:"" type:"existingdir" help:"Folder of the parts."`
	Golden string `required:"" type:"existingdir" help:"Folder of the golden files that are examples."`
	Output string `required:"" help:"File to write."`
}

func main() {
	var o options
	kong.Parse(&o)
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (o options) run() error {
	text, err := openapi.Assemble(os.DirFS(o.Parts), os.DirFS(o.Golden))
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.Output, text, 0o644); err != nil { //nolint:gosec // a file of the repository, for everybody
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}
