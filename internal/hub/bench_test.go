package hub_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"turnstone"
	"turnstone/internal/hub"
	"turnstone/internal/provider"
)

// BenchmarkListOfAPage reads pages of Concur as pollers do and, to compare,
// with the least that reads one at all: bare. Both include the vendor's side of
// the connection, which is the same process.
func BenchmarkListOfAPage(b *testing.B) {
	const records = 100
	pages := map[string]struct {
		body   []byte
		zipped bool
		want   int
	}{
		"empty":       {concurPage(b, 0), false, 0},
		"full":        {concurPage(b, records), false, records},
		"full zipped": {zipped(b, concurPage(b, records)), true, records},
	}
	for name, page := range pages {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if page.zipped {
				w.Header().Set("Content-Encoding", "gzip")
			}
			w.Header().Set("Content-Length", fmt.Sprint(len(page.body)))
			_, _ = w.Write(page.body)
		}))
		b.Cleanup(server.Close)
		readers := map[string]func(testing.TB) int{"bare": bareReader(server), "list": hubReader(b, server)}
		for reader, read := range readers {
			b.Run(name+"/"+reader, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if got := read(b); got != page.want {
						b.Fatalf("%d records, want %d", got, page.want)
					}
				}
			})
		}
	}
}

// bareReader gets a page with net/http and splits it with gjson.
func bareReader(server *httptest.Server) func(testing.TB) int {
	return func(t testing.TB) int {
		resp, err := server.Client().Get(server.URL + "/api/v3.0/expense/reports?limit=100&user=ALL")
		if err != nil {
			t.Fatalf("Get: %v", err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatalf("ReadAll: %v", err)
		}
		var records []json.RawMessage
		gjson.GetBytes(body, "Items").ForEach(func(_, record gjson.Result) bool {
			records = append(records, json.RawMessage(record.Raw))
			return true
		})
		return len(records)
	}
}

// hubReader lists a page of the element concur.
func hubReader(b *testing.B, server *httptest.Server) func(testing.TB) int {
	h := &hub.Hub{Elements: catalogue(b), Provider: &provider.Client{HTTP: server.Client(), Credentials: token{}, Now: time.Now}}
	in := turnstone.Instance{ID: 12, Element: "concur", Configuration: turnstone.Configuration{
		"base.url": server.URL, "oauth.api.key": "UPjRvqOyYz9hDdWLLLLuQV", "oauth.api.secret": "GNnU6D7uvWMjOyOEsU7uL1Xc4iaEdEOa",
		"event.notification.enabled": "true", "event.notification.callback.url": "https://receiver.example/events",
		"event.notification.signature.key": "0123456789abcdef",
	}}
	return func(t testing.TB) int {
		page, err := h.List(t.Context(), in, hub.Request{Resource: "reports", Where: "modifiedDateAfter='2024-05-02T11:45:00.000'"})
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		return len(page.Records)
	}
}

// concurPage returns a page of so many reports, each with its own ID, as the
// vendor writes it: a third of a report is null.
func concurPage(t testing.TB, records int) []byte {
	t.Helper()
	report, err := os.ReadFile("testdata/report.json")
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	items := make([]string, records)
	for i := range items {
		items[i] = strings.ReplaceAll(string(bytes.TrimSpace(report)), "2459459BAB4FB3362395", fmt.Sprintf("%020X", i))
	}
	return fmt.Appendf(nil, `{"Items":[%s],"NextPage":null}`, strings.Join(items, ","))
}

func zipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatalf("Write: %v", err)
	}
	if err := z.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	return b.Bytes()
}
