package openapi

import (
	"bytes"
	"cmp"
	_ "embed" // the page and its style
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed reference.html
var page string

//go:embed reference.css
var style string

// Style returns the style sheet that the reference page asks for beside itself.
func Style() string { return style }

// Reference returns the page that shows a document to people, as HTML without
// scripts. It expects its style sheet at docs/style.css, and the document itself at
// openapi.yaml.
func Reference(text []byte) ([]byte, error) {
	var whole document
	if err := yaml.UnmarshalWithOptions(text, &whole, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("read the description of the API: %w", err)
	}
	r := reader{whole}
	t, err := template.New("reference").Funcs(template.FuncMap{"paragraphs": paragraphs}).Parse(page)
	if err != nil {
		return nil, fmt.Errorf("read the reference page: %w", err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, r.book()); err != nil {
		return nil, fmt.Errorf("write the reference page: %w", err)
	}
	return b.Bytes(), nil
}

// book is what the page shows.
type book struct {
	Title, Summary, Description string
	Groups                      []group
}

// group is the operations of a tag.
type group struct {
	ID, Name, Description string
	Operations            []operation
}

// operation is a method and path, and what is said of it.
type operation struct {
	ID, Method, Path, Summary, Description string
	Also                                   []string // other paths of the same
	Public                                 bool
	Parameters                             []field
	Body                                   *content
	Answers                                []answer
}

// answer is what an operation may answer with.
type answer struct {
	Status, Description string
	Content             *content
}

// content is a body.
type content struct {
	Type    string
	Fields  []field
	Example string
}

// field is a parameter, or a member of a body with the path to it.
type field struct {
	Name, In, Type, Description string
	Required                    bool
}

// reader reads a document.
type reader struct{ whole document }

func (r reader) book() book {
	info := section(r.whole, "info")
	b := book{Title: text(info, "title"), Summary: text(info, "summary"), Description: text(info, "description")}
	tags, _ := value(r.whole, "tags").([]any)
	for _, t := range tags {
		tag, _ := t.(document)
		g := group{Name: text(tag, "name"), Description: text(tag, "description")}
		g.ID = "group-" + strings.ReplaceAll(g.Name, " ", "-")
		g.Operations = r.operations(g.Name)
		if len(g.Operations) > 0 {
			b.Groups = append(b.Groups, g)
		}
	}
	return b
}

// operations returns those of a tag. What is the same below another path is told with
// the operation that it is the same as.
func (r reader) operations(tag string) []operation {
	var all []operation
	also := map[string][]string{}
	for _, item := range section(r.whole, "paths") {
		path, _ := item.Value.(document)
		for _, member := range path {
			o, isMapping := member.Value.(document)
			tags, _ := value(o, "tags").([]any)
			if !isMapping || !slices.Contains(methods, fmt.Sprint(member.Key)) || !slices.Contains(tags, any(tag)) {
				continue
			}
			id := text(o, "operationId")
			original := id
			for _, suffix := range suffixes() {
				original = strings.TrimSuffix(original, suffix)
			}
			if original != id {
				also[original] = append(also[original], fmt.Sprint(item.Key))
				continue
			}
			all = append(all, r.operation(strings.ToUpper(fmt.Sprint(member.Key)), fmt.Sprint(item.Key), path, o))
		}
	}
	for i := range all {
		all[i].Also = also[all[i].ID]
	}
	return all
}

func (r reader) operation(method, path string, shared, o document) operation {
	security, given := value(o, "security").([]any)
	made := operation{
		ID: text(o, "operationId"), Method: method, Path: path, Summary: text(o, "summary"),
		Description: text(o, "description"), Public: given && len(security) == 0,
	}
	for _, listed := range []document{shared, o} {
		parameters, _ := value(listed, "parameters").([]any)
		for _, p := range parameters {
			one := r.resolved(p)
			made.Parameters = append(made.Parameters, field{
				Name: text(one, "name"), In: text(one, "in"), Type: r.typeOf(section(one, "schema")),
				Description: text(one, "description"), Required: value(one, "required") == true,
			})
		}
	}
	made.Body = r.content(r.resolved(value(o, "requestBody")))
	for _, member := range section(o, "responses") {
		one := r.resolved(member.Value)
		said := answer{Status: fmt.Sprint(member.Key), Description: text(one, "description")}
		if said.Status < "400" { // errors all look alike, which is told once
			said.Content = r.content(one)
		}
		made.Answers = append(made.Answers, said)
	}
	slices.SortFunc(made.Answers, func(a, b answer) int { return cmp.Compare(a.Status, b.Status) })
	return made
}

// content returns the first kind of body that d has; nil: none.
func (r reader) content(d document) *content {
	for _, member := range section(d, "content") {
		media, _ := member.Value.(document)
		c := &content{Type: fmt.Sprint(member.Key), Example: exampleText(value(media, "example"))}
		c.Fields = r.fields(section(media, "schema"), "", 0)
		return c
	}
	return nil
}

// deepest is how many levels of a body are listed; the example shows the rest.
const deepest = 3

// fields lists the members of a schema.
func (r reader) fields(schema document, path string, level int) []field {
	schema = r.resolved(schema)
	if items := section(schema, "items"); items != nil {
		return r.fields(items, path, level)
	}
	var all []field
	for _, keyword := range []string{"allOf", "oneOf"} {
		parts, _ := value(schema, keyword).([]any)
		for _, p := range parts {
			part, _ := p.(document)
			all = append(all, r.fields(part, path, level)...)
			if keyword == "oneOf" {
				break // the others are forms of the same
			}
		}
	}
	required, _ := value(schema, "required").([]any)
	for _, member := range section(schema, "properties") {
		name := fmt.Sprint(member.Key)
		of := r.resolved(member.Value)
		all = append(all, field{
			Name: path + name, Type: r.typeOf(of), Description: text(of, "description"), Required: slices.Contains(required, any(name)),
		})
		if level < deepest {
			all = append(all, r.fields(of, path+name+".", level+1)...)
		}
	}
	return all
}

// typeOf names the type of a schema.
func (r reader) typeOf(schema document) string {
	schema = r.resolved(schema)
	if list, ok := value(schema, "enum").([]any); ok {
		words := make([]string, len(list))
		for i, each := range list {
			words[i] = fmt.Sprintf("%q", fmt.Sprint(each))
		}
		return strings.Join(words, " | ")
	}
	switch kind := value(schema, "type").(type) {
	case string:
		if kind == "array" {
			return "array of " + cmp.Or(r.typeOf(section(schema, "items")), "any")
		}
		return kind
	case []any:
		words := make([]string, len(kind))
		for i, each := range kind {
			words[i] = fmt.Sprint(each)
		}
		return strings.Join(words, " | ")
	}
	return "object"
}

// resolved returns what a value refers to, or the value itself.
func (r reader) resolved(v any) document {
	d, _ := v.(document)
	to := text(d, "$ref")
	if to == "" {
		return d
	}
	at := r.whole
	for word := range strings.SplitSeq(strings.TrimPrefix(to, "#/"), "/") {
		at = section(at, strings.NewReplacer("~1", "/", "~0", "~").Replace(word))
	}
	return at
}

// text returns a member that is text.
func text(d document, key string) string {
	s, _ := value(d, key).(string)
	return s
}

// exampleText renders an example as JSON, or as it is where it is text.
func exampleText(v any) string {
	if s, ok := v.(string); ok || v == nil {
		return s
	}
	inline, err := yaml.MarshalWithOptions(v, yaml.JSON())
	if err != nil {
		return ""
	}
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(inline), "", "  "); err != nil {
		return string(inline)
	}
	return b.String()
}

// span is a piece of a description: plain, or with the mark-up that it was written in.
type span struct {
	Text       string
	Code, Bold bool
}

// paragraphs reads the little of CommonMark that descriptions use: empty lines
// between paragraphs, `code` and **bold**.
func paragraphs(s string) [][]span {
	var all [][]span
	for paragraph := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		if paragraph == "" {
			continue
		}
		var spans []span
		for i, part := range strings.Split(strings.Join(strings.Fields(paragraph), " "), "`") {
			if i%2 == 1 {
				spans = append(spans, span{Text: part, Code: true})
				continue
			}
			for j, inside := range strings.Split(part, "**") {
				spans = append(spans, span{Text: inside, Bold: j%2 == 1})
			}
		}
		all = append(all, spans)
	}
	return all
}
