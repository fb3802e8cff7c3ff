package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/client"
)

// options are those of a client whose requests an answerer takes.
func options(a answerer) client.Options {
	return client.Options{
		URL: "https://turnstone.example", UserSecret: "user", OrganizationSecret: "organization", ElementToken: "token",
		HTTP: &http.Client{Transport: a},
	}
}

// answerer answers requests, without a network.
type answerer func(r *http.Request) answer

func (a answerer) RoundTrip(r *http.Request) (*http.Response, error) {
	said := a(r)
	return &http.Response{StatusCode: said.status, Header: said.header, Body: io.NopCloser(strings.NewReader(said.body))}, nil
}

// answer is what a service answers.
type answer struct {
	status int
	body   string
	header http.Header
}

// says is an answer; headers are pairs.
func says(status int, body string, headers ...string) answer {
	h := make(http.Header)
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return answer{status, body, h}
}

func connect(t *testing.T, a answerer) *client.Client {
	t.Helper()
	c, err := client.New(options(a))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// drain makes the call of a list, whose members do not matter.
func drain[T any](members iter.Seq2[T, error]) error {
	_, err := client.Collect(members, 0)
	return err
}

// just returns the error of a call of which nothing else matters.
func just[T any](_ T, err error) error { return err }

func TestListsGoOnPageByPage(t *testing.T) {
	var asked []string
	c := connect(t, func(r *http.Request) answer {
		asked = append(asked, r.URL.Query().Get("nextPage"))
		switch len(asked) {
		case 1:
			return says(200, `[{"id":1},{"id":2}]`, "Elements-Next-Page-Token", "p2")
		case 2:
			return says(200, `[]`, "Elements-Next-Page-Token", "p3")
		}
		return says(200, `[{"id":3}]`)
	})
	all, err := client.Collect(c.Instances(t.Context(), client.InstanceQuery{}), 0)
	if len(all) != 3 || all[2].ID != 3 || err != nil || !cmp.Equal(asked, []string{"", "p2", "p3"}) {
		t.Errorf("Instances = %v, %v, asked for %q, want 3 on 3 pages", all, err, asked)
	}
	asked = nil
	if two, err := client.Collect(c.Instances(t.Context(), client.InstanceQuery{}), 2); len(two) != 2 || err != nil || len(asked) != 1 {
		t.Errorf("Collect of 2 = %v, %v after %d pages, want one page", two, err, len(asked))
	}
}

func TestAListWithoutMembersIsNoError(t *testing.T) {
	tests := map[string]struct {
		body  string
		empty bool
	}{
		"nothing found":  {`{"requestId":"1","message":"No instances found"}`, true},
		"no such thing":  {`{"requestId":"1","message":"there is no instance 7"}`, false},
		"another server": {"<html>No instances found", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := connect(t, func(*http.Request) answer { return says(404, tt.body) })
			all, err := client.Collect(c.Instances(t.Context(), client.InstanceQuery{}), 0)
			if len(all) > 0 || (err == nil) != tt.empty || client.IsNotFound(err) == tt.empty {
				t.Errorf("Instances = %v, %v, want no error: %v", all, err, tt.empty)
			}
		})
	}
}

