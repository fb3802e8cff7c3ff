package main

import (
	"context"
	"fmt"
	"text/tabwriter"
)

// keysCommand holds what is done with the keys.
type keysCommand struct {
	List   keysListCommand   `cmd:"" help:"Show the numbers of the keys, what each is there for, and how many values it sealed."`
	Rotate keysRotateCommand `cmd:"" help:"On one node with SQLite, while it is stopped: add a key and seal everything with it."`
	Add    keysAddCommand    `cmd:"" help:"With many nodes, first: add a key to the file of the key ring, which only opens for now."`
	Use    keysUseCommand    `cmd:"" help:"With many nodes, second, when all have been restarted with the key that was added: let it seal."`
	Reseal keysResealCommand `cmd:"" help:"Seal with the newest key what older ones sealed. Nodes may run; it can be repeated."`
	Drop   keysDropCommand   `cmd:"" help:"Remove a key that no value needs any more."`
}

// keysFlags are those of every command that looks after keys.
type keysFlags struct{ storageFlags }

// Validate refuses options that cannot be used.
func (f keysFlags) Validate() error { return f.storage().Validate() }

// keysListCommand shows the keys.
type keysListCommand struct{ keysFlags }

// Run shows the keys.
func (c *keysListCommand) Run(ctx context.Context, s streams) error {
	keys, err := c.storage().KeyUses(ctx, move(s.err, "").Log)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tROLE\tVALUES")
	for _, k := range keys {
		fmt.Fprintf(table, "%d\t%s\t%d\n", k.Number, k.Role, k.Values)
	}
	return table.Flush()
}

// keysRotateCommand adds a key and seals everything with it.
type keysRotateCommand struct{ keysFlags }

// Run rotates the keys.
func (c *keysRotateCommand) Run(ctx context.Context, s streams) error {
	n, err := c.storage().RotateKeys(ctx, move(s.err, "sealed"))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "sealed %d values with a new key; copy %s to where you keep it, and keep the old copy as long as backups that need it\n", n, c.storage().KeyFile())
	return nil
}

// keysAddCommand adds a key that waits.
type keysAddCommand struct{ keysFlags }

// Run adds a key.
func (c *keysAddCommand) Run(s streams) error {
	number, err := c.storage().AddKey()
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "added key %d to %s: give that file to every node and restart it; when the last one has it, run turnstone keys use %[1]d\n", number, c.storage().KeyFile())
	return nil
}

// keysUseCommand lets the key that waits seal.
type keysUseCommand struct {
	keysFlags
	Key uint32 `arg:"" help:"Number of the key, as keys add gave it."`
}

// Run uses a key.
func (c *keysUseCommand) Run(s streams) error {
	if err := c.storage().UseKey(c.Key); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "key %d seals: give %s to every node and restart it; then run turnstone keys reseal\n", c.Key, c.storage().KeyFile())
	return nil
}

// keysResealCommand seals everything with the newest key.
type keysResealCommand struct{ keysFlags }

// Run seals everything with the newest key.
func (c *keysResealCommand) Run(ctx context.Context, s streams) error {
	n, err := c.storage().Reseal(ctx, move(s.err, "sealed"))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "sealed %d values again\n", n)
	return nil
}

// keysDropCommand removes a key.
type keysDropCommand struct {
	keysFlags
	Key uint32 `arg:"" help:"Number of the key."`
}

// Run removes a key.
func (c *keysDropCommand) Run(ctx context.Context, s streams) error {
	if err := c.storage().DropKey(ctx, c.Key, move(s.err, "").Log); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "key %d is gone from %s; keep a copy of the ring that has it as long as backups and exports from before\n", c.Key, c.storage().KeyFile())
	return nil
}
