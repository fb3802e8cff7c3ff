package ess

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"turnstone/internal/concursim/reply"
)

// TopicScope is what an app's token must allow.
const TopicScope = "events.topic.read"

// Caller is an app that calls the API of the service.
type Caller struct {
	App, Scope string
	// May says whether the scope allows topics.
	May bool
	// Refuse gives an error the form of the API.
	Refuse func(status int, message string) reply.Reply
}

// ServeTopics lists the topics that the app may subscribe to: none, and no error, if
// its token does not allow them.
func (s *Service) ServeTopics(_ *http.Request, c Caller) reply.Reply {
	topics := []string{}
	if c.May {
		topics = Topics()
	}
	return reply.JSON(http.StatusOK, topics)
}

// ServePut creates a subscription, or changes it.
func (s *Service) ServePut(r *http.Request, c Caller) reply.Reply {
	if !c.May {
		return c.Refuse(http.StatusForbidden, "The token does not have the scope "+TopicScope)
	}
	var wanted Subscription
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil {
		return c.Refuse(http.StatusBadRequest, fmt.Sprintf("reading the body as JSON: %v", err))
	}
	if wanted.Filter == "" {
		wanted.Filter = ".*"
	}
	wanted.Scope = c.Scope
	switch err := s.Put(c.App, wanted); {
	case errors.Is(err, ErrTaken):
		return c.Refuse(http.StatusConflict, err.Error())
	case err != nil:
		return c.Refuse(http.StatusBadRequest, err.Error())
	}
	return reply.JSON(http.StatusOK, map[string]string{"message": fmt.Sprintf("Subscription '%s' saved successfully", wanted.ID)})
}

// ServeList answers with the subscriptions of the app, or the one in the path: always
// in an array.
func (s *Service) ServeList(r *http.Request, c Caller) reply.Reply {
	all := s.List(c.App)
	id := r.PathValue("id")
	if id == "" {
		return reply.JSON(http.StatusOK, all)
	}
	for _, one := range all {
		if one.ID == id {
			return reply.JSON(http.StatusOK, []Subscription{one})
		}
	}
	return c.Refuse(http.StatusNotFound, fmt.Sprintf("Subscription '%s' not found", id))
}

// ServeDelete ends the subscription in the path.
func (s *Service) ServeDelete(r *http.Request, c Caller) reply.Reply {
	id := r.PathValue("id")
	if err := s.Delete(c.App, id); err != nil {
		return c.Refuse(http.StatusNotFound, fmt.Sprintf("Subscription '%s' not found", id))
	}
	return reply.JSON(http.StatusOK, map[string]string{"message": fmt.Sprintf("Subscription '%s' marked for deletion", id)})
}
