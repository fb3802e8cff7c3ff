package pollerconfig

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone/internal/javadate"
)

// Bounds of numeric members.
const (
	maxPageSize = 100_000
	maxSeconds  = 366 * 24 * 60 * 60
)

// laterMembers are the platform's members that this version keeps without
// acting on them.
var laterMembers = []string{
	"createdCheckTolerance", "filterByUpdatedDate", "filterByUpdateDate", "filterByCurrentDate",
	"detect", "detectDeletes", "maxDeletedShare", "backfill", "updatedDateTimezone", "xPath",
}

// reader collects what is wrong while it reads.
type reader struct {
	problems Problems
	warnings []Problem
}

func (r *reader) problem(path, format string, args ...any) {
	r.problems = append(r.problems, Problem{path, fmt.Sprintf(format, args...)})
}

// member reads the configuration of one resource.
func (r *reader) member(name string, value gjson.Result, seen map[string]bool) (Member, bool) {
	path := Root + "." + name
	before := len(r.problems)
	switch {
	case strings.TrimSpace(name) == "":
		r.problem(Root, `has a member without a name; name the resource, such as "reports"`)
	case seen[name]:
		r.problem(path, "stands twice; keep one")
	case !value.IsObject():
		r.problem(path, `is %s; write an object with "url" and "idField"`, kind(value))
	}
	seen[name] = true
	if len(r.problems) > before {
		return Member{}, false
	}
	c := r.config(path, value)
	return Member{Resource: name, Text: value.Raw, Config: c}, len(r.problems) == before
}

// config reads the members of one resource's configuration.
func (r *reader) config(path string, value gjson.Result) Config {
	c := Config{Overlap: -1}
	seen := make(map[string]bool)
	value.ForEach(func(key, v gjson.Result) bool {
		name := key.String()
		at := path + "." + name
		if seen[name] {
			r.problem(at, "stands twice; keep one")
			return true
		}
		seen[name] = true
		if !blank(v) {
			r.setting(&c, name, at, v)
		}
		return true
	})
	if blank(value.Get("url")) {
		r.problem(path+".url", `is missing; write the hub URL to poll, such as "/hubs/expense/reports?where=…"`)
	}
	return c
}

// blank reports whether a member says nothing: old configurations are full of
// null and "" where nothing was entered.
func blank(v gjson.Result) bool {
	return v.Type == gjson.Null || v.Type == gjson.String && strings.TrimSpace(v.Str) == ""
}

// setting reads one member into c.
func (r *reader) setting(c *Config, name, path string, v gjson.Result) {
	switch name {
	case "url":
		c.URL = r.url(path, v)
	case "idField":
		c.IDField = strings.TrimSpace(r.text(path, v))
	case "datesConfiguration":
		r.dates(c, path, v)
	case "pageSize":
		c.PageSize = r.number(path, v, 1, maxPageSize)
	case "pollDelay":
		c.PollDelay = time.Duration(r.number(path, v, 0, maxSeconds)) * time.Second
	case "overlap":
		c.Overlap = time.Duration(r.number(path, v, 0, maxSeconds)) * time.Second
	case "ignoreFields":
		c.IgnoreFields = r.texts(path, v)
	default:
		r.warn(name, path)
	}
}

// warn notes a member that is kept and not acted on.
func (r *reader) warn(name, path string) {
	message := "is not known; it is kept and has no effect"
	if slices.Contains(laterMembers, name) {
		message = "is kept and has no effect in this version"
	}
	r.warnings = append(r.warnings, Problem{path, message})
}

// url reads the URL to poll and checks its macros.
func (r *reader) url(path string, v gjson.Result) string {
	text := strings.TrimSpace(r.text(path, v))
	for _, err := range flatten(javadate.CheckMacros(text)) {
		r.problem(path, "%v", err)
	}
	return text
}

// dates reads a datesConfiguration.
func (r *reader) dates(c *Config, path string, v gjson.Result) {
	if !v.IsObject() {
		r.problem(path, `is %s; write an object with "updatedDateField" and "updatedDateFormat"`, kind(v))
		return
	}
	c.Updated = r.date(path, v, "updatedDate", "")
	format := ""
	if c.Updated.Pattern != nil {
		format = c.Updated.Pattern.String()
	}
	c.Created = r.date(path, v, "createdDate", format)
	c.Dated = c.Updated.Field != "" || c.Created.Field != ""
	v.ForEach(func(key, _ gjson.Result) bool {
		name := key.String()
		rest := strings.TrimPrefix(strings.TrimPrefix(name, "updatedDate"), "createdDate")
		if rest == name || (rest != "Field" && rest != "Format" && rest != "Timezone") {
			r.warn(name, path+"."+name)
		}
		return true
	})
}

// date reads field, format and zone of one date. Without a format it has the
// usual one, if there is such.
func (r *reader) date(path string, v gjson.Result, prefix, usual string) Date {
	text := func(name string) string {
		return strings.TrimSpace(r.text(path+"."+prefix+name, v.Get(prefix+name)))
	}
	d := Date{Field: text("Field"), Zone: time.UTC}
	format, zone := cmp.Or(text("Format"), usual), text("Timezone")
	if d.Field == "" {
		return Date{}
	}
	var err error
	if format == "" {
		r.problem(path+"."+prefix+"Format", `is missing; write how %s is written, such as "yyyy-MM-dd'T'HH:mm:ss.SSS" or "milliseconds"`, d.Field)
	} else if d.Pattern, err = readable(format); err != nil {
		r.problem(path+"."+prefix+"Format", "%v", err)
	}
	if zone != "" {
		if d.Zone, err = javadate.Zone(zone); err != nil {
			r.problem(path+"."+prefix+"Timezone", "%v", err)
		}
	}
	return d
}

// readable compiles a pattern that dates can be read with.
func readable(format string) (*javadate.Pattern, error) {
	pattern, err := javadate.Compile(format)
	if err != nil {
		return nil, err
	}
	return pattern, pattern.Readable()
}

// text reads text; an absent or null member is empty.
func (r *reader) text(path string, v gjson.Result) string {
	if v.Exists() && v.Type != gjson.String && v.Type != gjson.Null {
		r.problem(path, "is %s; write text in quotes", kind(v))
	}
	return v.String()
}

// texts reads a list of texts, or one text with commas.
func (r *reader) texts(path string, v gjson.Result) []string {
	if !v.IsArray() {
		return strings.FieldsFunc(r.text(path, v), func(c rune) bool { return c == ',' || c == ' ' })
	}
	var list []string
	for i, item := range v.Array() {
		list = append(list, r.text(path+"."+strconv.Itoa(i), item))
	}
	return list
}

// number reads a whole number, which may be text.
func (r *reader) number(path string, v gjson.Result, low, high int) int {
	n, err := strconv.Atoi(strings.TrimSpace(v.String()))
	if err != nil || n < low || n > high || (v.Type != gjson.Number && v.Type != gjson.String) {
		r.problem(path, "is %s; write a whole number from %d to %d", v.Raw, low, high)
		return 0
	}
	return n
}

// flatten returns the errors joined in err.
func flatten(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}
