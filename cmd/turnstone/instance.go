package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"turnstone/client"
)

// instanceCommand holds what one does with instances of a running service.
type instanceCommand struct {
	List    instanceListCommand    `cmd:"" help:"Show the instances of the account."`
	Show    instanceShowCommand    `cmd:"" help:"Show an instance, with its configuration; secrets are masked."`
	Create  instanceCreateCommand  `cmd:"" help:"Create an instance from its JSON."`
	Update  instanceUpdateCommand  `cmd:"" help:"Change what a JSON has of an instance."`
	Delete  instanceDeleteCommand  `cmd:"" help:"Remove an instance with its events, for good."`
	Enable  instanceEnableCommand  `cmd:"" help:"Let an instance work again, and resume what was given up of it."`
	Disable instanceDisableCommand `cmd:"" help:"Stop an instance. What it knows and owes is kept."`
	Health  instanceHealthCommand  `cmd:"" help:"Tell how an instance does, and what to do about it. The exit code is 1 if it needs somebody."`
}

// instanceArg is the instance that a command is about.
type instanceArg struct {
	ID int64 `arg:"" name:"instance" help:"Number of the instance."`
}

// instanceListCommand shows instances.
type instanceListCommand struct {
	remote
	listing
	Element string   `placeholder:"KEY" help:"Only instances of this element."`
	Tag     []string `placeholder:"TAG" help:"Only instances with this tag. Repeatable."`
	Search  string   `placeholder:"TEXT" help:"Only instances with this in their name or the key of their element."`
}

// Run shows the instances.
func (c *instanceListCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error {
		all := api.Instances(ctx, client.InstanceQuery{Element: c.Element, Tags: c.Tag, Search: c.Search})
		return printList(s, c.listing, all, columns[client.Instance]{"ID NAME ELEMENT VALID DISABLED EVENTS TAGS CREATED", instanceRow})
	})
}

func instanceRow(in client.Instance) []string {
	return []string{
		number(in.ID), in.Name, in.Element.Key, truth(in.Valid), truth(in.Disabled), truth(in.EventsEnabled), words(in.Tags), when(in.CreatedDate),
	}
}

// instanceShowCommand shows one instance.
type instanceShowCommand struct {
	remote
	printed
	instanceArg
}

// Run shows the instance.
func (c *instanceShowCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error {
		in, err := api.Instance(ctx, c.ID)
		if err != nil {
			return err
		}
		return c.print(s.out, in, instanceRows(in)...)
	})
}

// instanceRows returns an instance as rows of a name and a value.
func instanceRows(in client.Instance) [][]string {
	rows := [][]string{
		{"id", number(in.ID)},
		{"name", in.Name},
		{"element", in.Element.Key},
		{"tags", words(in.Tags)},
		{"valid", truth(in.Valid)},
		{"disabled", truth(in.Disabled)},
		{"events", truth(in.EventsEnabled)},
		{"created", when(in.CreatedDate) + " by " + cmp.Or(in.User.Email, "nobody")},
		{"token", in.Token},
	}
	for _, todo := range in.Interaction {
		rows = append(rows, []string{"authorise", todo.OAuthURL})
	}
	for _, key := range slices.Sorted(maps.Keys(in.Configuration)) {
		rows = append(rows, []string{key, in.Configuration[key]})
	}
	return rows
}

// instanceFile is the JSON of an instance.
type instanceFile struct {
	File string `arg:"" name:"file" help:"File with the JSON, as for POST /instances; - reads standard input."`
}

// read returns what the JSON says.
func (f instanceFile) read(s streams) (input client.InstanceInput, err error) {
	text, err := readFile(s.in, f.File)
	if err == nil {
		err = json.Unmarshal(text, &input)
	}
	if err != nil {
		return input, usageError{fmt.Errorf("%s: %w; write a JSON object such as {\"element\": {\"key\": \"concur\"}, \"name\": \"…\", \"configuration\": {…}}", f.File, err)}
	}
	return input, nil
}

// instanceCreateCommand creates an instance.
type instanceCreateCommand struct {
	remote
	printed
	instanceFile
}

// Run creates the instance.
func (c *instanceCreateCommand) Run(ctx context.Context, s streams) error {
	input, err := c.read(s)
	if err != nil {
		return err
	}
	return c.ask(func(api *client.Client) error {
		in, err := api.CreateInstance(ctx, input)
		if err != nil {
			return err
		}
		return c.print(s.out, in, instanceRows(in)...)
	})
}

// instanceUpdateCommand changes an instance.
type instanceUpdateCommand struct {
	remote
	printed
	instanceArg
	instanceFile
}

// Run changes the instance.
func (c *instanceUpdateCommand) Run(ctx context.Context, s streams) error {
	input, err := c.read(s)
	if err != nil {
		return err
	}
	return c.ask(func(api *client.Client) error {
		in, err := api.UpdateInstance(ctx, c.ID, input)
		if err != nil {
			return err
		}
		return c.print(s.out, in, instanceRows(in)...)
	})
}

// instanceDeleteCommand removes an instance.
type instanceDeleteCommand struct {
	remote
	instanceArg
}

// Run removes the instance.
func (c *instanceDeleteCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error { return said(s, api.DeleteInstance(ctx, c.ID), c.ID, "deleted") })
}

// instanceEnableCommand enables an instance.
type instanceEnableCommand struct {
	remote
	instanceArg
}

// Run enables the instance.
func (c *instanceEnableCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error { return said(s, api.EnableInstance(ctx, c.ID), c.ID, "enabled") })
}

// instanceDisableCommand disables an instance.
type instanceDisableCommand struct {
	remote
	instanceArg
}

// Run disables the instance.
func (c *instanceDisableCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error { return said(s, api.DisableInstance(ctx, c.ID), c.ID, "disabled") })
}

// said says what was done with an instance, unless that failed.
func said(s streams, err error, id int64, done string) error {
	if err == nil {
		_, err = fmt.Fprintf(s.out, "instance %d is %s\n", id, done)
	}
	return err
}

// instanceHealthCommand tells how an instance does.
type instanceHealthCommand struct {
	remote
	printed
	instanceArg
}

// Run tells how the instance does, and fails if it needs somebody.
func (c *instanceHealthCommand) Run(ctx context.Context, s streams) error {
	return c.ask(func(api *client.Client) error {
		h, err := api.InstanceHealth(ctx, c.ID)
		if err != nil {
			return err
		}
		if err := c.print(s.out, h, healthRows(h)...); err != nil {
			return err
		}
		if !h.Reading.OK || !h.Delivering.OK {
			return errSilent
		}
		return nil
	})
}

// healthRows returns how an instance does, a row for each fact.
func healthRows(h client.Health) [][]string {
	rows := [][]string{{"WHAT", "OK", "STATE", "LAST GOOD", "PROBLEM", "WHAT TO DO"}, factRow("reading", h.Reading.Fact)}
	for _, f := range h.Reading.Pollers {
		rows = append(rows, factRow("poller of "+f.Resource, f))
	}
	rows = append(rows, factRow("delivering", h.Delivering.Fact))
	for _, f := range h.Delivering.Destinations {
		rows = append(rows, factRow("destination "+number(f.DestinationID), f))
	}
	for _, warning := range h.Warnings {
		rows = append(rows, []string{"configuration", "-", "warning", "-", warning})
	}
	return rows
}

func factRow(what string, f client.Fact) []string {
	return []string{what, truth(f.OK), f.State, when(f.LastGoodAt), cmp.Or(f.Problem, "-"), cmp.Or(f.Remedy, "-")}
}
