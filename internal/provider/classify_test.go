package provider_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/element"
	"turnstone/internal/provider"
)

func TestTheStatusDecidesWithoutAFilter(t *testing.T) {
	tests := map[int]provider.Action{
		200: provider.Success, 201: provider.Success, 204: provider.Success, 299: provider.Success,
		301: provider.Fail, 304: provider.Fail,
		400: provider.Fail, 403: provider.Fail, 404: provider.Fail, 409: provider.Fail,
		401: provider.RefreshToken,
		408: provider.Retry, 500: provider.Retry, 502: provider.Retry, 504: provider.Retry, 599: provider.Retry,
		429: provider.RateLimited, 503: provider.RateLimited,
		600: provider.Retry, 0: provider.Fail,
	}
	for status, want := range tests {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			if got := provider.Classify(element.ErrorHandler{}, provider.Response{Status: status}); got.Action != want {
				t.Errorf("Classify = %s, want %s", got.Action, want)
			}
		})
	}
}

// concur is the error handler of the element concur.
var concur = element.ErrorHandler{
	MinWait:  element.Duration(5 * time.Second),
	Messages: []string{"Error.Message", "Message", "error"},
	Filters: []element.ResponseFilter{
		{Action: "FAIL", Match: element.Match{Codes: []int{200}, Path: "Error"}},
		{Action: "REFRESH_TOKEN_THEN_RETRY", Match: element.Match{Codes: []int{401, 403}}},
		{Action: "RATE_LIMITED", Match: element.Match{Codes: []int{503}}, Wait: element.Duration(5 * time.Minute)},
		{Action: "RATE_LIMITED", Match: element.Match{Codes: []int{400}, Contains: []string{"Request Limit", "deadlock"}}},
		{Action: "RESET_PAGINATION", Match: element.Match{Codes: []int{400}, Path: "code", Values: []string{"17", "expired"}}},
		{Action: "IGNORE", Match: element.Match{Path: "nothing"}},
	},
}

func TestTheFirstMatchingFilterDecides(t *testing.T) {
	tests := map[string]struct {
		response provider.Response
		want     provider.Verdict
	}{
		"success": {
			answer(200, `{"Items":[]}`), provider.Verdict{Action: provider.Success},
		},
		"error in a 200": {
			answer(200, `{"Error":{"Message":"No report found"}}`), provider.Verdict{Action: provider.Fail, Message: "No report found"},
		},
		"null error in a 200": {
			answer(200, `{"Error":null}`), provider.Verdict{Action: provider.Success},
		},
		"403 may be an expired token": {
			answer(403, `{"Message":"Forbidden"}`), provider.Verdict{Action: provider.RefreshToken, Message: "Forbidden"},
		},
		"503 without Retry-After": {
			answer(503, ``), provider.Verdict{Action: provider.RateLimited, MinWait: 5 * time.Second, MaxWait: 5 * time.Minute},
		},
		"503 with Retry-After": {
			answer(503, ``, "Retry-After", "90"), provider.Verdict{Action: provider.RateLimited, Wait: 90 * time.Second, MinWait: 5 * time.Second, MaxWait: 5 * time.Minute},
		},
		"503 with a Retry-After of nothing": {
			answer(503, ``, "Retry-After", "0"), provider.Verdict{Action: provider.RateLimited, MinWait: 5 * time.Second, MaxWait: 5 * time.Minute},
		},
		"429 without a filter": {
			answer(429, ``), provider.Verdict{Action: provider.RateLimited, MinWait: 5 * time.Second},
		},
		"400 that means too many": {
			answer(400, `{"error":"number of requests exceeds the REQUEST LIMIT"}`),
			provider.Verdict{Action: provider.RateLimited, Message: "number of requests exceeds the REQUEST LIMIT", MinWait: 5 * time.Second},
		},
		"400 that is no JSON": {
			answer(400, `code 17`), provider.Verdict{Action: provider.Fail, Message: "code 17"},
		},
		"400 with a number": {
			answer(400, `{"code":17}`), provider.Verdict{Action: provider.ResetPagination, Message: `{"code":17}`},
		},
		"400 with a text": {
			answer(400, `{"code":"expired"}`), provider.Verdict{Action: provider.ResetPagination, Message: `{"code":"expired"}`},
		},
		"400 with another number": {
			answer(400, `{"code":18}`), provider.Verdict{Action: provider.Fail, Message: `{"code":18}`},
		},
		"any status": {
			answer(418, `{"nothing":"here"}`), provider.Verdict{Action: provider.Ignore},
		},
		"message that is blank": {
			answer(404, `{"Message":" ","error":"gone"}`), provider.Verdict{Action: provider.Fail, Message: "gone"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, provider.Classify(concur, tt.response)); diff != "" {
				t.Errorf("Classify differs (-want +got):\n%s", diff)
			}
		})
	}
}

// answer returns a response with headers given as name and value in turn.
func answer(status int, body string, headers ...string) provider.Response {
	h := make(http.Header)
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return provider.Response{Status: status, Header: h, Body: []byte(body), JSON: len(body) > 0 && body[0] == '{'}
}

func ExampleClassify() {
	handler := element.ErrorHandler{
		Messages: []string{"Error.Message"},
		Filters: []element.ResponseFilter{
			{Action: "FAIL", Match: element.Match{Codes: []int{200}, Path: "Error"}},
		},
	}
	v := provider.Classify(handler, provider.Response{
		Status: 200, Body: []byte(`{"Error":{"Message":"No report found with the specified ID"}}`), JSON: true,
	})
	fmt.Println(v.Action, v.Message)
	// Output: FAIL No report found with the specified ID
}
