package demo_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/audit"
	"turnstone/internal/demo"
)

// noon is when all changes arrive, by the clock on the wall.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.Local)

// change is an event with the report R, which differs from a plain one as told.
func change(t *testing.T, id string, op turnstone.Op, differs map[string]any) audit.Change {
	t.Helper()
	record := map[string]any{
		"ID": "R", "Name": "Fair", "OwnerName": "Khan, Mary", "Total": 137.7, "CurrencyCode": "EUR",
		"ApprovalStatusName": "Not Submitted", "LastModifiedDate": "2026-11-23T11:00:00", "HasException": false,
	}
	maps.Copy(record, differs)
	text, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	return audit.Change{NotificationID: id, Op: op, ObjectID: "R", Record: text, At: noon}
}

func TestStory(t *testing.T) {
	type fields = map[string]any
	created := change(t, "1", turnstone.Created, nil)
	dearer := change(t, "2", turnstone.Updated, fields{"Total": 150})
	tests := map[string]struct {
		earlier, now []audit.Change
		want         []string // without what every line begins with
	}{
		"created":                {nil, []audit.Change{created}, []string{`CREATED  "Fair" of Khan, Mary, 137.70 EUR, Not Submitted`}},
		"updated":                {nil, []audit.Change{created, dearer}, []string{`CREATED  "Fair" of Khan, Mary, 137.70 EUR, Not Submitted`, `UPDATED  "Fair"  Total: 137.7 → 150`}},
		"updated since":          {[]audit.Change{created}, []audit.Change{dearer}, []string{`UPDATED  "Fair"  Total: 137.7 → 150`}},
		"first heard of":         {nil, []audit.Change{dearer}, []string{`UPDATED  "Fair" of Khan, Mary, 150.00 EUR, now Not Submitted (first heard of)`}},
		"posted again":           {nil, []audit.Change{created, created}, []string{`CREATED  "Fair" of Khan, Mary, 137.70 EUR, Not Submitted`}},
		"posted again, and late": {[]audit.Change{created, dearer, created}, []audit.Change{created, change(t, "3", turnstone.Updated, fields{"Total": 160})}, []string{`UPDATED  "Fair"  Total: 150 → 160`}},
		"a field comes": {[]audit.Change{created}, []audit.Change{change(t, "2", turnstone.Updated, fields{"LastComment": "thanks"})}, []string{
			`UPDATED  "Fair"  LastComment: nothing → thanks`,
		}},
		"a field goes": {[]audit.Change{change(t, "1", turnstone.Created, fields{"LastComment": "thanks"})}, []audit.Change{dearer}, []string{
			`UPDATED  "Fair"  Total: 137.7 → 150, LastComment: thanks → nothing`,
		}},
		"a custom field": {[]audit.Change{created}, []audit.Change{change(t, "2", turnstone.Updated, fields{"Custom1": fields{"Type": "Text", "Value": "PRJ-1"}})}, []string{
			`UPDATED  "Fair"  Custom1: nothing → PRJ-1`,
		}},
		"a long text": {[]audit.Change{created}, []audit.Change{change(t, "2", turnstone.Updated, fields{"LastComment": strings.Repeat("ö", 50)})}, []string{
			`UPDATED  "Fair"  LastComment: nothing → ` + strings.Repeat("ö", 40) + "…",
		}},
		"nothing but its date": {[]audit.Change{created}, []audit.Change{change(t, "2", turnstone.Updated, fields{"LastModifiedDate": "2026-11-23T11:30:00"})}, []string{
			`UPDATED  "Fair"  only LastModifiedDate`,
		}},
		"its date beside": {[]audit.Change{created}, []audit.Change{change(t, "2", turnstone.Updated, fields{"LastModifiedDate": "2026-11-23T11:30:00", "HasException": true})}, []string{
			`UPDATED  "Fair"  HasException: false → true`,
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			demo.Story(&out, tt.earlier, tt.now)
			var got []string
			for l := range strings.Lines(out.String()) {
				l = strings.TrimSuffix(strings.TrimPrefix(l, "12:00:00  "), "\n")
				got = append(got, strings.Replace(l, "  report R  signature ok", "", 1))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("story (-want +got):\n%s", diff)
			}
		})
	}
}
