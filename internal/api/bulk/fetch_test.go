package bulk_test

import (
	"strings"
	"testing"

	"turnstone/internal/api/bulk"
)

func TestTheFirstFormThatThereIsIsFetched(t *testing.T) {
	tests := map[string]struct {
		accept []string
		want   string // empty: none is there
	}{
		"nothing said":         {nil, "json"},
		"JSON":                 {[]string{"application/json"}, "json"},
		"CSV":                  {[]string{"text/csv"}, "csv"},
		"in any case, charset": {[]string{"Text/CSV; charset=utf-8"}, "csv"},
		"whatever":             {[]string{"*/*"}, "json"},
		"a browser":            {[]string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, "json"},
		"some text":            {[]string{"image/png, text/*"}, "csv"},
		"two headers":          {[]string{"image/png", "text/csv"}, "csv"},
		"not that":             {[]string{"text/csv;q=0, application/json"}, "json"},
		"none of them":         {[]string{"application/xml"}, ""},
		"nonsense":             {[]string{"///"}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := bulk.KindOf(tt.accept)
			if string(got) != tt.want || (tt.want == "" && (err == nil || !strings.Contains(err.Error(), "write application/json or text/csv"))) {
				t.Errorf("KindOf = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}
