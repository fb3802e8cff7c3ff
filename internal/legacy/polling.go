package legacy

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// poller is a member of the default poller configuration.
type poller struct {
	gjson.Result
	path     string
	resource string
	url      string
}

// readPolling makes the default pollers known, and what they ask for.
func (im *importer) readPolling() {
	text := im.defaults[keyPollers]
	if text == "" {
		return
	}
	at := "configuration." + keyPollers
	if !gjson.Valid(text) || !gjson.Parse(text).IsObject() {
		im.report.add(Error, at, "the default is no JSON object; nothing is polled unless the instance says what")
		return
	}
	gjson.Parse(text).ForEach(func(name, value gjson.Result) bool {
		p := poller{Result: value, path: at + "." + name.String(), resource: strings.Trim(name.String(), "/ "), url: textAt(value, "url")}
		if p.url == "" {
			im.report.add(Error, p.path, "has no url; it is not polled")
			return true
		}
		im.pollers = append(im.pollers, p)
		im.polledAttributes[p.resource] = append(im.polledAttributes[p.resource], comparedWith(p.url)...)
		return true
	})
}

// equal finds the attributes that a where clause compares with =.
var equal = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_.]*)\s*=`)

// comparedWith returns the attributes that the where clause of a URL compares with =.
func comparedWith(address string) []string {
	_, query, _ := strings.Cut(address, "?")
	if plain, err := url.PathUnescape(query); err == nil {
		query = plain
	}
	_, where, found := strings.Cut(query, "where=")
	if !found {
		return nil
	}
	var names []string
	for _, m := range equal.FindAllStringSubmatch(where, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// pollerOf returns the default poller of a resource.
func (im *importer) pollerOf(resource string) (poller, bool) {
	i := slices.IndexFunc(im.pollers, func(p poller) bool { return p.resource == resource })
	if i < 0 {
		return poller{}, false
	}
	return im.pollers[i], true
}

// polling returns what an instance polls when its configuration does not say.
func (im *importer) polling(resources map[string]*grouped) node {
	n := node{}
	if minutes, err := strconv.Atoi(im.defaults[keyInterval]); err == nil && minutes > 0 {
		n["refresh_interval"] = minutes
	}
	var all []node
	for _, p := range im.pollers {
		switch g := resources[p.resource]; {
		case g == nil || g.list == nil:
			im.report.add(Error, p.path, "there is no list of %s that could be polled; it is left out", p.resource)
		case strings.Contains(p.resource, "{"):
			im.report.add(Warning, p.path, "needs a value for each parameter of its name; copy it into event.poller.configuration with the values in their place")
		default:
			all = append(all, im.poller(p))
		}
	}
	n.set("resources", all)
	if word := strings.ToLower(im.defaults[keyVendorType]); word == "polling" && len(all) == 0 {
		im.report.add(Warning, "configuration."+keyVendorType, "says that the element polls, and there is nothing to poll by default; write event.poller.configuration in the instance")
	}
	return n
}

// poller returns a default poller in our format.
func (im *importer) poller(p poller) node {
	n := node{"resource": p.resource, "url": "/hubs/" + im.hub + "/" + p.resource, "idField": firstOf(textAt(p.Result, "idField"), defaultKey)}
	if _, query, found := strings.Cut(p.url, "?"); found {
		n["url"] = n["url"].(string) + "?" + query
	}
	more := node{}
	p.ForEach(func(name, value gjson.Result) bool {
		switch key := name.String(); key {
		case "url", "idField":
		case "datesConfiguration":
			n.set(key, im.dates(p.path, value))
		default:
			if v := value.Value(); v != nil && !value.IsObject() && !value.IsArray() {
				more[key] = v
			} else if v != nil {
				im.report.add(Warning, p.path+"."+key, "is not carried over")
			}
		}
		return true
	})
	n.set("more", more)
	return n
}

// dateMembers are those of datesConfiguration.
var dateMembers = []string{
	"updatedDateField", "updatedDateFormat", "updatedDateTimezone", "createdDateField", "createdDateFormat", "createdDateTimezone",
}

func (im *importer) dates(at string, dates gjson.Result) node {
	n := node{}
	dates.ForEach(func(name, value gjson.Result) bool {
		if !slices.Contains(dateMembers, name.String()) {
			im.report.add(Warning, at+".datesConfiguration."+name.String(), "is not known in datesConfiguration, and is left out")
			return true
		}
		n.set(name.String(), value.String())
		return true
	})
	return n
}

// incremental returns how changed records of a resource are told from others; nil: not
// by dates.
func (im *importer) incremental(resource string) node {
	p, polled := im.pollerOf(resource)
	field, format := textAt(p.Result, "datesConfiguration.updatedDateField"), textAt(p.Result, "datesConfiguration.updatedDateFormat")
	if !polled || field == "" || format == "" {
		return nil
	}
	n := node{"cursor_field": field, "cursor_datetime_formats": []string{format}}
	n.set("created_field", textAt(p.Result, "datesConfiguration.createdDateField"))
	n.set("time_zone", textAt(p.Result, "datesConfiguration.updatedDateTimezone"))
	return n
}
