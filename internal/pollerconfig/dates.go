package pollerconfig

import (
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone/internal/javadate"
)

// outerZone is a member that old configurations have beside datesConfiguration.
const outerZone = "updatedDateTimezone"

// tolerance is a member that some configurations have in datesConfiguration.
const tolerance = "createdCheckTolerance"

// dateMembers are the members of a datesConfiguration.
var dateMembers = []string{
	"updatedDateField", "updatedDateFormat", "updatedDateTimezone",
	"createdDateField", "createdDateFormat", "createdDateTimezone",
}

// dates reads the datesConfiguration of a resource.
func (r *reader) dates(c *Config, path string, value gjson.Result) {
	v := value.Get("datesConfiguration")
	at := path + ".datesConfiguration"
	zone := strings.TrimSpace(r.text(path+"."+outerZone, value.Get(outerZone)))
	switch {
	case blank(v) && zone != "":
		r.warn(path+"."+outerZone, "has no effect without datesConfiguration; the element knows the zone of its own dates")
		return
	case blank(v):
		return
	case !v.IsObject():
		r.problem(at, `is %s; write an object with "updatedDateField" and "updatedDateFormat"`, kind(v))
		return
	}
	usual := Date{Zone: r.zone(path+"."+outerZone, zone, time.UTC)}
	c.Updated = r.date(at, v, "updatedDate", usual)
	usual.Pattern = c.Updated.Pattern
	c.Created = r.date(at, v, "createdDate", usual)
	c.Dated = c.Updated.Field != "" || c.Created.Field != ""
	v.ForEach(func(key, _ gjson.Result) bool {
		if name := key.String(); name != tolerance && !slices.Contains(dateMembers, name) {
			r.unknown(name, at+"."+name, dateMembers)
		}
		return true
	})
	r.innerTolerance(c, at+"."+tolerance, v.Get(tolerance), value.Get(tolerance))
}

// innerTolerance reads a createdCheckTolerance within datesConfiguration, which
// belongs beside it. Published configurations have it there.
func (r *reader) innerTolerance(c *Config, path string, inner, outer gjson.Result) {
	switch {
	case blank(inner):
	case blank(outer):
		c.CreatedTolerance = r.seconds(path, inner)
	default:
		r.warn(path, "has no effect, since there is one outside of datesConfiguration")
	}
}

// date reads field, format and zone of one date. What it does not say is as in
// usual.
func (r *reader) date(path string, v gjson.Result, prefix string, usual Date) Date {
	text := func(name string) string {
		return strings.TrimSpace(r.text(path+"."+prefix+name, v.Get(prefix+name)))
	}
	d := Date{Field: text("Field"), Pattern: usual.Pattern}
	format, zone := text("Format"), text("Timezone")
	if d.Field == "" {
		return Date{}
	}
	switch {
	case format != "":
		d.Pattern = r.pattern(path+"."+prefix+"Format", format)
	case d.Pattern == nil:
		r.problem(path+"."+prefix+"Format", `is missing; write how %s is written, such as "yyyy-MM-dd'T'HH:mm:ss.SSS" or "milliseconds"`, d.Field)
	}
	d.Zone = r.zone(path+"."+prefix+"Timezone", zone, usual.Zone)
	return d
}

// pattern compiles a pattern that dates can be read with.
func (r *reader) pattern(path, format string) *javadate.Pattern {
	pattern, err := javadate.Compile(format)
	if err == nil {
		err = pattern.Readable()
	}
	if err != nil {
		r.problem(path, "%v", err)
	}
	return pattern
}
