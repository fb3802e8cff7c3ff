package instance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/element"
)

// DestinationStore is what Destinations needs from storage. What belongs to other
// accounts is turnstone.ErrNotFound; turnstone.ErrConflict says that the destination is
// the main one, or that there are too many.
type DestinationStore interface {
	Destination(ctx context.Context, accountID, instanceID, id int64) (turnstone.Destination, error)
	// SaveDestination inserts one without an ID.
	SaveDestination(ctx context.Context, d turnstone.Destination, now time.Time) (turnstone.Destination, error)
	DeleteDestination(ctx context.Context, accountID, instanceID, id int64) error
	// Redeliver makes what matches due at once, in destinations that are active by then.
	Redeliver(ctx context.Context, f turnstone.DeliveryFilter) (int, error)
}

// Destinations is what one may do with the callback URLs that an instance has beside
// the one of its configuration. Its methods may be called from many goroutines.
type Destinations struct {
	Store    DestinationStore
	Elements element.Finder
	// CheckURL says whether requests may be sent to an address, and if not, how the
	// operator allows it.
	CheckURL func(ctx context.Context, address string) error
	Now      func() time.Time
}

// Create adds a destination to an instance. It is owed the events that are made from
// then on. The error is Problems if the input is wrong.
func (s *Destinations) Create(ctx context.Context, in turnstone.Instance, input DestinationInput) (turnstone.Destination, error) {
	return s.save(ctx, in, turnstone.Destination{AccountID: in.AccountID, InstanceID: in.ID}, input)
}

// Update changes a destination; what the input does not say stays. Errors are those of
// Create, turnstone.ErrNotFound, and turnstone.ErrConflict for the main one.
func (s *Destinations) Update(ctx context.Context, in turnstone.Instance, id int64, input DestinationInput) (turnstone.Destination, error) {
	d, err := s.Store.Destination(ctx, in.AccountID, in.ID, id)
	if err != nil {
		return d, err
	}
	if d.Main {
		return d, fmt.Errorf("destination %d is the one of the configuration: %w", id, turnstone.ErrConflict)
	}
	return s.save(ctx, in, d, input)
}

// save stores what becomes of d.
func (s *Destinations) save(ctx context.Context, in turnstone.Instance, d turnstone.Destination, input DestinationInput) (turnstone.Destination, error) {
	before := d.URL
	problems := input.apply(in, &d)
	if d.URL != before && !problems.about("url") {
		if err := s.CheckURL(ctx, d.URL); err != nil {
			problems.add("url", "%v", err)
		}
	}
	if err := s.checkResources(ctx, in, input, &problems); err != nil {
		return turnstone.Destination{}, err
	}
	if err := problems.err(); err != nil {
		return turnstone.Destination{}, err
	}
	return s.Store.SaveDestination(ctx, d, s.Now().UTC())
}

// checkResources checks that there are resources of the names in a filter: ones that are
// polled, or that the element has. A filter that nothing passes would look like one that
// works.
func (s *Destinations) checkResources(ctx context.Context, in turnstone.Instance, input DestinationInput, problems *Problems) error {
	if input.resources == nil || len(*input.resources) == 0 {
		return nil
	}
	known, err := s.resources(ctx, in)
	if err != nil {
		return err
	}
	for i, name := range *input.resources {
		if field := "resources." + strconv.Itoa(i); !slices.Contains(known, name) && !problems.about(field) {
			problems.add(field, "is %s, which the instance does not poll; write one of %s", excerpt(name), strings.Join(known, ", "))
		}
	}
	return nil
}

