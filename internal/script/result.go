package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// nextPageHeader is the header of an answer in which hooks name the page after.
const nextPageHeader = "elements-next-page-token"

// result is what a hook handed over, by variable.
type result map[string]json.RawMessage

// readResult reads what a hook handed over: an object, or nothing of use.
func readResult(text json.RawMessage) (result, error) {
	var r result
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, errors.New("hands done something else than an object; write done({...}) or done()")
	}
	return r, nil
}

// text returns a member as text: a JSON text as what it says, null as nothing,
// anything else as it is written.
func (r result) text(name string) string {
	value := gjson.ParseBytes(r[name])
	if value.Type == gjson.String {
		return value.String()
	}
	return strings.TrimSuffix(value.Raw, "null")
}

// texts returns a member that is an object of texts. Its null members are left out; ok
// tells whether there is such a member.
func (r result) texts(name string) (all map[string]string, ok bool, err error) {
	if r[name] == nil || string(r[name]) == "null" {
		return nil, false, nil
	}
	var members result
	if err := json.Unmarshal(r[name], &members); err != nil {
		return nil, false, fmt.Errorf("%s is no object; hand over the names with their values", name)
	}
	all = make(map[string]string, len(members))
	for _, member := range slices.Sorted(maps.Keys(members)) {
		if string(members[member]) != "null" {
			all[member] = members.text(member)
		}
	}
	return all, true, nil
}

// request returns the request with what the hook changed of it.
func (r result) request(q Request) (Request, error) {
	if query, given, err := r.texts("request_vendor_parameters"); err != nil {
		return q, err
	} else if given {
		q.Query = query
	}
	if headers, given, err := r.texts("request_vendor_headers"); err != nil {
		return q, err
	} else if given {
		q.Headers = headers
	}
	if path := r.text("request_vendor_path"); path != "" {
		q.Path = path
	}
	if address := r.text("request_vendor_url"); address != "" {
		q.Path = address
	}
	if method := r.text("request_vendor_method"); method != "" {
		q.Method = strings.ToUpper(method)
	}
	for _, name := range []string{"request_vendor_body_map", "request_vendor_body"} {
		if body := r.text(name); body != "" {
			q.Body = []byte(body)
		}
	}
	return q, nil
}

// answers reports whether the hook answers in the vendor's place.
func (r result) answers() bool {
	return string(r["continue"]) == "false" || r["response_body"] != nil || r["response_error_message"] != nil
}

// answer returns the answer with what the hook changed of it.
func (r result) answer(c Call, a Answer) Answer {
	if status := gjson.ParseBytes(r["response_status_code"]).Int(); status >= 100 && status <= 599 {
		a.Status = int(status)
	}
	if raw := r.text("response_body_raw"); raw != "" && r["response_body"] == nil {
		a.Body = []byte(raw)
	}
	if body := r["response_body"]; body != nil {
		a.Body = withRoot(a.Body, c.Root, parsed(body))
	}
	if headers, given, err := r.texts("response_headers"); given && err == nil {
		a.Headers = headers
		for name, value := range headers {
			if strings.EqualFold(name, nextPageHeader) {
				a.Next = value
			}
		}
	}
	if message := r.text("response_error_message"); message != "" {
		a.Problem = message
		if succeeded(a.Status) {
			a.Status = http.StatusBadRequest
		}
	}
	return a
}

// parsed returns a value, or what a text says that is JSON itself: hooks hand over both.
func parsed(value json.RawMessage) json.RawMessage {
	text := gjson.ParseBytes(value)
	if inner := strings.TrimSpace(text.String()); text.Type == gjson.String && gjson.Valid(inner) && strings.ContainsAny(inner[:1], "{[") {
		return json.RawMessage(inner)
	}
	return value
}

// nested returns a value at a path of its own.
func nested(path string, value json.RawMessage) []byte {
	var b bytes.Buffer
	names := strings.Split(path, ".")
	for _, name := range names {
		b.WriteByte('{')
		b.Write(gjson.AppendJSONString(nil, name))
		b.WriteByte(':')
	}
	b.Write(value)
	b.WriteString(strings.Repeat("}", len(names)))
	return b.Bytes()
}
