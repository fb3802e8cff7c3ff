package endpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/reply"
)

// create makes an object of the body.
func create(c *Call) reply.Reply {
	given, err := c.body()
	if err != nil {
		return *c.badBody(err)
	}
	for _, name := range c.Kind.Required {
		if empty(given.Value(name)) {
			return *c.badBody(fmt.Errorf("%s is required", name))
		}
	}
	scene := c.scene()
	after, err := c.merged(c.Kind.Blank(scene), given)
	if err != nil {
		return *c.badBody(err)
	}
	after, refusal := c.owned(after)
	if refusal != nil {
		return *refusal
	}
	if c.Kind.Settle != nil {
		if after, err = c.Kind.Settle(scene, nil, after); err != nil {
			return *c.badBody(err)
		}
	}
	// An id is the vendor's to give.
	draft := collection.Draft{Kind: c.Kind, Record: after.With(c.Kind.ID, nil)}
	return c.created(c.Book.Commit(c.Company.Number, draft, c.Now, c.rules()))
}

func empty(value any) bool { return value == nil || value == "" }

// owned gives a new object to whoever creates it, or is named by user.
func (c *Call) owned(r collection.Record) (collection.Record, *reply.Reply) {
	if c.Kind.Style == collection.StartLinks && c.User != nil {
		family, given := c.User.Names()
		return r.With("owner", collection.Record{
			member("id", c.User.UUID()), member("firstName", given), member("lastName", family),
		}), nil
	}
	asked := c.Request.URL.Query().Get("user")
	if c.Kind.Owner == "" || asked == "" && c.User == nil {
		return r, nil
	}
	login, refusal := c.Owner(asked)
	if refusal != nil || login == "" {
		return r, refusal
	}
	return r.With(c.Kind.Owner, login), nil
}

// created is the answer to a creation, in the manner of the generation.
func (c *Call) created(v *collection.Version) reply.Reply {
	id := v.Object.ID
	switch c.Kind.Style {
	case collection.SCIM:
		return c.json(http.StatusCreated, v.Record.AppendJSON(nil, c.Base))
	case collection.StartLinks:
		told := collection.Record{member("href", collection.Link(c.Kind.Path+"/"+id)), member("id", id)}
		return c.json(http.StatusCreated, told.AppendJSON(nil, c.Base))
	}
	told := collection.Record{member("ID", id), member("URI", collection.Link(c.Kind.Path+"/"+id))}
	if reply.WantsJSON(c.Request) {
		return c.json(http.StatusOK, told.AppendJSON(nil, c.Base))
	}
	var b bytes.Buffer
	told.AppendXML(&b, "Response", expense.Namespaces, c.Base)
	return reply.Reply{Status: http.StatusOK, Type: reply.XMLType, Body: b.Bytes()}
}

// update changes the object in the path, or the one that the body names.
func update(c *Call) reply.Reply {
	given, err := c.body()
	if err != nil {
		return *c.badBody(err)
	}
	r, refusal := c.addressed(given)
	if refusal != nil {
		return *refusal
	}
	after, err := c.changed(r.record, given)
	if err != nil {
		return *c.badBody(err)
	}
	if c.Kind.Settle != nil {
		if after, err = c.Kind.Settle(c.scene(), r.record, after); err != nil {
			return *c.badBody(err)
		}
	}
	v := c.Book.Commit(c.Company.Number, collection.Draft{Kind: c.Kind, ID: r.version.Object.ID, Record: after}, c.Now, c.rules())
	switch {
	case c.Kind.Name == "salestaxvalidationrequest":
		told := collection.Record{
			member("Status", "SUCCESS"), member("TaxReferenceID", after.Text("TaxReferenceID")), member("RecordNumber", number(1)),
			member("Code", number(0)), member("Message", "Success"), member("Type", "INFO"), member("Comments", after.Value("Comments")),
		}
		return c.json(http.StatusOK, told.AppendJSON(nil, c.Base))
	case c.Kind.Style != collection.NextPage:
		return c.json(http.StatusOK, v.Record.AppendJSON(nil, c.Base))
	case c.Request.PathValue("id") == "":
		return c.created(v)
	}
	return reply.Reply{Status: http.StatusNoContent}
}

// changed is the record with what the body changes of it.
func (c *Call) changed(before, given collection.Record) (collection.Record, error) {
	if c.Kind.Style == collection.SCIM {
		return c.patched(before, given)
	}
	return c.merged(before, given)
}

// addressed returns the object that an update is about: by the id in the path, or by
// what the body says.
func (c *Call) addressed(given collection.Record) (row, *reply.Reply) {
	if id := c.Request.PathValue("id"); id != "" {
		return c.lookUp(id)
	}
	if id := given.Text(c.Kind.ID); id != "" {
		return c.lookUp(id)
	}
	name := given.Text(c.Kind.AlsoBy)
	if name == "" {
		return row{}, c.badBody(fmt.Errorf("%s or %s is required", c.Kind.ID, c.Kind.AlsoBy))
	}
	for _, v := range c.Book.Shown(c.Company.Number, c.Kind, c.Now) {
		if v.Record.Text(c.Kind.AlsoBy) == name {
			return row{v, v.Record}, nil
		}
	}
	return row{}, c.missing()
}

