package openapi_test

import (
	"slices"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/openapi"
)

func TestTheReferenceShowsEveryOperation(t *testing.T) {
	page, err := openapi.Reference([]byte(turnstone.OpenAPI()))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(turnstone.OpenAPI()) {
		id, found := strings.CutPrefix(strings.TrimSpace(line), "operationId: ")
		alias := slices.ContainsFunc(openapi.AliasSuffixes(), func(suffix string) bool { return strings.HasSuffix(id, suffix) })
		if !found || alias {
			continue
		}
		if !strings.Contains(string(page), `id="`+id+`"`) {
			t.Errorf("the page lacks the operation %s", id)
		}
	}
}

func TestDescriptionsShowTheirMarkUp(t *testing.T) {
	page, err := openapi.Reference([]byte(`
info: {title: T, description: "Say ` + "`<code>`" + ` **now**.\n\nAgain."}
paths: {}
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`Say <code>&lt;code&gt;</code> <b>now</b>.</p>`, `<p class="text">Again.</p>`} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %s:\n%s", want, page)
		}
	}
}
