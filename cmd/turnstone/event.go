package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// eventCommand holds the tools for people whose receiver lost events.
type eventCommand struct {
	Replay replayCommand `cmd:"" help:"Deliver stored events again, under their ids and byte for byte."`
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
	body, err := c.body(time.Now())
	if err != nil {
		return usageError{err}
	}
	events, deliveries := 0, 0
	for {
		answer, err := c.call(ctx, http.MethodPost, fmt.Sprintf("/instances/%d/events/replay", c.Instance), body)
		if err != nil {
			return err
		}
		var done struct {
			Events, Deliveries int
			NextPage           string
		}
		if err := decode(answer, &done); err != nil {
			return err
		}
		events, deliveries = events+done.Events, deliveries+done.Deliveries
		if done.NextPage == "" {
			break
		}
		body["nextPage"] = done.NextPage
	}
	verb := "made due again"
	if c.DryRun {
		verb = "would be made again"
	}
	_, err = fmt.Fprintf(s.out, "%s, %s %s%s\n", amount(events, "event", "events"), amount(deliveries, "delivery", "deliveries"), verb, why(events, deliveries))
	return err
}

// amount counts things.
func amount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// why says why there is nothing to deliver of events that are there.
func why(events, deliveries int) string {
	if events == 0 || deliveries > 0 {
		return ""
	}
	return ": they are on their way anyway, or no destination wants them"
}

// body returns the request.
func (c *replayCommand) body(now time.Time) (map[string]any, error) {
	body := map[string]any{"dryRun": c.DryRun}
	switch {
	case len(c.Event) > 0 && c.Since+c.To+c.Resource != "":
		return nil, errors.New("--event says what to replay; leave --since, --to and --resource out, or leave it out")
	case len(c.Event) > 0:
		body["eventIds"] = c.Event
	case c.Since == "":
		return nil, errors.New("say what to replay with --event or --since")
	case c.To != "":
		body["from"], body["to"] = beginning(c.Since, now), beginning(c.To, now)
	default:
		body["since"] = beginning(c.Since, now)
	}
	if c.Resource != "" {
		body["resource"] = c.Resource
	}
	if c.Destination != 0 {
		body["destinationId"] = c.Destination
	}
	return body, nil
}
