package store_test

import (
	"strings"
	"testing"

	"turnstone/internal/store"
)

func TestADatabaseThatCannotBeOpenedIsNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ url, want string }{
		"of a user":      {"postgres://app:geheim@127.0.0.1:1/orders?sslmode=disable", "postgres://127.0.0.1:1/orders"},
		"as a parameter": {"postgres://127.0.0.1:1/orders?user=app&password=geheim", "postgres://127.0.0.1:1/orders"},
		"as words":       {"host=127.0.0.1 port=1 user=app password=geheim dbname=orders", "of the URL given"},
		"no URL":         {"postgres://app:geheim@%zz/orders", "of the URL given"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			db, err := store.Open(t.Context(), store.Options{URL: tt.url})
			if err == nil {
				_ = db.Close()
				t.Fatal("Open = nil, want an error")
			}
			if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("Open = %v, want %q and no password", err, tt.want)
			}
		})
	}
}
