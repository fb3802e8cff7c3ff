package element

import (
	"fmt"
	"reflect"
	"slices"

	"turnstone/internal/element/format"
)

const referenceHead = `# The element format

Reference of ` + "`element.yaml`" + `, version %d. Generated from the declaration in
` + "`internal/element/schema.go`" + `; do not edit. How to write an element: [elements.md](elements.md).

## Kinds of value

| kind | what to write |
|---|---|
| text | text; in quotes where YAML would read a number, a truth value or nothing |
| template | text that may hold lookups, each between double braces |
| duration | a length of time: ` + "`90s`, `5m`, `1h30m`" + ` |
| number | a whole number, without quotes |
| true/false | one of both, without quotes |
| list of … | a YAML list; a list of texts or templates may be written as its only item |
| map of … | names of your choice, each with a value of that kind |

A path, in what follows, leads to a value inside JSON: names with dots between them, as in
` + "`data.items`" + `.

## Lookups

| lookup | finds | where |
|---|---|---|
| ` + "`{{ config['key'] }}`" + ` | an entry of the instance's configuration | everywhere |
| ` + "`{{ credential.name }}`" + ` | a part that ` + "`token_response.keep`" + ` names | everywhere |
| ` + "`{{ uuid }}`" + ` | a new UUID | requests |
| ` + "`{{ where['name'] }}`" + ` | an attribute of the where clause or of the query | requests of resources |
| ` + "`{{ path.reportId }}`" + ` | the value of ` + "`{reportId}`" + ` in the resource's name | requests of resources with that parameter |
| ` + "`{{ parent.key }}`" + ` | the key of the parent's record | retrievers with a partition_router |
| ` + "`{{ id }}`" + ` | the id of the record | operations |

What is not there is empty. Values are escaped for the place they go to.
`

// Reference returns the element format as a page of Markdown with a table for each
// part of it.
func Reference() []byte {
	return slices.Concat(fmt.Appendf(nil, referenceHead, FormatVersion), format.Reference(reflect.TypeFor[Element]()))
}

// JSONSchema returns the element format as a JSON Schema of draft 2020-12, for
// editors. What a schema cannot say, such as that a resource exists, [Parse] checks.
func JSONSchema() []byte {
	return format.JSONSchema(reflect.TypeFor[Element](), "Turnstone element")
}