func TestARefusalSaysWhatTheServiceSaid(t *testing.T) {
	tests := map[string]struct {
		answer answer
		want   client.Error
		text   string
	}{
		"the service": {
			says(400, `{"requestId":"53dbca9430045c016b46566c","message":"name: is missing","providerMessage":"no"}`),
			client.Error{Status: 400, RequestID: "53dbca9430045c016b46566c", Message: "name: is missing", ProviderMessage: "no"},
			"name: is missing (400 Bad Request)",
		},
		"another one": {says(404, "<html>"), client.Error{Status: 404}, "GET /instances/7: the answer is 404 Not Found, and not one of this API"},
		"a redirect":  {says(302, "", "Location", "https://elsewhere.example"), client.Error{Status: 302}, "GET /instances/7: the answer is 302 Found, and not one of this API"},
		"a long wait": {
			says(429, `{"message":"later"}`, "Retry-After", "3600"), client.Error{Status: 429, Message: "later", RetryAfter: time.Hour}, "later (429 Too Many Requests)",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			calls := 0
			o := options(func(*http.Request) answer { calls++; return tt.answer })
			o.HTTP.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			c, err := client.New(o)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Instance(t.Context(), 7)
			var got *client.Error
			if !errors.As(err, &got) {
				t.Fatalf("Instance = %v, want an Error", err)
			}
			tt.want.Method, tt.want.Path = "GET", "/instances/7"
			if diff := cmp.Diff(tt.want, *got); diff != "" || err.Error() != tt.text || calls != 1 {
				t.Errorf("Instance = %q after %d calls, want %q after 1 (-want +got)\n%s", err, calls, tt.text, diff)
			}
		})
	}
}

func TestACallIsRepeatedWhereTheServiceAsksForIt(t *testing.T) {
	get := func(c *client.Client, ctx context.Context) error { return just(c.Instance(ctx, 7)) }
	post := func(c *client.Client, ctx context.Context) error {
		return just(c.CreateInstance(ctx, client.InstanceInput{Name: "n"}))
	}
	tests := map[string]struct {
		ask     func(c *client.Client, ctx context.Context) error
		answers []answer
		retries int
		took    time.Duration
		calls   int
		ok      bool
	}{
		"as long as it says":       {get, []answer{says(429, "{}", "Retry-After", "7"), says(200, "{}")}, 0, 7 * time.Second, 2, true},
		"a moment otherwise":       {get, []answer{says(503, "{}"), says(503, "{}"), says(200, "{}")}, 0, 3 * time.Second, 3, true},
		"three times":              {get, []answer{says(503, "{}")}, 0, 7 * time.Second, 4, false},
		"as often as asked for":    {get, []answer{says(503, "{}")}, 1, time.Second, 2, false},
		"not where not asked for":  {get, []answer{says(503, "{}")}, -1, 0, 1, false},
		"a post that was refused":  {post, []answer{says(429, "{}", "Retry-After", "1"), says(200, "{}")}, 0, time.Second, 2, true},
		"no post that may be done": {post, []answer{says(503, "{}")}, 0, 0, 1, false},
		"no mistake":               {get, []answer{says(400, "{}")}, 0, 0, 1, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls, start := 0, time.Now()
				o := options(func(r *http.Request) answer {
					if body, _ := io.ReadAll(r.Body); r.Method == http.MethodPost && string(body) != `{"name":"n"}` {
						t.Errorf("call %d has the body %s", calls+1, body)
					}
					calls++
					return tt.answers[min(calls, len(tt.answers))-1]
				})
				o.Retries = tt.retries
				c, err := client.New(o)
				if err != nil {
					t.Fatal(err)
				}
				err = tt.ask(c, t.Context())
				if took := time.Since(start); (err == nil) != tt.ok || calls != tt.calls || took != tt.took {
					t.Errorf("%v after %d calls in %v, want %d calls in %v", err, calls, took, tt.calls, tt.took)
				}
			})
		})
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := connect(t, func(*http.Request) answer { return says(429, `{"message":"later"}`, "Retry-After", "20") })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Instance(ctx, 7)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, new(*client.Error)) {
			t.Errorf("Instance = %v, want the refusal and the end of the context", err)
		}
	})
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	tests := map[string]struct {
		options client.Options
		want    error
	}{
		"no scheme":       {client.Options{URL: "127.0.0.1:8080", UserSecret: "u", ElementToken: "t"}, client.ErrURL},
		"another scheme":  {client.Options{URL: "ftp://host", UserSecret: "u", ElementToken: "t"}, client.ErrURL},
		"no user":         {client.Options{OrganizationSecret: "o"}, client.ErrUserSecret},
		"a user alone":    {client.Options{UserSecret: "u"}, client.ErrOrganizationSecret},
		"a token":         {client.Options{UserSecret: "u", ElementToken: "t"}, nil},
		"an organization": {client.Options{URL: "https://host/elements/api-v2/", UserSecret: "u", OrganizationSecret: "o"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := client.New(tt.options); !errors.Is(err, tt.want) {
				t.Errorf("New = %v, want %v", err, tt.want)
			}
		})
	}
}

