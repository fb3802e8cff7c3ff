package githubsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP answers the REST API.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.o.Now().UTC().Format(http.TimeFormat))
	w.Header().Set("X-GitHub-Media-Type", "github.v3; format=json")
	if r.Header.Get("Authorization") != "Bearer "+s.o.Token {
		answer(w, http.StatusUnauthorized, map[string]string{"message": "Bad credentials"})
		return
	}
	s.mux.ServeHTTP(w, r)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client may have gone
}

func notFound(w http.ResponseWriter) {
	answer(w, http.StatusNotFound, map[string]string{"message": "Not Found"})
}

func (s *Simulator) listIssues(w http.ResponseWriter, r *http.Request) {
	s.list(w, r, func(Issue) bool { return true })
}

func (s *Simulator) listPulls(w http.ResponseWriter, r *http.Request) {
	s.list(w, r, func(i Issue) bool { return i.Pull != nil })
}

// list answers a page of what is kept, in the order and the window that the query asks for.
func (s *Simulator) list(w http.ResponseWriter, r *http.Request, keep func(Issue) bool) {
	query := r.URL.Query()
	var since time.Time
	if text := query.Get("since"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			answer(w, http.StatusUnprocessableEntity, map[string]string{"message": "Validation Failed"})
			return
		}
	}
	s.mu.Lock()
	var found []Issue
	for _, i := range s.issues {
		open := i.State == cmp.Or(query.Get("state"), "open") || query.Get("state") == "all"
		if keep(i) && open && !i.UpdatedAt.Before(since) {
			found = append(found, i)
		}
	}
	s.mu.Unlock()
	sortIssues(found, query.Get("sort"), query.Get("direction"))
	page, size := number(query.Get("page"), 1), min(number(query.Get("per_page"), 30), 100)
	from := min((page-1)*size, len(found))
	to := min(from+size, len(found))
	if to < len(found) {
		query.Set("page", strconv.Itoa(page+1))
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?%s>; rel="next"`, r.Host, r.URL.Path, query.Encode()))
	}
	answer(w, http.StatusOK, append([]Issue{}, found[from:to]...))
}

func sortIssues(list []Issue, by, direction string) {
	slices.SortStableFunc(list, func(a, b Issue) int {
		order := a.CreatedAt.Compare(b.CreatedAt)
		if by == "updated" {
			order = a.UpdatedAt.Compare(b.UpdatedAt)
		}
		if direction == "asc" {
			return order
		}
		return -order
	})
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func (s *Simulator) showIssue(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(number(r.PathValue("number"), 0))
	if at < 0 {
		notFound(w)
		return
	}
	answer(w, http.StatusOK, s.issues[at])
}

// written is what clients may write of an issue.
type written struct {
	Title *string `json:"title"`
	Body  *string `json:"body"`
	State *string `json:"state"`
}

func (s *Simulator) createIssue(w http.ResponseWriter, r *http.Request) {
	var body written
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Title == nil || strings.TrimSpace(*body.Title) == "" {
		answer(w, http.StatusUnprocessableEntity, map[string]string{"message": "Validation Failed"})
		return
	}
	n := s.OpenIssue(*body.Title)
	s.mu.Lock()
	defer s.mu.Unlock()
	answer(w, http.StatusCreated, s.issues[s.find(n)])
}

func (s *Simulator) updateIssue(w http.ResponseWriter, r *http.Request) {
	var body written
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"message": "Problems parsing JSON"})
		return
	}
	there := s.Edit(number(r.PathValue("number"), 0), func(i *Issue) {
		for to, from := range map[*string]*string{&i.Title: body.Title, &i.Body: body.Body, &i.State: body.State} {
			if from != nil {
				*to = *from
			}
		}
	})
	if !there {
		notFound(w)
		return
	}
	s.showIssue(w, r)
}
