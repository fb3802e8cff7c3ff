package turnstone_test

import (
	"testing"

	"turnstone"
)

func TestAFilterWantsWhatPassesBothLists(t *testing.T) {
	reports := []string{"reports"}
	created := []turnstone.Op{turnstone.Created}
	tests := map[string]struct {
		filter turnstone.DestinationFilter
		ops    []turnstone.Op // of an event of reports
		want   bool
	}{
		"no lists":          {turnstone.DestinationFilter{}, created, true},
		"its resource":      {turnstone.DestinationFilter{Resources: reports}, created, true},
		"another resource":  {turnstone.DestinationFilter{Resources: []string{"receipts"}}, created, false},
		"its op":            {turnstone.DestinationFilter{Ops: created}, created, true},
		"another op":        {turnstone.DestinationFilter{Ops: created}, []turnstone.Op{turnstone.Deleted}, false},
		"one of its ops":    {turnstone.DestinationFilter{Ops: created}, []turnstone.Op{turnstone.Updated, turnstone.Created}, true},
		"resource, not op":  {turnstone.DestinationFilter{Resources: reports, Ops: created}, []turnstone.Op{turnstone.Updated}, false},
		"resource and op":   {turnstone.DestinationFilter{Resources: reports, Ops: created}, created, true},
		"an event of no op": {turnstone.DestinationFilter{Ops: created}, nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.filter.Wants("reports", tt.ops); got != tt.want {
				t.Errorf("Wants = %v, want %v", got, tt.want)
			}
		})
	}
}
