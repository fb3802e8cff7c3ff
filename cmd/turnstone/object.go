package main

import (
	"context"
	"fmt"

	"turnstone/client"
)

// objectCommand holds the tools for people who are asked about a single record.
type objectCommand struct {
	Explain explainCommand `cmd:"" help:"Tell what is known of a record: when it was seen, why that was an event or was none, and where each event went."`
}

// explainCommand asks a running service for the story of an object.
type explainCommand struct {
	remote

	Instance int64  `required:"" placeholder:"ID" help:"Number of the instance."`
	Resource string `required:"" placeholder:"NAME" help:"Polled resource, such as reports."`
	Object   string `required:"" placeholder:"ID" help:"The vendor's id of the record."`
	JSON     bool   `help:"Print the whole answer as JSON."`
}

// Run prints the story.
func (c *explainCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error {
		told, err := api.ExplainObject(ctx, c.Instance, c.Resource, c.Object)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(s.out, told.Text)
		}
		for _, sentence := range told.Story {
			fmt.Fprintln(s.out, line(sentence))
		}
		return nil
	})
}
