package instance

import (
	"slices"

	"turnstone"
)

// Changed returns the names of the fields in which an instance differs from what it was,
// in order: those of the configuration with that word before them. It tells no values.
func Changed(before, after turnstone.Instance) []string {
	var names []string
	for _, field := range []struct {
		name    string
		differs bool
	}{
		{"element", before.Element != after.Element},
		{"externalAuthentication", before.ExternalAuthentication != after.ExternalAuthentication},
		{"name", before.Name != after.Name},
		{"tags", !slices.Equal(before.Tags, after.Tags)},
	} {
		if field.differs {
			names = append(names, field.name)
		}
	}
	for key, value := range after.Configuration {
		if old, had := before.Configuration[key]; !had || old != value {
			names = append(names, "configuration."+key)
		}
	}
	for key := range before.Configuration {
		if _, has := after.Configuration[key]; !has {
			names = append(names, "configuration."+key)
		}
	}
	slices.Sort(names)
	return names
}