func TestAnAddressMayHaveThePrefixOrNot(t *testing.T) {
	for _, address := range []string{"https://host/base", "https://host/base/", "https://host/base/elements/api-v2", "https://host/base/elements/api-v2/"} {
		o := options(func(r *http.Request) answer {
			if got := r.URL.String(); got != "https://host/base/elements/api-v2/bulk/1/status" {
				t.Errorf("with %s it asks %s", address, got)
			}
			return says(200, "{}")
		})
		o.URL = address
		c, err := client.New(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.BulkJob(t.Context(), 1); err != nil {
			t.Error(err)
		}
	}
}

func TestSecretsGoToNobodyElse(t *testing.T) {
	strayed := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer strayed.Close()
	server := httptest.NewServer(http.RedirectHandler(strayed.URL, http.StatusFound))
	defer server.Close()
	c, err := client.New(client.Options{URL: server.URL, UserSecret: "user", OrganizationSecret: "organization"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Instance(t.Context(), 7); err == nil || strings.Contains(err.Error(), "organization") {
		t.Errorf("Instance = %v, want a refusal without secrets", err)
	}
}

func TestABulkJobIsWatchedUntilItHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		statuses := []string{"CREATED", "RUNNING", "RUNNING", "COMPLETED"}
		calls, seen := 0, []string{}
		c := connect(t, func(r *http.Request) answer {
			calls++
			return says(200, fmt.Sprintf(`{"id":5,"status":"%s"}`, statuses[calls-1]))
		})
		start := time.Now()
		job, err := c.WaitBulk(t.Context(), 5, func(j client.BulkJob) { seen = append(seen, j.Status) })
		if err != nil || job.Status != "COMPLETED" || !cmp.Equal(seen, statuses) || time.Since(start) != 1400*time.Millisecond {
			t.Errorf("WaitBulk = %+v, %v, seen %q in %v, want COMPLETED in 1.4 s", job, err, seen, time.Since(start))
		}
	})
}

func TestABulkQuerySaysWhomToTell(t *testing.T) {
	c := connect(t, func(r *http.Request) answer {
		if got := r.Header.Get("Elements-Async-Callback-Url"); got != "https://receiver.example" {
			t.Errorf("Elements-Async-Callback-Url = %q", got)
		}
		return says(200, `{"id":5,"status":"CREATED"}`)
	})
	job, err := c.BulkQuery(t.Context(), client.BulkInput{Query: "select * from x", CallbackURL: "https://receiver.example"})
	if err != nil || job.ID != 5 || job.Ended() {
		t.Errorf("BulkQuery = %+v, %v, want job 5 under way", job, err)
	}
}

func TestAReplayGoesOnBatchByBatch(t *testing.T) {
	var pages []string
	c := connect(t, func(r *http.Request) answer {
		var body struct{ NextPage string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		pages = append(pages, body.NextPage)
		switch len(pages) {
		case 1:
			return says(200, `{"events":2,"deliveries":3,"nextPage":"p2"}`)
		case 2:
			return says(200, `{"events":1,"deliveries":1,"nextPage":"p3"}`)
		}
		return says(400, `{"message":"no"}`)
	})
	got, err := c.ReplayEvents(t.Context(), 7, client.ReplayInput{Since: "2026-11-23"})
	if want := (client.Replayed{Events: 3, Deliveries: 4}); got != want || err == nil || !cmp.Equal(pages, []string{"", "p2", "p3"}) {
		t.Errorf("ReplayEvents = %+v, %v by the pages %q, want %+v and the refusal", got, err, pages, want)
	}
}
