package instance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/hub"
	"turnstone/internal/oauth"
)

// Store is what this package needs from storage. It is called from many
// goroutines. Instances of other accounts are turnstone.ErrNotFound.
type Store interface {
	Instance(ctx context.Context, accountID, id int64) (turnstone.Instance, error)
	Instances(ctx context.Context, f turnstone.InstanceFilter) ([]turnstone.Instance, error)
	Pollers(ctx context.Context, accountID, instanceID int64) ([]turnstone.Poller, error)
	// SaveInstance stores everything or nothing. It answers turnstone.ErrConflict
	// if the instance was changed since it was read.
	SaveInstance(ctx context.Context, w turnstone.InstanceWrite) (turnstone.Instance, error)
	DeleteInstance(ctx context.Context, accountID, id int64) error
}

// Vendor gets credentials from the vendors of elements.
type Vendor interface {
	// Obtain returns a credential for an instance, and stores nothing. Without
	// anything to get one with, the credential is turnstone.CredentialAwaiting.
	// turnstone.ErrUnauthenticated says that the vendor refused, a
	// *turnstone.VendorError that it could not be asked.
	Obtain(ctx context.Context, el *element.Element, c turnstone.Configuration, g oauth.Grant) (turnstone.Credential, error)
}

// Checker says whether a hub request can be made.
type Checker interface {
	// Check returns what is wrong with a request and what to write instead.
	Check(el *element.Element, r hub.Request) error
}

// Common knows what instances call things.
type Common interface {
	// Extended returns the element of an instance with the instance's common resources;
	// of one that is not stored yet, with those of its account.
	Extended(ctx context.Context, in turnstone.Instance, el *element.Element) (*element.Element, error)
}

// Instances is all that one may do with instances. Its fields are set once; its
// methods may be called from many goroutines.
type Instances struct {
	Store    Store
	Elements element.Finder
	// Active says whether an account may make new instances of an element; nil: of all.
	Active func(ctx context.Context, accountID int64, el *element.Element) (bool, error)
	Vendor Vendor
	Hub    Checker
	Common Common // nil: nothing has another name
	// CheckURL says whether requests may be sent to an address, and if not, how
	// the operator allows it.
	CheckURL func(ctx context.Context, address string) error
	// NewToken makes the token of a new instance.
	NewToken func() (turnstone.Secret, error)
	// Room answers a *turnstone.LimitError for an account that has all the instances it
	// may, before the vendor is asked; nil: nobody is asked.
	Room func(ctx context.Context, accountID int64) error
	// MinInterval is the shortest time between polls that a client may ask for; 0
	// means a minute. Below a minute, clients may write fractions.
	MinInterval time.Duration
	Now         func() time.Time
}

// Owner is whose a new instance is.
type Owner struct {
	AccountID int64
	UserID    int64
}

// updateTries is how often an update is tried again after another one came first.
// Each time one of them gets through, so a handful serves as many clients.
const updateTries = 5

// Create makes an instance. The error is Problems if the input is wrong, wraps
// turnstone.ErrUnauthenticated if the vendor refused what it was asked with, and a
// *turnstone.VendorError if it gave no answer; nothing is stored then. Without
// anything to authorise it with, the instance is stored and awaits it. A
// *turnstone.LimitError says that the account has all the instances it may.
func (s *Instances) Create(ctx context.Context, owner Owner, in Input) (turnstone.Instance, error) {
	d := s.draft(in, turnstone.Instance{
		AccountID: owner.AccountID, UserID: owner.UserID, ExternalAuthentication: authenticationNone,
		Configuration: turnstone.Configuration{},
	})
	d.CreatedAt = d.now
	if err := s.revise(ctx, d, in); err != nil {
		return turnstone.Instance{}, err
	}
	if s.Room != nil {
		if err := s.Room(ctx, owner.AccountID); err != nil {
			return turnstone.Instance{}, err
		}
	}
	credential, err := s.Vendor.Obtain(ctx, d.el, d.Configuration, grant(in))
	if err != nil {
		return turnstone.Instance{}, fmt.Errorf("authorise the instance: %w", err)
	}
	if d.Token, err = s.NewToken(); err != nil {
		return turnstone.Instance{}, err
	}
	return s.save(ctx, d, &credential)
}

