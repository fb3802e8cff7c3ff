package intake

import (
	"encoding/json"

	"turnstone/internal/element"
)

// maxChallenge bounds what we say back to anybody who asks.
const maxChallenge = 1024

// challenge returns the value that a vendor wants to hear back; empty: it does not ask.
func (h arrival) challenge(c element.Challenge) string {
	switch c.From {
	case "request_parameter":
		return h.Query.Get(c.Name)
	case "header":
		return h.Header.Get(c.Name)
	}
	return h.value(c.Name)
}

// echo answers a challenge. Text is sent as such, so that no browser takes it for a page.
func echo(c element.Challenge, value string) Answer {
	switch c.Answer {
	case "header":
		return Answer{Header: map[string]string{c.Name: value}}
	case "json":
		body, err := json.Marshal(map[string]string{c.Member: value})
		if err != nil {
			panic(err) // texts always have a JSON form
		}
		return Answer{ContentType: "application/json", Body: body}
	}
	return Answer{ContentType: "text/plain; charset=utf-8", Body: []byte(value)}
}
