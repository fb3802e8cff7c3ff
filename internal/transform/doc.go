// Package transform renames the members of records between what a vendor calls them
// and what an account calls them: its common resources.
//
// It promises that a field that was renamed is renamed back to where it stood, that
// values keep their exact text, numbers above all, and that members which no field
// names stay where they are, unless the mapping is strict. It is pure.
//
// It refuses to compute: a value becomes no other value, no two become one, and
// nothing is looked up. It reads no definitions; they describe, and mappings act.
package transform
