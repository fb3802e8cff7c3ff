package script

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// requestVariables names what hooks see of a request, before it and after it.
func requestVariables() []string {
	return strings.Fields(`request_body request_body_map request_expression request_headers request_method
	request_parameters request_path request_path_variables request_previous_response request_root_key
	request_vendor_body request_vendor_body_map request_vendor_headers request_vendor_method request_vendor_parameters
	request_vendor_path request_vendor_url configuration`)
}

// answerVariables names what hooks see after a request beside it.
func answerVariables() []string {
	return strings.Fields(`response_body response_body_raw response_body_raw_map response_error
	response_headers response_iserror response_root_key response_status_code`)
}

// headerVariables are found however the hook spells the case of their members.
var headerVariables = []string{"request_headers", "request_vendor_headers", "response_headers"}

// variables returns the names that a kind of hook sees.
func variables(kind string) []string {
	if kind == before {
		return requestVariables()
	}
	return slices.Concat(requestVariables(), answerVariables())
}

// requestValues are the variables before a request. Previous responses are those of
// chained requests, which there are none of.
func requestValues(c Call, q Request) values {
	v := values{
		"request_headers":           map[string]string{},
		"request_method":            c.Method,
		"request_parameters":        c.parametersOf(),
		"request_path":              c.Path,
		"request_path_variables":    c.Variables,
		"request_vendor_headers":    q.Headers,
		"request_vendor_method":     q.Method,
		"request_vendor_parameters": q.Query,
		"request_vendor_path":       q.Path,
		"request_vendor_url":        q.Path,
		"request_expression":        c.Where, // null without a where clause, as hooks expect
		"request_previous_response": nil,
		"configuration":             c.Config,
	}
	if len(q.Body) > 0 {
		body := string(q.Body)
		v["request_body"], v["request_vendor_body"] = body, body
		if gjson.ValidBytes(q.Body) {
			v["request_body_map"], v["request_vendor_body_map"] = json.RawMessage(q.Body), json.RawMessage(q.Body)
		}
	}
	return v
}

// succeeded are the statuses that are no failure to a hook.
func succeeded(status int) bool { return status >= 200 && status <= 207 }

// answerValues are the variables after a request.
func answerValues(c Call, q Request, a Answer) values {
	v := requestValues(c, q)
	v["response_status_code"] = a.Status
	v["response_iserror"] = !succeeded(a.Status)
	v["response_headers"] = a.Headers
	v["response_root_key"] = c.Root
	v["response_body_raw"] = string(a.Body)
	if !succeeded(a.Status) {
		v["response_error"] = string(a.Body)
	}
	if gjson.ValidBytes(a.Body) {
		v["response_body_raw_map"] = json.RawMessage(a.Body)
		v["response_body"] = rooted(a.Body, c.Root)
	}
	return v
}
