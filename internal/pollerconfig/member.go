package pollerconfig

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone/internal/javadate"
	"turnstone/internal/spelling"
)

// Bounds of numeric members.
const (
	maxPageSize = 100_000
	maxSeconds  = 366 * 24 * 60 * 60
	maxMinutes  = 366 * 24 * 60
)

// What members stand for where they are not set.
const (
	usualTolerance    = 10 * time.Second // as in the platform's successor
	usualDeletedShare = 0.2
)

// settings are the members that are acted on and stand for themselves, by name. Those
// that depend on others are read by config.
var settings = map[string]func(r *reader, c *Config, path string, v gjson.Result){
	"url": func(r *reader, c *Config, path string, v gjson.Result) { c.URL = r.url(path, v) },
	"idField": func(r *reader, c *Config, path string, v gjson.Result) {
		c.IDField = strings.TrimSpace(r.text(path, v))
	},
	"pageSize": func(r *reader, c *Config, path string, v gjson.Result) {
		c.PageSize = r.number(path, v, 1, maxPageSize)
	},
	"pollDelay":    func(r *reader, c *Config, path string, v gjson.Result) { c.PollDelay = r.seconds(path, v) },
	"overlap":      func(r *reader, c *Config, path string, v gjson.Result) { c.Overlap = r.seconds(path, v) },
	"ignoreFields": func(r *reader, c *Config, path string, v gjson.Result) { c.IgnoreFields = r.texts(path, v) },
	"detect": func(r *reader, c *Config, path string, v gjson.Result) {
		if r.choice(path, v, "content", string(DetectDates)) == string(DetectDates) {
			c.Detect = DetectDates
		}
	},
	tolerance:             func(r *reader, c *Config, path string, v gjson.Result) { c.CreatedTolerance = r.seconds(path, v) },
	"filterByUpdatedDate": func(r *reader, c *Config, path string, v gjson.Result) { c.IgnoreUpdated = !r.boolean(path, v) },
	"filterByUpdateDate":  func(r *reader, c *Config, path string, v gjson.Result) { c.IgnoreUpdated = !r.boolean(path, v) },
	"filterByCurrentDate": func(r *reader, c *Config, path string, v gjson.Result) { c.LeaveLater = r.boolean(path, v) },
	"backfill":            func(r *reader, c *Config, path string, v gjson.Result) { c.Backfill = r.backfill(path, v) },
	"detectDeletes": func(r *reader, c *Config, path string, v gjson.Result) {
		c.DetectDeletes = time.Duration(r.number(path, v, 0, maxMinutes)) * time.Minute
	},
	"maxDeletedShare": func(r *reader, c *Config, path string, v gjson.Result) { c.MaxDeletedShare = r.share(path, v) },
	"order": func(r *reader, c *Config, path string, v gjson.Result) {
		c.NewestFirst = r.choice(path, v, "newestFirst") != ""
	},
}

// reader collects what is wrong while it reads.
type reader struct {
	problems Problems
	warnings []Problem
}

func (r *reader) problem(path, format string, args ...any) {
	r.problems = append(r.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func (r *reader) warn(path, message string) {
	r.warnings = append(r.warnings, Problem{path, message})
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
	c := Config{Overlap: -1, CreatedTolerance: usualTolerance, MaxDeletedShare: usualDeletedShare}
	seen := make(map[string]bool)
	value.ForEach(func(key, v gjson.Result) bool {
		name := key.String()
		switch {
		case seen[name]:
			r.problem(path+"."+name, "stands twice; keep one")
		case !blank(v):
			r.setting(&c, name, path+"."+name, v)
		}
		seen[name] = true
		return true
	})
	if blank(value.Get("url")) {
		r.problem(path+".url", `is missing; write the hub URL to poll, such as "/hubs/expense/reports?where=…"`)
	}
	if !blank(value.Get("filterByUpdatedDate")) && !blank(value.Get("filterByUpdateDate")) {
		r.problem(path+".filterByUpdateDate", "is another spelling of filterByUpdatedDate, which is there, too; keep one")
	}
	r.dates(&c, path, value)
	return c
}

// setting reads one member into c.
func (r *reader) setting(c *Config, name, path string, v gjson.Result) {
	read, known := settings[name]
	switch {
	case known:
		read(r, c, path, v)
	case name == "datesConfiguration" || name == outerZone: // read together
	case name == "xPath":
		r.warn(path, "is kept and has no effect; idField says where the id stands")
	default:
		r.unknown(name, path, slices.Sorted(maps.Keys(settings)))
	}
}

// successors are members of the platform's successor, which mean nothing here and are
// no misspelling of anything.
var successors = []string{
	"batchSize", "objectName", "parameters", "postHookPipelines", "postHooks", "useHydrationBeforePostHooks", "useLastPollDate",
}

// unknown warns of a member that nobody knows, and guesses which one was meant.
func (r *reader) unknown(name, path string, known []string) {
	message := "is not known; it is kept and has no effect"
	if guess, ok := spelling.Nearest(name, known); ok && !slices.Contains(successors, name) {
		message += fmt.Sprintf(" (is %q meant?)", guess)
	}
	r.warn(path, message)
}

// url reads the URL to poll and checks its macros and placeholders.
func (r *reader) url(path string, v gjson.Result) string {
	text := strings.TrimSpace(r.text(path, v))
	for _, err := range flatten(javadate.CheckMacros(text)) {
		r.problem(path, "%v", err)
	}
	if _, after, found := strings.Cut(text, "<INSERT_"); found {
		name, _, _ := strings.Cut(after, ">")
		r.problem(path, "has <INSERT_%.40s> from an example in it; write what belongs there", name)
	}
	_, err := Fill(text, func(string) (string, bool) { return "any", true })
	for _, err := range flatten(err) {
		r.problem(path, "%v", err)
	}
	return text
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
