package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// ImportReport says what could not be carried over when an element was imported from an
// export of the platform.
type ImportReport struct {
	Findings  []Finding `json:"findings"`
	Resources []string  `json:"resources"` // that the element has
	Pollers   []string  `json:"pollers"`   // resources that it polls by default
}

// Finding is something that was not carried over as it stood.
type Finding struct {
	Level   string `json:"level"` // error, warning or note
	Path    string `json:"path"`  // in the export
	Message string `json:"message"`
}

// CreateElement makes an element of the account's own of an export of the platform, or
// of an element file.
func (c *Client) CreateElement(ctx context.Context, file []byte) (el Element, err error) {
	err = c.do(ctx, request{method: http.MethodPost, path: "/elements", body: document(file)}, &el)
	return el, err
}

// ReplaceElement replaces an element of the account's own. Its instances go on with the
// new one.
func (c *Client) ReplaceElement(ctx context.Context, keyOrID string, file []byte) (el Element, err error) {
	err = c.do(ctx, request{method: http.MethodPut, path: "/elements/" + url.PathEscape(keyOrID), body: document(file)}, &el)
	return el, err
}

// CloneElement makes a copy of an element under another key; empty: its own with -clone
// behind it.
func (c *Client) CloneElement(ctx context.Context, keyOrID, key string) (el Element, err error) {
	body := map[string]string{}
	if key != "" {
		body["key"] = key
	}
	err = c.do(ctx, request{method: http.MethodPost, path: "/elements/" + url.PathEscape(keyOrID) + "/clone", body: body}, &el)
	return el, err
}

// DeleteElement removes an element of the account's own that no instance uses.
func (c *Client) DeleteElement(ctx context.Context, keyOrID string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: "/elements/" + url.PathEscape(keyOrID)}, nil)
}

// ExportElement returns an element as an export of the platform.
func (c *Client) ExportElement(ctx context.Context, keyOrID string) (export json.RawMessage, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: "/elements/" + url.PathEscape(keyOrID) + "/export"}, &export)
	return export, err
}

// ImportReport returns what the import of an element could not carry over.
func (c *Client) ImportReport(ctx context.Context, keyOrID string) (report ImportReport, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: "/elements/" + url.PathEscape(keyOrID) + "/import-report"}, &report)
	return report, err
}
