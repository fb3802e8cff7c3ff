package envelope_test

import (
	"encoding/json"
	"strings"
	"testing"

	"turnstone"
)

func TestADiffStandsAtTheEndOfItsChange(t *testing.T) {
	n := notification()
	n.Changes[0].Op = turnstone.Updated
	n.Changes[0].Diff = []turnstone.FieldChange{
		{Field: "Owner.Name", Old: json.RawMessage(`"Ann"`), New: json.RawMessage(`"Bea \u00e9"`)},
		{Field: "Paid", New: json.RawMessage(`null`)},
		{Field: "Tags", Old: json.RawMessage(`["a", "b"]`)},
	}
	want := `"objectType":"invoices","changedFields":["Owner.Name","Paid","Tags"],"changes":[` +
		`{"field":"Owner.Name","old":"Ann","new":"Bea \u00e9"},{"field":"Paid","new":null},{"field":"Tags","old":["a","b"]}]}]},"user":`
	if got := render(t, n); !strings.Contains(got, want) {
		t.Errorf("Render = %s, want it to contain %s", got, want)
	}
}

func TestALargeDiffNamesItsFieldsOnly(t *testing.T) {
	for name, format := range map[string]turnstone.Format{
		"elements": turnstone.FormatElements, "cloudevents": turnstone.FormatCloudEvents,
	} {
		t.Run(name, func(t *testing.T) {
			n := notification()
			n.Format = format
			body := func(size int) string {
				value := json.RawMessage(`"` + strings.Repeat("x", size/2-2) + `"`)
				n.Changes[0].Diff = []turnstone.FieldChange{{Field: "Note", Old: value, New: value}}
				return render(t, n)
			}
			if got := body(64 << 10); !strings.Contains(got, `"changes":[{"field":"Note","old":"xxx`) {
				t.Errorf("Render of 64 KB = %.300s, want the values", got)
			}
			if got := body(64<<10 + 2); !strings.Contains(got, `"changedFields":["Note"]}`) || strings.Contains(got, `"changes"`) {
				t.Errorf("Render of more than 64 KB = %.300s, want the name alone", got)
			}
		})
	}
}

func TestOnlyChangesWithADiffTellOne(t *testing.T) {
	n := notification()
	n.Changes = append(n.Changes, n.Changes[0])
	n.Changes[1].Diff = []turnstone.FieldChange{}
	got := render(t, n)
	if n := strings.Count(got, "changedFields"); n != 1 || !strings.Contains(got, `"changedFields":[],"changes":[]}]}`) {
		t.Errorf("Render = %s, want the second change alone with an empty diff", got)
	}
}
