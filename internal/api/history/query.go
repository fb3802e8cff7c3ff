package history

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/api/rest"
)

const (
	// defaultEvents is how many events are listed for those who do not say: each holds
	// its records.
	defaultEvents = 50
	// maxRows is how many rows a table has at most: they hold no records.
	maxRows = 10_000
)

// query is which events a client wants to see.
type query struct {
	turnstone.EventFilter
	text string // that an event holds, in lower case; empty: any
	csv  bool   // as a table
}

// queryOf reads the parameters of a list of events.
func queryOf(c *rest.Call, s scope) (query, error) {
	values := c.URL.Query()
	q := query{text: strings.ToLower(values.Get("searchText")), csv: wantsCSV(c)}
	var err error
	if q.EventFilter, err = filterOf(values, s); err != nil {
		return q, err
	}
	q.Limit, q.Heads = defaultEvents, q.csv && q.text == ""
	if q.csv {
		q.Limit = maxRows
	}
	if text := values.Get("pageSize"); text != "" {
		size, err := rest.Number(text, rest.MaxPages)
		if err != nil {
			return q, rest.Failuref(http.StatusBadRequest, "pageSize: %v", err)
		}
		q.Limit = min(size, q.most())
	}
	return q, q.goOn(values.Get("nextPage"))
}

// most returns how many events come at once at most.
func (q query) most() int {
	if q.csv {
		return maxRows
	}
	return rest.MaxPageSize
}

// wantsCSV reports whether a table was asked for, by a parameter or a header.
func wantsCSV(c *rest.Call) bool {
	if format := c.URL.Query().Get("format"); format != "" {
		return strings.EqualFold(format, "csv")
	}
	kind, _, _ := strings.Cut(c.Header.Get("Accept"), ",") // what is wanted most stands first
	kind, _, _ = strings.Cut(kind, ";")
	return strings.EqualFold(strings.TrimSpace(kind), "text/csv")
}

// filterOf reads what the events are to be like.
func filterOf(values url.Values, s scope) (turnstone.EventFilter, error) {
	f := turnstone.EventFilter{
		AccountID: s.account, InstanceID: s.instance, Resource: values.Get("resource"),
		Op: turnstone.Op(strings.ToUpper(values.Get("op"))), Status: turnstone.EventStatus(strings.ToUpper(values.Get("status"))),
	}
	if ops := []turnstone.Op{"", turnstone.Created, turnstone.Updated, turnstone.Deleted}; !slices.Contains(ops, f.Op) {
		return f, rest.Failuref(http.StatusBadRequest, "op: is %s; write CREATED, UPDATED or DELETED", rest.Excerpt(values.Get("op")))
	}
	if !slices.Contains(statuses, f.Status) {
		return f, rest.Failuref(http.StatusBadRequest, "status: is %s; write NEW or NOTIFIED", rest.Excerpt(values.Get("status")))
	}
	if format := values.Get("format"); format != "" && !slices.Contains([]string{"csv", "json"}, strings.ToLower(format)) {
		return f, rest.Failuref(http.StatusBadRequest, "format: is %s; write csv or json", rest.Excerpt(format))
	}
	var err error
	f.From, f.To, err = span(values)
	return f, err
}

// statuses are those of the platform. No event here is in one of the last three.
var statuses = []turnstone.EventStatus{"", turnstone.EventNew, turnstone.EventNotified, "RECEIVED", "DISPATCHED", "CONSUMED"}

// span reads from and to; those that are not given are zero.
func span(values url.Values) (from, to time.Time, err error) {
	if text := values.Get("from"); text != "" {
		if from, err = rest.Moment("from", text); err != nil {
			return from, to, err
		}
	}
	if text := values.Get("to"); text != "" {
		if to, err = rest.Moment("to", text); err != nil {
			return from, to, err
		}
	}
	if !to.IsZero() && to.Before(from) {
		return from, to, rest.Failuref(http.StatusBadRequest, "from is after to; exchange them")
	}
	return from, to, nil
}

// place is where a page of the events of an account ends.
type place struct {
	At int64 `json:"at"` // in microseconds since 1970
	ID int64 `json:"id"`
}

// goOn makes the query one for the page behind a token.
func (q *query) goOn(token string) error {
	if token == "" {
		return nil
	}
	if q.InstanceID != 0 {
		var err error
		q.Before, err = rest.ParseToken(token)
		return err
	}
	var p place
	if err := rest.ParsePlace(token, &p); err != nil {
		return err
	}
	q.Before, q.BeforeAt = p.ID, time.UnixMicro(p.At).UTC()
	return nil
}

// token returns the token of the page behind an event.
func (q query) token(e turnstone.Event) string {
	if q.InstanceID != 0 {
		return rest.PageToken(e.ID)
	}
	return rest.PlaceToken(place{At: e.CreatedAt.UnixMicro(), ID: e.ID})
}
