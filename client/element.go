package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
)

// Element is the definition of a vendor's API.
type Element struct {
	ID             int64          `json:"id"`
	Key            string         `json:"key"`
	Name           string         `json:"name"`
	Description    string         `json:"description"`
	Hub            string         `json:"hub"`
	Active         bool           `json:"active"`
	Private        bool           `json:"private"` // the account's own
	Authentication Authentication `json:"authentication"`
	Configuration  []Field        `json:"configuration"`
}

// Authentication is how an element authenticates.
type Authentication struct {
	Type string `json:"type"`
}

// Field is something that instances of an element are configured with.
type Field struct {
	Key          string `json:"key"`
	Name         string `json:"name"`
	Description  string `json:"description"`
	DefaultValue string `json:"defaultValue"`
	Type         string `json:"type"`
	Required     bool   `json:"required"`
}

// Elements yields the elements of the catalogue.
func (c *Client) Elements(ctx context.Context) iter.Seq2[Element, error] {
	return list[Element](ctx, c, request{method: http.MethodGet, path: "/elements"})
}

// Element returns an element, by its key or number.
func (c *Client) Element(ctx context.Context, keyOrID string) (el Element, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: "/elements/" + url.PathEscape(keyOrID)}, &el)
	return el, err
}