// Update changes an instance; what in does not say stays as it is. The instance is
// authorised again if in brings something to do it with. Parked pollers resume.
// Errors are those of Create, and turnstone.ErrNotFound.
func (s *Instances) Update(ctx context.Context, accountID, id int64, in Input) (turnstone.Instance, error) {
	var credential *turnstone.Credential // a code works once, so it outlives a try
	var err error
	for range updateTries {
		var current, saved turnstone.Instance
		if current, err = s.Store.Instance(ctx, accountID, id); err != nil {
			return turnstone.Instance{}, err
		}
		d := s.draft(in, current)
		if err = s.revise(ctx, d, in); err != nil {
			return turnstone.Instance{}, err
		}
		if credential == nil && d.reauthorises(in) {
			fresh, err := s.Vendor.Obtain(ctx, d.el, d.Configuration, grant(in))
			if err != nil {
				return turnstone.Instance{}, fmt.Errorf("authorise instance %d again: %w", id, err)
			}
			credential = &fresh
		}
		if saved, err = s.save(ctx, d, credential); !errors.Is(err, turnstone.ErrConflict) {
			return saved, err
		}
	}
	return turnstone.Instance{}, err
}

// save stores a draft with what follows from it.
func (s *Instances) save(ctx context.Context, d *draft, credential *turnstone.Credential) (turnstone.Instance, error) {
	if credential != nil {
		d.Credential = credential.State
	}
	return s.Store.SaveInstance(ctx, turnstone.InstanceWrite{
		Instance:    d.Instance,
		Pollers:     d.pollers(),
		Destination: destination(d.Configuration),
		Credential:  credential,
		Now:         d.now,
	})
}

// Enable lets an instance be used and polled again, from where it stood.
func (s *Instances) Enable(ctx context.Context, accountID, id int64) error {
	return s.change(ctx, accountID, id, func(in *turnstone.Instance) { in.Disabled = false })
}

// Disable stops hub calls and polls of an instance. What was found before is still
// delivered.
func (s *Instances) Disable(ctx context.Context, accountID, id int64) error {
	return s.change(ctx, accountID, id, func(in *turnstone.Instance) { in.Disabled = true })
}

// change changes what does not concern the configuration, which is not checked
// again: an instance that breaks a newer rule can still be disabled.
func (s *Instances) change(ctx context.Context, accountID, id int64, edit func(*turnstone.Instance)) error {
	var err error
	for range updateTries {
		var w turnstone.InstanceWrite
		if w, err = s.unchanged(ctx, accountID, id); err != nil {
			return err
		}
		edit(&w.Instance)
		for i := range w.Pollers {
			w.Pollers[i].State = pollerState(w.Instance)
		}
		if _, err = s.Store.SaveInstance(ctx, w); !errors.Is(err, turnstone.ErrConflict) {
			return err
		}
	}
	return err
}

// unchanged returns what to store for an instance to stay as it is.
func (s *Instances) unchanged(ctx context.Context, accountID, id int64) (turnstone.InstanceWrite, error) {
	in, err := s.Store.Instance(ctx, accountID, id)
	if err != nil {
		return turnstone.InstanceWrite{}, err
	}
	pollers, err := s.Store.Pollers(ctx, accountID, id)
	if err != nil {
		return turnstone.InstanceWrite{}, err
	}
	w := turnstone.InstanceWrite{Instance: in, Destination: destination(in.Configuration), Now: s.Now().UTC()}
	for _, p := range pollers {
		w.Pollers = append(w.Pollers, turnstone.PollerWrite{
			Resource: p.Resource, Configuration: p.Configuration, Interval: p.Interval, MaxInterval: p.MaxInterval, State: p.State,
		})
	}
	return w, nil
}

// Delete removes an instance for good, with everything it found.
func (s *Instances) Delete(ctx context.Context, accountID, id int64) error {
	return s.Store.DeleteInstance(ctx, accountID, id)
}

// One returns an instance of the account, or turnstone.ErrNotFound.
func (s *Instances) One(ctx context.Context, accountID, id int64) (turnstone.Instance, error) {
	return s.Store.Instance(ctx, accountID, id)
}

// List returns the instances that match f, oldest first, at most f.Limit; more says
// whether there are others behind them.
func (s *Instances) List(ctx context.Context, f turnstone.InstanceFilter) (list []turnstone.Instance, more bool, err error) {
	limit := f.Limit
	f.Limit++
	list, err = s.Store.Instances(ctx, f)
	if len(list) > limit {
		return list[:limit], true, err
	}
	return list, false, err
}
