package notify

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
)

// channelWebhook is the only channel of the platform's that there is here.
const channelWebhook = "webhook"

// subscriptionJSON is a destination as the platform shows it.
type subscriptionJSON struct {
	ID      int64                  `json:"id"`
	Channel string                 `json:"channel"`
	Topics  []string               `json:"topics"`
	Config  subscriptionConfigJSON `json:"config"`
	Active  bool                   `json:"active"`
}

type subscriptionConfigJSON struct {
	URL string `json:"url"`
}

// topicOf returns the topic of an instance's events, as every callback names it.
func topicOf(instanceID int64, element string) string {
	return fmt.Sprintf("instance-%d-%s-events", instanceID, element)
}

func (a *API) subscriptionView(c *rest.Call, d turnstone.Destination) (subscriptionJSON, error) {
	in, err := a.Instances.One(c.Context(), d.AccountID, d.InstanceID)
	if err != nil {
		return subscriptionJSON{}, err
	}
	return subscriptionJSON{
		ID: d.ID, Channel: channelWebhook, Topics: []string{topicOf(in.ID, in.Element)},
		Config: subscriptionConfigJSON{URL: d.URL}, Active: d.State == turnstone.DestinationActive,
	}, nil
}

// destinationsOf returns destinations of the caller's account behind the page's token.
func (a *API) destinationsOf(c *rest.Call, page rest.PageRequest) ([]turnstone.Destination, error) {
	account, err := accountOf(c)
	if err != nil {
		return nil, err
	}
	return a.Outbox.AccountDestinations(c.Context(), account, page.Token, page.Size+1)
}

func (a *API) listSubscriptions(c *rest.Call) (any, error) {
	page, err := rest.PageOf(c.URL.Query())
	if err != nil {
		return nil, err
	}
	destinations, err := a.destinationsOf(c, page)
	if err != nil {
		return nil, err
	}
	if len(destinations) > page.Size {
		destinations = destinations[:page.Size]
		c.Reply.Set(rest.HeaderNextPage, rest.PageToken(destinations[page.Size-1].ID))
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(destinations)))
	views := []subscriptionJSON{}
	for _, d := range destinations {
		view, err := a.subscriptionView(c, d)
		if rest.IsMissing(err) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// subscription returns the destination that the path names.
func (a *API) subscription(c *rest.Call) (turnstone.Destination, error) {
	missing := rest.Failuref(http.StatusNotFound, "there is no subscription %s, or it is not yours; GET %s/notifications/subscriptions lists those that are", rest.Excerpt(c.PathValue("subscription")), rest.Prefix)
	account, err := accountOf(c)
	if err != nil {
		return turnstone.Destination{}, err
	}
	id, err := strconv.ParseInt(c.PathValue("subscription"), 10, 64)
	if err != nil {
		return turnstone.Destination{}, missing
	}
	found, err := a.Outbox.AccountDestinations(c.Context(), account, id-1, 1)
	if err != nil {
		return turnstone.Destination{}, err
	}
	if len(found) == 0 || found[0].ID != id {
		return turnstone.Destination{}, missing
	}
	return found[0], nil
}

func (a *API) showSubscription(c *rest.Call) (any, error) {
	d, err := a.subscription(c)
	if err != nil {
		return nil, err
	}
	return a.subscriptionView(c, d)
}

func (a *API) deleteSubscription(c *rest.Call) (any, error) {
	d, err := a.subscription(c)
	if err != nil {
		return nil, err
	}
	if d.Main {
		return nil, rest.Failuref(http.StatusConflict, "this subscription follows from the instance's configuration; clear %s of instance %d there", turnstone.KeyCallbackURL, d.InstanceID)
	}
	return nil, a.Destinations.Store.DeleteDestination(c.Context(), d.AccountID, d.InstanceID, d.ID)
}

// subscriptionRequestJSON asks for a subscription.
type subscriptionRequestJSON struct {
	Channel string   `json:"channel"`
	Topics  []string `json:"topics"`
	Config  struct {
		URL *string `json:"url"`
	} `json:"config"`
	Active *bool `json:"active"`
}

func (a *API) createSubscription(c *rest.Call) (any, error) {
	account, err := accountOf(c)
	if err != nil {
		return nil, err
	}
	var body subscriptionRequestJSON
	if err := c.Read(&body); err != nil {
		return nil, err
	}
	if err := body.check(); err != nil {
		return nil, err
	}
	in, err := a.topic(c, account, body.Topics[0])
	if err != nil {
		return nil, err
	}
	text, err := rest.Encode(map[string]string{"url": *body.Config.URL})
	if err != nil {
		return nil, err
	}
	d, err := a.Destinations.Create(c.Context(), in, instance.ReadDestinationInput(text))
	if err != nil {
		return nil, aboutDestination(c, err)
	}
	return a.subscriptionView(c, d)
}

// check refuses what there is not here.
func (b subscriptionRequestJSON) check() error {
	switch {
	case b.Channel != channelWebhook:
		return rest.Failuref(http.StatusBadRequest, "channel: is %s; write %q, the only one there is here", rest.Excerpt(b.Channel), channelWebhook)
	case b.Config.URL == nil || strings.TrimSpace(*b.Config.URL) == "":
		return rest.Failuref(http.StatusBadRequest, "config.url: is missing; write the address of the receiver")
	case len(b.Topics) != 1:
		return rest.Failuref(http.StatusBadRequest, "topics: has %d topics; write one, such as %q", len(b.Topics), topicOf(1, "concur"))
	case b.Active != nil && !*b.Active:
		return rest.Failuref(http.StatusBadRequest, "active: is false; a subscription that is not wanted is one to delete")
	}
	return nil
}

// topic returns the instance whose events a topic stands for.
func (a *API) topic(c *rest.Call, accountID int64, topic string) (turnstone.Instance, error) {
	in, found, err := a.topicInstance(c, accountID, topic)
	if err == nil && !found {
		err = rest.Failuref(http.StatusBadRequest, "topics: %s is none; write one such as %q, with the number and element key of an instance of yours", rest.Excerpt(topic), topicOf(1, "concur"))
	}
	return in, err
}

// topicInstance returns the same, and false for a topic that stands for none.
func (a *API) topicInstance(c *rest.Call, accountID int64, topic string) (in turnstone.Instance, found bool, err error) {
	below, ok := strings.CutPrefix(topic, "instance-")
	digits, _, cut := strings.Cut(below, "-")
	id, err := strconv.ParseInt(digits, 10, 64)
	if !ok || !cut || err != nil {
		return in, false, nil //nolint:nilerr // it is a topic of somebody's own
	}
	in, err = a.Instances.One(c.Context(), accountID, id)
	if rest.IsMissing(err) {
		return in, false, nil
	}
	return in, err == nil && topic == topicOf(in.ID, in.Element), err
}
