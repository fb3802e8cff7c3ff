//go:build unix && !race

package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// client is somebody who does everything that the API allows, again and again, whatever
// became of the service the last time.
type client struct {
	http *http.Client
	// names stand in braces in requests: what the fleet is, and what was made.
	names map[string]string
}

// act is a call of the API. Names in braces are replaced.
type act struct {
	call string // method and path
	body string
	name string // what the id in the answer, or in the first of a list, is called from then on
	also int    // a status that is as good as 200
}

// What ends a round early.
var (
	errDied   = errors.New("the service died")
	errVendor = errors.New("the vendor failed")
)

const elements = "/elements/api-v2"

// acts are one round. What is made is gone at its end; what is left of a round in
// which the service died goes at the beginning of the next.
func acts() []act {
	const (
		scratch = elements + "/instances/{scratch}"
		told    = elements + "/instances/{told}"
		owed    = elements + "/notifications"
	)
	return []act{
		{call: "GET /readyz"},
		{call: "POST " + elements + "/instances", name: "scratch", body: `{"name":"scratch","element":{"key":"concur"},"configuration":{
			"oauth.api.key":"id","oauth.api.secret":"secret","base.url":"{vendor}","username":"{login}","password":"{password}",
			"event.notification.enabled":"true","event.notification.callback.url":"{sink}","event.poller.refresh_interval":"1"}}`},
		{call: "GET " + elements + "/hubs/expense/reports"},
		{call: "GET " + scratch},
		{call: "PATCH " + scratch, body: `{"name":"scratch","tags":["again"]}`},
		{call: "GET " + scratch + "/configuration", name: "entry"},
		{call: "DELETE " + scratch + "/enabled"},
		{call: "PUT " + scratch + "/enabled"},
		{call: "POST " + scratch + "/pollers/reports/replay", body: `{"since":"2020-01-01"}`, also: http.StatusConflict},
		{call: "DELETE " + scratch + "/pollers/reports/replay", also: http.StatusNotFound},
		{call: "POST " + scratch + "/pollers/reports/preview"},
		{call: "POST " + scratch + "/destinations", name: "destination", body: `{"url":"{sink}/second"}`},
		{call: "PATCH " + scratch + "/destinations/{destination}", body: `{"types":["CREATED"]}`},
		{call: "GET " + scratch + "/destinations"},
		{call: "POST " + scratch + "/destinations/{destination}/redeliver"},
		{call: "DELETE " + scratch + "/destinations/{destination}"},
		{call: "GET " + scratch + "/health"},
		{call: "DELETE " + scratch},

		// An instance whose events count is told nothing new by any of these.
		{call: "GET " + told + "/events", name: "event", also: http.StatusNotFound}, // the first may be of another company
		{call: "GET " + told + "/events/{event}"},
		{call: "GET " + told + "/pollers/reports/polls"},
		{call: "GET " + told + "/pollers/reports/objects/{object}"},
		{call: "POST " + told + "/pollers/reports/reset", body: `{"since":"2020-01-01"}`},
		{call: "POST " + told + "/events/replay", body: `{"since":"2020-01-01","dryRun":true}`},
		{call: "POST " + told + "/events/replay", body: `{"eventIds":["{event}"]}`},
		{call: "GET " + owed + "/subscriptions", name: "subscription"},
		{call: "GET " + owed + "/subscriptions/{subscription}"},
		{call: "GET " + owed + "/{notification}/subscriptions/deliveries"},
		{call: "GET " + owed + "/subscriptions/deliveries"},
		{call: "PUT " + owed + "/subscriptions/deliveries"},
		{call: "GET " + elements + "/accounts/settings"},
		{call: "PATCH " + elements + "/accounts/settings", body: `{"notification.webhook.failure.policy":"retry"}`},
	}
}

// round makes one round of requests, or as much of it as the service lives. Before the
// first event of the fleet there is none to ask for.
func (c *client) round(ctx context.Context, service string) error {
	if err := c.tidy(ctx, service); err != nil {
		return err
	}
	for _, r := range acts() {
		if strings.Contains(r.call, "{told}") && c.names["notification"] == "" || strings.Contains(r.call, "{event}") && c.names["event"] == "" {
			return nil
		}
		if err := c.make(ctx, service, r); err != nil {
			return err
		}
	}
	return nil
}

// tidy deletes what the rounds before have left.
func (c *client) tidy(ctx context.Context, service string) error {
	var instances []struct {
		ID   json.Number `json:"id"`
		Name string      `json:"name"`
	}
	answer, err := c.do(ctx, service, act{call: "GET " + elements + "/instances"})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, &instances); err != nil {
		return err
	}
	for _, in := range instances {
		switch in.Name {
		case "company 1":
			c.names["told"] = in.ID.String()
		case "scratch":
			if _, err := c.do(ctx, service, act{call: "DELETE " + elements + "/instances/" + in.ID.String()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// make makes a request, and names what it made.
func (c *client) make(ctx context.Context, service string, r act) error {
	answer, err := c.do(ctx, service, r)
	if err != nil || r.name == "" {
		return err
	}
	if list := []json.RawMessage(nil); json.Unmarshal(answer, &list) == nil && len(list) > 0 {
		answer = list[0]
	}
	var made struct {
		ID    json.RawMessage `json:"id"` // a number, or text
		Token string          `json:"token"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return fmt.Errorf("%s: %w", r.call, err)
	}
	c.names[r.name] = strings.Trim(string(made.ID), `"`)
	if made.Token != "" {
		c.names["token"] = made.Token // of the instance that hub calls are about
	}
	return nil
}

// do makes a request, and returns the answer, which is a good one.
func (c *client) do(ctx context.Context, service string, r act) ([]byte, error) {
	var pairs []string
	for name, is := range c.names {
		pairs = append(pairs, "{"+name+"}", is)
	}
	filled := strings.NewReplacer(pairs...)
	method, path, _ := strings.Cut(filled.Replace(r.call), " ")
	call, err := http.NewRequestWithContext(ctx, method, service+path, bytes.NewReader([]byte(filled.Replace(r.body))))
	if err != nil {
		return nil, err
	}
	call.Header.Set("Authorization", authorization)
	if strings.Contains(path, "/hubs/") {
		call.Header.Set("Authorization", "User user-secret, Element "+c.names["token"])
	}
	call.Header.Set("Content-Type", "application/json")
	answer, status, err := c.answer(call)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDied, err)
	}
	switch {
	case status == http.StatusBadGateway:
		return nil, errVendor
	case status/100 != 2 && status != r.also:
		return nil, fmt.Errorf("%s %s: %d: %s", method, path, status, answer)
	}
	return answer, nil
}

// answer makes a call, and reads what is answered.
func (c *client) answer(call *http.Request) (text []byte, status int, err error) {
	response, err := c.http.Do(call)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	return text, response.StatusCode, err
}
