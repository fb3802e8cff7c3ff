package catalogue

import (
	"context"
	"errors"
	"strings"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/generic"
)

// declaration is all that the element of an instance depends on.
type declaration struct {
	base          *element.Element
	configuration string
}

// OfInstance returns the element of an instance, with the resources that its
// configuration declares if the element leaves them to it. The error is Find's, or a
// *element.ConfigurationError.
func (c *Catalogue) OfInstance(ctx context.Context, in turnstone.Instance) (*element.Element, error) {
	base, err := c.Find(ctx, in.AccountID, in.Element)
	if err != nil || base.ResourcesFrom == "" {
		return base, err
	}
	key := declaration{base, relevant(base, in.Configuration)}
	c.mu.Lock()
	known := c.declared[key]
	c.mu.Unlock()
	if known != nil {
		return known, nil
	}
	made, err := generic.Of(base, in.Configuration)
	if err != nil {
		return nil, configurationError(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.declared) >= maxDeclared {
		clear(c.declared)
	}
	c.declared[key] = made
	return made, nil
}

// relevant returns the entries on which an instance's element depends, as text. Of a
// secret it matters only that there is one.
func relevant(base *element.Element, config turnstone.Configuration) string {
	var b strings.Builder
	for _, f := range base.Configuration {
		value := config[f.Key]
		if base.Secret(f.Key) && value != "" {
			value = turnstone.Masked
		}
		b.WriteString(value)
		b.WriteByte(0)
	}
	return b.String()
}

// configurationError tells what is wrong with a declaration as one error of its entry.
func configurationError(err error) error {
	problems, ok := errors.AsType[generic.Problems](err)
	if !ok || len(problems) == 0 {
		return err
	}
	lines := make([]string, 0, len(problems))
	for _, p := range problems {
		if p.Key == problems[0].Key {
			lines = append(lines, strings.TrimSpace(strings.TrimPrefix(p.Path+" "+p.Text, " ")))
		}
	}
	return &element.ConfigurationError{Key: problems[0].Key, Problem: strings.Join(lines, "; ")}
}
