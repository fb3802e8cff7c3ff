package oauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
)

// How long the steps of a renewal may take. What the vendor is given and what
// saving is given fit into the lease, so that nobody else renews meanwhile.
const (
	leaseTime = time.Minute
	askTime   = 40 * time.Second
	saveTime  = 10 * time.Second
)

// leaseRetry is how often a lease that another process holds is tried again: a
// renewal takes some hundred milliseconds.
const leaseRetry = 100 * time.Millisecond

// Causes of contexts that end, to be found in errors.
var (
	errAskTime  = errors.New("the vendor took longer than 40 s to renew the token")
	errSaveTime = errors.New("storing took longer than 10 s")
)

// errNoRenewal is why a token that came alone cannot be renewed.
var errNoRenewal = errors.New("the credential is no longer accepted, and there is no refresh token or login to renew it with")

// errReplaced says that somebody replaced the credential while it was renewed.
var errReplaced = errors.New("credential replaced meanwhile")

// flight is a renewal under way. Its fields may be read when done is closed.
type flight struct {
	done       chan struct{}
	credential turnstone.Credential
	err        error
	abandoned  bool // because its caller's context ended, which is no answer for others
}

// Renew replaces a credential that the vendor did not accept, or soon will not.
// stale is the one that was used: if it has been replaced already, its successor
// is returned and the vendor is not asked. However many callers there are, in
// however many processes, one request is made, and what it brings is saved before
// anybody gets it.
//
// The error wraps turnstone.ErrUnauthenticated if somebody must authorise the
// instance again, and then the instance's credential is stored as refused. It
// wraps a *turnstone.VendorError if the vendor did not answer, or was busy; the
// credential is kept then.
//
// Once the vendor is being asked, the end of ctx is not heeded, since the answer
// must be saved.
func (k *Keeper) Renew(ctx context.Context, in turnstone.Instance, stale turnstone.Credential) (turnstone.Credential, error) {
	for {
		f, leads := k.board(in.ID)
		if leads {
			k.fly(ctx, in, stale, f)
			return f.credential, f.err
		}
		select {
		case <-ctx.Done():
			return turnstone.Credential{}, fmt.Errorf("renew the credential of instance %d: %w", in.ID, context.Cause(ctx))
		case <-f.done:
		}
		// A flight that began for an older credential can end with the very one
		// that is stale now.
		if !f.abandoned && (f.err != nil || f.credential.AccessToken != stale.AccessToken) {
			return f.credential, f.err
		}
	}
}

// board returns the renewal under way for an instance, or a new one that the
// caller has to lead.
func (k *Keeper) board(instanceID int64) (f *flight, leads bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if f, ok := k.flights[instanceID]; ok {
		return f, false
	}
	if k.flights == nil {
		k.flights = map[int64]*flight{}
	}
	f = &flight{done: make(chan struct{}), abandoned: true}
	k.flights[instanceID] = f
	return f, true
}

// fly makes the renewal f and lets all who wait for it go on.
func (k *Keeper) fly(ctx context.Context, in turnstone.Instance, stale turnstone.Credential, f *flight) {
	defer func() { // also when something below panics
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.flights, in.ID)
		close(f.done)
	}()
	f.credential, f.err = k.renew(ctx, in, stale)
	f.abandoned = f.err != nil && ctx.Err() != nil
}

// renew takes the lease and, unless somebody was faster, replaces stale.
func (k *Keeper) renew(ctx context.Context, in turnstone.Instance, stale turnstone.Credential) (turnstone.Credential, error) {
	el, err := k.element(in)
	if err != nil {
		return turnstone.Credential{}, err
	}
	lease, err := k.lease(ctx, in.ID)
	if err != nil {
		return turnstone.Credential{}, fmt.Errorf("renew the credential of instance %d: %w", in.ID, err)
	}
	k.forget(in.ID)
	held := lease.Credential
	held.InstanceID = in.ID
	if fresh, ok := k.orphanOf(in.ID, held); ok {
		return k.save(ctx, in, lease, fresh)
	}
	if held.State != turnstone.CredentialValid || held.AccessToken != stale.AccessToken {
		k.release(ctx, lease)
		return k.checked(in, held)
	}
	fresh, err := k.ask(ctx, exchange{el: el, config: configured(el, in.Configuration), held: held})
	if err == nil {
		return k.save(ctx, in, lease, fresh)
	}
	if last, ok := errors.AsType[*refusal](err); ok {
		return turnstone.Credential{}, k.refuse(ctx, in, lease, last)
	}
	k.release(ctx, lease)
	if errors.Is(err, errReplaced) {
		return k.stored(ctx, in)
	}
	return turnstone.Credential{}, fmt.Errorf("renew the credential of instance %d: %w", in.ID, err)
}

// lease waits for the right to replace the credential of an instance.
func (k *Keeper) lease(ctx context.Context, instanceID int64) (turnstone.CredentialLease, error) {
	for {
		lease, err := k.Store.LeaseCredential(ctx, instanceID, leaseTime)
		if !errors.Is(err, turnstone.ErrConflict) {
			return lease, err
		}
		retry := time.NewTimer(leaseRetry)
		select {
		case <-ctx.Done():
			retry.Stop()
			return turnstone.CredentialLease{}, context.Cause(ctx)
		case <-retry.C:
		}
	}
}

// ask gets a successor of x.held from the vendor: with the refresh token, and if
// that is refused by logging in again.
func (k *Keeper) ask(ctx context.Context, x exchange) (turnstone.Credential, error) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), askTime, errAskTime)
	defer cancel()
	refused := error(&refusal{errNoRenewal})
	for _, grant := range x.renewals() {
		fresh, err := k.token(ctx, x, grant)
		if !errors.Is(err, turnstone.ErrUnauthenticated) {
			return fresh, err
		}
		refused = err
		// The refusal may be about a token that was replaced without a lease.
		current, err := k.Store.Credential(ctx, x.held.InstanceID)
		if err == nil && current.AccessToken != x.held.AccessToken {
			return turnstone.Credential{}, errReplaced
		}
	}
	return turnstone.Credential{}, refused
}
