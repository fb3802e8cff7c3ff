package turnstone

import _ "embed" // the description of the API

//go:embed openapi.yaml
var openAPI string

// OpenAPI returns the description of the API: an OpenAPI 3.1 document in YAML.
func OpenAPI() string { return openAPI }
