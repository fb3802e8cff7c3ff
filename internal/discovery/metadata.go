package discovery

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone/internal/element"
)

// Metadata is what an element can do. The members are the platform's.
type Metadata struct {
	ID              int64              `json:"id"`
	Name            string             `json:"name"`
	Key             string             `json:"key"`
	Hub             string             `json:"hub"`
	Description     string             `json:"description"`
	Active          bool               `json:"active"`
	API             API                `json:"api"`
	Authentication  Authentication     `json:"authentication"`
	Bulk            Bulk               `json:"bulk"`
	Discovery       Discovery          `json:"discovery"`
	Transformations Support            `json:"transformations"`
	Events          Events             `json:"events"`
	Resources       []ResourceMetadata `json:"resources,omitempty"`
}

// API is the kind of interface that the vendor has.
type API struct {
	Type string `json:"type"`
}

// Authentication is how an instance is authorised.
type Authentication struct {
	Type  string   `json:"type"`
	Types []string `json:"types"`
}

// Bulk says in which directions records move in bulk.
type Bulk struct {
	Download bool `json:"download"`
	Upload   bool `json:"upload"`
}

// Discovery says what can be found out about objects. Nothing is asked of the vendor.
type Discovery struct {
	Objects  bool `json:"objectDiscovery"`
	Metadata bool `json:"objectMetadataDiscovery"`
}

// Support says whether there is something.
type Support struct {
	Supported bool `json:"supported"`
}

// Events says how changes are found. Methods are polling and webhook.
type Events struct {
	Supported bool               `json:"supported"`
	Methods   []string           `json:"methods"`
	Polling   map[string]Changes `json:"polling,omitempty"` // by resource
	Webhook   map[string]Changes `json:"webhook,omitempty"` // by resource
}

// Changes are the kinds of changes that are told.
type Changes struct {
	EventTypes []string `json:"eventTypes"`
}

// ResourceMetadata is what can be done with a resource.
type ResourceMetadata struct {
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	PrimaryKey  string         `json:"primaryKey"`
	Methods     []string       `json:"methods"`
	Events      ResourceEvents `json:"events"`
}

// ResourceEvents says how changes of a resource are found.
type ResourceEvents struct {
	Supported  bool     `json:"supported"`
	Methods    []string `json:"methods"`
	EventTypes []string `json:"eventTypes"`
}

// AuthenticationType returns the platform's word for how instances of an element are
// authorised.
func AuthenticationType(el *element.Element) string {
	switch el.Authenticator.Type {
	case "OAuthAuthenticator":
		return "oauth2"
	case "ApiKeyAuthenticator", "BearerAuthenticator":
		return "apiKey"
	case "BasicHttpAuthenticator":
		return "basic"
	}
	return "none"
}

// The two ways in which changes are found. The platform's configuration says webhooks,
// its metadata says webhook.
const (
	polling = "polling"
	webhook = "webhook"
)

// Describe returns the metadata of an element, without its resources.
func Describe(el *element.Element) Metadata {
	kind := AuthenticationType(el)
	return Metadata{
		ID: el.ID, Name: el.Name, Key: el.Key, Hub: el.Hub, Description: el.Description, Active: true,
		API:             API{Type: "REST"},
		Authentication:  Authentication{Type: kind, Types: []string{kind}},
		Bulk:            Bulk{Download: true},
		Discovery:       Discovery{Objects: true, Metadata: true},
		Transformations: Support{Supported: true},
		Events:          eventsOf(el),
	}
}

// Expand returns the metadata of an element with all its resources.
func Expand(el *element.Element) Metadata {
	m := Describe(el)
	m.Resources = make([]ResourceMetadata, len(el.Resources))
	for i := range el.Resources {
		m.Resources[i] = resourceMetadata(el, &el.Resources[i], m.Events)
	}
	return m
}

// eventsOf returns how changes of an element are found: of the resources that its
// pollers are configured for. Others that can be listed can be polled as well, once
// somebody has written their configuration.
func eventsOf(el *element.Element) Events {
	e := Events{Methods: []string{}}
	polled := make(map[string]Changes)
	gjson.Parse(el.AvailablePollerConfiguration()).ForEach(func(name, _ gjson.Result) bool {
		if r, known := el.Resource(name.String()); known && r.Retriever != nil {
			polled[name.String()] = Changes{EventTypes: polledTypes(r)}
		}
		return true
	})
	if len(polled) > 0 {
		e.Supported, e.Polling = true, polled
		e.Methods = append(e.Methods, polling)
	}
	if el.Webhooks != nil {
		e.Supported, e.Webhook = true, toldBy(el)
		e.Methods = append(e.Methods, webhook)
	}
	return e
}

// toldBy returns what the webhooks of an element tell, of the resources that they name.
// A hook may tell of others, which nobody knows before it runs.
func toldBy(el *element.Element) map[string]Changes {
	told := make(map[string]Changes)
	for _, rule := range el.Webhooks.Wake {
		r, known := el.Resource(rule.Resource)
		if !known {
			continue
		}
		types := polledTypes(r)
		if el.Webhooks.Events != nil {
			types = union(types, []string{"deleted"})
		}
		told[rule.Resource] = Changes{EventTypes: types}
	}
	return told
}

// polledTypes returns what polling tells of a resource. That something was deleted is
// told where the vendor marks it; whoever sets detectDeletes is told of it anyway.
func polledTypes(r *element.Resource) []string {
	types := []string{"created", "updated"}
	if r.Incremental != nil && r.Incremental.DeletedField != "" {
		types = append(types, "deleted")
	}
	return types
}

// resourceMetadata describes one resource.
func resourceMetadata(el *element.Element, r *element.Resource, events Events) ResourceMetadata {
	m := ResourceMetadata{
		Name: r.Name, Description: r.Description, PrimaryKey: r.PrimaryKey,
		Methods: methodsOf(r),
		Events:  ResourceEvents{Methods: []string{}, EventTypes: []string{}},
	}
	for _, way := range []struct {
		method string
		told   map[string]Changes
	}{{polling, events.Polling}, {webhook, events.Webhook}} {
		changes, told := changesOf(el, r, way.told)
		if !told {
			continue
		}
		m.Events.Supported = true
		m.Events.Methods = append(m.Events.Methods, way.method)
		m.Events.EventTypes = union(m.Events.EventTypes, changes.EventTypes)
	}
	return m
}

// changesOf returns what is told of a resource, which a poller may have under another
// name.
func changesOf(el *element.Element, r *element.Resource, told map[string]Changes) (Changes, bool) {
	if changes, known := told[r.Name]; known {
		return changes, true
	}
	for name, changes := range told {
		if named, known := el.Resource(name); known && named.Name == r.Name {
			return changes, true
		}
	}
	return Changes{}, false
}

// methodsOf returns the HTTP methods that a hub has for a resource.
func methodsOf(r *element.Resource) []string {
	methods := []string{}
	for _, call := range callsOf(r) {
		methods = union(methods, []string{strings.ToUpper(call.method)})
	}
	return methods
}

// union returns the words of both lists, each once, in the order given.
func union(a, b []string) []string {
	all := append([]string{}, a...)
	for _, word := range b {
		if !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return all
}
