package main

import (
	"cmp"
	"context"

	"turnstone/client"
)

// elementListCommand shows the elements of a running service.
type elementListCommand struct {
	remote
	listing
}

// Run shows the elements.
func (c *elementListCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error {
		return printList(s, c.listing, api.Elements(ctx), columns[client.Element]{"ID KEY NAME HUB AUTHENTICATION ACTIVE", elementRow})
	})
}

func elementRow(el client.Element) []string {
	return []string{number(el.ID), el.Key, el.Name, el.Hub, cmp.Or(el.Authentication.Type, "-"), truth(el.Active)}
}

// elementShowCommand shows one element of a running service.
type elementShowCommand struct {
	remote
	printed
	Key string `arg:"" name:"element" help:"Key or number of the element."`
}

// Run shows what instances of the element are configured with.
func (c *elementShowCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error {
		el, err := api.Element(ctx, c.Key)
		if err != nil {
			return err
		}
		rows := [][]string{{el.Key, el.Name, el.Description}, {}, {"CONFIGURATION", "REQUIRED", "DEFAULT", "MEANING"}}
		for _, f := range el.Configuration {
			rows = append(rows, []string{f.Key, truth(f.Required), cmp.Or(f.DefaultValue, "-"), cmp.Or(f.Description, f.Name)})
		}
		return c.print(s.out, el, rows...)
	})
}
