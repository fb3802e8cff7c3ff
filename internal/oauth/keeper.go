package oauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"turnstone"
	"turnstone/internal/element"
)

// Store is what a Keeper needs from storage. Its methods are called from many
// goroutines, and by the Keepers of other processes at the same time.
type Store interface {
	// Credential returns the credential of an instance, or turnstone.ErrNotFound.
	Credential(ctx context.Context, instanceID int64) (turnstone.Credential, error)
	// LeaseCredential returns the credential with the right to replace it, or
	// turnstone.ErrConflict while another lease on it runs.
	LeaseCredential(ctx context.Context, instanceID int64, lease time.Duration) (turnstone.CredentialLease, error)
	// SaveCredential replaces the credential and ends the lease. It returns
	// turnstone.ErrLeaseLost, having changed nothing, if the lease has ended or
	// the credential was replaced without one.
	SaveCredential(ctx context.Context, lease turnstone.CredentialLease) error
	// ReleaseCredential ends the lease and changes nothing else.
	ReleaseCredential(ctx context.Context, lease turnstone.CredentialLease) error
}

// Keeper hands out credentials that are good for a request. All fields but Log must
// be set before its first use and not be changed after it; its methods may be called
// from any number of goroutines.
type Keeper struct {
	Store    Store
	Elements element.Finder
	HTTP     *http.Client // its Transport is used; redirects are never followed
	Now      func() time.Time
	Log      *slog.Logger // nil: nothing is logged

	mu      sync.Mutex
	cache   map[int64]cached  // by instance, as the others
	flights map[int64]*flight // renewals under way
	orphans map[int64]orphan  // renewed, but not saved yet
}

// maxMargin is how long before its end a credential is renewed: longer than any
// request takes.
const maxMargin = time.Minute

// Credential returns what an instance authenticates with now. One that is about
// to end is renewed first; if the vendor cannot be asked, it is used to its end.
//
// The error wraps turnstone.ErrUnauthenticated if somebody must authorise the
// instance, and a *turnstone.VendorError if the vendor could not say.
func (k *Keeper) Credential(ctx context.Context, in turnstone.Instance) (turnstone.Credential, error) {
	el, err := k.element(ctx, in)
	if err != nil {
		return turnstone.Credential{}, err
	}
	held, ok := k.remembered(in)
	if !ok {
		if held, err = k.stored(ctx, in); err != nil {
			return turnstone.Credential{}, err
		}
	}
	if !ending(held, k.Now()) {
		return held, nil
	}
	if x := (exchange{el: el, config: configured(el, in.Configuration), held: held}); len(x.renewals()) == 0 {
		return held, nil // the vendor decides when its end has come
	}
	fresh, err := k.Renew(ctx, in, held)
	if _, faulty := errors.AsType[*turnstone.VendorError](err); faulty &&
		!errors.Is(err, turnstone.ErrUnauthenticated) && k.Now().Before(held.ExpiresAt) {
		return held, nil
	}
	return fresh, err
}

// ending says whether c should be renewed before it is used. Of a life shorter
// than four minutes the last quarter counts as its end, so that a vendor with
// short lives is not asked for a token before every request.
func ending(c turnstone.Credential, now time.Time) bool {
	if c.ExpiresAt.IsZero() {
		return false
	}
	margin := maxMargin
	if !c.RefreshedAt.IsZero() {
		margin = min(margin, c.ExpiresAt.Sub(c.RefreshedAt)/4)
	}
	return !now.Before(c.ExpiresAt.Add(-margin))
}

// stored reads the credential of in, and remembers it if it can be used.
func (k *Keeper) stored(ctx context.Context, in turnstone.Instance) (turnstone.Credential, error) {
	c, err := k.Store.Credential(ctx, in.ID)
	if err != nil {
		return turnstone.Credential{}, fmt.Errorf("read the credential of instance %d: %w", in.ID, err)
	}
	return k.checked(ctx, in, c)
}

// checked returns c and remembers it, unless it cannot be used.
func (k *Keeper) checked(ctx context.Context, in turnstone.Instance, c turnstone.Credential) (turnstone.Credential, error) {
	switch c.State {
	case turnstone.CredentialValid:
		k.remember(in, c)
		return c, nil
	case turnstone.CredentialRefused:
		return turnstone.Credential{}, k.unauthenticated(ctx, in, &refusal{errors.New(c.Problem)})
	case turnstone.CredentialAwaiting:
	}
	return turnstone.Credential{}, k.unauthenticated(ctx, in, &refusal{errAwaiting})
}

// errAwaiting is why a new instance may have no credential.
var errAwaiting = errors.New("nobody has authorised it yet")

// refusal is the last word about a credential, ours or the vendor's. It wraps
// turnstone.ErrUnauthenticated and the reason.
type refusal struct{ reason error }

// Error says that authentication is needed, and the reason.
func (r *refusal) Error() string {
	return turnstone.ErrUnauthenticated.Error() + ": " + r.reason.Error()
}

// Unwrap returns turnstone.ErrUnauthenticated and the reason.
func (r *refusal) Unwrap() []error { return []error{turnstone.ErrUnauthenticated, r.reason} }

// unauthenticated returns the error for those who use in: the reason, a refusal,
// and how to authorise in again.
func (k *Keeper) unauthenticated(ctx context.Context, in turnstone.Instance, reason error) error {
	remedy := fmt.Sprintf("send a new login, key or token in the configuration with PATCH /instances/%d", in.ID)
	if el, err := k.Elements.OfInstance(ctx, in); err == nil && el.Authenticator.Authorize != nil {
		remedy = fmt.Sprintf("visit the oauthUrl in its provisionInteractions and send the code it leads to as providerData.code with"+
			" PATCH /instances/%d, or send a new login or token in the configuration", in.ID)
	}
	return fmt.Errorf("instance %d: %w; authorise it: %s", in.ID, reason, remedy)
}

func (k *Keeper) element(ctx context.Context, in turnstone.Instance) (*element.Element, error) {
	el, err := k.Elements.OfInstance(ctx, in)
	if errors.Is(err, turnstone.ErrNotFound) {
		return nil, fmt.Errorf("instance %d: no element %q in the catalogue; add its element.yaml", in.ID, in.Element)
	}
	return el, err
}
