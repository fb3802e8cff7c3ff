package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"turnstone/client"
)

// eventCommand holds the tools for people who look for events, or whose receiver lost
// some.
type eventCommand struct {
	List      eventListCommand  `cmd:"" help:"Show events, newest first."`
	Show      eventShowCommand  `cmd:"" help:"Show an event with its records, as JSON."`
	Replay    replayCommand     `cmd:"" help:"Deliver stored events again, under their ids and byte for byte."`
	Analytics eventCountCommand `cmd:"" help:"Count the events of the account in steps of time."`
}

// eventListCommand shows events.
type eventListCommand struct {
	remote
	listing
	Instance int64  `placeholder:"ID" help:"Only events of this instance."`
	Resource string `placeholder:"NAME" help:"Only events of this resource."`
	Op       string `placeholder:"WORD" enum:",CREATED,UPDATED,DELETED" default:"" help:"Only events that tell of such a change: CREATED, UPDATED or DELETED."`
	Status   string `placeholder:"WORD" enum:",NEW,NOTIFIED" default:"" help:"Only events that were posted, or were not: NOTIFIED or NEW."`
	Since    string `placeholder:"TIME" help:"Only events made since then: a time such as 2026-11-23T08:00:00Z, or how long ago, such as 24h."`
	To       string `placeholder:"TIME" help:"Only events made before then."`
}

// Run shows the events.
func (c *eventListCommand) Run(ctx context.Context, s streams) error {
	q := client.EventQuery{Resource: c.Resource, Op: c.Op, Status: c.Status}
	var err error
	if q.From, q.To, err = span(c.Since, c.To, time.Now()); err != nil {
		return err
	}
	return c.ask(func(api *client.Client) error {
		return printList(s, c.listing, api.Events(ctx, c.Instance, q), columns[client.Event]{"ID MADE STATUS RESOURCE CHANGES", eventRow})
	})
}

// span reads the beginning and the end of a span of time.
func span(since, to string, now time.Time) (from, until time.Time, err error) {
	if from, err = moment("--since", since, now); err != nil {
		return from, until, err
	}
	until, err = moment("--to", to, now)
	return from, until, err
}

// eventRow returns an event as a row of a table: what it tells stands in its data.
func eventRow(e client.Event) []string {
	var changes []struct{ EventType, ObjectType string }
	row := []string{e.ID, when(e.EventDate), e.Status, "-", "-"}
	if json.Unmarshal(e.NotifiedData, &changes) != nil || len(changes) == 0 {
		return row
	}
	row[3], row[4] = changes[0].ObjectType, ""
	counts := make(map[string]int)
	for _, c := range changes {
		counts[c.EventType]++
	}
	for _, op := range []string{"CREATED", "UPDATED", "DELETED"} {
		if counts[op] > 0 {
			row[4] += fmt.Sprintf(", %d %s", counts[op], op)
		}
	}
	row[4] = row[4][min(2, len(row[4])):]
	return row
}

// eventShowCommand shows one event.
type eventShowCommand struct {
	remote
	ID string `arg:"" name:"event" help:"The event, by its id or by the number that callbacks name."`
}

// Run shows the event.
func (c *eventShowCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error {
		e, err := api.Event(ctx, 0, c.ID)
		if err != nil {
			return err
		}
		return printed{Output: "json"}.print(s.out, e)
	})
}

// replayCommand asks a running service to deliver events again.
type replayCommand struct {
	remote

	Instance    int64    `required:"" placeholder:"ID" help:"Number of the instance."`
	Event       []string `placeholder:"ID" help:"Events, by the id that callbacks name or by their eventId; instead of a time. Repeatable."`
	Since       string   `placeholder:"TIME" help:"Events made since then: a time such as 2026-11-23T08:00:00Z, or how long ago, such as 24h."`
	To          string   `placeholder:"TIME" help:"Only events made before then, with --since."`
	Resource    string   `placeholder:"NAME" help:"Only events of this resource."`
	Destination int64    `placeholder:"ID" help:"Only to this destination. Unset, to every one that the event is for."`
	DryRun      bool     `help:"Only count."`
}

// Run replays batch after batch and prints how many events and deliveries that were.
func (c *replayCommand) Run(ctx context.Context, s streams) error {
	input, err := c.input(time.Now())
	if err != nil {
		return usageError{err}
	}
	return c.ask(func(api *client.Client) error {
		done, err := api.ReplayEvents(ctx, c.Instance, input)
		if done != (client.Replayed{}) || err == nil {
			c.tell(s.out, done)
		}
		return err
	})
}

// tell prints what was done.
func (c *replayCommand) tell(out io.Writer, done client.Replayed) {
	verb := "made due again"
	if c.DryRun {
		verb = "would be made again"
	}
	fmt.Fprintf(out, "%s, %s %s%s\n", amount(done.Events, "event", "events"), amount(done.Deliveries, "delivery", "deliveries"), verb, why(done))
}

// why says why there is nothing to deliver of events that are there.
func why(done client.Replayed) string {
	if done.Events == 0 || done.Deliveries > 0 {
		return ""
	}
	return ": they are on their way anyway, or no destination wants them"
}

// input returns the request.
func (c *replayCommand) input(now time.Time) (client.ReplayInput, error) {
	input := client.ReplayInput{EventIDs: c.Event, Resource: c.Resource, DestinationID: c.Destination, DryRun: c.DryRun}
	switch {
	case len(c.Event) > 0 && c.Since+c.To+c.Resource != "":
		return input, errors.New("--event says what to replay; leave --since, --to and --resource out, or leave it out")
	case len(c.Event) > 0:
	case c.Since == "":
		return input, errors.New("say what to replay with --event or --since")
	case c.To != "":
		input.From, input.To = beginning(c.Since, now), beginning(c.To, now)
	default:
		input.Since = beginning(c.Since, now)
	}
	return input, nil
}

// eventCountCommand counts events.
type eventCountCommand struct {
	remote
	printed
	Since    string `placeholder:"TIME" help:"Where to begin: a time such as 2026-11-23T08:00:00Z, or how long ago, such as 24h."`
	To       string `placeholder:"TIME" help:"Where to end. Unset, now."`
	Interval string `placeholder:"WORD" enum:",second,minute,hour,day,week" default:"" help:"Step of time: second, minute, hour, day or week."`
}

// Run counts the events.
func (c *eventCountCommand) Run(ctx context.Context, s streams) error {
	q := client.CountQuery{Interval: c.Interval}
	var err error
	if q.From, q.To, err = span(c.Since, c.To, time.Now()); err != nil {
		return err
	}
	return c.ask(func(api *client.Client) error {
		counts, err := api.CountEvents(ctx, q)
		if err != nil {
			return err
		}
		rows := [][]string{{"FROM", "EVENTS"}}
		for _, step := range counts {
			rows = append(rows, []string{when(step.Timestamp), number(int64(step.Count))})
		}
		return c.print(s.out, counts, rows...)
	})
}
