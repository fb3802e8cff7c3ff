// Package archtest holds the source of a Go module to the rules its authors
// wrote down: who may import whom, who may read the clock, how long things may
// grow. The rules of this module are the table in architecture_test.go.
//
// [Check] reports every breach with its file, its line and its remedy. It reads
// the files themselves, so that the test cache notices when they change; a test
// that asks the go command for the imports is answered from the cache.
//
// It knows nothing of types and does not build anything: what needs types is
// left to the linters.
package archtest

import "fmt"

// Rules is what [Check] holds a module to. Packages are named by their folder
// below the module's root, with slashes; the root itself is ".".
type Rules struct {
	// Packages has a line for each package. Check objects to a package without
	// one; a line without a package does no harm.
	Packages map[string]Package
	// TestPackages and TestModules may be imported by all tests, besides what
	// their package may import.
	TestPackages []string
	TestModules  []string
	// BannedNames are package names that say nothing.
	BannedNames []string
	// MaxFileLines goes for every file, unless a comment in it gives the reason
	// and begins with "Longer than <MaxFileLines> lines because".
	MaxFileLines int
	// MaxPackageLines goes for a package without its tests and generated files.
	MaxPackageLines int
	// MaxMethods goes for each interface, unless its comment gives the reason
	// and has "Larger than <MaxMethods> methods because" in it.
	MaxMethods int
	// Table is the file that holds Packages; remedies refer to it.
	Table string
	// Dependencies is the document that names each direct module of go.mod,
	// in backquotes.
	Dependencies string
}

// Package is what one package may do.
type Package struct {
	Imports []string // packages of this module; the root is always allowed
	Modules []string // third-party modules
	Barred  []string // packages of the standard library that it must not import
	Clock   []string // files that may read the clock; "*" is all of them
	Tests   []string // packages of this module that its tests may import as well
}

// Problem is one breach of the rules.
type Problem struct {
	File string // below the module's root, with slashes
	Line int
	Text string // what is wrong and what to do about it
}

// String returns the problem in the form that editors jump to.
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }
