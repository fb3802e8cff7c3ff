package simulation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/concursim"
	"turnstone/internal/instance"
	"turnstone/internal/oauth"
)

// customer is who has an instance: they make it, change it, and look after it.
type customer struct {
	world   *world
	company concursim.Company
	inbox   *inbox
	id      int64     // of the instance
	since   time.Time // when the instance was made
	enabled time.Time // when polling was enabled last, as the engine has it
	extras  []*extra
	census  int64 // of the poller, when everything was mended
	offline bool  // it is authorised with a refresh token, which an accident can lose
}

// urls are a resource's as customers write them: with and without what the element adds
// by itself, and as fine as they like.
var urls = []string{
	"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}'",
	"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss}'",
	"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd}'",
	"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd'T'HH:mm:ss.SSS}' and user='ALL'",
}

// join makes the instance of a customer.
func (c *customer) join(ctx context.Context) error {
	r := c.world.dice.about("join")
	c.offline = r.IntN(4) == 0
	configuration, err := c.configuration(ctx, r)
	if err != nil {
		return err
	}
	configuration[turnstone.KeyRefreshInterval] = strconv.Itoa(c.interval(r))
	name := c.inbox.name
	in := instance.Input{Name: &name, Element: &instance.ElementRef{Key: "concur"}, Configuration: configuration}
	c.since = time.Now()
	made, err := c.world.api.Create(ctx, c.world.owner, in)
	if err != nil {
		return fmt.Errorf("create the instance of company %d: %w", c.company.Number, err)
	}
	c.id = made.ID
	return nil
}

// configuration is all that a customer writes, but the interval.
func (c *customer) configuration(ctx context.Context, r *rand.Rand) (map[string]string, error) {
	configuration := map[string]string{
		turnstone.KeyOAuthClientID: "id", turnstone.KeyOAuthClientSecret: "secret", turnstone.KeyBaseURL: "https://" + vendorHost,
		turnstone.KeyEventsEnabled: "true", turnstone.KeySignatureKey: key,
		turnstone.KeyCallbackURL: "https://" + inboxHost + c.inbox.name + oneOf(r, "first", "second"),
		turnstone.KeyPollers:     c.pollers(r),
	}
	maps.Copy(configuration, tastes(r))
	if !c.offline {
		configuration[turnstone.KeyUsername], configuration[turnstone.KeyPassword] = c.company.Login, c.company.Password
		return configuration, nil
	}
	token, err := c.authorise(ctx)
	configuration[turnstone.KeyOAuthRefreshToken] = token
	return configuration, err
}

