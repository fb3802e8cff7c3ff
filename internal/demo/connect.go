package demo

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"

	"turnstone"
)

// seed is the platform's own example, word for word.
//
//go:embed seed.json
var seed []byte

const (
	// apiPath is where the API is at the service.
	apiPath = "/elements/api-v2"
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 1 << 20
)

// instance is what the API says about the instance.
type instance struct {
	ID           int64 `json:"id"`
	Valid        bool  `json:"valid"`
	Interactions []struct {
		OAuthURL string `json:"oauthUrl"`
	} `json:"provisionInteractions"`
}

// connect makes the instance, or points an earlier one to where the parts are
// now, and authorises it if it is not.
func (d *demo) connect(ctx context.Context) error {
	step := d.create
	if d.state.InstanceID != 0 {
		step = d.reconnect
	}
	i, err := step(ctx)
	if err != nil || i.Valid {
		return err
	}
	if len(i.Interactions) == 0 {
		return fmt.Errorf("instance %d does not say where to authorise it", i.ID)
	}
	if err := d.authorise(ctx, i.Interactions[0].OAuthURL); err != nil {
		return fmt.Errorf("authorise the instance: %w", err)
	}
	return nil
}

// create makes the instance, and remembers it.
func (d *demo) create(ctx context.Context) (instance, error) {
	body, err := d.request()
	if err != nil {
		return instance{}, err
	}
	d.state.Since = time.Now()
	i, err := d.call(ctx, http.MethodPost, "/instances", body)
	if err != nil {
		return instance{}, fmt.Errorf("create the instance: %w", err)
	}
	fmt.Fprintf(d.Out, "  created instance %d from the platform's example JSON\n", i.ID)
	d.state.InstanceID = i.ID
	return i, d.state.write()
}

// reconnect gives an earlier instance what may differ from start to start.
func (d *demo) reconnect(ctx context.Context) (instance, error) {
	patch := map[string]any{"configuration": d.settings()}
	i, err := d.call(ctx, http.MethodPatch, d.path(), patch)
	if err != nil {
		return instance{}, fmt.Errorf("find the earlier instance: %w; start with --fresh", err)
	}
	fmt.Fprintf(d.Out, "  goes on with instance %d, which an earlier demo created\n", i.ID)
	return i, nil
}

// request is the example with the demo's URLs, key and interval.
func (d *demo) request() (map[string]any, error) {
	var body map[string]any
	if err := json.Unmarshal(seed, &body); err != nil {
		return nil, fmt.Errorf("read the example: %w", err)
	}
	configuration, ok := body["configuration"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the example has no configuration")
	}
	maps.Copy(configuration, d.settings())
	configuration[turnstone.KeySignatureKey] = d.state.SignatureKey
	return body, nil
}

// settings are the configuration values that may change from start to start.
func (d *demo) settings() map[string]any {
	return map[string]any{
		turnstone.KeyBaseURL:          d.vendor.url,
		turnstone.KeyOAuthCallbackURL: d.inbox.url + "/authorised",
		turnstone.KeyCallbackURL:      d.inbox.url + "/callback",
		turnstone.KeyRefreshInterval:  strconv.FormatFloat(d.Interval.Minutes(), 'g', -1, 64),
	}
}

// path is that of the instance in the API.
func (d *demo) path() string { return "/instances/" + strconv.FormatInt(d.state.InstanceID, 10) }

// call calls the API, which answers with an instance.
func (d *demo) call(ctx context.Context, method, path string, body any) (instance, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return instance{}, err
	}
	request, err := http.NewRequestWithContext(ctx, method, d.service.url+apiPath+path, bytes.NewReader(text))
	if err != nil {
		return instance{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", d.authorization())
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return instance{}, err
	}
	defer response.Body.Close()
	text, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return instance{}, err
	}
	if response.StatusCode != http.StatusOK {
		return instance{}, fmt.Errorf("the API answered %s: %s", response.Status, text)
	}
	var i instance
	err = json.Unmarshal(text, &i)
	return i, err
}

func (d *demo) authorization() string {
	return "User " + d.state.UserSecret + ", Organization " + d.state.OrganizationSecret
}
