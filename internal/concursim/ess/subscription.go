package ess

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"turnstone/internal/concursim/fault"
)

// MaxSubscriptions is how many an app may have.
const MaxSubscriptions = 5

// Subscription is an app's wish to be told of a topic.
type Subscription struct {
	ID      string        `json:"id"`
	Topic   string        `json:"topic"`
	Filter  string        `json:"filter"`
	Webhook WebHookConfig `json:"webHookConfig"`

	App       string   `json:"applicationId"`
	Scope     string   `json:"scope"`
	Groups    []string `json:"groups"`
	Companies []string `json:"companyIds"`
}

// WebHookConfig says where events are posted to.
type WebHookConfig struct {
	Endpoint string `json:"endpoint"`
}

// Errors of a subscription, with which the API tells its status.
var (
	ErrTaken   = errors.New("the id belongs to the subscription of another app; choose another")
	ErrMany    = fmt.Errorf("an app may have %d subscriptions; delete one first", MaxSubscriptions)
	ErrUnknown = errors.New("there is no such subscription")
)

var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`)

// check reports what is wrong with a subscription that somebody asks for.
func (s Subscription) check() error {
	var problems []error
	if !idPattern.MatchString(s.ID) {
		problems = append(problems, fmt.Errorf("id is %q; use lower-case letters, digits, dots and hyphens", s.ID))
	}
	if !slices.Contains(Topics(), s.Topic) {
		problems = append(problems, fmt.Errorf("topic is %q; use one of %s", s.Topic, strings.Join(Topics(), ", ")))
	}
	if _, err := regexp.Compile(s.Filter); err != nil {
		problems = append(problems, fmt.Errorf("filter is not a regular expression: %w", err))
	}
	u, err := url.Parse(s.Webhook.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		problems = append(problems, fmt.Errorf("webHookConfig.endpoint is %q; use an address such as https://app.example/events", s.Webhook.Endpoint))
	}
	return errors.Join(problems...)
}

// wants tells whether the subscription is for the event.
func (s Subscription) wants(e Event) bool {
	filter := regexp.MustCompile(s.Filter) // it was checked when it came in
	return s.Topic == e.Topic && slices.Contains(s.Companies, e.Company) && filter.MatchString(e.Type)
}

// app is what the service knows of an application.
type app struct {
	// Companies says by UUID whether the app has got a token of the company itself,
	// or of its users only.
	Companies     map[string]bool         `json:"companies"`
	Subscriptions map[string]Subscription `json:"subscriptions"`
}

// connected returns the companies whose events the app gets.
func (a *app) connected(sw fault.Switches) []string {
	var all []string
	for _, uuid := range slices.Sorted(maps.Keys(a.Companies)) {
		if a.Companies[uuid] || sw.EventCompanies == "auto" && len(a.Companies) == 1 {
			all = append(all, uuid)
		}
	}
	return all
}

// Connect takes note that the app has got a token of a company, or of one of its
// users. A company's own token connects it, as Concur documents it.
func (s *Service) Connect(id, company string, own Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.app(id)
	a.Companies[company] = a.Companies[company] || own == CompanyToken
}

// Token is a kind of token.
type Token int

// A token is a user's, or the company's own.
const (
	UserToken Token = iota
	CompanyToken
)

func (s *Service) app(id string) *app {
	if s.apps[id] == nil {
		s.apps[id] = &app{Companies: map[string]bool{}, Subscriptions: map[string]Subscription{}}
	}
	return s.apps[id]
}

// Put creates a subscription of an app, or changes it. It returns ErrTaken, ErrMany,
// or what is wrong with the subscription.
func (s *Service) Put(id string, wanted Subscription) error {
	if err := wanted.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for other, a := range s.apps {
		if _, taken := a.Subscriptions[wanted.ID]; taken && other != id {
			return ErrTaken
		}
	}
	a := s.app(id)
	if _, known := a.Subscriptions[wanted.ID]; !known && len(a.Subscriptions) == MaxSubscriptions {
		return ErrMany
	}
	wanted.App, wanted.Groups = id, []string{}
	a.Subscriptions[wanted.ID] = wanted
	return nil
}

// List returns the subscriptions of an app in the order of their ids.
func (s *Service) List(id string) []Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subscriptions(id)
}

func (s *Service) subscriptions(id string) []Subscription {
	a, all := s.app(id), []Subscription{}
	companies := a.connected(s.switches())
	for _, name := range slices.Sorted(maps.Keys(a.Subscriptions)) {
		one := a.Subscriptions[name]
		one.Companies = append([]string{}, companies...)
		all = append(all, one)
	}
	return all
}

// Subscribed reports whether anybody wants to be told of anything.
func (s *Service) Subscribed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.apps {
		if len(a.Subscriptions) > 0 {
			return true
		}
	}
	return false
}

// Delete ends a subscription of an app. It returns ErrUnknown if there is none.
func (s *Service) Delete(id, subscription string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.app(id)
	if _, known := a.Subscriptions[subscription]; !known {
		return ErrUnknown
	}
	delete(a.Subscriptions, subscription)
	return nil
}

// Saved is what the service keeps on paper: apps and subscriptions.
type Saved map[string]*app

// Save returns what Load needs.
func (s *Service) Save() Saved {
	s.mu.Lock()
	defer s.mu.Unlock()
	saved := Saved{}
	for id, a := range s.apps {
		saved[id] = &app{Companies: maps.Clone(a.Companies), Subscriptions: maps.Clone(a.Subscriptions)}
	}
	return saved
}

// Load replaces apps and subscriptions by those that were saved, and forgets what was
// to be delivered.
func (s *Service) Load(saved Saved) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apps, s.queue = map[string]*app{}, nil
	for id, a := range saved {
		own := s.app(id)
		maps.Copy(own.Companies, a.Companies)
		maps.Copy(own.Subscriptions, a.Subscriptions)
	}
}