// resources returns the names that events of an instance may have as their resource.
func (s *Destinations) resources(ctx context.Context, in turnstone.Instance) ([]string, error) {
	var names []string
	if p, err := polledBy(in.Configuration); err == nil { // it was checked when it was stored
		names = append(names, p.names...)
		for _, m := range p.set.Members {
			names = append(names, m.Resource)
		}
	}
	el, err := s.Elements.OfInstance(ctx, in)
	if err != nil && !errors.Is(err, turnstone.ErrNotFound) {
		return nil, err
	}
	if err == nil {
		for _, r := range el.Resources {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Redeliver makes everything due at once that a destination is owed, and activates it.
// It returns how many deliveries that are.
func (s *Destinations) Redeliver(ctx context.Context, in turnstone.Instance, id int64) (int, error) {
	if _, err := s.Store.Destination(ctx, in.AccountID, in.ID, id); err != nil {
		return 0, err
	}
	return s.Store.Redeliver(ctx, turnstone.DeliveryFilter{AccountID: in.AccountID, InstanceID: in.ID, DestinationID: id})
}

// apply lays the input over a destination, and returns what is wrong with the result.
// The entries of an instance's configuration and the members of a destination mean
// the same, so they are checked in the same way.
func (in DestinationInput) apply(of turnstone.Instance, d *turnstone.Destination) Problems {
	c := asConfiguration(*d)
	problems := slices.Clone(in.problems)
	in.merge(c, *d, &problems)
	c[turnstone.KeyFormat] = of.Configuration[turnstone.KeyFormat]
	checked := draft{Instance: turnstone.Instance{Configuration: c}}
	checked.checkCallback()
	checked.checkNotification()
	for _, p := range checked.problems {
		problems.add(memberOf(p.Path), "%s", inMembers(p.Message))
	}
	if CallbackURL(c) == "" && !problems.about("url") {
		problems.add("url", "is missing; write the address of the receiver, such as https://receiver.example.com/events")
	}
	d.Filter = in.filter(d.Filter, &problems)
	if d.URL = CallbackURL(c); len(problems) == 0 {
		w := destination(c)
		d.Secrets, d.Limits, d.Handshake.Mode = w.Secrets, w.Limits, w.Handshake
	}
	return problems
}

// merge lays what was sent over the entries that a destination has.
func (in DestinationInput) merge(c turnstone.Configuration, d turnstone.Destination, problems *Problems) {
	for _, m := range destinationMembers {
		text, sent := in.texts[m.name]
		if m.key == turnstone.KeyCallbackHeaders {
			text = unmasked(text, d.Secrets.Headers, problems)
		}
		switch {
		case !sent, text == turnstone.Masked && c[m.key] != "":
		case text == turnstone.Masked:
			problems.add(m.name, "is the mask of a secret, and there is none to keep; write the secret itself")
		case m.key != turnstone.KeyCallbackHeaders && strings.ContainsFunc(text, isControl):
			problems.add(m.name, "%s", notOneLine)
		default:
			c[m.key] = text
		}
	}
}

// asConfiguration returns a destination as the entries of a configuration that would
// make it.
func asConfiguration(d turnstone.Destination) turnstone.Configuration {
	c := turnstone.Configuration{
		turnstone.KeyCallbackURL: d.URL, turnstone.KeySignatureKey: d.Secrets.SignatureKey, turnstone.KeySecondaryKey: d.Secrets.SecondaryKey,
		turnstone.KeyBasicUsername: d.Secrets.Username, turnstone.KeyBasicPassword: d.Secrets.Password,
	}
	if len(d.Secrets.Headers) > 0 {
		c[turnstone.KeyCallbackHeaders] = headersText(d.Secrets.Headers)
	}
	if d.Limits.Pace > 0 {
		c[turnstone.KeyRate] = strconv.FormatFloat(Rate(d.Limits), 'f', -1, 64)
	}
	if d.Limits.Concurrency > 0 {
		c[turnstone.KeyConcurrency] = strconv.Itoa(d.Limits.Concurrency)
	}
	if d.ID != 0 {
		c[turnstone.KeyHandshake] = string(d.Handshake.Mode)
		if d.Handshake.Mode == turnstone.HandshakeOff {
			c[turnstone.KeyHandshake] = handshakeOff
		}
	}
	return c
}

// Rate returns how many callbacks a second limits allow; 0: any number.
func Rate(l turnstone.DestinationLimits) float64 {
	if l.Pace <= 0 {
		return 0
	}
	const fine = 1e6 // what a pace of whole nanoseconds still tells
	return float64(int64(fine*float64(time.Second)/float64(l.Pace)+0.5)) / fine
}
