package element

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
)

// Catalogue is a set of elements. It does not change, and any number of
// goroutines may use it.
type Catalogue struct {
	sorted []*Element
	byName map[string]*Element // key, and ID as text
}

// Load reads the element of every folder of fsys, as [Read] does. The error joins the
// problems of all files; there is no catalogue then.
func Load(fsys fs.FS) (*Catalogue, error) {
	files, err := fs.Glob(fsys, "*/element.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the elements: %w", err)
	}
	c := &Catalogue{byName: map[string]*Element{}}
	var problems []error
	for _, file := range files {
		problems = append(problems, c.load(fsys, file))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	slices.SortFunc(c.sorted, func(a, b *Element) int { return cmp.Compare(a.Key, b.Key) })
	return c, nil
}

func (c *Catalogue) load(fsys fs.FS, file string) error {
	folder := path.Dir(file)
	e, err := Read(fsys, folder)
	if err != nil {
		return err
	}
	if folder != e.Key {
		return fmt.Errorf("%s: key is %q in the folder %q; rename one of them", file, e.Key, folder)
	}
	id := strconv.FormatInt(e.ID, 10)
	if other, taken := c.byName[id]; taken {
		return fmt.Errorf("%s: id %s is that of element %q; choose another", file, id, other.Key)
	}
	c.byName[e.Key], c.byName[id] = e, e
	c.sorted = append(c.sorted, e)
	return nil
}

// Lookup returns the element with that key or, in decimal digits, that ID.
func (c *Catalogue) Lookup(keyOrID string) (*Element, bool) {
	e, ok := c.byName[keyOrID]
	return e, ok
}

// All returns the elements in the order of their keys.
func (c *Catalogue) All() []*Element { return slices.Clone(c.sorted) }
