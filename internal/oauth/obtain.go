package oauth

import (
	"context"
	"errors"
	"fmt"

	"turnstone"
	"turnstone/internal/element"
)

// Grant is what a client brings from the vendor when it creates an instance or
// authorises one again.
type Grant struct {
	// Code is the authorization code with which the vendor sent a person's
	// browser back to oauth.callback.url. It works once.
	Code string
}

// Obtain gets the first credential of an instance with configuration c, or
// another one for an instance to be authorised again. It stores nothing. The first
// of these that is there decides:
//
//   - the code of g is exchanged,
//   - oauth.user.refresh_token is used to get a token,
//   - oauth.user.token is taken as it is,
//   - the element's grant whose entries are configured, such as username and
//     password, is asked for.
//
// With none of them the credential has the state CredentialAwaiting, which is no
// error. An element that does not use OAuth needs no more than its configuration,
// so its credential is valid at once.
//
// The error wraps turnstone.ErrUnauthenticated if the vendor refused what it was
// given, and a *turnstone.VendorError, with the vendor's own message, whenever the
// vendor is the reason.
func (k *Keeper) Obtain(ctx context.Context, el *element.Element, c turnstone.Configuration, g Grant) (turnstone.Credential, error) {
	x := exchange{el: el, config: configured(el, c), code: g.Code}
	if el.Authenticator.Type != typeOAuth {
		return turnstone.Credential{State: turnstone.CredentialValid, RefreshedAt: k.Now()}, nil
	}
	token, refresh := x.config[turnstone.KeyOAuthToken], x.config[turnstone.KeyOAuthRefreshToken]
	switch {
	case g.Code != "":
		grant, _ := x.grant(grantCode)
		return k.obtain(ctx, x, grant, "get a new code and send it at once: it works once, for a few minutes, and only with the same oauth.callback.url")
	case refresh != "":
		x.held.RefreshToken = refresh
		grant, _ := x.grant(grantRefresh)
		return k.obtain(ctx, x, grant, "check oauth.user.refresh_token, oauth.api.key and oauth.api.secret")
	case token != "":
		return turnstone.Credential{State: turnstone.CredentialValid, AccessToken: token, RefreshedAt: k.Now()}, nil
	}
	if login, ok := x.login(); ok {
		return k.obtain(ctx, x, login, "check the login, oauth.api.key and oauth.api.secret in the configuration")
	}
	return turnstone.Credential{State: turnstone.CredentialAwaiting}, nil
}

// obtain asks for a token with grant, the zero one if the element has none for
// what the client sent. hint says what to do if the vendor refuses.
func (k *Keeper) obtain(ctx context.Context, x exchange, grant element.Grant, hint string) (turnstone.Credential, error) {
	if grant.Type == "" {
		return turnstone.Credential{}, fmt.Errorf("element %s declares no grant for a code or refresh token; configure its credentials another way", x.el.Key)
	}
	c, err := k.token(ctx, x, grant)
	if errors.Is(err, turnstone.ErrUnauthenticated) {
		return turnstone.Credential{}, fmt.Errorf("get a token by %s: %w; %s", grant.Type, err, hint)
	}
	if err != nil {
		return turnstone.Credential{}, fmt.Errorf("get a token by %s: %w", grant.Type, err)
	}
	return c, nil
}
