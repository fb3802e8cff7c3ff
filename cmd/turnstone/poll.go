package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"turnstone/client"
)

// pollCommand holds the tools for people who set up polling.
type pollCommand struct {
	List    pollListCommand `cmd:"" help:"Show the pollers of an instance, or the polls of one of them."`
	Preview previewCommand  `cmd:"" help:"Show what a poll would find now, and what would become of each record. Nothing is stored."`
	Now     pollNowCommand  `cmd:"" help:"Have a poller poll at once, from where it stands."`
}

// pollListCommand shows pollers, or polls.
type pollListCommand struct {
	remote
	listing
	Instance int64  `required:"" placeholder:"ID" help:"Number of the instance."`
	Resource string `placeholder:"NAME" help:"Show the polls of this resource, newest first."`
}

// Run shows the pollers, or the polls.
func (c *pollListCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error {
		if c.Resource == "" {
			return printList(s, c.listing, api.Pollers(ctx, c.Instance), columns[client.Poller]{"RESOURCE STATE INTERVAL LAST-GOOD NEXT FAILURES PROBLEM", pollerRow})
		}
		return printList(s, c.listing, api.Polls(ctx, c.Instance, c.Resource),
			columns[client.Poll]{"STARTED TOOK OUTCOME PAGES RECORDS CREATED UPDATED DELETED EVENTS PROBLEMS", pollRow})
	})
}

func pollerRow(p client.Poller) []string {
	return []string{
		p.Resource, p.State, seconds(p.IntervalSeconds), when(p.LastGoodAt), when(p.NextAt), strconv.Itoa(p.Failures), cmp.Or(p.Problem, "-"),
	}
}

func pollRow(p client.Poll) []string {
	return []string{
		when(p.StartedAt), seconds(p.TookSeconds), p.Outcome, strconv.Itoa(p.Pages), strconv.Itoa(p.Records), strconv.Itoa(p.Created),
		strconv.Itoa(p.Updated), strconv.Itoa(p.Deleted), strconv.Itoa(p.Events), words(p.Problems),
	}
}

// seconds writes a length of time.
func seconds(n float64) string {
	return time.Duration(n * float64(time.Second)).Round(time.Millisecond).String()
}

// pollNowCommand makes a poller due.
type pollNowCommand struct {
	remote
	Instance int64  `required:"" placeholder:"ID" help:"Number of the instance."`
	Resource string `required:"" placeholder:"NAME" help:"Resource to poll, such as reports."`
}

// Run makes the poller due.
func (c *pollNowCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error {
		if err := api.PollNow(ctx, c.Instance, c.Resource); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "%s is polled within a moment, unless the vendor asked us to wait\n", line(c.Resource))
		return err
	})
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

// Run prints the preview.
func (c *previewCommand) Run(ctx context.Context, s streams) error {
	input := client.PreviewInput{}
	if c.Since != "" {
		input.Since = beginning(c.Since, time.Now())
	}
	if c.Configuration != "" {
		text, err := c.read(s.in)
		if err != nil {
			return usageError{err}
		}
		input.Configuration = text
	}
	return c.ask(func(api *client.Client) error {
		p, err := api.PreviewPoll(ctx, c.Instance, c.Resource, input)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, p.Text)
		}
		return printPreview(s.out, p)
	})
}

// read reads the configuration, which must be JSON.
func (c *previewCommand) read(in io.Reader) ([]byte, error) {
	text, err := readFile(in, c.Configuration)
	if err == nil && !json.Valid(text) {
		err = errors.New(`what --configuration names is no JSON; write {"url": "/hubs/…", "idField": "…"}`)
	}
	return text, err
}

// printPreview writes a preview for people: how it was asked, and what came of it.
func printPreview(out io.Writer, p client.Preview) error {
	rows := [][]string{
		{"polled", p.URL},
		{"asked", p.VendorURL},
		{"window", or(p.From, "the beginning") + " to " + or(p.To, "now") + ", by the vendor's clock"},
		{"dates", "updated: " + zone(p.UpdatedZone) + "; created: " + zone(p.CreatedZone)},
	}
	if p.ClockOffsetSeconds != nil {
		rows = append(rows, []string{"clock", fmt.Sprintf("the vendor's is %+g s from ours", *p.ClockOffsetSeconds)})
	}
	rows = append(rows, []string{"records", strconv.Itoa(len(p.Records)) + more(p)})
	for _, problem := range p.Problems {
		rows = append(rows, []string{"problem", problem})
	}
	rows = append(rows, []string{"next", "the poll after this one would begin at " + or(p.CursorAfter, "the same place") + ", less delay and overlap"})
	if err := printRows(out, rows...); err != nil || len(p.Records) == 0 {
		return err
	}
	rows = [][]string{{}, {"OBJECT", "UPDATED", "CREATED", "EVENT", "WHY"}}
	for _, r := range p.Records {
		rows = append(rows, []string{r.ObjectID, when(r.Updated), when(r.Created), cmp.Or(r.Type, "none"), r.Because})
	}
	return printRows(out, rows...)
}

// or returns a time, or what stands for the zero time.
func or(t time.Time, none string) string {
	if t.IsZero() {
		return none
	}
	return when(t)
}

// more says whether there are more records.
func more(p client.Preview) string {
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
