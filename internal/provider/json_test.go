package provider_test

import (
	"encoding/json"
	"reflect"
	"testing"
)

// sameJSON reports whether two JSON texts mean the same.
func sameJSON(t testing.TB, a, b string) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Fatalf("Unmarshal(%s): %v", a, err)
	}
	if err := json.Unmarshal([]byte(b), &y); err != nil {
		t.Fatalf("Unmarshal(%s): %v", b, err)
	}
	return reflect.DeepEqual(x, y)
}
