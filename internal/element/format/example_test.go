package format_test

import (
	"fmt"
	"reflect"

	"turnstone/internal/element/format"
)

func ExampleDecode() {
	var g garden
	doc := format.Decode("kew.yaml", []byte("naem: Kew\nsoil: 3\nseason: summer\n"), &g)
	fmt.Println(doc.Err())
	// Output:
	// kew.yaml:1:1: naem: unknown key; did you mean name?
	// kew.yaml:1:1: name: is missing; write it, as in name: Kew
	// kew.yaml:2:7: soil: is 3; write it in quotes, since it is text
	// kew.yaml:3:9: season: "summer" is no season; write it like May-June
}

func ExampleJSONSchema() {
	fmt.Printf("%s", format.JSONSchema(reflect.TypeFor[walls](), "Walls"))
	// Output:
	// {
	//   "$schema": "https://json-schema.org/draft/2020-12/schema",
	//   "title": "Walls",
	//   "type": "object",
	//   "properties": {
	//     "height": {
	//       "description": "In feet.",
	//       "type": "integer"
	//     }
	//   },
	//   "additionalProperties": false
	// }
}

func ExampleReference() {
	fmt.Printf("%s", format.Reference(reflect.TypeFor[bed]()))
	// Output:
	//
	// ## bed
	//
	// The file itself.
	//
	// | key | value | meaning |
	// |---|---|---|
	// | `plants` | list of text; **required** | What grows here. |
	// | `width` | number; default `2` | In steps. |
}
