package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// pollCommand holds the tools for people who set up polling.
type pollCommand struct {
	Preview previewCommand `cmd:"" help:"Show what a poll would find now, and what would become of each record. Nothing is stored."`
}

// previewCommand asks a running service what a poll would do.
type previewCommand struct {
	remote

	Instance      int64  `required:"" placeholder:"ID" help:"Number of the instance."`
	Resource      string `required:"" placeholder:"NAME" help:"Resource to poll, such as reports."`
	Configuration string `placeholder:"FILE" help:"File with the resource's member of event.poller.configuration, to try another than the saved one; - reads standard input."`
	Since         string `placeholder:"TIME" help:"Where the window begins: a time such as 2026-11-23T08:00:00Z, or how long ago, such as 24h. Unset, where the next poll begins."`
	JSON          bool   `help:"Print the whole answer as JSON, with the records."`
}

// previewAnswer is what the service answers, as far as it is printed.
type previewAnswer struct {
	URL                string
	VendorURL          string
	From, To           string
	UpdatedZone        string
	CreatedZone        string
	ClockOffsetSeconds *float64
	Records            []struct {
		ObjectID, Updated, Created, Type, Because string
	}
	More        bool
	CursorAfter string
	Problems    []string
}

// Run prints the preview.
func (c *previewCommand) Run(ctx context.Context, s streams) error {
	body := map[string]any{}
	if c.Since != "" {
		body["since"] = beginning(c.Since, time.Now())
	}
	if c.Configuration != "" {
		text, err := c.read(s.in)
		if err != nil {
			return usageError{err}
		}
		body["configuration"] = json.RawMessage(text)
	}
	answer, err := c.call(ctx, http.MethodPost, resourcePath(c.Instance, c.Resource)+"/preview", body)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, answer)
	}
	var p previewAnswer
	if err := decode(answer, &p); err != nil {
		return err
	}
	return p.print(s.out)
}

// read reads the configuration, which must be JSON.
func (c *previewCommand) read(in io.Reader) ([]byte, error) {
	text, err := readFile(in, c.Configuration)
	if err == nil && !json.Valid(text) {
		err = errors.New(`what --configuration names is no JSON; write {"url": "/hubs/…", "idField": "…"}`)
	}
	return text, err
}

// readFile reads a file, or standard input for "-".
func readFile(in io.Reader, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(in)
	}
	return os.ReadFile(name)
}

// beginning turns how long ago into a time; anything else is for the service to read.
func beginning(text string, now time.Time) string {
	if ago, err := time.ParseDuration(text); err == nil {
		return now.Add(-ago).UTC().Format(time.RFC3339)
	}
	return text
}

// print writes a preview for people.
func (p previewAnswer) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(cells ...string) {
		for i := range cells {
			cells[i] = line(cells[i])
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	row("polled", p.URL)
	row("asked", p.VendorURL)
	row("window", cmp.Or(short(p.From), "the beginning")+" to "+cmp.Or(short(p.To), "now")+", by the vendor's clock")
	row("dates", "updated: "+zone(p.UpdatedZone)+"; created: "+zone(p.CreatedZone))
	if p.ClockOffsetSeconds != nil {
		row("clock", fmt.Sprintf("the vendor's is %+g s from ours", *p.ClockOffsetSeconds))
	}
	row("records", strconv.Itoa(len(p.Records))+p.rest())
	for _, problem := range p.Problems {
		row("problem", problem)
	}
	row("next", "the poll after this one would begin at "+cmp.Or(short(p.CursorAfter), "the same place")+", less delay and overlap")
	if len(p.Records) > 0 {
		fmt.Fprintln(w) // ends the columns above
		row("OBJECT", "UPDATED", "CREATED", "EVENT", "WHY")
	}
	for _, r := range p.Records {
		row(r.ObjectID, cmp.Or(short(r.Updated), "-"), cmp.Or(short(r.Created), "-"), cmp.Or(r.Type, "none"), r.Because)
	}
	return w.Flush()
}

// rest says whether there are more records.
func (p previewAnswer) rest() string {
	if p.More {
		return " on the first page; there are more"
	}
	return ""
}

// zone says how dates without a zone are read.
func zone(name string) string {
	if name == "" {
		return "none"
	}
	return "in " + name + " unless they say otherwise"
}

// short cuts a time to the second, which is in UTC.
func short(text string) string {
	before, _, found := strings.Cut(text, ".")
	if found {
		return before + "Z"
	}
	return text
}
