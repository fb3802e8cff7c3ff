package provider_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/element"
)

func TestAnUnusableAnswerSaysWhatCame(t *testing.T) {
	tests := map[string]struct {
		answer http.HandlerFunc
		action turnstone.VendorAction
		text   string
	}{
		"half the JSON":     {answers(http.StatusOK, `{"items":[{"id":1},{"i`), turnstone.VendorRetry, `broke off after 22 bytes; the vendor calls it "text/plain; charset=utf-8": {"items":[`},
		"HTML":              {answers(http.StatusOK, "<html>\n<h1>Maintenance</h1>"), turnstone.VendorRetry, `the vendor calls it "text/html; charset=utf-8": <html> <h1>Maintenance</h1>`},
		"plain text":        {answers(http.StatusOK, "OK"), turnstone.VendorRetry, "no JSON"},
		"nothing":           {answers(http.StatusOK, " \n"), turnstone.VendorRetry, "empty"},
		"HTML with a 502":   {answers(http.StatusBadGateway, "<html>Bad\x00 gateway"), turnstone.VendorRetry, "502: <html>Bad gateway"},
		"half the bytes":    {halfTheBytes, turnstone.VendorRetry, "broke off after 5 bytes"},
		"too many bytes":    {answers(http.StatusOK, `"`+strings.Repeat("x", 2000)+`"`), turnstone.VendorFail, "more than 1000 bytes"},
		"a bomb":            {bomb, turnstone.VendorFail, "more than 1000 bytes"},
		"half a gzip":       {halfAGzip, turnstone.VendorRetry, "broke off"},
		"another encoding":  {withHeader("Content-Encoding", "br", "{}"), turnstone.VendorRetry, `encoded as "br"`},
		"brackets too deep": {answers(http.StatusOK, strings.Repeat("[", 501)+strings.Repeat("]", 501)), turnstone.VendorRetry, "nests more than 500 deep"},
		"XML for JSON":      {answers(http.StatusOK, "<a/>"), turnstone.VendorRetry, "no JSON"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, call := vendor(t, tt.answer)
			client.MaxBody = 1000
			if strings.HasPrefix(name, "brackets") {
				client.MaxBody = 2000
			}
			_, err := client.Do(t.Context(), call)
			if got := vendorError(t, err); got.Action != tt.action || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Do = %s, %v, want %s, ...%s...", got.Action, err, tt.action, tt.text)
			}
		})
	}
}

func halfTheBytes(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "10")
	_, _ = w.Write([]byte("12345"))
}

// bomb grows a thousandfold when it is decompressed.
func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = io.Copy(z, io.LimitReader(zeros{}, 1<<20))
	_ = z.Close()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func halfAGzip(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	_, _ = z.Write([]byte(`{"items":[]}`))
	_ = z.Flush()
}

func withHeader(name, value, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(name, value)
		_, _ = w.Write([]byte(body))
	}
}

func TestAnswersAreReadTolerantly(t *testing.T) {
	tests := map[string]struct {
		answer        http.HandlerFunc
		decoder, want string
	}{
		"byte order mark": {answers(http.StatusOK, "\ufeff{}\r\n"), "", "{}"},
		"wrong type":      {withHeader("Content-Type", "text/plain", "[1.50]"), "JsonDecoder", "[1.50]"},
		"XML":             {withHeader("Content-Type", "text/xml", "<a><b>1.50</b></a>"), "XmlDecoder", `{"a":{"b":"1.50"}}`},
		"JSON for XML":    {answers(http.StatusOK, `{"a":1}`), "XmlDecoder", `{"a":1}`},
		"no content":      {answers(http.StatusNoContent, ""), "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, call := vendor(t, tt.answer)
			call.Requester.Decoder = tt.decoder
			got, err := client.Do(t.Context(), call)
			if err != nil || string(got.Body) != tt.want {
				t.Errorf("Do = %s, %v, want %s", got.Body, err, tt.want)
			}
		})
	}
}

func TestHalfAnXMLDocumentSaysSo(t *testing.T) {
	client, call := vendor(t, answers(http.StatusOK, `<a><b>1</b>`))
	call.Requester.Decoder = "XmlDecoder"
	_, err := client.Do(t.Context(), call)
	if got := vendorError(t, err); got.Action != turnstone.VendorRetry || !strings.Contains(err.Error(), "read as XML: XML syntax error on line 1: unexpected EOF: <a>") {
		t.Errorf("Do = %v, want to retry, and where the document ends", err)
	}
}

func TestAPageForPeopleStaysAsItIs(t *testing.T) {
	client, call := vendor(t, answers(http.StatusBadGateway, `<HTML><body>down</body></HTML>`))
	_, err := client.Do(t.Context(), call)
	if got := vendorError(t, err); got.Message != "<HTML><body>down</body></HTML>" {
		t.Errorf("Message = %q, want the page", got.Message)
	}
}

func TestAnErrorInXMLIsUnderstood(t *testing.T) {
	client, call := vendor(t, answers(http.StatusBadRequest, `<Error><Message>Invalid User</Message></Error>`))
	call.Requester.ErrorHandler.Messages = []string{"Error.Message"}
	_, err := client.Do(t.Context(), call)
	if got := vendorError(t, err); got.Message != "Invalid User" {
		t.Errorf("Message = %q, want %q", got.Message, "Invalid User")
	}
}

func TestAnIgnoredAnswerIsEmpty(t *testing.T) {
	client, call := vendor(t, answers(http.StatusNotFound, `{"error":"no such list"}`))
	call.Requester.ErrorHandler.Filters = []element.ResponseFilter{{Action: "IGNORE", Match: element.Match{Codes: []int{404}}}}
	got, err := client.Do(t.Context(), call)
	if err != nil || got.Body != nil || got.Status != http.StatusNotFound {
		t.Errorf("Do = %+v, %v, want an empty answer", got, err)
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	const key, password = "k3y/with+signs", "hunter two"
	client, call := vendor(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("bad token " + r.Header.Get("Authorization") + " in " + r.RequestURI + " " + password))
	})
	call.Instance.Configuration["api.secret"] = key
	call.Instance.Configuration["password"] = password
	call.Requester.Parameters = map[string]element.Template{"key": template(t, "{{ config['api.secret'] }}")}
	_, err := client.Do(t.Context(), call)
	got := vendorError(t, err)
	for _, secret := range []string{"old-token", key, "k3y%2Fwith%2Bsigns", password} {
		if strings.Contains(err.Error()+got.URL+got.Message, secret) {
			t.Errorf("Do shows %q: %v", secret, err)
		}
	}
	if want := "bad token Bearer ******** in /orders?key=******** ********"; got.Message != want {
		t.Errorf("Message = %q, want %q", got.Message, want)
	}
}

func TestALongAnswerIsShortened(t *testing.T) {
	client, call := vendor(t, answers(http.StatusBadRequest, strings.Repeat("ä\t", 500)))
	_, err := client.Do(t.Context(), call)
	if got := vendorError(t, err); len([]rune(got.Message)) != 200 || !strings.HasSuffix(got.Message, "…") {
		t.Errorf("Message has %d characters, want 200 that end with …", len([]rune(got.Message)))
	}
}
