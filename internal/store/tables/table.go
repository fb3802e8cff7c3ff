package tables

import (
	"turnstone/internal/store/archive"
	"turnstone/internal/store/engine"
)

// table is a table that moves with an installation, and how.
type table struct {
	name    string
	key     string // its rows are moved in this order
	columns columns
}

// field is a column that moves.
type field struct {
	engine.Column
	sealed bool // for the row's id, which is its first column
}

// columns are those of a table, which are listed by what they hold.
type columns []field

func (c columns) of(kind engine.Kind, names ...string) columns {
	for _, name := range names {
		c = append(c, field{Column: engine.Column{Name: name, Kind: kind}})
	}
	return c
}

func (c columns) numbers(names ...string) columns { return c.of(engine.Int, names...) }
func (c columns) texts(names ...string) columns   { return c.of(engine.Text, names...) }
func (c columns) exact(names ...string) columns   { return c.of(engine.Exact, names...) }
func (c columns) bytes(names ...string) columns   { return c.of(engine.Blob, names...) }
func (c columns) truths(names ...string) columns  { return c.of(engine.Truth, names...) }

func (c columns) sealed(names ...string) columns {
	for _, name := range names {
		c = append(c, field{Column: engine.Column{Name: name, Kind: engine.Blob}, sealed: true})
	}
	return c
}

// EventSequence is the name under which the numbers of events move.
const EventSequence = "event"

// sequenceTable returns the table of the numbers given out. It moves before the others,
// and in its own way, since the numbers of events are no row of it in every database.
func sequenceTable() table {
	return table{"sequence", "name", columns{}.texts("name").numbers("high")}
}

