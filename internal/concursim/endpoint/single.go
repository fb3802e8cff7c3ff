package endpoint

import (
	"bytes"
	"cmp"
	"net/http"
	"strings"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/reply"
)

// read answers with the object in the path.
func read(c *Call) reply.Reply {
	r, refusal := c.lookUp(c.Request.PathValue("id"))
	if refusal != nil {
		return *refusal
	}
	record := r.record.Without(c.Kind.Hides...)
	if c.Kind.Style == collection.Connect || c.Kind.Style == collection.NextPage && !reply.WantsJSON(c.Request) {
		var b bytes.Buffer
		record.AppendXML(&b, cmp.Or(c.Kind.Alone, c.Kind.Item), expense.Namespaces, c.Base)
		return reply.Reply{Status: http.StatusOK, Type: reply.XMLType, Body: b.Bytes()}
	}
	return c.json(http.StatusOK, record.AppendJSON(nil, c.Base))
}

// lookUp returns what is shown now of the object with an id, or the reply that there
// is none that the caller may see.
func (c *Call) lookUp(id string) (row, *reply.Reply) {
	if c.Kind.Style == collection.StartLinks {
		if refusal := c.checkCorrelation(); refusal != nil {
			return row{}, refusal
		}
	}
	r, known := c.find(id)
	if !known {
		return row{}, c.missing()
	}
	if refusal := c.mayTouch(r); refusal != nil {
		return row{}, refusal
	}
	return r, nil
}

// find returns the object with an id of the kind, which a view may have changed.
func (c *Call) find(id string) (row, bool) {
	if c.Kind.Of == "" {
		o := c.Book.Object(c.Company.Number, c.Kind, id)
		if o == nil {
			return row{}, false
		}
		v := o.Shown(c.Now)
		if v == nil {
			return row{}, false
		}
		return row{v, v.Record}, true
	}
	for _, v := range c.Book.Shown(c.Company.Number, c.Kind, c.Now) {
		if record := c.Kind.Look(v); record.Text(c.Kind.ID) == id {
			return row{v, record}, true
		}
	}
	return row{}, false
}

// mayTouch refuses a single object of somebody else: to a user who is no
// administrator, and to whoever names another with the parameter user.
func (c *Call) mayTouch(r row) *reply.Reply {
	if c.Kind.Style == collection.StartLinks && c.User != nil && !c.User.Admin && r.record.Text("owner.id") != c.User.UUID() {
		return c.refuse(http.StatusForbidden, "userIsNotAllowed", "The user is not allowed to see this request")
	}
	if c.Kind.Owner == "" {
		return nil
	}
	asked := c.Request.URL.Query().Get("user")
	if asked == "" && (c.User == nil || c.User.Admin) {
		return nil
	}
	login, refusal := c.Owner(asked)
	if refusal != nil {
		return refusal
	}
	if login != "" && !strings.EqualFold(login, r.record.Text(c.Kind.Owner)) {
		return c.missing()
	}
	return nil
}

// remove deletes the object in the path, or marks it.
func remove(c *Call) reply.Reply {
	r, refusal := c.lookUp(c.Request.PathValue("id"))
	if refusal != nil {
		return *refusal
	}
	if with := c.Kind.DeleteWith; with != "" {
		if parent := c.Request.URL.Query().Get(with); parent != r.record.Text(c.Kind.Parent) {
			return *c.refuse(http.StatusBadRequest, "", "the query parameter "+with+" must be the "+c.Kind.Parent+" of the "+c.Kind.Thing)
		}
	}
	if c.Kind.Name == "entries" {
		if _, err := c.Kind.Settle(c.scene(), r.record, r.record); err != nil {
			return reply.Message(err)
		}
	}
	draft := collection.Draft{Kind: c.Kind, ID: r.version.Object.ID, Record: r.version.Record, Deleted: true}
	c.Book.Commit(c.Company.Number, draft, c.Now, c.rules())
	return reply.Reply{Status: http.StatusNoContent}
}
