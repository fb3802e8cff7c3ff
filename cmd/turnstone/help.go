package main

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// meaning is the help of a flag or argument: what it says of itself, what it may
// be, what it is if absent, and the environment variable that sets it.
func meaning(v *kong.Value) string {
	var notes []string
	if values := permitted(v); values != "" && !strings.Contains(v.Help, ": "+values) {
		notes = append(notes, "one of "+values)
	}
	if v.HasDefault && v.Default != "" && !v.IsBool() {
		notes = append(notes, "default "+v.Default)
	}
	for _, name := range variables(v) {
		notes = append(notes, "$"+name)
	}
	if len(notes) == 0 {
		return v.Help
	}
	return strings.TrimSuffix(v.Help, ".") + " (" + strings.Join(notes, "; ") + ")."
}

// permitted lists the values that a flag may have, if they are few.
func permitted(v *kong.Value) string {
	if v.Enum == "" {
		return ""
	}
	return strings.Join(strings.Split(v.Enum, ","), ", ")
}

// variables returns the environment variables that set a flag.
func variables(v *kong.Value) []string {
	return slices.DeleteFunc(slices.Clone(v.Tag.Envs), func(name string) bool { return name == "-" })
}

// fillPlaceholders names what a flag takes by its type, where the flag does not
// say so itself. Otherwise the help would show the default in its place.
func fillPlaceholders(n *kong.Node) {
	for _, f := range n.Flags {
		if f.PlaceHolder == "" && !f.IsBool() {
			f.PlaceHolder = placeholder(f)
		}
	}
	for _, child := range n.Children {
		fillPlaceholders(child)
	}
}

func placeholder(f *kong.Flag) string {
	switch v := f.Target; {
	case f.Enum != "":
		return "WORD"
	case v.Type() == reflect.TypeFor[time.Duration]():
		return "DURATION"
	case v.CanInt() || v.CanUint() || v.CanFloat():
		return "N"
	}
	return "TEXT"
}
