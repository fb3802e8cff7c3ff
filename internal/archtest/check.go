package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Check returns what breaks the rules in the module whose root is fsys, in the
// order of files and lines. It returns an error if it cannot read the module.
func Check(fsys fs.FS, rules Rules) ([]Problem, error) {
	mod, err := readModule(fsys)
	if err != nil {
		return nil, err
	}
	sources, unparsed, err := readSources(fsys)
	if err != nil {
		return nil, err
	}
	c := &checker{rules: rules, module: mod, problems: unparsed}
	for _, s := range sources {
		c.checkImports(s)
		c.checkClock(s)
		c.checkDeclarations(s)
		c.checkLength(s)
	}
	c.checkPackages(sources)
	if err := c.checkDependencies(fsys); err != nil {
		return nil, err
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return c.problems, nil
}

// checker collects the problems of one module.
type checker struct {
	rules    Rules
	module   module
	problems []Problem
}

// report adds a problem at a node of a file.
func (c *checker) report(s source, at ast.Node, format string, args ...any) {
	c.problems = append(c.problems, Problem{s.path, s.line(at), fmt.Sprintf(format, args...)})
}

// checkImports reports the imports that no arrow of the table allows.
func (c *checker) checkImports(s source) {
	line, listed := c.rules.Packages[s.folder]
	if !listed {
		return // checkPackages asks for a line
	}
	for _, spec := range s.tree.Imports {
		imported := importPath(spec)
		if spec.Name != nil && spec.Name.Name == "." {
			c.report(s, spec, "imports %s with a dot, which hides where names come from: drop the dot", imported)
		}
		folder, ours := c.module.folder(imported)
		mod, theirs := c.module.thirdParty(imported)
		switch {
		case ours && !c.mayImport(s, folder):
			c.report(s, spec, "imports %s, and no arrow leads there from %s: declare here the interface it needs"+
				" and let app pass the implementation; if the design has changed, change the line of %[2]s in %[3]s",
				imported, s.folder, c.rules.Table)
		case theirs && !c.mayUse(s, mod):
			c.report(s, spec, "imports %s, and %s may not use the module %s: the standard library may do;"+
				" if not, add the module to the line of %[2]s in %[4]s and say why in %[5]s",
				imported, s.folder, mod, c.rules.Table, c.rules.Dependencies)
		case !s.test && slices.Contains(line.Barred, imported):
			c.report(s, spec, "imports %s, which is barred from %s: take as an argument what it would read,"+
				" and return what it would write", imported, s.folder)
		}
	}
}

// mayImport reports whether the file may import a package of this module. The
// root is open to everybody, and a package to its own tests.
func (c *checker) mayImport(s source, folder string) bool {
	line := c.rules.Packages[s.folder]
	if folder == "." || slices.Contains(line.Imports, folder) {
		return true
	}
	return s.test && (folder == s.folder || slices.Contains(line.Tests, folder) || slices.Contains(c.rules.TestPackages, folder))
}

// mayUse reports whether the file may import packages of a third-party module.
func (c *checker) mayUse(s source, mod string) bool {
	return slices.Contains(c.rules.Packages[s.folder].Modules, mod) ||
		s.test && slices.Contains(c.rules.TestModules, mod)
}

// checkClock reports the places that read the clock without leave.
func (c *checker) checkClock(s source) {
	clock := c.rules.Packages[s.folder].Clock
	name := s.localName("time")
	if s.test || name == "" || slices.Contains(clock, "*") || slices.Contains(clock, path.Base(s.path)) {
		return
	}
	ast.Inspect(s.tree, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && readsClock(sel, name) {
			c.report(s, sel, "reads the clock with %s.%s: take now time.Time as an argument or a clock as a field;"+
				" the loops and handlers that must read it are listed in %s", name, sel.Sel.Name, c.rules.Table)
		}
		return true
	})
}

// readsClock reports whether a selector is a function of package time, called
// name in this file, that asks what time it is.
func readsClock(sel *ast.SelectorExpr, name string) bool {
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == name && slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name)
}

// checkDeclarations reports init functions and large interfaces.
func (c *checker) checkDeclarations(s source) {
	for _, decl := range s.tree.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == "init" && d.Recv == nil {
				c.report(s, d, "has an init function: call it from app or main, in sight, or build the value where it is declared")
			}
		case *ast.GenDecl:
			if d.Tok == token.TYPE && !s.test {
				c.checkInterfaces(s, d)
			}
		}
	}
}

