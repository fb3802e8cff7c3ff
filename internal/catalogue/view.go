package catalogue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/legacy"
)

// Export returns an element as JSON in the platform's form: what it was imported from,
// or what the form has words for of an element of ours. The error wraps
// turnstone.ErrNotFound if there is no such element.
func (c *Catalogue) Export(ctx context.Context, accountID int64, keyOrID string) ([]byte, error) {
	d, err := c.Own(ctx, accountID, keyOrID)
	if err != nil && !errors.Is(err, turnstone.ErrNotFound) {
		return nil, err
	}
	if len(d.Export) == 0 {
		el, err := c.Find(ctx, accountID, keyOrID)
		if err != nil {
			return nil, err
		}
		return legacy.Export(el).Text()
	}
	o, err := legacy.ReadObject(d.Export)
	if err != nil {
		return nil, err
	}
	o["id"], o["key"], o["private"], o["active"] = d.ID, d.Key, true, d.Active
	return o.Text()
}

// ReportOf returns what the import of an element could not carry over; of one that was
// not imported that is nothing.
func (c *Catalogue) ReportOf(ctx context.Context, accountID int64, el *element.Element) (legacy.Report, error) {
	report := legacy.Report{Findings: []legacy.Finding{}}
	d, err := c.Own(ctx, accountID, el.Key)
	switch {
	case err != nil && !errors.Is(err, turnstone.ErrNotFound):
		return report, err
	case err == nil && d.Report != "":
		if err := json.Unmarshal([]byte(d.Report), &report); err != nil {
			return report, fmt.Errorf("read the report on element %q: %w", d.Key, err)
		}
	}
	report.Describe(el)
	return report, nil
}

// Findings sums up the report of an import, such as "1 error, 2 warnings"; empty: there
// was none, or it had nothing to say.
func Findings(d turnstone.Definition) string {
	var report legacy.Report
	if json.Unmarshal([]byte(d.Report), &report) != nil {
		return ""
	}
	var parts []string
	for _, level := range []legacy.Level{legacy.Error, legacy.Warning, legacy.Note} {
		switch n := report.Count(level); n {
		case 0:
		case 1:
			parts = append(parts, "1 "+string(level))
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, level))
		}
	}
	return strings.Join(parts, ", ")
}

// Laid returns a change of an export that lays members over it, as PATCH does; null
// removes one. The key stays.
func Laid(change map[string]any) func(legacy.Object) error {
	return func(o legacy.Object) error {
		for name, value := range change {
			if value == nil {
				delete(o, name)
				continue
			}
			o[name] = value
		}
		return nil
	}
}
