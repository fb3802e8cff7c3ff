package legacy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// Bounds of an export. The largest seen has 4 MB and 600 endpoints.
const (
	// MaxExport is how long an export may be, in bytes.
	MaxExport    = 8 << 20
	maxEndpoints = 3000
	maxUnwrapped = 3 // times that a text is an export in turn
)

// export is an element as the platform exports it. Its members are read as they come:
// exports of different years spell and type them differently.
type export struct{ gjson.Result }

// readExport reads an export, also one that was written as JSON text once more, or that
// stands in a list of one.
func readExport(data []byte) (export, error) {
	if len(data) > MaxExport {
		return export{}, fmt.Errorf("the export has %d bytes, and %d are read at most; leave out its models", len(data), MaxExport)
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(data), "\ufeff"))
	for range maxUnwrapped {
		if !gjson.Valid(text) {
			return export{}, errors.New("the export is no JSON; write what the platform exported as it came")
		}
		root := gjson.Parse(text)
		switch {
		case root.Type == gjson.String:
			text = root.String()
		case root.IsArray() && len(root.Array()) == 1:
			text = root.Array()[0].Raw
		case root.IsArray():
			return export{}, errors.New("the export holds several elements; import them one by one")
		case root.Get("elements").IsArray() && !root.Get("resources").Exists():
			text = root.Get("elements").Raw
		default:
			return checkExport(root)
		}
	}
	return export{}, errors.New("the export is wrapped more often than any that is known")
}

// checkExport refuses JSON that is no element of the platform.
func checkExport(root gjson.Result) (export, error) {
	e := export{root}
	switch {
	case !root.IsObject():
		return e, errors.New("the export is no object; write what the platform exported as it came")
	case !root.Get("resources").IsArray():
		return e, errors.New("the export has no list of resources; write what GET /elements/{key}/export or the Builder's Export gave")
	case len(root.Get("resources").Array()) > maxEndpoints:
		return e, fmt.Errorf("the export has more than %d resources; split it", maxEndpoints)
	case e.text("key") == "" && e.text("name") == "":
		return e, errors.New("the export has neither key nor name; add a key")
	}
	return e, nil
}

// IsExport reports whether data looks like an export of the platform rather than an
// element file of ours, which is no JSON or has a version and an authenticator.
func IsExport(data []byte) bool {
	e, err := readExport(data)
	return err == nil && !e.Get("authenticator").Exists()
}

// text returns a member as text without white space around it; empty for null.
func (e export) text(path string) string { return textAt(e.Result, path) }

func textAt(r gjson.Result, path string) string {
	found := r.Get(path)
	if found.IsObject() || found.IsArray() {
		return ""
	}
	return strings.TrimSpace(found.String())
}

// word returns a member that is one of some words, which exports spell in either case.
func word(r gjson.Result, path string) string { return strings.ToLower(textAt(r, path)) }
