// Package elements is the catalogue that ships with Turnstone: a folder for each
// element, named after its key, with its element.yaml, perhaps files with further resources beside
// it, and its testdata.
//
// It holds files and no code. Package element reads them:
//
//	catalogue, err := element.Load(elements.FS)
//
// How to write one is in docs/elements.md; element.schema.json, for editors, and
// the reference docs/element-format.md are generated from the declaration of the
// format.
package elements

import "embed"

//go:generate go run ../cmd/turnstone element schema --output element.schema.json
//go:generate go run ../cmd/turnstone element reference --output ../docs/element-format.md

// FS holds the files of every element.
//
//go:embed */element.yaml */resources/*.yaml
var FS embed.FS
