package legacy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"turnstone/internal/element"
)

// Options say what the export does not.
type Options struct {
	// ID is the number of the element; 0: that of the export, or 1.
	ID int64
	// Key replaces the key of the export; empty: it is kept.
	Key string
}

// Imported is an element that was made of an export.
type Imported struct {
	Element *element.Element
	// File is the element in our format, as text that element.Parse reads.
	File   []byte
	Report Report
}

// importer makes an element of one export.
type importer struct {
	src    export
	report Report

	hub              string
	auth             string
	keys             []string // of the configuration
	settings         []setting
	defaults         map[string]string
	undeclared       []node
	hosts            []string
	base, baseQuery  string
	authorization    string // the header, as a template
	sendsToken       bool   // a request has the token elsewhere than in that header
	password         node   // what a login sends to get a token; nil: there is none
	passwordURL      string
	pollers          []poller
	polledAttributes map[string][]string
}

var notKey = regexp.MustCompile(`[^a-z0-9_-]+`)

// Import makes an element of an export. The error says why there is none: the export
// cannot be read, or nothing of it can be served. Everything else is in the report.
func Import(data []byte, o Options) (Imported, error) {
	src, err := readExport(data)
	if err != nil {
		return Imported{}, err
	}
	im := &importer{src: src, defaults: map[string]string{}, polledAttributes: map[string][]string{}}
	root := im.element(o)
	got, err := im.checked(root)
	if err != nil {
		return Imported{Report: im.report}, err
	}
	im.report.Describe(got.Element)
	im.report.sort()
	got.Report = im.report
	return got, nil
}

// element returns the element in our format. The order matters: what requests use must
// be known before it is written down.
func (im *importer) element(o Options) node {
	im.readConfiguration()
	im.readAuth()
	im.readBase()
	im.readPolling()
	im.hub = im.hubOf()
	shared := im.sharedRequester()
	order, byName := im.group()
	resources := make([]node, 0, len(order))
	for _, g := range order {
		resources = append(resources, im.resource(g))
	}
	im.sendsToken = mentions(shared, tokenLookup) || slices.ContainsFunc(resources, func(r node) bool { return mentions(r, tokenLookup) })
	root := node{"version": element.FormatVersion, "key": keyOf(firstOf(o.Key, im.src.text("key"), im.src.text("name"))), "hub": im.hub}
	root["id"] = im.idOf(o)
	root["name"] = firstOf(im.src.text("name"), im.src.text("key"))
	root["description"] = firstOf(im.src.text("description"), im.src.text("name"), im.src.text("key"))
	root["authenticator"] = im.authenticator()
	root["requester"] = shared
	root["resources"] = resources
	root.set("polling", im.polling(byName))
	root.set("configuration", im.fields())
	root.set("hosts", im.hosts)
	im.webhooks(root)
	im.unused()
	if key := root["key"]; o.Key == "" && key != im.src.text("key") {
		im.report.add(Warning, "key", "is %v here, since keys are lower-case letters, digits, dashes and underscores", key)
	}
	return root
}

func (im *importer) idOf(o Options) int64 {
	if id := im.src.Get("id").Int(); o.ID == 0 && id > 0 {
		return id
	}
	return max(o.ID, 1)
}

// hubOf returns the hub: as the element says, or the path of its first resource.
func (im *importer) hubOf() string {
	hub := firstOf(im.src.text("hub"), im.src.text("elementMetadata.hub"))
	for _, r := range im.src.Get("resources").Array() {
		if hub != "" {
			break
		}
		if rest, below := strings.CutPrefix(strings.Trim(textAt(r, "path"), "/"), "hubs/"); below {
			hub, _, _ = strings.Cut(rest, "/")
		}
	}
	return keyOf(firstOf(hub, "general"))
}

// sharedRequester returns what the requests of all resources share.
func (im *importer) sharedRequester() node {
	e := newEndpoint("", im.src.Result)
	e.shared, e.verb = true, "create"
	for _, p := range im.parametersOf("", im.src.Result) {
		im.apply(p, e)
	}
	im.queryOf("configuration."+keyBase, im.baseQuery, nil, e.query)
	bases := []string{"{{ config['base.url'] }}"}
	if im.base != "" {
		bases = append(bases, im.base)
	}
	e.requester["url_base"] = bases
	e.requester.set("request_parameters", e.query)
	e.requester.set("request_headers", e.headers)
	e.requester.set("hooks", im.hooks("hooks", im.src.Get("hooks")))
	return e.requester
}

// maxRounds bounds how often an element is checked: each round leaves out at least one
// part that does not pass.
const maxRounds = 50

