package store_test

import (
	"bytes"
	"fmt"
	"testing"

	"turnstone"
	"turnstone/internal/seal"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// BenchmarkMove exports and imports an installation of many versions, events and
// deliveries, and says how many rows of it pass in a second.
func BenchmarkMove(b *testing.B) {
	dir := b.TempDir()
	source := storetest.OpenAt(b, dir)
	storetest.Instance(b, source, 1)
	polling := claimPoller(b, source, lease)
	for range 20 {
		c := page(b, source, 1000)
		for n := range 4000 { // five known objects for each event
			c.Versions = append(c.Versions, turnstone.Version{ObjectID: fmt.Sprintf("%s-%d", c.Versions[n%1000].ObjectID, n)})
		}
		for n := range c.Events {
			c.Events[n].Body = bytes.Repeat([]byte("a record "), 100)
		}
		commit(b, source, polling, c)
	}
	ring, err := seal.Read(dir + "/keys")
	if err != nil {
		b.Fatal(err)
	}
	open := map[string]func() store.Options{
		"sqlite":   func() store.Options { return store.Options{Path: b.TempDir() + "/turnstone.db", Sealer: ring} },
		"postgres": func() store.Options { return store.Options{URL: storetest.Postgres(b), Sealer: ring} },
	}
	file := exported(b, source)
	for kind, options := range open {
		var target *store.DB
		b.Run("import/"+kind, func(b *testing.B) {
			var moved int64
			for b.Loop() {
				b.StopTimer()
				opened, err := store.Open(b.Context(), options())
				if err != nil {
					b.Fatal(err)
				}
				target = opened
				b.StartTimer()
				moved += imported(b, target, file)
			}
			perSecond(b, moved)
		})
		b.Run("export/"+kind, func(b *testing.B) {
			var moved int64
			for b.Loop() {
				moved += int64(bytes.Count(exported(b, target), []byte("\n[")))
			}
			perSecond(b, moved)
		})
		if err := target.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// perSecond reports how many rows moved in a second.
func perSecond(b *testing.B, rows int64) {
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
