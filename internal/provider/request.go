package provider

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/element"
)

// CallError is a call that makes no request: something that the element's
// templates need is missing, or may not be where they put it. The text says
// what to configure or to pass; the vendor was not asked.
type CallError struct {
	Element string // its key
	Err     error
}

// Error returns the element and the problem.
func (e *CallError) Error() string {
	return fmt.Sprintf("build a request of element %s: %v", e.Element, e.Err)
}

// Unwrap returns the problem.
func (e *CallError) Unwrap() error { return e.Err }

// valuesOf returns all that the templates of a call can look up.
func valuesOf(call Call, cred turnstone.Credential) element.Values {
	values := call.Values
	values.Config = call.Instance.Configuration
	values.Credential = cred.Values
	values.UUID = newUUID()
	return values
}

// newRequest builds the request of a call, but for what proves who it acts for.
func newRequest(call Call, values element.Values) (*http.Request, error) {
	target, err := targetOf(call, values)
	if err != nil {
		return nil, err
	}
	body, err := bodyOf(call, values)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(cmp.Or(call.Requester.Method, http.MethodGet), "", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.URL, req.Host = target, target.Host
	setHeaders(req, call, values)
	return req, nil
}

// targetOf returns the URL to ask.
func targetOf(call Call, values element.Values) (*url.URL, error) {
	base, err := baseOf(call, values)
	if err != nil {
		return nil, err
	}
	if call.Next != "" {
		next, err := follow(call, base)
		if err == nil {
			addSecrets(next, call, values)
		}
		return next, err
	}
	path, err := call.Requester.Path.ExpandPath(values)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(strings.TrimRight(base, "/") + path)
	if err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	target.RawQuery = queryOf(call, values)
	return target, nil
}

// baseOf returns the first url_base that is set and may see the credential.
func baseOf(call Call, values element.Values) (string, error) {
	var foreign []string
	for _, t := range call.Requester.URLBase {
		base := t.Expand(values)
		if base == "" {
			continue
		}
		if call.Element.HostAllowed(call.Instance.Configuration[turnstone.KeyBaseURL], base) {
			return base, nil
		}
		foreign = append(foreign, base)
	}
	if foreign == nil {
		return "", errors.New("url_base: none is set; configure base.url")
	}
	return "", fmt.Errorf("url_base: the credential must not go to %s; add the host to the element's hosts, or set base.url to it",
		strings.Join(foreign, " or "))
}

// follow returns the URL of a page that the vendor named.
func follow(call Call, base string) (*url.URL, error) {
	next, err := url.Parse(call.Next)
	if err != nil {
		return nil, errors.New("the next page is no URL")
	}
	if next.Host == "" && strings.HasPrefix(next.Path, "/") {
		return below(base, next)
	}
	if !call.Element.HostAllowed(call.Instance.Configuration[turnstone.KeyBaseURL], call.Next) {
		return nil, &turnstone.VendorError{Action: turnstone.VendorFail, URL: base, Err: fmt.Errorf(
			"the next page is at %s://%s, where the credential must not go; add the host to the element's hosts,"+
				" or let next_host be base", next.Scheme, next.Host)}
	}
	next.RawQuery = cleanQuery(next.RawQuery)
	return next, nil
}

// addSecrets adds the query parameters that carry a secret to the URL of a page that the
// vendor named: they are not kept with the page.
func addSecrets(next *url.URL, call Call, values element.Values) {
	for _, name := range call.Element.SecretParameters() {
		if value := call.Requester.Parameters[name].Expand(values); value != "" {
			next.RawQuery = strings.Trim(next.RawQuery+"&"+escapeQuery(name)+"="+escapeQuery(value), "&")
		}
	}
}

// withoutParameters returns a query without some of its parameters, and the rest as it
// was.
func withoutParameters(query string, names []string) string {
	if len(names) == 0 {
		return query
	}
	pairs := strings.Split(query, "&")
	return strings.Join(slices.DeleteFunc(pairs, func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		return err == nil && slices.Contains(names, plain)
	}), "&")
}

// below returns path and query at the host of base. A vendor behind a proxy
// does not know the path that base may have; it is put before the vendor's own.
func below(base string, next *url.URL) (*url.URL, error) {
	target, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("url_base: %w", err)
	}
	path := next.EscapedPath()
	if prefix := strings.TrimRight(target.EscapedPath(), "/"); !strings.HasPrefix(path, prefix+"/") {
		path = prefix + path
	}
	if target, err = target.Parse(path); err != nil {
		return nil, fmt.Errorf("next page: %w", err)
	}
	target.RawQuery = cleanQuery(next.RawQuery)
	return target, nil
}

// queryOf returns the query: the parameters of the requester and, winning over
// them, of the call, in the order of their names.
func queryOf(call Call, values element.Values) string {
	all := make(map[string]string)
	for name, t := range call.Requester.Parameters {
		all[name] = t.Expand(values)
	}
	maps.Copy(all, call.Parameters)
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] != "" {
			pairs = append(pairs, escapeQuery(name)+"="+escapeQuery(all[name]))
		}
	}
	return strings.Join(pairs, "&")
}

// escapeQuery writes a space as %20, which every server reads, unlike +.
func escapeQuery(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// cleanQuery escapes what cannot stand in a request line and leaves the rest as
// the vendor wrote it: its own parser made it.
func cleanQuery(query string) string {
	var b strings.Builder
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"#<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(query[i])
	}
	return b.String()
}

// bodyOf returns the JSON body, empty if the call has none.
func bodyOf(call Call, values element.Values) ([]byte, error) {
	body := call.Body
	if body == nil {
		body = []byte(call.Requester.Body.ExpandJSON(values))
	}
	if len(call.Members) == 0 {
		return body, nil
	}
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	object := gjson.ParseBytes(body)
	if !object.IsObject() {
		return nil, errors.New("request_body_json: is no JSON object, so that nothing can be injected into it")
	}
	var members []string
	object.ForEach(func(name, value gjson.Result) bool {
		if _, replaced := call.Members[name.String()]; !replaced {
			members = append(members, name.Raw+":"+value.Raw)
		}
		return true
	})
	for _, name := range slices.Sorted(maps.Keys(call.Members)) {
		members = append(members, string(gjson.AppendJSONString(nil, name))+":"+string(call.Members[name]))
	}
	return []byte("{" + strings.Join(members, ",") + "}"), nil
}
