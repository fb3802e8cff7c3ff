package instance_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone"
	"turnstone/internal/instance"
)

func TestWhatChangedIsNamedWithoutItsValue(t *testing.T) {
	before := turnstone.Instance{
		Name: "A", Element: "concur", Tags: []string{"x"}, Disabled: true,
		Configuration: turnstone.Configuration{"kept": "1", "changed": "1", "removed": "1"},
	}
	after := before
	after.Name, after.Tags, after.Disabled = "B", []string{"x", "y"}, false
	after.Configuration = turnstone.Configuration{"kept": "1", "changed": "2", "added": ""}
	want := []string{"configuration.added", "configuration.changed", "configuration.removed", "name", "tags"}
	if diff := cmp.Diff(want, instance.Changed(before, after)); diff != "" {
		t.Errorf("Changed (-want +got)\n%s", diff)
	}
	if got := instance.Changed(before, before); got != nil {
		t.Errorf("Changed = %v where nothing did, want nothing", got)
	}
}
