package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"turnstone/client"
	"turnstone/internal/element"
	"turnstone/internal/legacy"
)

// elementImportCommand brings an element into an account: an export of the platform, or
// an element file.
type elementImportCommand struct {
	remote
	printed
	File    string `arg:"" help:"Export of the platform (JSON), or an element file (YAML or JSON); - reads standard input."`
	DryRun  bool   `help:"Only say what the element would be, without a running service."`
	Show    bool   `help:"With --dry-run: print the element in our format."`
	Key     string `help:"With --dry-run: key of the element, in place of the one in the file."`
	Replace bool   `help:"Replace the account's element of that key, if there is one. Its instances go on with the new one."`
}

// Run imports the file and prints what could not be carried over.
func (c *elementImportCommand) Run(ctx context.Context, s streams) error {
	data, err := readFile(s.in, c.File)
	if err != nil {
		return err
	}
	if c.DryRun {
		return c.try(s, data)
	}
	return c.ask(func(api *client.Client) error {
		el, err := c.send(ctx, api, data)
		if err != nil {
			return err
		}
		report, err := api.ImportReport(ctx, el.Key)
		if err != nil {
			return err
		}
		return c.tell(s, fmt.Sprintf("%s is element %d", el.Key, el.ID), report)
	})
}

// send makes the element, or replaces the one that has its key.
func (c *elementImportCommand) send(ctx context.Context, api *client.Client, data []byte) (client.Element, error) {
	el, err := api.CreateElement(ctx, data)
	taken, refused := errors.AsType[*client.Error](err)
	if !c.Replace || !refused || taken.Status != http.StatusConflict {
		return el, err
	}
	read, err := readElement(data, "")
	if err != nil {
		return el, err
	}
	return api.ReplaceElement(ctx, read.Key, data)
}

// sent is an element as the service makes it of a file.
type sent struct {
	*element.Element

	text   []byte // in our format
	report client.ImportReport
}

// readElement reads a file as the service does; key replaces the one in an export.
func readElement(data []byte, key string) (sent, error) {
	if legacy.IsExport(data) {
		got, err := legacy.Import(data, legacy.Options{Key: key})
		return sent{got.Element, got.File, reportOf(got.Report)}, err
	}
	el, err := element.Parse("element", data)
	if err != nil {
		return sent{}, err
	}
	var report legacy.Report
	report.Describe(el)
	return sent{el, data, reportOf(report)}, nil
}

// reportOf returns a report as the service answers it.
func reportOf(r legacy.Report) client.ImportReport {
	report := client.ImportReport{Findings: []client.Finding{}, Resources: r.Resources, Pollers: r.Pollers}
	for _, f := range r.Findings {
		report.Findings = append(report.Findings, client.Finding{Level: string(f.Level), Path: f.Path, Message: f.Message})
	}
	return report
}

// try says what the element would be.
func (c *elementImportCommand) try(s streams, data []byte) error {
	el, err := readElement(data, c.Key)
	if err != nil {
		return err
	}
	if c.Show {
		_, err := s.out.Write(el.text)
		return err
	}
	return c.tell(s, fmt.Sprintf("%s (%s) would have %d resources", el.Key, el.Name, len(el.report.Resources)), el.report)
}

// tell prints the report.
func (c *elementImportCommand) tell(s streams, title string, report client.ImportReport) error {
	rows := [][]string{{title}, {}, {"RESOURCE", "POLLED BY DEFAULT"}}
	for _, name := range report.Resources {
		rows = append(rows, []string{name, truth(slices.Contains(report.Pollers, name))})
	}
	if len(report.Findings) > 0 {
		rows = append(rows, []string{}, []string{"FINDING", "WHERE", "WHAT IT MEANS"})
	}
	for _, f := range report.Findings {
		rows = append(rows, []string{f.Level, f.Path, f.Message})
	}
	return c.print(s.out, report, rows...)
}
