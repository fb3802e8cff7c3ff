package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// remote is a running service, and who asks it.
type remote struct {
	Server             string `default:"http://127.0.0.1:8080" placeholder:"URL" help:"Address of the running service."`
	UserSecret         string `placeholder:"SECRET" secret:"yes" help:"Secret of the user who asks. Better given in the environment, where no list of processes shows it."`
	OrganizationSecret string `placeholder:"SECRET" secret:"yes" help:"Secret of the user's organization. Better given in the environment."`
	ElementToken       string `placeholder:"TOKEN" secret:"yes" help:"Token of an instance, in place of the organization's secret. Better given in the environment."`
}

const (
	// remoteWithin bounds a call, in which the service may ask a vendor.
	remoteWithin = 2 * time.Minute
	// maxRemote bounds an answer: a page of records with all that is known of them.
	maxRemote = 64 << 20
	// apiPrefix is what the paths of the API begin with.
	apiPrefix = "/elements/api-v2"
)

// authorization returns the header that says who asks.
func (r *remote) authorization() (string, error) {
	switch {
	case r.UserSecret == "":
		return "", usageError{errors.New("set TURNSTONE_USER_SECRET and TURNSTONE_ORGANIZATION_SECRET to what turnstone serve printed with its first start")}
	case r.ElementToken != "":
		return "User " + r.UserSecret + ", Element " + r.ElementToken, nil
	case r.OrganizationSecret == "":
		return "", usageError{errors.New("set TURNSTONE_ORGANIZATION_SECRET, or TURNSTONE_ELEMENT_TOKEN")}
	}
	return "User " + r.UserSecret + ", Organization " + r.OrganizationSecret, nil
}

// call sends a request to a path below the API's prefix, and returns the answer. A body
// that is nil is none.
func (r *remote) call(ctx context.Context, method, path string, body any) ([]byte, error) {
	authorization, err := r.authorization()
	if err != nil {
		return nil, err
	}
	var text io.Reader = http.NoBody
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		text = bytes.NewReader(encoded)
	}
	address, err := r.address()
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, address+path, text)
	if err != nil {
		return nil, usageError{err}
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Content-Type", "application/json")
	return answer(request)
}

// address returns where the API is, without a slash at its end.
func (r *remote) address() (string, error) {
	u, err := url.Parse(r.Server)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return "", usageError{fmt.Errorf("--server %q is no address: write one such as http://127.0.0.1:8080", r.Server)}
	}
	return strings.TrimRight(strings.TrimSuffix(strings.TrimRight(r.Server, "/"), apiPrefix), "/") + apiPrefix, nil
}

// answer sends a request and returns the body of its answer. It follows no redirect: the
// secrets in the request are for whom it was written to.
func answer(request *http.Request) ([]byte, error) {
	client := &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       remoteWithin,
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w; is turnstone serve running there? Name it with --server", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxRemote))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, refusal(response.Status, body)
	}
	return body, nil
}

// refusal returns what the service says in an error.
func refusal(status string, answer []byte) error {
	var said struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(answer, &said) == nil && said.Message != "" {
		return fmt.Errorf("%s (%s)", lines(said.Message), status)
	}
	return fmt.Errorf("the service answers %s; is that the address of turnstone serve? Name it with --server", status)
}

// resourcePath returns the path of a resource of an instance.
func resourcePath(instance int64, resource string) string {
	return fmt.Sprintf("/instances/%d/pollers/%s", instance, url.PathEscape(resource))
}

// decode reads an answer.
func decode(answer []byte, into any) error {
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("the answer is no JSON of ours: %w; is that the address of turnstone serve? Name it with --server", err)
	}
	return nil
}

// line returns text of others as it may stand on a line of a terminal, for which control
// characters are commands.
func line(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// lines is line for text that may have several.
func lines(text string) string {
	parts := strings.Split(text, "\n")
	for i := range parts {
		parts[i] = line(parts[i])
	}
	return strings.Join(parts, "\n")
}

// printJSON prints an answer, indented.
func printJSON(w io.Writer, answer []byte) error {
	var indented bytes.Buffer
	if err := json.Indent(&indented, answer, "", "  "); err != nil {
		return fmt.Errorf("the answer is no JSON: %w", err)
	}
	_, err := fmt.Fprintln(w, indented.String())
	return err
}