// body reads the record in the body: XML, which API v3 takes, or JSON.
func (c *Call) body() (collection.Record, error) {
	if c.Kind.Style != collection.NextPage || !strings.Contains(c.Request.Header.Get("Content-Type"), "xml") {
		return collection.ParseRecord(c.Request.Body)
	}
	values, err := reply.Fields(c.Request)
	var given collection.Record
	for name, value := range values {
		given = append(given, member(name, value))
	}
	return given, err
}

// badBody refuses what was written: API v3 does so with a bare message.
func (c *Call) badBody(err error) *reply.Reply {
	if c.Kind.Style == collection.NextPage {
		a := reply.Message(err)
		return &a
	}
	return c.invalid("invalidValue", err)
}

// merged is the record with what a client wrote over it. Members that the vendor does
// not know, or keeps to itself, are ignored, as it ignores them.
func (c *Call) merged(before, given collection.Record) (collection.Record, error) {
	after := before
	own := append([]string{c.Kind.ID, c.Kind.LinkMember, c.Kind.Created, c.Kind.Modified, c.Kind.Counter}, c.Kind.Fixed...)
	for _, m := range given {
		if !before.Has(m.Name) || slices.Contains(own, m.Name) {
			continue
		}
		if m.Value == nil && c.Kind.Style == collection.NextPage {
			continue // null, like absence, leaves a member as it is
		}
		value, err := c.coerced(m, before.Member(m.Name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		after = after.WithMember(m.Name, value)
	}
	return after, nil
}

// coerced is the value in the type that the member has, or an error if it cannot be
// taken for one.
func (c *Call) coerced(m collection.Member, before any) (any, error) {
	given := m.Value
	if text, isText := given.(string); isText && !utf8.ValidString(text) {
		return nil, fmt.Errorf("the text is not valid UTF-8")
	}
	if c.isCustomField(m.Name) {
		return customField(given)
	}
	switch have := before.(type) {
	case collection.Number:
		return asNumber(given)
	case bool:
		return asBool(given)
	case string:
		return asText(given)
	case collection.Record:
		return asRecord(have, given)
	case collection.List:
		if _, ok := given.(collection.List); !ok {
			return nil, fmt.Errorf("an array is needed")
		}
	}
	return given, nil
}

// asRecord is the record with the members that were given over it.
func asRecord(have collection.Record, given any) (any, error) {
	inner, ok := given.(collection.Record)
	if !ok {
		return nil, fmt.Errorf("an object is needed")
	}
	for _, m := range inner {
		have = have.WithMember(m.Name, m.Value)
	}
	return have, nil
}

func asNumber(given any) (any, error) {
	text := ""
	switch v := given.(type) {
	case collection.Number:
		return v, nil
	case string:
		text = v
	}
	if text == "" || !strings.ContainsAny(text[:1], "-0123456789") || !json.Valid([]byte(text)) {
		return nil, fmt.Errorf("a number is needed")
	}
	return collection.Number(text), nil
}

func asBool(given any) (any, error) {
	switch v := given.(type) {
	case bool:
		return v, nil
	case string:
		if lower := strings.ToLower(v); lower == "true" || lower == "false" {
			return lower == "true", nil
		}
	}
	return nil, fmt.Errorf("true or false is needed")
}

func asText(given any) (any, error) {
	switch v := given.(type) {
	case nil, string:
		return v, nil
	case collection.Number:
		return string(v), nil
	case bool:
		return fmt.Sprint(v), nil
	}
	return nil, fmt.Errorf("a text is needed")
}

// isCustomField tells whether a member is a field that a company defines, and shown
// as an object: in the expense APIs. Elsewhere such fields are plain texts.
func (c *Call) isCustomField(name string) bool {
	return strings.HasPrefix(c.Kind.Path, "/api/v3.0/expense/") && (strings.HasPrefix(name, "Custom") || strings.HasPrefix(name, "OrgUnit"))
}

// maxCustom is how long the value of a field may be that a company defines.
const maxCustom = 48

// customField is how a field that a company defines reads after text was written.
func customField(given any) (any, error) {
	switch v := given.(type) {
	case string:
		if n := utf8.RuneCountInString(v); n > maxCustom {
			return nil, fmt.Errorf("the value has %d characters; use at most %d", n, maxCustom)
		}
		if v == "" {
			return nil, nil
		}
		return collection.Record{member("Type", "Text"), member("Value", v), member("Code", nil), member("ListItemID", nil)}, nil
	case collection.Number:
		return customField(string(v))
	case collection.Record:
		return v, nil
	}
	return nil, fmt.Errorf("a text is needed")
}
