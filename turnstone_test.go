package turnstone_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"turnstone"
)

func TestASecretNeverShowsItself(t *testing.T) {
	const secret = turnstone.Secret("s3cr3t")
	user := turnstone.User{ID: 1, Secret: secret}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("user", "secret", secret, "user", user)
	text, err := json.Marshal(user)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{
		"%v": fmt.Sprintf("%v", user), "%+v": fmt.Sprintf("%+v", user), "%#v": fmt.Sprintf("%#v", user),
		"%s": fmt.Sprintf("key %s", secret), "%q": fmt.Sprintf("%q", secret), "JSON": string(text), "log": log.String(),
	}
	for how, got := range shown {
		if strings.Contains(got, "s3cr3t") || !strings.Contains(got, turnstone.Masked) {
			t.Errorf("%s = %s, want the mask", how, got)
		}
	}
	if got := turnstone.Secret("").String(); got != "" {
		t.Errorf("String of no secret = %q, want nothing", got)
	}
}

func TestAVendorErrorSaysWhoAnsweredWhat(t *testing.T) {
	cause := errors.New("connection reset")
	tests := map[string]struct {
		err  turnstone.VendorError
		want string
	}{
		"no answer":       {turnstone.VendorError{URL: "https://v/x", Err: cause}, "https://v/x: no answer from the vendor: connection reset"},
		"unusable answer": {turnstone.VendorError{URL: "https://v/x", Status: 200, Err: cause}, "https://v/x: the vendor answered 200: connection reset"},
		"its own words":   {turnstone.VendorError{URL: "https://v/x", Status: 403, Message: "Forbidden"}, "https://v/x: the vendor answered 403: Forbidden"},
		"no words":        {turnstone.VendorError{URL: "https://v/x", Status: 500}, "https://v/x: the vendor answered 500"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("Error = %q, want %q", got, tt.want)
			}
			if got := errors.Is(&tt.err, cause); got != (tt.err.Err != nil) {
				t.Errorf("Is its cause = %v, want %v", got, tt.err.Err != nil)
			}
		})
	}
}
