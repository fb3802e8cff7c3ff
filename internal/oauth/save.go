package oauth

import (
	"context"
	"errors"
	"fmt"

	"turnstone"
)

// save stores what the vendor gave and only then hands it out. What cannot be
// stored is kept in memory for the next renewal, because the vendor may not give
// it a second time.
func (k *Keeper) save(ctx context.Context, in turnstone.Instance, lease turnstone.CredentialLease, fresh turnstone.Credential) (turnstone.Credential, error) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), saveTime, errSaveTime)
	defer cancel()
	old := lease.Credential.AccessToken
	lease.Credential = fresh
	if err := k.Store.SaveCredential(ctx, lease); err != nil {
		k.abandon(in.ID, orphan{from: old, credential: fresh})
		k.release(ctx, lease)
		return turnstone.Credential{}, fmt.Errorf("save the renewed credential of instance %d: %w", in.ID, err)
	}
	k.adopt(in.ID)
	k.remember(in, fresh)
	return fresh, nil
}

// rescue goes on after old was renewed under a lease that was lost: because the
// instance was authorised anew, or because we were frozen and another process
// took over. What they have saved is used. If they could save nothing, our
// request had used the refresh token up, so what it brought is saved after all,
// under another lease.
func (k *Keeper) rescue(ctx context.Context, in turnstone.Instance, old turnstone.Credential) (turnstone.Credential, error) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), leaseTime+saveTime, errRescueTime)
	defer cancel()
	current, err := k.Store.Credential(ctx, in.ID)
	if err == nil && current.AccessToken != old.AccessToken {
		k.adopt(in.ID)
		return k.checked(ctx, in, current)
	}
	return k.renew(ctx, in, old)
}

// refuse stores that the vendor refused the credential for good, and returns what
// to do about it.
func (k *Keeper) refuse(ctx context.Context, in turnstone.Instance, lease turnstone.CredentialLease, last *refusal) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), saveTime, errSaveTime)
	defer cancel()
	lease.Credential.State = turnstone.CredentialRefused
	lease.Credential.Problem = last.reason.Error()
	err := k.Store.SaveCredential(ctx, lease)
	switch {
	case err == nil:
		return k.unauthenticated(ctx, in, last)
	case errors.Is(err, turnstone.ErrLeaseLost): // replaced meanwhile, so not refused
		return fmt.Errorf("renew the credential of instance %d: %w", in.ID, err)
	}
	k.release(ctx, lease)
	return fmt.Errorf("%w; this could not be saved: %w", k.unauthenticated(ctx, in, last), err)
}

// release ends a lease. If it cannot, the lease ends by itself a little later,
// and nobody can do more about it.
func (k *Keeper) release(ctx context.Context, lease turnstone.CredentialLease) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), saveTime, errSaveTime)
	defer cancel()
	_ = k.Store.ReleaseCredential(ctx, lease)
}

// orphan is a credential that the vendor gave and the store did not take.
type orphan struct {
	from       string // the access token it replaces
	credential turnstone.Credential
}

func (k *Keeper) abandon(instanceID int64, o orphan) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.orphans == nil {
		k.orphans = map[int64]orphan{}
	}
	k.orphans[instanceID] = o
}

// orphanOf returns the successor of held that was not saved.
func (k *Keeper) orphanOf(held turnstone.Credential) (turnstone.Credential, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	o, ok := k.orphans[held.InstanceID]
	return o.credential, ok && o.from == held.AccessToken
}

func (k *Keeper) adopt(instanceID int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.orphans, instanceID)
}
