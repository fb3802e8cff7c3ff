package legacy

import (
	"net/url"
	"slices"
	"strings"
)

// address is a URL of an export, taken apart.
type address struct {
	base  string // scheme and host, and for the base URL its path; a template
	path  string
	query string
}

// split takes a URL or a path of an export apart. Placeholders may stand anywhere.
func split(text string) address {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "#")
	text, query, found := strings.Cut(text, "?")
	if before, after, appended := strings.Cut(text, "&"); !found && appended {
		text, query = before, after // of a base URL that has a query itself
	}
	scheme, rest, whole := strings.Cut(text, "://")
	if !whole || strings.ContainsAny(scheme, "/{") {
		return address{path: text, query: query}
	}
	host, path, below := strings.Cut(rest, "/")
	if below {
		path = "/" + path
	}
	return address{base: strings.ToLower(scheme) + "://" + host, path: path, query: query}
}

// readBase makes the address of the API known: the default of base.url.
func (im *importer) readBase() {
	text := im.defaults[keyBase]
	if text == "" {
		im.report.add(Warning, "configuration", "there is no default base.url; each instance must have its own")
		return
	}
	a := split(text)
	im.baseQuery = a.query
	path := strings.TrimRight(a.path, "/")
	if template, ok := im.host("configuration."+keyBase, a.base); ok {
		inside, missing := im.template(path, nil)
		if len(missing) > 0 {
			im.report.add(Error, "configuration."+keyBase, "nothing says what %s stands for; write base.url in the instance", missing[0])
			return
		}
		im.base = template + inside
	}
}

// host returns scheme and host of an address as a template, and adds the host to those
// that may see a credential. Where the address cannot be used, the report says why.
func (im *importer) host(path, base string) (string, bool) {
	scheme, host, found := strings.Cut(base, "://")
	if !found || host == "" {
		im.report.add(Error, path, "%.80q is no web address; write base.url in the instance", base)
		return "", false
	}
	template, missing := im.template(host, nil)
	if len(missing) > 0 {
		im.report.add(Error, path, "nothing says what %s stands for; write base.url in the instance", missing[0])
		return "", false
	}
	pattern, ok := hostPattern(host)
	u, err := url.Parse(scheme + "://" + strings.TrimPrefix(pattern, "*."))
	switch {
	case !ok:
		im.report.add(Error, path, "the host is told by the configuration alone, so that a credential could go anywhere; write base.url in the instance")
		return "", false
	case err != nil || scheme != "https" || u.Port() != "" && u.Port() != "443":
		im.report.add(Warning, path, "%s://%s is not served over https on the usual port; write base.url in the instance if you trust it", scheme, host)
		return "", false
	}
	if pattern = strings.ToLower(strings.TrimSuffix(pattern, ":443")); !slices.Contains(im.hosts, pattern) {
		im.hosts = append(im.hosts, pattern)
	}
	return "https://" + strings.TrimSuffix(template, ":443"), true
}

// hostPattern returns a host in which placeholders begin the name, in whole labels, as
// our format writes it: *.example.com. A domain of one label does not bind anything.
func hostPattern(host string) (string, bool) {
	if !strings.Contains(host, "{") {
		return host, true
	}
	end := strings.LastIndexByte(host, '}')
	_, domain, dotted := strings.Cut(host[end:], ".")
	if !dotted || !strings.Contains(domain, ".") {
		return "", false
	}
	return "*." + domain, true
}

// queryOf reads the query of an address into request parameters.
func (im *importer) queryOf(path, query string, local names, into node) {
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err == nil && name != "" {
			if plain, err := url.QueryUnescape(value); err == nil {
				value = plain
			}
			template, missing := im.template(value, local)
			if len(missing) > 0 {
				im.report.add(Warning, path, "nothing says what %s in the query stands for; it is sent empty", missing[0])
			}
			into.set(name, template)
		}
	}
}
