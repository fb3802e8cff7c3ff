package notify

import (
	"net/http"
	"strconv"

	"turnstone"
	"turnstone/internal/api/rest"
)

// settingsJSON are the settings of an account that the platform has.
type settingsJSON struct {
	FailurePolicy turnstone.FailurePolicy `json:"notification.webhook.failure.policy"`
}

// account returns the caller's account. A path may name it, and no other.
func accountOf(c *rest.Call) (int64, error) {
	if !c.Identity.WholeAccount {
		return 0, rest.ErrNeedsOrganization
	}
	own := c.Identity.AccountID
	if text := c.PathValue("account"); text != "" && text != strconv.FormatInt(own, 10) {
		return 0, rest.Failuref(http.StatusForbidden, "account %s is not yours; yours is %d", rest.Excerpt(text), own)
	}
	return own, nil
}

func (a *API) showSettings(c *rest.Call) (any, error) {
	id, err := accountOf(c)
	if err != nil {
		return nil, err
	}
	account, err := a.Policies.Account(c.Context(), id)
	if err != nil {
		return nil, err
	}
	return settingsJSON{account.FailurePolicy}, nil
}

func (a *API) updateSettings(c *rest.Call) (any, error) {
	id, err := accountOf(c)
	if err != nil {
		return nil, err
	}
	if !c.Identity.Admin() {
		return nil, rest.ErrNeedsAdmin
	}
	var body settingsJSON
	if err := c.Read(&body); err != nil {
		return nil, err
	}
	switch body.FailurePolicy {
	case turnstone.PolicyRetry, turnstone.PolicyQueue:
	case "":
		return nil, rest.Failuref(http.StatusBadRequest, "notification.webhook.failure.policy: is missing; write %q or %q", turnstone.PolicyRetry, turnstone.PolicyQueue)
	default:
		return nil, rest.Failuref(http.StatusBadRequest, "notification.webhook.failure.policy: is %s; write %q or %q", rest.Excerpt(string(body.FailurePolicy)), turnstone.PolicyRetry, turnstone.PolicyQueue)
	}
	if err := a.Policies.SetFailurePolicy(c.Context(), id, body.FailurePolicy); err != nil {
		return nil, err
	}
	c.Changed("notification.webhook.failure.policy")
	return body, nil
}
