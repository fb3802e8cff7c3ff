package hub

// What the tests look at more closely than List allows.
var (
	WithoutNulls = withoutNulls
	OnlyFields   = onlyFields
)
