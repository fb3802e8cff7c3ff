package catalogue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/legacy"
)

// maxOwn is how many elements an account can have of its own.
const maxOwn = 200

// InputError says what is wrong with an element that somebody sent. Its text is fit for
// the client.
type InputError struct{ Problem string }

// Error returns the problem.
func (e *InputError) Error() string { return e.Problem }

func badInput(format string, args ...any) error {
	return &InputError{fmt.Sprintf(format, args...)}
}

// BuiltInError says that an element that everybody has cannot be changed.
type BuiltInError struct{ Key string }

// Error says what to do instead.
func (e *BuiltInError) Error() string {
	return fmt.Sprintf("%s is built in and cannot be changed; clone it with POST /elements/%[1]s/clone, and change the clone", e.Key)
}

// TakenError says that an element cannot have a key, or cannot go.
type TakenError struct{ Problem string }

// Error returns the problem.
func (e *TakenError) Error() string { return e.Problem }

// Unwrap makes it a turnstone.ErrConflict.
func (e *TakenError) Unwrap() error { return turnstone.ErrConflict }

// Create stores an element that somebody sent: an export of the platform, or an element
// file of ours. Its errors are *InputError, *TakenError and those of the store.
func (c *Catalogue) Create(ctx context.Context, accountID int64, data []byte) (turnstone.Definition, error) {
	d, err := read(data, "")
	if err != nil {
		return turnstone.Definition{}, err
	}
	return c.create(ctx, accountID, d)
}

func (c *Catalogue) create(ctx context.Context, accountID int64, d turnstone.Definition) (turnstone.Definition, error) {
	if c.BuiltIn(d.Key) {
		return d, &TakenError{fmt.Sprintf("%s is the key of an element that everybody has; choose another key", d.Key)}
	}
	mine, err := c.shelf(ctx, accountID)
	if err != nil {
		return d, err
	}
	if len(mine.sorted) >= maxOwn {
		return d, &TakenError{fmt.Sprintf("the account has %d elements of its own, which is the most; delete some", len(mine.sorted))}
	}
	d.AccountID, d.Active = accountID, true
	d.CreatedAt = c.now().UTC()
	d.UpdatedAt = d.CreatedAt
	defer c.forget()
	saved, err := c.store.CreateDefinition(ctx, d)
	if errors.Is(err, turnstone.ErrConflict) {
		return d, &TakenError{fmt.Sprintf("the account has an element %s; change it with PUT /elements/%[1]s, or choose another key", d.Key)}
	}
	return saved, err
}

// Replace stores another element in the place of one. Instances go on with the new one;
// it keeps key and id, whatever data says. Its errors are those of Create, *BuiltInError,
// and turnstone.ErrNotFound; it is a *TakenError, too, if instances poll a resource that
// the new one does not have.
func (c *Catalogue) Replace(ctx context.Context, accountID int64, keyOrID string, data []byte) (turnstone.Definition, error) {
	return c.change(ctx, accountID, keyOrID, func(d *turnstone.Definition) error {
		fresh, err := read(data, d.Key)
		if err == nil {
			d.Base, d.File, d.Export, d.Report = "", fresh.File, fresh.Export, fresh.Report
		}
		return err
	})
}

// Amend changes members of the export that an element was imported from, and imports it
// again. Its errors are those of Replace, and those of change.
func (c *Catalogue) Amend(ctx context.Context, accountID int64, keyOrID string, change func(legacy.Object) error) (turnstone.Definition, error) {
	return c.change(ctx, accountID, keyOrID, func(d *turnstone.Definition) error {
		if len(d.Export) == 0 {
			return badInput("%s was not imported from an export; send the whole element with PUT /elements/%[1]s", d.Key)
		}
		o, err := legacy.ReadObject(d.Export)
		if err != nil {
			return err
		}
		if err := change(o); err != nil {
			return err
		}
		text, err := o.Text()
		if err != nil {
			return err
		}
		fresh, err := read(text, d.Key)
		if err == nil {
			d.Base, d.File, d.Export, d.Report = "", fresh.File, fresh.Export, fresh.Report
		}
		return err
	})
}

// Activate lets new instances be made of an element, and Deactivate forbids it. Polling
// goes on either way.
func (c *Catalogue) Activate(ctx context.Context, accountID int64, keyOrID string) error {
	_, err := c.change(ctx, accountID, keyOrID, func(d *turnstone.Definition) error {
		d.Active = true
		return nil
	})
	return err
}

// Deactivate forbids new instances of an element. Those that there are go on.
func (c *Catalogue) Deactivate(ctx context.Context, accountID int64, keyOrID string) error {
	_, err := c.change(ctx, accountID, keyOrID, func(d *turnstone.Definition) error {
		d.Active = false
		return nil
	})
	return err
}

// Delete removes an element. The error is a *TakenError while instances use it.
func (c *Catalogue) Delete(ctx context.Context, accountID int64, keyOrID string) error {
	d, err := c.changeable(ctx, accountID, keyOrID)
	if err != nil {
		return err
	}
	defer c.forget()
	err = c.store.DeleteDefinition(ctx, accountID, d.ID)
	if errors.Is(err, turnstone.ErrConflict) {
		return &TakenError{fmt.Sprintf("instances use the element %s; delete them first (GET /elements/%[1]s/instances lists them)", d.Key)}
	}
	return err
}

