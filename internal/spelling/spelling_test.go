package spelling_test

import (
	"fmt"
	"strings"
	"testing"

	"turnstone/internal/spelling"
)

func TestNearestGuessesOnlyWhatIsNear(t *testing.T) {
	known := []string{"url", "idField", "pageSize", "pollDelay"}
	tests := map[string]struct {
		name string
		want string // empty: no guess
	}{
		"itself":              {"pageSize", "pageSize"},
		"another case":        {"IDFIELD", "idField"},
		"a letter missing":    {"pagSize", "pageSize"},
		"two letters swapped": {"pollDealy", "pollDelay"},
		"a letter too many":   {"urll", "url"},
		"too far":             {"colour", ""},
		"nothing":             {"", ""},
		"a whole text":        {strings.Repeat("pageSize", 1000), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, ok := spelling.Nearest(tt.name, known); got != tt.want || ok != (tt.want != "") {
				t.Errorf("Nearest(%.20q) = %q, %v, want %q", tt.name, got, ok, tt.want)
			}
		})
	}
}

func ExampleNearest() {
	fmt.Println(spelling.Nearest("reprots", []string{"reports", "expenses"}))
	// Output: reports true
}
