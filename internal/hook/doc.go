// Package hook runs the small programs with which elements read what a vendor says
// in its own way: jq, or JavaScript in the form of the platform's hooks.
//
// A hook sees the inputs that it is given and nothing else: no files, no network, no
// environment, no modules, and nothing of an earlier run. Runs are independent of each
// other, and a Program may run many times at once.
//
// A run ends after TimeLimit, and fails if it makes the heap grow by more than
// MemoryLimit, recurses deeper than a thousand calls, or answers more than MaxResult.
// The steps in which a program could grow without being asked (repeat, padding, join,
// replace, long arrays) are bounded too; eval, the Function constructor and typed
// arrays are not there.
//
// That protects from mistakes, and it makes attacks hard, but it is no prison: a
// regular expression with look-around or back-references is not interrupted, the heap is
// measured for the whole process every few milliseconds, and jq may print a value that
// it nested some million levels deep. Hooks are code that an account's administrators
// install; who lets strangers have accounts should review them.
package hook
