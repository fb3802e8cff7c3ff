package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// RecordQuery selects records of a resource; the zero RecordQuery all of them.
type RecordQuery struct {
	Where    string
	Fields   []string // members to return; empty: all
	OrderBy  string
	PageSize int // records that one call asks for; 0: as many as the element says
}

// Records yields the records of a resource of the client's instance, as the vendor
// wrote them, page by page. The client needs an element token, as for all calls to
// vendors.
func (c *Client) Records(ctx context.Context, resource string, q RecordQuery) iter.Seq2[json.RawMessage, error] {
	query := given("where", q.Where, "fields", strings.Join(q.Fields, ","), "orderBy", q.OrderBy)
	if q.PageSize > 0 {
		query.Set("pageSize", strconv.Itoa(q.PageSize))
	}
	return list[json.RawMessage](ctx, c, request{method: http.MethodGet, path: hubPath(resource), query: query})
}

// hubPath returns the path of a resource, which may have several segments, or of a
// record. The name of the hub does not matter.
func hubPath(resource string, id ...string) string {
	segments := []string{"/hubs/any"}
	for segment := range strings.SplitSeq(strings.Trim(resource, "/"), "/") {
		segments = append(segments, url.PathEscape(segment))
	}
	for _, text := range id {
		segments = append(segments, url.PathEscape(text))
	}
	return strings.Join(segments, "/")
}

// Record returns one record.
func (c *Client) Record(ctx context.Context, resource, id string) (record json.RawMessage, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: hubPath(resource, id)}, &record)
	return record, err
}

// CreateRecord has the vendor create a record, and returns its answer.
func (c *Client) CreateRecord(ctx context.Context, resource string, record any) (answer json.RawMessage, err error) {
	err = c.do(ctx, request{method: http.MethodPost, path: hubPath(resource), body: record}, &answer)
	return answer, err
}

// UpdateRecord has the vendor change the members of a record that are given, and
// returns its answer.
func (c *Client) UpdateRecord(ctx context.Context, resource, id string, record any) (answer json.RawMessage, err error) {
	err = c.do(ctx, request{method: http.MethodPatch, path: hubPath(resource, id), body: record}, &answer)
	return answer, err
}

// DeleteRecord has the vendor delete a record.
func (c *Client) DeleteRecord(ctx context.Context, resource, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: hubPath(resource, id)}, nil)
}
