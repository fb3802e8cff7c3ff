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
	// startTime is what remains. A process that was frozen for longer between
	// taking the lease and asking does not ask: another may have used the
	// refresh token, and some vendors end everything if they see one twice.
	startTime = leaseTime - askTime - saveTime
)

// How long a process that finds the lease taken waits before it looks again: at
// first as long as a quick renewal takes, and longer each time, for a vendor that
// is slow and a holder that has died are not hurried by it.
const (
	firstLook   = 50 * time.Millisecond
	longestLook = time.Second
)

// Causes of contexts that end, to be found in errors.
var (
	errAskTime  = errors.New("the vendor took longer than 40 s to renew the token")
	errSaveTime = errors.New("storing took longer than 10 s")

	errRescueTime = errors.New("another process kept the credential to itself for longer than 70 s")
)

// errNoRenewal is why a token that came alone cannot be renewed.
var errNoRenewal = errors.New("the credential is no longer accepted, and there is no refresh token or login to renew it with")

// errReplaced says that the credential to renew is no longer the one in force.
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
	el, err := k.element(ctx, in)
	if err != nil {
		return turnstone.Credential{}, err
	}
	lease, err := k.lease(ctx, in.ID, stale)
	k.forget(in.ID)
	if err != nil {
		return k.unrenewed(ctx, in, err)
	}
	held := lease.Credential
	if fresh, ok := k.orphanOf(held); ok {
		return k.save(ctx, in, lease, fresh)
	}
	if k.replaced(held, stale) {
		k.release(ctx, lease)
		return k.checked(ctx, in, held)
	}
	fresh, err := k.ask(ctx, exchange{el: el, config: configured(el, in.Configuration), held: held})
	if last, ok := errors.AsType[*refusal](err); ok {
		return turnstone.Credential{}, k.refuse(ctx, in, lease, last)
	}
	if err != nil {
		k.release(ctx, lease)
		return k.unrenewed(ctx, in, err)
	}
	if fresh, err = k.save(ctx, in, lease, fresh); errors.Is(err, turnstone.ErrLeaseLost) {
		return k.rescue(ctx, in, held)
	}
	return fresh, err
}

// unrenewed returns what is in force in place of what was to be renewed, or why
// that was not.
func (k *Keeper) unrenewed(ctx context.Context, in turnstone.Instance, cause error) (turnstone.Credential, error) {
	if errors.Is(cause, errReplaced) {
		return k.stored(ctx, in)
	}
	return turnstone.Credential{}, fmt.Errorf("renew the credential of instance %d: %w", in.ID, cause)
}

// lease waits for the right to replace stale, or returns errReplaced as soon as
// somebody else has done so.
func (k *Keeper) lease(ctx context.Context, instanceID int64, stale turnstone.Credential) (turnstone.CredentialLease, error) {
	for wait := firstLook; ; wait = min(2*wait, longestLook) {
		lease, err := k.tryLease(ctx, instanceID, stale)
		if !errors.Is(err, turnstone.ErrConflict) {
			return lease, err
		}
		look := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			look.Stop()
			return turnstone.CredentialLease{}, context.Cause(ctx)
		case <-look.C:
		}
	}
}

// tryLease looks whether stale has been replaced before it asks for the lease:
// looking is a read, and the other a write. It returns turnstone.ErrConflict if
// it has to be tried again.
func (k *Keeper) tryLease(ctx context.Context, instanceID int64, stale turnstone.Credential) (turnstone.CredentialLease, error) {
	current, err := k.Store.Credential(ctx, instanceID)
	if err != nil {
		return turnstone.CredentialLease{}, err
	}
	current.InstanceID = instanceID
	if k.replaced(current, stale) {
		return turnstone.CredentialLease{}, errReplaced
	}
	begun := k.Now()
	lease, err := k.Store.LeaseCredential(ctx, instanceID, leaseTime)
	if err != nil {
		return lease, err
	}
	lease.Credential.InstanceID = instanceID
	if late := k.Now().Sub(begun); late > startTime {
		k.release(ctx, lease)
		return lease, fmt.Errorf("the lease came after %v: %w", late, turnstone.ErrConflict)
	}
	return lease, nil
}

// replaced reports whether there is nothing to renew any more: current is not
// stale, or is refused. One that we renewed and could not save is neither.
func (k *Keeper) replaced(current, stale turnstone.Credential) bool {
	if _, unsaved := k.orphanOf(current); unsaved {
		return false
	}
	return current.State != turnstone.CredentialValid || current.AccessToken != stale.AccessToken
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
