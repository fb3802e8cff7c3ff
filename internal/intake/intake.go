package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"turnstone"
	"turnstone/internal/element"
)

// Store is what this package needs from storage. It is called from many goroutines.
type Store interface {
	// InstancesOf returns those of the instances that are of an element, of all accounts.
	InstancesOf(ctx context.Context, element string, ids []int64) ([]turnstone.Instance, error)
	// FinderPaths returns where webhooks of an element say whom they are for, and
	// InstancesFound who that is.
	FinderPaths(ctx context.Context, element string) ([]string, error)
	InstancesFound(ctx context.Context, element, path, value string) ([]turnstone.Instance, error)
	// EventIDs returns n new numbers for events.
	EventIDs(ctx context.Context, n int) ([]int64, error)
	// CommitWebhooks stores everything or nothing, and returns the instances at which the
	// webhook is no repeat.
	CommitWebhooks(ctx context.Context, commits []turnstone.WebhookCommit) ([]int64, error)
}

// Intake takes webhooks in. Its fields are set once; Receive may be called from many
// goroutines.
type Intake struct {
	Store    Store
	Elements element.Finder
	Now      func() time.Time
	Random   io.Reader // of the keys of events
	// Stored is told of each instance that has new events. nil: nobody is.
	Stored func(instanceID int64)

	hooks    hooks
	refusals refusals
}

// Answer is what the vendor is answered. The zero Answer is an empty JSON object.
type Answer struct {
	ContentType string
	Header      map[string]string
	Body        []byte
}

// Kind is why a webhook is not taken.
type Kind int

// The kinds of problems.
const (
	Unreadable Kind = iota // its body cannot be read
	TooLarge
	Unsupported // its content type is not known
	Nobody      // there is no instance that it could be for
	Unproven    // it does not prove that the vendor sent it
	Broken      // the element's hook failed
)

// Problem says why a webhook is not taken, and what to do about it.
type Problem struct {
	Kind Kind
	Text string
}

// Error returns the text.
func (p *Problem) Error() string { return p.Text }

func problemf(kind Kind, format string, args ...any) error {
	return &Problem{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// Receive takes in a webhook. It has been stored when Receive returns no error. A
// *[Problem] says that the sender should change something; after any other error it
// should send it again.
func (i *Intake) Receive(ctx context.Context, r Request) (Answer, error) {
	h, err := r.read()
	if err != nil {
		return Answer{}, err
	}
	to, err := i.find(ctx, h)
	if err != nil {
		return Answer{}, err
	}
	if answer, asked, err := i.challenged(ctx, h, to.instances); asked || err != nil {
		return answer, err
	}
	switch {
	case len(to.instances) > 0:
		return Answer{}, i.deliver(ctx, h, to.instances)
	case to.sought:
		// A vendor that has one address for all its customers tells of those, too, who are
		// none of ours, and gives up an address that answers with failures.
		return Answer{}, nil
	}
	return Answer{}, h.nobody()
}

// deliver takes a webhook in at the instances that it is for.
func (i *Intake) deliver(ctx context.Context, h arrival, instances []turnstone.Instance) error {
	var commits []turnstone.WebhookCommit
	var problems []error
	for _, in := range instances {
		commit, err := i.take(ctx, h, in)
		if problem, is := errors.AsType[*Problem](err); is && i.refusals.note(in.ID, i.Now()) {
			commits = append(commits, h.refused(in, problem, i.Now()))
		}
		switch {
		case err == nil:
			commits = append(commits, commit)
		case !isProblem(err):
			return err
		default:
			problems = append(problems, err)
		}
	}
	if err := i.commit(ctx, commits); err != nil {
		return err
	}
	return worst(problems, len(instances))
}

// worst returns what to answer where a webhook was not taken at some instances. One that
// is for several is taken if one of them takes it, but for a broken hook, which somebody
// will mend.
func worst(problems []error, instances int) error {
	for _, err := range problems {
		if problem, is := errors.AsType[*Problem](err); is && problem.Kind == Broken {
			return err
		}
	}
	if len(problems) == instances && len(problems) > 0 {
		return problems[0]
	}
	return nil
}

func isProblem(err error) bool {
	_, is := errors.AsType[*Problem](err)
	return is
}

// commit stores what a webhook changes, and tells who has new events.
func (i *Intake) commit(ctx context.Context, commits []turnstone.WebhookCommit) error {
	if len(commits) == 0 {
		return nil
	}
	// Also if the vendor hangs up meanwhile: it would only send it again.
	stored, err := i.Store.CommitWebhooks(context.WithoutCancel(ctx), commits)
	if err != nil {
		return err
	}
	for _, id := range stored {
		if i.Stored != nil {
			i.Stored(id)
		}
	}
	return nil
}

// take returns what a webhook changes at an instance. The error is a *Problem where the
// webhook is not taken.
func (i *Intake) take(ctx context.Context, h arrival, in turnstone.Instance) (turnstone.WebhookCommit, error) {
	el, err := i.Elements.OfInstance(ctx, in)
	switch {
	case errors.Is(err, turnstone.ErrNotFound) || err == nil && el.Webhooks == nil:
		return turnstone.WebhookCommit{}, problemf(Nobody, "the element %s has no webhooks; poll it instead", in.Element)
	case err != nil:
		return turnstone.WebhookCommit{}, err
	}
	commit := turnstone.WebhookCommit{Webhook: h.of(in, i.Now())}
	proof, err := verify(el.Webhooks.Verify, in.Configuration, h, i.Now())
	if err != nil {
		return commit, err
	}
	commit.Webhook.DeliveryID = h.deliveryID(el.Webhooks.DeliveryID)
	commit.Webhook.Details.Verified = proof
	if why := deaf(in); why != "" {
		commit.Webhook.Outcome, commit.Webhook.Reason = turnstone.WebhookDropped, why
		return commit, nil
	}
	t := taking{Intake: i, arrival: h, el: el, in: in, proof: proof, commit: &commit}
	if err := t.changes(ctx); err != nil {
		return commit, err
	}
	commit.Wake = t.wake()
	commit.Webhook.Details.Woken = commit.Wake
	t.conclude()
	return commit, nil
}

// deaf returns why an instance hears nothing; empty: it does.
func deaf(in turnstone.Instance) string {
	switch {
	case in.Disabled:
		return "the instance is disabled"
	case !eventsEnabled(in.Configuration):
		return "events are off; set " + turnstone.KeyEventsEnabled + " to true"
	}
	return ""
}

// slots returns how many hooks run at once: they do nothing but compute.
func slots() int { return max(2, runtime.GOMAXPROCS(0)) }
