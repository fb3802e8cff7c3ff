// Package githubsim is a repository at GitHub to test against: its issues and pull
// requests as the REST API lists them, and the webhooks that tell of each change.
//
// It promises the shapes, the paging, the dates in whole seconds and the signatures that
// GitHub documents, as far as the element needs them. It refuses to forgive: a webhook
// that is not taken is not sent again, as at GitHub.
package githubsim

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options say what to simulate.
type Options struct {
	Owner, Repository string
	Token             string // that requests must carry
	// Hook is the address that webhooks go to; empty: nobody is told.
	Hook   string
	Secret string // that they are signed with
	Now    func() time.Time
}

// Issue is an issue, or a pull request.
type Issue struct {
	Number    int       `json:"number"`
	ID        int64     `json:"id"`
	Title     string    `json:"title"`
	Body      string    `json:"body"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Pull      *struct{} `json:"pull_request,omitempty"`
}

// Simulator is a repository. It serves its API, and its methods change it as people do.
// They may be called from many goroutines.
type Simulator struct {
	o   Options
	mux *http.ServeMux

	mu      sync.Mutex
	issues  []Issue    // by number
	last    int        // number given
	told    int        // webhooks, ever
	pending []delivery // webhooks to be sent
}

// New returns an empty repository.
func New(o Options) *Simulator {
	s := &Simulator{o: o, mux: http.NewServeMux()}
	repository := "/repos/{owner}/{repository}"
	s.mux.HandleFunc("GET "+repository+"/issues", s.listIssues)
	s.mux.HandleFunc("POST "+repository+"/issues", s.createIssue)
	s.mux.HandleFunc("GET "+repository+"/issues/{number}", s.showIssue)
	s.mux.HandleFunc("PATCH "+repository+"/issues/{number}", s.updateIssue)
	s.mux.HandleFunc("GET "+repository+"/pulls", s.listPulls)
	s.mux.HandleFunc("GET "+repository+"/pulls/{number}", s.showIssue)
	return s
}

// OpenIssue opens an issue and returns its number.
func (s *Simulator) OpenIssue(title string) int { return s.open(Issue{Title: title}) }

// OpenPull opens a pull request and returns its number.
func (s *Simulator) OpenPull(title string) int { return s.open(Issue{Title: title, Pull: &struct{}{}}) }

func (s *Simulator) open(i Issue) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	now := s.now()
	i.Number, i.ID, i.State, i.CreatedAt, i.UpdatedAt = s.last, 9007199254740993+int64(s.last), "open", now, now
	s.issues = append(s.issues, i)
	s.tell("opened", i)
	return i.Number
}

// Edit changes an issue or a pull request; it reports whether there is one.
func (s *Simulator) Edit(number int, edit func(*Issue)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(number)
	if at < 0 {
		return false
	}
	edit(&s.issues[at])
	s.issues[at].UpdatedAt = s.now()
	s.tell("edited", s.issues[at])
	return true
}

// Delete deletes an issue for good; it reports whether there was one.
func (s *Simulator) Delete(number int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(number)
	if at < 0 {
		return false
	}
	gone := s.issues[at]
	s.issues = slices.Delete(s.issues, at, at+1)
	s.tell("deleted", gone)
	return true
}

// find returns where an issue is; -1: there is none.
func (s *Simulator) find(number int) int {
	return slices.IndexFunc(s.issues, func(i Issue) bool { return i.Number == number })
}

// now returns the time as GitHub writes it.
func (s *Simulator) now() time.Time { return s.o.Now().UTC().Truncate(time.Second) }
