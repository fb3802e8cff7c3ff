package legacy

import (
	"cmp"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// grouped is a resource of ours: the endpoints of an export that belong to it.
type grouped struct {
	name       string
	list       *endpoint
	operations map[string]*endpoint
}

// defaultKey is the path of the id where nothing says another.
const defaultKey = "id"

// The types of resources that exports have, beside those for callers.
var systemResources = map[string]struct {
	level   Level
	message string
}{
	"provisionauthvalidation": {Note, "is not asked when an instance is created; a credential that does not work shows with the first call or poll"},
	"onprovision":             {Warning, "is not asked when an instance is created; write what it puts into the configuration in the instance"},
	"ondelete":                {Warning, "is not asked when an instance is deleted; undo at the vendor what was done there"},
	"onrefresh":               {Warning, "is not asked when a token is renewed"},
	"oauthontokenexchange":    {Warning, "tokens are got as OAuth 2 says, not by this request; check that the vendor accepts it"},
	"oauthontokenrefresh":     {Warning, "tokens are renewed as OAuth 2 says, not by this request; check that the vendor accepts it"},
	"onprovisionwebhook":      {Warning, "is not asked when an instance is created; register the webhook at the vendor, with the address that the instance shows"},
	"ondeletewebhook":         {Warning, "is not asked when an instance is deleted; remove the webhook at the vendor"},
	"onprovisionpolling":      {Warning, "is not asked when an instance is created"},
	"objectdiscovery":         {Note, "what objects there are is told by the resources of the element"},
	"objectdiscoverymetadata": {Note, "what members objects have is not asked of the vendor"},
}

// group makes resources of the endpoints, in the order in which the export names them.
func (im *importer) group() ([]*grouped, map[string]*grouped) {
	var order []*grouped
	all := map[string]*grouped{}
	for i, r := range im.src.Get("resources").Array() {
		e := newEndpoint("resources["+strconv.Itoa(i)+"]", r)
		if !im.serves(e) {
			continue
		}
		if err := e.identify(); err != nil {
			im.report.add(Error, e.path, "%v", err)
			continue
		}
		g := all[e.name]
		if g == nil {
			g = &grouped{name: e.name, operations: map[string]*endpoint{}}
		}
		if im.request(e) && im.join(g, e) && all[e.name] == nil {
			all[e.name], order = g, append(order, g)
		}
	}
	return order, all
}

// serves reports whether an endpoint is for callers. The others are reported, but for
// the login that gets a token.
func (im *importer) serves(e *endpoint) bool {
	kind := strings.ToLower(cmp.Or(textAt(e.Result, "type"), "api"))
	switch kind {
	case "api", "apinodocumentation":
	case "oauth2password":
		im.readPassword(e)
		return false
	default:
		if known, ok := systemResources[kind]; ok {
			im.report.add(known.level, e.path, "%s: %s", textAt(e.Result, "type"), known.message)
		} else {
			im.report.add(Error, e.path, "a resource of type %.40q is not known; it is left out", textAt(e.Result, "type"))
		}
		return false
	}
	if textAt(e.Result, "nextResource") != "" || e.Get("nextResource").IsObject() || textAt(e.Result, "nextResourceId") != "" {
		im.report.add(Error, e.path, "asks a chain of requests, which is not done here; only the first is asked")
	}
	return true
}

// join adds an endpoint to a resource. Where two do the same the first counts, but a
// PATCH counts before a PUT: it changes what it is given, as the hub's update does.
func (im *importer) join(g *grouped, e *endpoint) bool {
	if e.list() {
		if g.list != nil {
			im.report.add(Error, e.path, "lists %s a second time; the first counts", e.name)
			return false
		}
		g.list = e
		return true
	}
	request, answer := e.roots()
	e.requester.set("record", answer)
	e.requester.set("body_root", request)
	before := g.operations[e.verb]
	switch {
	case before == nil:
	case e.verb == "update" && e.method == "PATCH" && before.method != "PATCH":
		im.report.add(Note, before.path, "updates are made with the PATCH of %s", e.path)
	default:
		im.report.add(Note, e.path, "%s of %s is made with %s, which stands before it", e.verb, e.name, before.path)
		return false
	}
	g.operations[e.verb] = e
	return true
}

// readPassword reads the endpoint that gets a token for a login.
func (im *importer) readPassword(e *endpoint) {
	e.verb, e.shared = "create", true
	for _, p := range im.parametersOf(e.path+".", e.Result) {
		im.apply(p, e)
	}
	im.password = node{}
	for _, key := range []string{"username", "password"} {
		im.password[key] = "{{ " + im.configuredOrDeclared(e.path, key) + " }}"
	}
	maps.Copy(im.password, e.query)
	a := split(textAt(e.Result, "vendorPath"))
	switch {
	case a.base != "":
		if base, ok := im.host(e.path+".vendorPath", a.base); ok {
			im.passwordURL = base + a.path
		}
	case strings.HasPrefix(a.path, "/") && !strings.Contains(a.path, "{"):
		im.passwordURL = a.path
	}
	im.report.add(Note, e.path, "a token is got with the OAuth 2 grant password")
}

// resource returns a resource in our format.
func (im *importer) resource(g *grouped) node {
	n := node{"name": g.name, "primary_key": im.primaryKey(g)}
	operations := node{}
	if g.list != nil {
		n["retriever"] = im.retriever(g.list)
		n.set("incremental_sync", im.incremental(g.name))
		n.set("description", textAt(g.list.Result, "description"))
	}
	for verb, e := range g.operations {
		operations[verb] = e.requester
	}
	n.set("operations", operations)
	return n
}

// primaryKey returns the path of the id of a resource's records.
func (im *importer) primaryKey(g *grouped) string {
	if g.list != nil {
		if key := path(textAt(g.list.Result, "primaryKey")); key != "" {
			return key
		}
	}
	p, polled := im.pollerOf(g.name)
	if key := textAt(p.Result, "idField"); polled && key != "" {
		return key
	}
	if g.list != nil {
		im.report.add(Note, g.list.path, "nothing says where the id stands in records of %s; it is taken to be %s", g.name, defaultKey)
	}
	return defaultKey
}

// keyOf returns the key of the element: that of the export, as far as ours can have it.
func keyOf(text string) string {
	key := strings.Trim(notKey.ReplaceAllString(strings.ToLower(text), "-"), "-")
	if key == "" || key[0] < 'a' || key[0] > 'z' {
		return fmt.Sprintf("element-%s", key)
	}
	return key
}
