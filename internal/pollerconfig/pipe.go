package pollerconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// PipeRoot is the configuration key that ParsePipe reads; every path of its problems
// starts with it.
const PipeRoot = "event.poller.urls"

// pipeColumns are the columns of a line: where each of them stands in the member of
// the resource that the first one names.
var pipeColumns = []string{
	"", "url", "xPath",
	"datesConfiguration.updatedDateField", "datesConfiguration.updatedDateFormat", "datesConfiguration.updatedDateTimezone",
	"datesConfiguration.createdDateField", "datesConfiguration.createdDateFormat", "datesConfiguration.createdDateTimezone",
}

const pipeRemedy = `write a line for each resource, such as "contacts|/hubs/crm/contacts?where=…||modified|yyyy-MM-dd'T'HH:mm:ss", or names alone, such as "contacts|accounts"`

// ParsePipe reads the older form of a poller configuration: a line for each resource,
// with a | between its columns. The set is what Parse returns for the same in JSON,
// which is its Text, so that nobody else needs to know of the form. A text without
// URLs is a list of resources to be polled as the element says: then the set is empty
// and names holds them. The error is Problems, each of which says its line.
func ParsePipe(text string) (set Set, names []string, err error) {
	switch {
	case len(text) > MaxBytes:
		return Set{}, nil, Problems{{PipeRoot, fmt.Sprintf("is larger than %d bytes; poll fewer resources", MaxBytes)}}
	case !utf8.ValidString(text):
		return Set{}, nil, Problems{{PipeRoot, "is not valid UTF-8; " + pipeRemedy}}
	}
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	if !slices.ContainsFunc(lines, hasURL) {
		return Set{Text: "{}"}, pipeNames(lines), nil
	}
	p := pipe{seen: make(map[string]bool)}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if line = strings.TrimSpace(line); line != "" {
			p.line(number, line)
		}
	}
	if len(p.seen) > MaxResources {
		p.problems = append(p.problems, Problem{PipeRoot, fmt.Sprintf("names more than %d resources; spread them over several instances", MaxResources)})
	}
	if p.problems != nil {
		return Set{}, nil, p.problems
	}
	p.set.Text = "{" + strings.Join(p.members, ",") + "}"
	return p.set, nil, nil
}

// hasURL reports whether a line has a URL behind its resource, rather than another
// resource.
func hasURL(line string) bool {
	columns := strings.Split(line, "|")
	if len(columns) < 2 {
		return false
	}
	second := strings.TrimSpace(columns[1])
	return strings.HasPrefix(second, "/") || strings.Contains(second, "?")
}

// pipeNames returns the resources of a text without URLs.
func pipeNames(lines []string) []string {
	var names []string
	for _, line := range lines {
		for name := range strings.SplitSeq(line, "|") {
			if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// pipe collects what the lines of a configuration say.
type pipe struct {
	set      Set
	members  []string // JSON members of the set's text
	problems Problems
	seen     map[string]bool
}

// line reads the line of one resource, by way of the JSON that means the same.
func (p *pipe) line(number int, line string) {
	columns := strings.Split(line, "|")
	name := strings.TrimSpace(columns[0])
	problem := ""
	switch {
	case name == "":
		problem = "has no resource before its first |"
	case p.seen[name]:
		problem = fmt.Sprintf("names %.60q, which stands in a line before; keep one", name)
	case len(columns) > len(pipeColumns):
		problem = fmt.Sprintf("has %d columns, and there are %d at most", len(columns), len(pipeColumns))
	case !hasURL(line):
		problem = "has no URL as its second column"
	}
	p.seen[name] = true
	if problem != "" {
		p.problems = append(p.problems, Problem{PipeRoot, fmt.Sprintf("line %d %s; %s", number, problem, pipeRemedy)})
		return
	}
	member := jsonText(name) + ":" + pipeMember(columns)
	set, err := Parse("{" + member + "}")
	if problems, ok := err.(Problems); ok { //nolint:errorlint // Parse returns nothing else, and nothing wrapped
		p.problems = append(p.problems, atLine(number, problems)...)
		return
	}
	p.members = append(p.members, member)
	p.set.Members = append(p.set.Members, set.Members...)
	p.set.Warnings = append(p.set.Warnings, atLine(number, set.Warnings)...)
}

// pipeMember returns the configuration of a resource as a JSON object.
func pipeMember(columns []string) string {
	var outer, dates []string
	for i, text := range columns[1:] {
		where := pipeColumns[i+1]
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if name, isDate := strings.CutPrefix(where, "datesConfiguration."); isDate {
			dates = append(dates, jsonText(name)+":"+jsonText(text))
			continue
		}
		outer = append(outer, jsonText(where)+":"+jsonText(text))
	}
	if dates != nil {
		outer = append(outer, `"datesConfiguration":{`+strings.Join(dates, ",")+"}")
	}
	return "{" + strings.Join(outer, ",") + "}"
}

// atLine says of problems with a member that they are with a line.
func atLine(number int, problems []Problem) []Problem {
	lines := make([]Problem, len(problems))
	for i, p := range problems {
		lines[i] = Problem{
			Path:    PipeRoot + strings.TrimPrefix(p.Path, Root),
			Message: fmt.Sprintf("line %d: %s", number, p.Message),
		}
	}
	return lines
}

// jsonText returns text as a JSON string, with <, > and & as they are: URLs are full
// of them.
func jsonText(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return `""` // a text always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}
