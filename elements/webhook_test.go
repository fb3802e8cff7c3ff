package elements_test

import (
	"testing"

	"turnstone/internal/intake"
)

func TestEventHooksCompile(t *testing.T) {
	for _, e := range load(t).All() {
		if err := intake.CompileHook(e); err != nil {
			t.Error(err)
		}
	}
}
