package main

import (
	"context"
	"errors"
	"fmt"

	"turnstone/client"
)

// deliveryCommand holds the tools for people whose receiver was away.
type deliveryCommand struct {
	List      deliveryListCommand `cmd:"" help:"Show what is owed to receivers, or where an event went."`
	Redeliver redeliverCommand    `cmd:"" help:"Make what is owed due at once, and activate destinations that were given up."`
}

// deliveryListCommand shows deliveries.
type deliveryListCommand struct {
	remote
	listing
	Where string `placeholder:"CLAUSE" help:"Only deliveries that this is true of, by status, config.url and channel, such as status = 'queued'."`
	Event int64  `placeholder:"NUMBER" help:"Where this event went, by the number that callbacks name."`
}

// Run shows the deliveries.
func (c *deliveryListCommand) Run(ctx context.Context, s streams) error {
	if c.Where != "" && c.Event != 0 {
		return usageError{errors.New("--event names one event; leave --where out, or leave it out")}
	}
	return c.ask(func(api *client.Client) error {
		deliveries := api.Deliveries(ctx, c.Where)
		if c.Event != 0 {
			deliveries = api.DeliveriesOf(ctx, c.Event)
		}
		return printList(s, c.listing, deliveries, columns[client.Delivery]{"EVENT DESTINATION STATUS CREATED UPDATED", deliveryRow})
	})
}

func deliveryRow(d client.Delivery) []string {
	return []string{number(d.NotificationID), number(d.SubscriptionID), d.Status, when(d.CreatedDate), when(d.UpdatedDate)}
}

// redeliverCommand makes deliveries due.
type redeliverCommand struct {
	remote
	Instance    int64  `placeholder:"ID" help:"Number of the instance of the destination."`
	Destination int64  `placeholder:"ID" help:"Destination that is to get what it is owed."`
	Where       string `placeholder:"CLAUSE" help:"In place of a destination: all deliveries of the account that this is true of, such as status = 'queued'."`
	All         bool   `help:"In place of a destination: all deliveries of the account."`
}

// Run makes the deliveries due.
func (c *redeliverCommand) Run(ctx context.Context, s streams) error {
	one := c.Instance != 0 && c.Destination != 0
	if one == (c.Where != "" || c.All) || (c.Where != "" && c.All) {
		return usageError{errors.New("say what to deliver: with --instance and --destination, with --where, or with --all")}
	}
	return c.ask(func(api *client.Client) error {
		if !one {
			if err := api.RedeliverAll(ctx, c.Where); err != nil {
				return err
			}
			_, err := fmt.Fprintln(s.out, "they are due now; see turnstone delivery list for what is left")
			return err
		}
		n, err := api.Redeliver(ctx, c.Instance, c.Destination)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s due now\n", amount(n, "delivery is", "deliveries are"))
		return err
	})
}
