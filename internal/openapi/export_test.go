package openapi

// AliasSuffixes returns what the ids of operations end with that are told with the one
// they are the same as.
func AliasSuffixes() []string { return suffixes() }
