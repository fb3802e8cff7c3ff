package openapi

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/goccy/go-yaml"
)

// header begins the file.
const header = "# Code generated from internal/openapi/parts by go generate; DO NOT EDIT.\n"

// document is a mapping whose members keep their order.
type document = yaml.MapSlice

// Assemble puts the document together from the YAML files of parts, in the order of
// their names. Examples come from the golden files of golden. The errors name the
// file, or the path in the document.
func Assemble(parts, golden fs.FS) ([]byte, error) {
	files, err := fs.Glob(parts, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the parts: %w", err)
	}
	var whole document
	for _, file := range files {
		part, err := read(parts, file)
		if err != nil {
			return nil, err
		}
		if whole, err = merge(whole, part, ""); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	if err := examples(whole, golden); err != nil {
		return nil, err
	}
	if whole, err = writtenOut(whole); err != nil {
		return nil, err
	}
	text, err := yaml.MarshalWithOptions(whole, yaml.Indent(2), yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	return append([]byte(header), text...), nil
}

func read(parts fs.FS, file string) (document, error) {
	data, err := fs.ReadFile(parts, file)
	if err != nil {
		return nil, fmt.Errorf("read a part: %w", err)
	}
	var part document
	if err := yaml.UnmarshalWithOptions(data, &part, yaml.UseOrderedMap(), yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return part, nil
}

// merge adds the members of b to those of a. Lists are joined; anything else may
// stand in one part only.
func merge(a, b document, at string) (document, error) {
	for _, member := range b {
		key := fmt.Sprint(member.Key)
		i := index(a, key)
		if i < 0 {
			a = append(a, member)
			continue
		}
		switch mine := a[i].Value.(type) {
		case document:
			theirs, ok := member.Value.(document)
			if !ok {
				return nil, fmt.Errorf("%s/%s is no mapping here", at, key)
			}
			joined, err := merge(mine, theirs, at+"/"+key)
			if err != nil {
				return nil, err
			}
			a[i].Value = joined
		case []any:
			theirs, ok := member.Value.([]any)
			if !ok {
				return nil, fmt.Errorf("%s/%s is no list here", at, key)
			}
			a[i].Value = slices.Concat(mine, theirs)
		default:
			return nil, fmt.Errorf("%s/%s stands in another part already", at, key)
		}
	}
	return a, nil
}

// index returns where a member is; -1: there is none.
func index(d document, key string) int {
	return slices.IndexFunc(d, func(m yaml.MapItem) bool { return fmt.Sprint(m.Key) == key })
}

// value returns a member; nil: there is none.
func value(d document, key string) any {
	if i := index(d, key); i >= 0 {
		return d[i].Value
	}
	return nil
}

// without returns d without a member.
func without(d document, key string) document {
	return slices.DeleteFunc(slices.Clone(d), func(m yaml.MapItem) bool { return fmt.Sprint(m.Key) == key })
}

// section returns a member that is a mapping; nil: there is none.
func section(d document, key string) document {
	inside, _ := value(d, key).(document)
	return inside
}
