package endpoint

import (
	"net/http"
	"time"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/fault"
	"turnstone/internal/concursim/reply"
)

// Call is one request to a resource.
type Call struct {
	Request *http.Request
	Kind    *collection.Kind
	Book    *collection.Book
	Company *expense.Company
	// User is who the token belongs to; nil: it is the company's own.
	User *expense.User
	// Owner returns whose objects the parameter user means, or "" for everybody's, or
	// the reply that refuses it.
	Owner    func(asked string) (login string, refusal *reply.Reply)
	Switches fault.Switches
	Luck     *fault.Luck
	// Now is our time.
	Now  time.Time
	Base string
	// ID is the correlation id: the caller's if that is a UUID.
	ID string
	// Spoil takes note of a fault.
	Spoil func(fault.Fault)
}

// vendorNow is the vendor's time.
func (c *Call) vendorNow() time.Time {
	return c.Now.Add(time.Duration(c.Switches.ClockOffset * float64(time.Second)))
}

// refuse is an error in the shape of the kind's generation of services. The code
// names it where there are names.
func (c *Call) refuse(status int, code, message string) *reply.Reply {
	f := reply.Failure{Status: status, Code: code, Message: message, ID: c.ID, Time: c.vendorNow()}
	var a reply.Reply
	switch c.Kind.Style {
	case collection.StartLinks:
		a = f.Request()
	case collection.PageNumber:
		a = f.List(c.Request.URL.Path)
	case collection.SCIM:
		a = f.SCIM()
	case collection.Whole:
		a = f.Budget()
	default:
		a = f.Classic(c.Request)
	}
	return &a
}

// invalid refuses what was asked with 400.
func (c *Call) invalid(code string, err error) *reply.Reply {
	return c.refuse(http.StatusBadRequest, code, err.Error())
}

// missing says that there is no such object: API v3 with 200.
func (c *Call) missing() *reply.Reply {
	if c.Kind.Style == collection.NextPage {
		f := reply.Failure{Message: "No " + c.Kind.Thing + " found with the specified ID", ID: c.ID, Time: c.vendorNow()}
		a := f.Missing(c.Request)
		return &a
	}
	return c.refuse(http.StatusNotFound, "notFound", "There is no such "+c.Kind.Thing)
}

// json is a reply in the type of the kind's generation.
func (c *Call) json(status int, body []byte) reply.Reply {
	a := reply.Reply{Status: status, Type: reply.JSONType, Body: body}
	if c.Kind.Style != collection.NextPage {
		a.Type += ";charset=UTF-8"
	}
	return a
}

// rules are the habits of the vendor that show in what is committed.
func (c *Call) rules() expense.Rules { return c.Switches.Rules() }

// scene is what a new object depends on.
func (c *Call) scene() *collection.Scene { return c.Book.Scene(c.Company.Number, c.Now, c.rules()) }