// tables returns the tables that move, those that others refer to first. What does not
// move: lease_until, since nobody holds a lease in a database that was just filled;
// and what the database knows of itself.
func tables() []table {
	return []table{
		{"account", "id", columns{}.numbers("id").texts("name").sealed("secret").bytes("secret_lookup").numbers("created_at").
			texts("failure_policy", "limits").bytes("old_lookup").numbers("old_until")},
		{"account_user", "id", columns{}.numbers("id", "account_id").texts("email", "first_name", "last_name").
			sealed("secret").bytes("secret_lookup").texts("password_hash").numbers("created_at").
			bytes("old_lookup").numbers("old_until").texts("role").numbers("revoked_at")},
		{"instance", "id", columns{}.numbers("id", "account_id", "user_id").texts("element", "name", "tags").
			sealed("token").bytes("token_lookup").sealed("configuration").texts("external_authentication").
			truths("disabled").numbers("created_at", "revision").truths("split_ops").bytes("old_token_lookup").numbers("old_token_until")},
		{"credential", "instance_id", columns{}.numbers("instance_id", "account_id").sealed("secrets").
			texts("state", "problem").numbers("fence")},
		{"poller", "id", columns{}.numbers("id", "account_id", "instance_id").texts("resource", "configuration").
			numbers("poll_interval").texts("state", "problem").numbers("enabled_at", "since", "cursor").texts("sweep").
			numbers("failures", "next_at", "last_at", "last_good_at", "fence", "max_interval").texts("memo").
			numbers("woken_at", "waking_at", "rest_until")},
		{"version", "poller_id, object_id", columns{}.numbers("account_id", "poller_id").exact("object_id").
			bytes("fingerprint", "exact").numbers("updated", "created", "seen_at", "mapping", "census", "gone_at")},
		{"record", "poller_id, object_id", columns{}.numbers("account_id", "poller_id").exact("object_id").bytes("fingerprint", "body")},
		{"sighting", "id", columns{}.numbers("id", "account_id", "poller_id").exact("object_id").numbers("poll_at", "seen_at").
			texts("op", "reason").bytes("fingerprint").numbers("updated", "created", "event_id")},
		{"poll", "poller_id, id", columns{}.numbers("id", "account_id", "poller_id", "started_at", "took").texts("url").
			numbers("window_from").texts("outcome").
			numbers("pages", "records", "created", "updated", "unchanged", "learned", "ignored", "events").
			texts("problems").numbers("retry_after", "deleted").texts("details")},
		{"event", "id", columns{}.numbers("id").texts("event_key").numbers("account_id", "instance_id", "poller_id").
			texts("resource").numbers("created_at").texts("objects", "ops", "trace", "format").bytes("body")},
		{"destination", "id", columns{}.numbers("id", "account_id", "instance_id").texts("url").sealed("secrets").
			texts("state", "problem").numbers("failures", "last_good_at", "signal", "settled", "next_at", "fence").truths("main").
			texts("filter", "limits", "handshake").numbers("created_at", "queued")},
		{"delivery", "destination_id, event_id", columns{}.
			numbers("destination_id", "event_id", "account_id", "attempts", "first_failed_at", "next_at")},
		{"attempt", "destination_id, event_id, number", columns{}.
			numbers("destination_id", "event_id", "number", "account_id", "at", "took", "status").texts("problem")},
		{"bulk_job", "id", columns{}.numbers("id", "account_id", "instance_id").texts("element", "query", "state", "problem").
			numbers("pages", "records", "bytes").texts("place", "callback").
			numbers("created_at", "started_at", "ended_at", "next_at", "fence")},
		{"definition", "id", columns{}.numbers("id", "account_id").texts("element", "base").truths("active").
			numbers("created_at", "updated_at", "revision").texts("report").bytes("file", "export")},
		{"bulk_page", "job_id, number", columns{}.numbers("account_id", "job_id", "number", "records").texts("columns").bytes("body")},
		{"journal", "id", columns{}.numbers("id", "account_id", "at", "user_id").
			texts("email", "action", "method", "route", "path").numbers("instance_id").texts("changed", "request")},
		{"session", "id", columns{}.numbers("id", "account_id", "user_id").bytes("lookup", "stamp").texts("agent").numbers("created_at", "used_at")},
		{"notification", "id", columns{}.numbers("id", "account_id").texts("topic", "severity", "message", "sender").
			numbers("created_at").truths("acknowledged")},
		{"event_mark", "event_id", columns{}.numbers("event_id", "account_id", "marked_at").truths("acknowledged", "removed")},
		{"object_definition", "account_id, instance_id, name", columns{}.numbers("account_id", "instance_id").texts("name", "fields")},
		{"transformation", "account_id, instance_id, element, name", columns{}.
			numbers("account_id", "instance_id").texts("element", "name", "mapping")},
		{"webhook", "id", columns{}.numbers("id", "account_id", "instance_id", "received_at").
			texts("delivery_id", "outcome", "reason").numbers("size").texts("details")},
		{"webhook_finder", "instance_id", columns{}.numbers("instance_id", "account_id").texts("element", "path").bytes("lookup")},
		{"leftover", "kind, id", columns{}.texts("kind").numbers("id", "account_id")},
		{"allowance", "account_id, instance_id, name", columns{}.numbers("account_id", "instance_id").texts("name").numbers("booked")},
	}
}

// heading returns the line of a table.
func (t table) heading() archive.Table {
	h := archive.Table{Name: t.name}
	for _, c := range t.columns {
		h.Columns = append(h.Columns, c.Name)
		if c.Kind == engine.Blob || c.Kind == engine.Exact {
			h.Base64 = append(h.Base64, c.Name)
		}
	}
	return h
}

// names returns the names of the columns.
func (t table) names() []string { return t.heading().Columns }

// destinations returns what a row is scanned into, over and over.
func (t table) destinations() []any {
	all := make([]any, len(t.columns))
	for i, c := range t.columns {
		switch c.Kind {
		case engine.Int:
			all[i] = new(int64)
		case engine.Text:
			all[i] = new(string)
		case engine.Exact, engine.Blob:
			all[i] = new([]byte)
		case engine.Truth:
			all[i] = new(bool)
		}
	}
	return all
}

// sealed returns the numbers of the columns that are sealed.
func (t table) sealed() []int {
	var at []int
	for i, c := range t.columns {
		if c.sealed {
			at = append(at, i)
		}
	}
	return at
}

// engine returns the columns as an engine knows them.
func (c columns) engine() []engine.Column {
	all := make([]engine.Column, len(c))
	for i, f := range c {
		all[i] = f.Column
	}
	return all
}