// checked parses the element, and leaves out what does not pass, with a finding for
// each.
func (im *importer) checked(root node) (Imported, error) {
	for range maxRounds {
		if served, _ := root["resources"].([]node); len(served) == 0 {
			return Imported{}, im.nothing()
		}
		text, err := root.text()
		if err != nil {
			return Imported{}, err
		}
		if len(text) > element.MaxFile {
			return Imported{}, fmt.Errorf("the element would have %d resources in %d bytes of our format, and %d bytes are the most; leave out resources that you do not need",
				len(im.src.Get("resources").Array()), len(text), element.MaxFile)
		}
		el, err := element.Parse("import", text)
		if err == nil {
			return Imported{Element: el, File: text}, nil
		}
		if !im.prune(root, err) {
			return Imported{}, fmt.Errorf("the element cannot be used: %w", err)
		}
	}
	return Imported{}, errors.New("the element cannot be used: too much of it does not pass the checks")
}

// nothing says why nothing of the export can be served, in the words of its own members.
func (im *importer) nothing() error {
	why := []string{fmt.Sprintf("the element cannot be used: none of the %d entries in resources can be served", len(im.src.Get("resources").Array()))}
	for _, f := range im.report.Findings {
		if strings.HasPrefix(f.Path, "resources") && len(why) <= 3 {
			why = append(why, f.Path+" "+f.Message)
		}
	}
	return errors.New(strings.Join(why, "; "))
}

var listed = regexp.MustCompile(`^(polling\.resources|resources|configuration|hosts)\[(\d+)\]`)

// pruneRest leaves out what else problems are about, as far as there is an element
// without it: hooks and headers of all requests, the authenticator, webhooks.
func (im *importer) pruneRest(root node, path, message string) bool {
	shared, _ := root["requester"].(node)
	part, member, _ := strings.Cut(path, ".")
	inner, _, _ := strings.Cut(member, ".")
	inner, _, _ = strings.Cut(inner, "[")
	switch {
	case part == "authenticator" && len(im.src.Get("resources").Array()) > 0:
		if a, ok := root[part].(node); ok && a["type"] == "NoAuth" {
			return false
		}
		root[part] = node{"type": "NoAuth"}
	case part == "webhooks" && root[part] != nil:
		delete(root, part)
	case part == "requester" && inner != "url_base" && shared[inner] != nil:
		delete(shared, inner)
	default:
		return false
	}
	im.report.add(Error, firstOf(part, path), "is left out, since it cannot be used: %s: %s", path, message)
	return true
}

// prune leaves out the parts of the element that problems are about. It reports whether
// there were any, and whether resources are left.
func (im *importer) prune(root node, err error) bool {
	pruned, bad := false, map[string][]int{}
	for _, problem := range problemsOf(err) {
		m := listed.FindStringSubmatch(problem.Path)
		if m == nil {
			pruned = im.pruneRest(root, problem.Path, problem.Message) || pruned
			continue
		}
		if i, err := strconv.Atoi(m[2]); err == nil && !slices.Contains(bad[m[1]], i) {
			bad[m[1]] = append(bad[m[1]], i)
			im.report.add(Error, partName(root, m[1], i), "is left out, since it cannot be used: %s: %s", problem.Path, problem.Message)
		}
	}
	root["resources"] = without(root["resources"], bad["resources"])
	if fields, ok := root["configuration"]; ok {
		root["configuration"] = without(fields, bad["configuration"])
	}
	if polling, ok := root["polling"].(node); ok {
		polling["resources"] = without(polling["resources"], bad["polling.resources"])
	}
	rest, _ := root["resources"].([]node)
	return (pruned || len(bad) > 0) && len(rest) > 0
}

// problemsOf returns the problems that an error joins.
func problemsOf(err error) []*element.Problem {
	var all []*element.Problem
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, inner := range joined.Unwrap() {
			all = append(all, problemsOf(inner)...)
		}
		return all
	}
	if problem, ok := errors.AsType[*element.Problem](err); ok {
		all = append(all, problem)
	}
	return all
}

// partName names a part of an element as a reader of the export knows it.
func partName(root node, list string, i int) string {
	parts, _ := root[list].([]node)
	if polling, ok := root["polling"].(node); ok && list == "polling.resources" {
		parts, _ = polling["resources"].([]node)
	}
	if i >= len(parts) {
		return list
	}
	return fmt.Sprintf("%s %v", list, firstOf(nameOf(parts[i], "name"), nameOf(parts[i], "resource"), nameOf(parts[i], "key")))
}

func nameOf(n node, key string) string {
	text, _ := n[key].(string)
	return text
}

// without returns a list without some of its items.
func without(list any, bad []int) []node {
	all, _ := list.([]node)
	var kept []node
	for i, n := range all {
		if !slices.Contains(bad, i) {
			kept = append(kept, n)
		}
	}
	return kept
}
