package change_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/change"
)

// reasons returns every reason that the vocabulary has.
func reasons(t *testing.T) []turnstone.Reason {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../poller.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []turnstone.Reason
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, turnstone.Reason(text))
		return true
	})
	return found
}

func TestEveryReasonHasASentenceOfItsOwn(t *testing.T) {
	all := reasons(t)
	if len(all) < 15 {
		t.Fatalf("found the reasons %q, want all of the vocabulary", all)
	}
	said := make(map[string]turnstone.Reason)
	for _, reason := range all {
		sentence := change.Because(reason)
		if strings.Contains(sentence, "cannot explain") || !strings.HasSuffix(sentence, ".") {
			t.Errorf("Because(%q) = %q, want a sentence that explains it", reason, sentence)
		}
		if other, ok := said[sentence]; ok {
			t.Errorf("Because says the same of %q and %q", reason, other)
		}
		said[sentence] = reason
		for _, jargon := range []string{"fingerprint", "poll", "sweep", "cursor", "version", "baseline", "tombstone", "window"} {
			if strings.Contains(strings.ToLower(sentence), jargon) {
				t.Errorf("Because(%q) = %q, want no %q in it", reason, sentence, jargon)
			}
		}
	}
}

func TestAReasonOfALaterReleaseIsNamed(t *testing.T) {
	if got := change.Because("moon phase"); !strings.Contains(got, `"moon phase"`) {
		t.Errorf("Because = %q, want it to name the reason", got)
	}
}
