package concursim_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"turnstone/internal/concursim"
)

// BenchmarkPage serves pages of 100 from a company with 100,000 reports: the
// first page of all, and what changed of late.
func BenchmarkPage(b *testing.B) {
	sim, err := concursim.New(concursim.Options{Reports: 100_000})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := sim.Change(concursim.Order{Count: 1000}); err != nil {
		b.Fatal(err)
	}
	token := decode[tokens](b, postForm(sim, "grant_type=password&username=admin@example-co.test&password=concur").Body.String()).AccessToken
	for name, query := range map[string]string{"all": "", "recent": "&modifiedDateAfter=" + time.Now().UTC().Add(-time.Hour).Format("2006-01-02T15:04:05")} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest("GET", reports+"?user=ALL&limit=100"+query, http.NoBody)
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Accept", "application/json")
				w := httptest.NewRecorder()
				sim.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatalf("GET = %d %s", w.Code, w.Body)
				}
			}
		})
	}
}
