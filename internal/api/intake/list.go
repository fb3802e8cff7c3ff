package intake

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"turnstone"
	"turnstone/internal/api/rest"
)

// webhookJSON says what became of a webhook.
type webhookJSON struct {
	ID         int64    `json:"id"`
	ReceivedAt string   `json:"receivedAt"`
	Outcome    string   `json:"outcome"`
	Reason     string   `json:"reason,omitempty"`
	DeliveryID string   `json:"deliveryId,omitempty"`
	Verified   string   `json:"verified,omitempty"`
	Bytes      int      `json:"bytes"`
	Events     []int64  `json:"events"`
	Polled     []string `json:"polled"`
	Log        []string `json:"log,omitempty"`
}

// list shows what became of the webhooks of an instance, newest first.
func (a *API) list(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	page, err := rest.PageOf(c.URL.Query())
	if err != nil {
		return nil, err
	}
	if page.Page > 1 {
		return nil, rest.Failuref(http.StatusBadRequest, "page: this list has no numbers of pages; follow nextPage")
	}
	all, err := a.store.Webhooks(c.Context(), turnstone.WebhookFilter{AccountID: in.AccountID, InstanceID: in.ID, Before: page.Token, Limit: page.Size + 1})
	if err != nil {
		return nil, err
	}
	if len(all) > page.Size {
		all = all[:page.Size]
		c.Reply.Set(rest.HeaderNextPage, rest.PageToken(all[len(all)-1].ID))
	}
	views := make([]webhookJSON, len(all))
	for i, h := range all {
		views[i] = webhookJSON{
			ID: h.ID, ReceivedAt: rest.ExactTime(h.ReceivedAt), Outcome: string(h.Outcome), Reason: h.Reason, DeliveryID: h.DeliveryID,
			Verified: h.Details.Verified, Bytes: h.Size, Log: h.Details.Log,
			Events: append([]int64{}, h.Details.Events...), Polled: append([]string{}, h.Details.Woken...),
		}
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(views)))
	return views, nil
}

// pollNow makes a poller due at once.
func (a *API) pollNow(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	resource := c.PathValue("resource")
	err = a.store.Wake(c.Context(), in.AccountID, in.ID, resource)
	switch {
	case errors.Is(err, turnstone.ErrNotFound):
		return nil, rest.Failuref(http.StatusNotFound, "instance %d does not poll %s; GET %s/instances/%d/pollers lists what it polls", in.ID, rest.Excerpt(resource), rest.Prefix, in.ID)
	case errors.Is(err, turnstone.ErrConflict):
		return nil, rest.Failuref(http.StatusConflict, "%s is not being polled now; GET %s/instances/%d/health says why, and what to do", resource, rest.Prefix, in.ID)
	case err != nil:
		return nil, err
	}
	return map[string]string{"message": fmt.Sprintf("%s is polled as soon as it may be: within a moment, unless the vendor asked us to wait", resource)}, nil
}
