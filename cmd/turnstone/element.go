package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"turnstone/internal/element"
)

// elementCommand holds the tools for writing elements, and for those who choose one.
type elementCommand struct {
	List      elementListCommand   `cmd:"" help:"Show the elements of a running service."`
	Import    elementImportCommand `cmd:"" help:"Bring an element into an account: an export of the platform, or an element file."`
	Show      elementShowCommand   `cmd:"" help:"Show what instances of an element are configured with."`
	Lint      lintCommand          `cmd:"" help:"Check element files, and say what to write instead."`
	Schema    schemaCommand        `cmd:"" help:"Print the JSON Schema of the element format, for editors."`
	Reference referenceCommand     `cmd:"" help:"Print the reference of the element format."`
}

// lintCommand checks element files.
type lintCommand struct {
	Files []string `arg:"" name:"file" help:"Element files, or folders that hold an element.yaml."`
}

// Run checks each file and reports every problem of all of them.
func (c *lintCommand) Run(s streams) error {
	var problems []error
	for _, name := range c.Files {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			name = filepath.Join(name, "element.yaml")
		}
		if err := lint(name); err != nil {
			problems = append(problems, err)
			continue
		}
		fmt.Fprintf(s.out, "%s: no problems\n", name)
	}
	if err := errors.Join(problems...); err != nil {
		fmt.Fprintln(s.err, err)
		return errSilent
	}
	return nil
}

// lint checks an element file. The files beside an element.yaml that hold some of
// its resources are checked with it.
func lint(name string) error {
	names := []string{name}
	if filepath.Base(name) == "element.yaml" {
		parts, err := filepath.Glob(filepath.Join(filepath.Dir(name), "resources", "*.yaml"))
		if err != nil {
			return err
		}
		names = append(names, parts...)
	}
	files := make([]element.File, len(names))
	for i, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files[i] = element.File{Name: name, Data: data}
	}
	_, err := element.ParseParts(files[0], files[1:])
	return err
}

// outputFlag says where a generated page goes.
type outputFlag struct {
	Output string `placeholder:"FILE" help:"Write to this file instead of standard output." env:"-"`
}

func (f outputFlag) write(s streams, text []byte) error {
	if f.Output == "" {
		_, err := s.out.Write(text)
		return err
	}
	return os.WriteFile(f.Output, text, 0o644)
}

// schemaCommand prints the JSON Schema.
type schemaCommand struct{ outputFlag }

// Run prints the JSON Schema of the element format.
func (c *schemaCommand) Run(s streams) error { return c.write(s, element.JSONSchema()) }

// referenceCommand prints the reference.
type referenceCommand struct{ outputFlag }

// Run prints the reference of the element format.
func (c *referenceCommand) Run(s streams) error { return c.write(s, element.Reference()) }
