package instance_test

import (
	"encoding/json"
	"testing"

	"turnstone/internal/instance"
)

// FuzzReadInput reads any JSON: what comes of a member is text, or a problem.
func FuzzReadInput(f *testing.F) {
	for _, body := range []string{
		`{}`, `[]`, `null`, `{"name":null,"tags":null,"element":null,"configuration":null}`, `{"tags":[{"name":{}},null,[]]}`,
		`{"element":{"key":null,"id":"3129"}}`, `{"configuration":{"a":[],"b":{"c": 1},"d":1e999}}`, `{"providerData":{"code":1}}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !json.Valid(body) {
			return // the API refuses it before
		}
		in := instance.ReadInput(body)
		for key, value := range in.Configuration {
			if len(value) > len(body)*3 { // an escape of two bytes stands for at most three
				t.Errorf("%s became %d bytes out of a body of %d", key, len(value), len(body))
			}
		}
	})
}