// checkInterfaces reports the interfaces of a declaration that have too many
// methods of their own and do not say why. Embedded interfaces do not count:
// they have names and contracts of their own.
func (c *checker) checkInterfaces(s source, decl *ast.GenDecl) {
	excuse := fmt.Sprintf("Larger than %s methods because", spelled(c.rules.MaxMethods))
	for _, spec := range decl.Specs {
		t := spec.(*ast.TypeSpec) // the parser puts nothing else into a type declaration
		iface, ok := t.Type.(*ast.InterfaceType)
		if !ok {
			continue
		}
		methods := 0
		for _, field := range iface.Methods.List {
			methods += len(field.Names)
		}
		if methods > c.rules.MaxMethods && !strings.Contains(oneLine(decl.Doc)+oneLine(t.Doc), excuse) {
			c.report(s, t, "interface %s has %d methods, more than %d: split it by its callers,"+
				" or give the reason in its comment: %q", t.Name.Name, methods, c.rules.MaxMethods, excuse+" …")
		}
	}
}

// spelled returns a small number in words.
func spelled(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}

// checkLength reports a long file that does not say why.
func (c *checker) checkLength(s source) {
	excuse := fmt.Sprintf("Longer than %d lines because", c.rules.MaxFileLines)
	if s.lines > c.rules.MaxFileLines && !ast.IsGenerated(s.tree) && !s.excused(excuse) {
		c.report(s, s.tree.Name, "has %d lines, more than %d: move a type with its methods to a file of its own,"+
			" or give the reason in a comment: %q", s.lines, c.rules.MaxFileLines, excuse+" …")
	}
}

// checkPackages reports what is wrong with packages as a whole, at the package
// clause of their first file.
func (c *checker) checkPackages(sources []source) {
	files := map[string][]source{}
	for _, s := range sources {
		files[s.folder] = append(files[s.folder], s)
	}
	for folder, files := range files {
		c.checkPackage(folder, files)
	}
}

// checkPackage reports what is wrong with one package.
func (c *checker) checkPackage(folder string, files []source) {
	first := files[0]
	if i := slices.IndexFunc(files, func(s source) bool { return !s.test }); i >= 0 {
		first = files[i]
	}
	clause := first.tree.Name
	if _, listed := c.rules.Packages[folder]; !listed {
		c.report(first, clause, "package %s is not in the table: add a line for it to %s,"+
			" with what it may import, and its sentence to docs/architecture.md", folder, c.rules.Table)
	}
	if slices.Contains(c.rules.BannedNames, clause.Name) {
		c.report(first, clause, "the package name %s says nothing: name the package after what it is for", clause.Name)
	}
	if !first.test && !slices.ContainsFunc(files, documented) {
		c.report(first, clause, "package %s has no package comment: say in doc.go or its main file"+
			" what it is for, what it promises and what it refuses to do", folder)
	}
	if n := productLines(files); n > c.rules.MaxPackageLines {
		c.report(first, clause, "package %s has %d lines without its tests, more than %d:"+
			" find the part with a sentence of its own and make it a package", folder, n, c.rules.MaxPackageLines)
	}
}

// documented reports whether a file holds the package comment.
func documented(s source) bool { return !s.test && s.tree.Doc.Text() != "" }

// productLines counts the lines of a package that people wrote, tests aside.
func productLines(files []source) int {
	n := 0
	for _, s := range files {
		if s.counted() {
			n += s.lines
		}
	}
	return n
}

// checkDependencies reports the direct modules that the document does not name.
func (c *checker) checkDependencies(fsys fs.FS) error {
	text, err := fs.ReadFile(fsys, c.rules.Dependencies)
	if err != nil {
		return fmt.Errorf("read the document of dependencies: %w", err)
	}
	for _, r := range c.module.requires {
		if r.direct && !strings.Contains(string(text), "`"+r.path+"`") {
			c.problems = append(c.problems, Problem{"go.mod", r.line, fmt.Sprintf(
				"module %s is not in %s: say there what it is for and what we did not take", r.path, c.rules.Dependencies)})
		}
	}
	return nil
}