// authorise gets a refresh token, as a customer with a browser would.
func (c *customer) authorise(ctx context.Context) (string, error) {
	form := url.Values{
		"client_id": {"id"}, "client_secret": {"secret"}, "grant_type": {"password"},
		"username": {c.company.Login}, "password": {c.company.Password},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+vendorHost+"/oauth2/v0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := (&network{world: c.world}).RoundTrip(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var token struct {
		Refresh string `json:"refresh_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&token); err != nil {
		return "", fmt.Errorf("authorise company %d: %s: %w", c.company.Number, response.Status, err)
	}
	return token.Refresh, nil
}

// interval draws minutes between polls.
func (c *customer) interval(r *rand.Rand) int { return oneOf(r, 1, 5, 10, 15, 15, 30, 60) }

// pollers draws the configuration of the pollers.
func (c *customer) pollers(r *rand.Rand) string {
	more := ""
	if r.IntN(4) == 0 && !c.world.profile.forgets { // what is left for later must not be forgotten
		more += `,"filterByCurrentDate":true`
	}
	if r.IntN(4) == 0 {
		more += fmt.Sprintf(`,"pollDelay":%d`, number(r, 1, 60))
	}
	if c.world.profile.deletes {
		more += fmt.Sprintf(`,"detectDeletes":%d,"maxDeletedShare":1`, number(r, 15, 60))
	}
	return fmt.Sprintf(`{"reports":{"url":%q,"idField":"ID","datesConfiguration":{`+
		`"updatedDateField":"LastModifiedDate","updatedDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS",`+
		`"createdDateField":"CreateDate","createdDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS"},"pageSize":%d,"overlap":%d%s}}`,
		oneOf(r, urls...), oneOf(r, 1, 2, 3, 5, 100), oneOf(r, leastOverlap, 300, 900), more)
}

// tastes draws how events are made and posted.
func tastes(r *rand.Rand) map[string]string {
	return map[string]string{
		turnstone.KeyMaxChanges:   strconv.Itoa(oneOf(r, 1, 3, 10, 100)),
		turnstone.KeyConcurrency:  strconv.Itoa(number(r, 1, 8)),
		turnstone.KeyDiff:         strconv.FormatBool(r.IntN(3) == 0),
		turnstone.KeyRate:         oneOf(r, "0", "0", "1", "0.1"),
		turnstone.KeyMaxInterval:  oneOf(r, "", "60", "120"),
		turnstone.KeySecondaryKey: oneOf(r, "", "another key"),
	}
}

// leastOverlap is the least that a customer reads again, in seconds, and more than the
// vendor shows anything late.
const leastOverlap = 150

// edit changes something about the instance.
func (c *customer) edit(ctx context.Context) error {
	r := c.world.dice.about("edit " + c.inbox.name)
	account := c.world.owner.AccountID
	defer c.world.watch.stored(c.id)
	switch r.IntN(5) {
	case 0:
		return c.world.api.Disable(ctx, account, c.id)
	case 1:
		return c.world.api.Enable(ctx, account, c.id)
	case 2:
		return c.update(ctx, map[string]string{turnstone.KeyRefreshInterval: strconv.Itoa(c.interval(r))})
	case 3:
		return c.update(ctx, map[string]string{turnstone.KeyPollers: c.pollers(r)})
	}
	return c.rewrite(ctx, r)
}

// rewrite writes all of the configuration again, and moves the callback URL perhaps.
func (c *customer) rewrite(ctx context.Context, r *rand.Rand) error {
	configuration, err := c.configuration(ctx, r)
	if err != nil {
		return err
	}
	return c.update(ctx, configuration)
}

func (c *customer) update(ctx context.Context, configuration map[string]string) error {
	_, err := c.world.api.Update(ctx, c.world.owner.AccountID, c.id, instance.Input{Configuration: configuration})
	return err
}

// polled returns since when the instance has been polled. One that was paused before its
// first poll begins when it is enabled again; any other goes on where it stood.
func (c *customer) polled() time.Time {
	for _, s := range c.world.watch.sweeps[c.id] {
		if s.To.Before(c.enabled) {
			return c.since
		}
	}
	return c.enabled
}

// enoughCensuses find all that is gone: one that was under way, one that misses it, and
// one that makes sure.
const enoughCensuses = 3

// mend makes everything right that a customer can: the instance is enabled, authorised
// again if it has to be, and its destination active.
func (c *customer) mend(ctx context.Context) error {
	defer c.world.watch.stored(c.id)
	if err := c.rewrite(ctx, c.world.dice.about("mend")); err != nil {
		return err
	}
	pollers, err := c.world.db.Pollers(ctx, c.world.owner.AccountID, c.id)
	if err != nil {
		return err
	}
	for _, p := range pollers {
		c.census = p.Memo.Census
	}
	return c.world.api.Enable(ctx, c.world.owner.AccountID, c.id)
}

// newAPI returns what clients do through the API, over the database itself and a
// network that works.
func newAPI(w *world) *instance.Instances {
	client := &http.Client{Transport: &network{world: w}}
	return &instance.Instances{
		Store: w.db, Elements: w.elements, Hub: w.hub,
		Vendor:   &oauth.Keeper{Store: w.db, Elements: w.elements, HTTP: client, Now: time.Now, Log: w.log},
		CheckURL: func(context.Context, string) error { return nil },
		NewToken: func() (turnstone.Secret, error) {
			w.tokens++
			return turnstone.Secret(fmt.Sprintf("instance-token-%d", w.tokens)), nil
		},
		Now: time.Now,
	}
}

// idle reports whether nothing is left to do for the instance: its poller has read
// everything since a moment, and its destination has been given all.
func (c *customer) idle(ctx context.Context, since time.Time) (bool, error) {
	w := c.world
	pollers, err := w.db.Pollers(ctx, w.owner.AccountID, c.id)
	if err != nil {
		return false, err
	}
	for _, p := range pollers {
		c.enabled = p.EnabledAt
		if p.State != turnstone.PollerActive || p.Failures > 0 || p.Memo.Rescan.Kind != "" {
			return false, nil
		}
		if w.profile.deletes && p.Memo.CensusDone < c.census+enoughCensuses {
			return false, nil
		}
	}
	w.watch.mu.Lock()
	defer w.watch.mu.Unlock()
	return slices.ContainsFunc(w.watch.sweeps[c.id], func(s turnstone.Span) bool { return !s.From.Before(since) }), nil
}
