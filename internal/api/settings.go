package api

import (
	"net/http"
	"strconv"

	"turnstone"
)

// settingsJSON are the settings of an account that the platform has.
type settingsJSON struct {
	FailurePolicy turnstone.FailurePolicy `json:"notification.webhook.failure.policy"`
}

// account returns the caller's account. A path may name it, and no other.
func (c *call) account() (int64, error) {
	if !c.identity.WholeAccount {
		return 0, errNeedsOrganization
	}
	own := c.identity.AccountID
	if text := c.PathValue("account"); text != "" && text != strconv.FormatInt(own, 10) {
		return 0, failuref(http.StatusForbidden, "account %s is not yours; yours is %d", excerpt(text), own)
	}
	return own, nil
}

func (a *API) showSettings(c *call) (any, error) {
	id, err := c.account()
	if err != nil {
		return nil, err
	}
	account, err := a.Outbox.Account(c.Context(), id)
	if err != nil {
		return nil, err
	}
	return settingsJSON{account.FailurePolicy}, nil
}

func (a *API) updateSettings(c *call) (any, error) {
	id, err := c.account()
	if err != nil {
		return nil, err
	}
	var body settingsJSON
	if err := c.read(&body); err != nil {
		return nil, err
	}
	switch body.FailurePolicy {
	case turnstone.PolicyRetry, turnstone.PolicyQueue:
	case "":
		return nil, failuref(http.StatusBadRequest, "notification.webhook.failure.policy: is missing; write %q or %q", turnstone.PolicyRetry, turnstone.PolicyQueue)
	default:
		return nil, failuref(http.StatusBadRequest, "notification.webhook.failure.policy: is %s; write %q or %q", excerpt(string(body.FailurePolicy)), turnstone.PolicyRetry, turnstone.PolicyQueue)
	}
	if err := a.Outbox.SetFailurePolicy(c.Context(), id, body.FailurePolicy); err != nil {
		return nil, err
	}
	return body, nil
}
