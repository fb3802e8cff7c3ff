package githubsim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
)

// delivery is a webhook to be sent.
type delivery struct {
	id    string
	event string // its kind
	body  []byte
}

// payload is the body of a webhook.
type payload struct {
	Action     string     `json:"action"`
	Issue      *Issue     `json:"issue,omitempty"`
	Pull       *Issue     `json:"pull_request,omitempty"`
	Repository repository `json:"repository"`
}

type repository struct {
	Name     string `json:"name"`
	FullName string `json:"full_name"`
	Owner    owner  `json:"owner"`
}

type owner struct {
	Login string `json:"login"`
}

// tell notes that a webhook is to be sent. The lock is held.
func (s *Simulator) tell(action string, i Issue) {
	if s.o.Hook == "" {
		return
	}
	p := payload{Action: action, Issue: &i, Repository: repository{s.o.Repository, s.o.Owner + "/" + s.o.Repository, owner{s.o.Owner}}}
	event := "issues"
	if i.Pull != nil {
		p.Issue, p.Pull, event = nil, &i, "pull_request"
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // all of it has a JSON form
	}
	s.told++
	s.pending = append(s.pending, delivery{fmt.Sprintf("00000000-0000-4000-8000-%012d", s.told), event, body})
}

// Subscribe says where webhooks go from now on.
func (s *Simulator) Subscribe(hook string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Hook = hook
}

// Deliver sends the webhooks of what changed since the last call, each once, and returns
// how many were not taken.
func (s *Simulator) Deliver(ctx context.Context, client *http.Client) (lost int) {
	s.mu.Lock()
	all, hook := s.pending, s.o.Hook
	s.pending = nil
	s.mu.Unlock()
	for _, d := range all {
		if err := s.send(ctx, client, hook, d); err != nil {
			lost++
		}
	}
	return lost
}

// send sends a webhook, with its name and its signature.
func (s *Simulator) send(ctx context.Context, client *http.Client, hook string, d delivery) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, hook, bytes.NewReader(d.body))
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, []byte(s.o.Secret))
	mac.Write(d.body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "GitHub-Hookshot/0000000")
	r.Header.Set("X-GitHub-Delivery", d.id)
	r.Header.Set("X-GitHub-Event", d.event)
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the webhook was answered with %s", answer.Status)
	}
	return nil
}
