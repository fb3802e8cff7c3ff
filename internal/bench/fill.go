package bench

import (
	"context"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/bench/peer"
)

const (
	// fillBatch is how many rows are filled in with one commit.
	fillBatch = 500
	// fillers is how many goroutines fill, so that their commits share the disk's
	// waits.
	fillers = 16
	// leaseOfFill is longer than filling takes.
	leaseOfFill = time.Hour
	// never is an interval that no measurement lives to see the end of.
	never = 24 * time.Hour
)

// setting is how the instances of a work are made.
type setting struct {
	instances   int
	pollers     int // an instance
	interval    time.Duration
	destination func(instance int) string         // nil: there is none
	enabled     func(instance int) time.Time      // when its pollers were enabled, and are due first
	resource    func(poller int) (string, string) // its name and configuration
}

// instances makes an account with instances.
func (s *site) instances(ctx context.Context, set setting) error {
	_, user, err := s.db.CreateAccount(ctx,
		turnstone.Account{Name: "bench", OrganizationSecret: "organization-secret", CreatedAt: s.Born},
		turnstone.User{Email: "bench@example.com", Secret: "user-secret", PasswordHash: "none", CreatedAt: s.Born})
	if err != nil {
		return err
	}
	return each(set.instances, func(i int) error {
		_, err := s.db.SaveInstance(ctx, s.instance(user, set, i))
		return err
	})
}

// instance returns the i-th instance to be stored.
func (s *site) instance(user turnstone.User, set setting, i int) turnstone.InstanceWrite {
	w := turnstone.InstanceWrite{
		Instance: turnstone.Instance{
			AccountID: user.AccountID, UserID: user.ID, Element: elementKey, Name: companyName(i),
			Token: turnstone.Secret(fmt.Sprintf("instance-%d", i)), ExternalAuthentication: "none", CreatedAt: s.Born,
			Configuration: turnstone.Configuration{turnstone.KeyBaseURL: s.Peer.Vendor, turnstone.KeySignatureKey: key},
		},
		Credential: &turnstone.Credential{State: turnstone.CredentialValid, AccessToken: peer.Token(i)},
		Now:        set.enabled(i),
	}
	for p := range set.pollers {
		name, configuration := set.resource(p)
		w.Pollers = append(w.Pollers, turnstone.PollerWrite{
			Resource: name, Configuration: configuration, Interval: set.interval, State: turnstone.PollerActive,
		})
	}
	if set.destination != nil {
		w.Destination = &turnstone.DestinationWrite{
			URL: set.destination(i), Secrets: turnstone.DestinationSecrets{SignatureKey: key},
		}
	}
	return w
}

// companyName is the name of the i-th instance.
func companyName(i int) string { return fmt.Sprintf("Company %d", i) }

// reports is the one resource that most instances poll.
func reports(int) (name, configuration string) { return resource, pollerConfiguration() }

// at is the same moment for all instances.
func at(moment time.Time) func(int) time.Time { return func(int) time.Time { return moment } }

// each calls do with 0 to n-1 from several goroutines, and returns what went
// wrong first in each.
func each(n int, do func(i int) error) error {
	return together(fillers, func(f int) error {
		for i := f; i < n; i += fillers {
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	})()
}

// claim claims all pollers, the first instance's first.
func (s *site) claim(ctx context.Context, n int) ([]turnstone.PollLease, error) {
	leases, err := s.db.ClaimPollers(ctx, n, leaseOfFill)
	if err == nil && len(leases) != n {
		err = fmt.Errorf("claimed %d of %d pollers", len(leases), n)
	}
	return leases, err
}

// events stores events of one change each, numbered from first, as polls of a
// claimed poller would, and ends the lease.
func (s *site) events(ctx context.Context, lease turnstone.PollLease, first, n int) error {
	w, err := newWriter(lease.Instance, s.Born)
	if err != nil {
		return err
	}
	for from := 0; from < n; from += fillBatch {
		events, err := s.write(ctx, w, first+from, min(fillBatch, n-from))
		if err != nil {
			return err
		}
		if err := s.db.CommitPoll(ctx, lease, leaseOfFill, turnstone.PollCommit{Events: events}); err != nil {
			return err
		}
	}
	end := &turnstone.PollEnd{NextAt: s.Born.Add(never), Poll: turnstone.Poll{Outcome: turnstone.PollComplete, StartedAt: s.Born}}
	return s.db.CommitPoll(ctx, lease, leaseOfFill, turnstone.PollCommit{End: end})
}

// write makes n events, numbered from first.
func (s *site) write(ctx context.Context, w *writer, first, n int) ([]turnstone.Event, error) {
	ids, err := s.db.EventIDs(ctx, n)
	if err != nil {
		return nil, err
	}
	events := make([]turnstone.Event, n)
	for i, id := range ids {
		if events[i], err = w.event(id, first+i); err != nil {
			return nil, err
		}
	}
	return events, nil
}
