package githubsim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"turnstone/internal/githubsim"
)

// repository is a simulator behind a server.
type repository struct {
	*githubsim.Simulator

	url string
	now time.Time
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	r := &repository{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	r.Simulator = githubsim.New(githubsim.Options{Owner: "acme", Repository: "anvils", Token: "token-1", Secret: "s3cret", Now: func() time.Time { return r.now }})
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL + "/repos/acme/anvils"
	return r
}

// ask returns the answer to a request.
func (r *repository) ask(t *testing.T, method, path, token, body string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

// numbers returns the numbers of the issues in a list.
func numbers(t *testing.T, list string) []int {
	t.Helper()
	var issues []githubsim.Issue
	if err := json.Unmarshal([]byte(list), &issues); err != nil {
		t.Fatalf("%v in %s", err, list)
	}
	all := make([]int, len(issues))
	for i, issue := range issues {
		all[i] = issue.Number
	}
	return all
}

func TestListsAreWindowsAndPages(t *testing.T) {
	r := newRepository(t)
	for _, title := range []string{"one", "two", "three"} {
		r.OpenIssue(title)
		r.now = r.now.Add(time.Minute)
	}
	r.OpenPull("four")
	r.now = r.now.Add(time.Minute)
	r.Edit(1, func(i *githubsim.Issue) { i.State = "closed" })
	tests := map[string]struct {
		path string
		want []int
		next bool
	}{
		"open, newest first": {"/issues", []int{4, 3, 2}, false},
		"all, oldest first":  {"/issues?state=all&sort=updated&direction=asc", []int{2, 3, 4, 1}, false},
		"a window":           {"/issues?state=all&sort=updated&direction=asc&since=2026-11-23T12:03:00Z", []int{4, 1}, false},
		"a page":             {"/issues?state=all&sort=updated&direction=asc&per_page=2", []int{2, 3}, true},
		"the last page":      {"/issues?state=all&sort=updated&direction=asc&per_page=2&page=2", []int{4, 1}, false},
		"beyond it":          {"/issues?page=9", []int{}, false},
		"pull requests":      {"/pulls?state=all", []int{4}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, header, body := r.ask(t, "GET", tt.path, "token-1", "")
			if got := numbers(t, body); status != http.StatusOK || !slices.Equal(got, tt.want) {
				t.Errorf("GET %s = %d %v, want %v", tt.path, status, got, tt.want)
			}
			if got := strings.Contains(header.Get("Link"), `rel="next"`); got != tt.next {
				t.Errorf("Link = %q, want a next page = %v", header.Get("Link"), tt.next)
			}
		})
	}
}

func TestRequestsAreRefusedAsGitHubDoes(t *testing.T) {
	r := newRepository(t)
	tests := map[string]struct {
		method, path, token, body string
		want                      int
	}{
		"another token":   {"GET", "/issues", "token-2", "", http.StatusUnauthorized},
		"a bad window":    {"GET", "/issues?since=yesterday", "token-1", "", http.StatusUnprocessableEntity},
		"no such issue":   {"GET", "/issues/7", "token-1", "", http.StatusNotFound},
		"without title":   {"POST", "/issues", "token-1", "{}", http.StatusUnprocessableEntity},
		"no JSON":         {"PATCH", "/issues/7", "token-1", "{", http.StatusBadRequest},
		"nothing to edit": {"PATCH", "/issues/7", "token-1", "{}", http.StatusNotFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if status, _, body := r.ask(t, tt.method, tt.path, tt.token, tt.body); status != tt.want {
				t.Errorf("%s %s = %d %s, want %d", tt.method, tt.path, status, body, tt.want)
			}
		})
	}
}

func TestWritesAreRead(t *testing.T) {
	r := newRepository(t)
	if status, _, body := r.ask(t, "POST", "/issues", "token-1", `{"title":"Too heavy"}`); status != http.StatusCreated {
		t.Fatalf("POST = %d %s, want 201", status, body)
	}
	if status, _, body := r.ask(t, "PATCH", "/issues/1", "token-1", `{"state":"closed"}`); status != http.StatusOK || !strings.Contains(body, `"state":"closed"`) {
		t.Errorf("PATCH = %d %s, want it closed", status, body)
	}
	if _, _, body := r.ask(t, "GET", "/issues/1", "token-1", ""); !strings.Contains(body, `"title":"Too heavy"`) {
		t.Errorf("GET = %s, want the title", body)
	}
}

func TestWebhooksTellOfEachChangeOnce(t *testing.T) {
	r := newRepository(t)
	var told []string
	taker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		told = append(told, q.Header.Get("X-GitHub-Event"))
		if !strings.HasPrefix(q.Header.Get("X-Hub-Signature-256"), "sha256=") || q.Header.Get("X-GitHub-Delivery") == "" {
			t.Errorf("headers = %v, want a signature and a name", q.Header)
		}
		if len(told) == 2 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	t.Cleanup(taker.Close)
	r.OpenIssue("before anybody asked")
	r.Subscribe(taker.URL)
	r.OpenIssue("two")
	r.OpenPull("three")
	r.Delete(2)
	if lost := r.Deliver(t.Context(), taker.Client()); lost != 1 {
		t.Errorf("Deliver = %d lost, want the one that was refused", lost)
	}
	if want := []string{"issues", "pull_request", "issues"}; !slices.Equal(told, want) {
		t.Errorf("told = %v, want %v", told, want)
	}
	if r.Deliver(t.Context(), taker.Client()); len(told) != 3 {
		t.Errorf("told = %v, want nothing twice", told)
	}
}