var keySyntax = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// Clone stores a copy of an element under another key; with an empty key, under its own
// with -clone behind it. The copy of an element that everybody has stays what that is.
// The errors are those of Create, and turnstone.ErrNotFound.
func (c *Catalogue) Clone(ctx context.Context, accountID int64, keyOrID, key string) (turnstone.Definition, error) {
	if key != "" && !keySyntax.MatchString(key) {
		return turnstone.Definition{}, badInput("key: %.60q is no key; write lower-case letters, digits, dashes and underscores, a letter first", key)
	}
	source, err := c.Own(ctx, accountID, keyOrID)
	if errors.Is(err, turnstone.ErrNotFound) {
		var el *element.Element
		if el, err = c.Find(ctx, accountID, keyOrID); err != nil {
			return turnstone.Definition{}, err
		}
		source = turnstone.Definition{Key: el.Key, Base: el.Key}
	}
	if err != nil {
		return turnstone.Definition{}, err
	}
	if source.Key += "-clone"; key != "" {
		source.Key = key
	}
	return c.create(ctx, accountID, source)
}

// changeable returns the definition of an element that the account may change.
func (c *Catalogue) changeable(ctx context.Context, accountID int64, keyOrID string) (turnstone.Definition, error) {
	if el, ok := c.builtIn.Lookup(keyOrID); ok {
		return turnstone.Definition{}, &BuiltInError{el.Key}
	}
	return c.Own(ctx, accountID, keyOrID)
}

// changeTries is how often a change is tried again after another one came first.
const changeTries = 5

// change changes a definition as it is now.
func (c *Catalogue) change(ctx context.Context, accountID int64, keyOrID string, revise func(*turnstone.Definition) error) (turnstone.Definition, error) {
	var err error
	for range changeTries {
		var d turnstone.Definition
		if d, err = c.changeable(ctx, accountID, keyOrID); err != nil {
			return d, err
		}
		if err = revise(&d); err != nil {
			return d, err
		}
		if err = c.keepsPolled(ctx, d); err != nil {
			return d, err
		}
		d.UpdatedAt = c.now().UTC()
		d, err = c.store.UpdateDefinition(ctx, d)
		c.forget()
		if !errors.Is(err, turnstone.ErrConflict) {
			return d, err
		}
	}
	return turnstone.Definition{}, err
}

// keepsPolled returns a *TakenError if instances poll resources that an element does not
// have any more: their polls would fail, and what changes would not be told.
func (c *Catalogue) keepsPolled(ctx context.Context, d turnstone.Definition) error {
	el, err := c.read(d)
	if err != nil {
		return err
	}
	polled, err := c.store.PolledResources(ctx, d.AccountID, d.Key)
	if err != nil {
		return err
	}
	var lost []string
	for _, resource := range slices.Sorted(maps.Keys(polled)) {
		if _, there := el.Resource(resource); !there {
			lost = append(lost, fmt.Sprintf("%s (by %d)", resource, polled[resource]))
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return &TakenError{fmt.Sprintf("instances of %s poll resources that this one does not have: %s; keep these resources, or first take them out of event.poller.configuration of the instances that GET /elements/%[1]s/instances lists",
		d.Key, strings.Join(lost, ", "))}
}

// read makes a definition of what somebody sent; key replaces the one in it.
func read(data []byte, key string) (turnstone.Definition, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return turnstone.Definition{}, badInput("there is no element in the body; send an export of the platform, or an element file")
	}
	if legacy.IsExport(data) {
		return readExport(data, key)
	}
	if looksLikeExport(data) {
		_, err := legacy.ReadObject(data)
		return turnstone.Definition{}, badInput("%v", err)
	}
	el, err := element.Parse("element", data)
	if err != nil {
		return turnstone.Definition{}, badInput("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if key == "" {
		key = el.Key
	}
	return turnstone.Definition{Key: key, File: data}, nil
}

// looksLikeExport reports whether data is JSON that has nothing of an element file.
func looksLikeExport(data []byte) bool {
	var o map[string]json.RawMessage
	if json.Unmarshal(data, &o) != nil {
		var other any
		return json.Unmarshal(data, &other) == nil
	}
	return o["authenticator"] == nil
}

// readExport imports an export.
func readExport(data []byte, key string) (turnstone.Definition, error) {
	o, err := legacy.ReadObject(data)
	if err != nil {
		return turnstone.Definition{}, badInput("%v", err)
	}
	got, err := legacy.Import(data, legacy.Options{Key: key})
	if err != nil {
		return turnstone.Definition{}, badInput("%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	o.DropSecrets()
	d := turnstone.Definition{Key: got.Element.Key, File: got.File}
	if d.Export, err = o.Text(); err != nil {
		return d, err
	}
	report, err := json.Marshal(got.Report)
	d.Report = string(report)
	return d, err
}
