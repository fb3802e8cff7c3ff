package engine_test

import (
	"fmt"
	"sync"
	"testing"

	"turnstone/internal/store/engine"
)

// What group commit is for: the same small write, alone and with others. On PostgreSQL
// each is a transaction of its own, and the server commits them together.
func BenchmarkGroupCommit(b *testing.B) {
	for name, open := range map[string]func(b *testing.B) engine.Engine{
		"sqlite":   func(b *testing.B) engine.Engine { b.Helper(); return openSQLite(b, b.TempDir()) },
		"postgres": func(b *testing.B) engine.Engine { b.Helper(); return openPostgres(b, shared(b, "")) },
	} {
		for _, writers := range []int{1, 16, 128} {
			b.Run(fmt.Sprintf("%s/writers=%d", name, writers), func(b *testing.B) {
				db := open(b)
				var id int64
				for b.Loop() {
					var written sync.WaitGroup
					for range writers {
						id++
						do := note(id)
						written.Go(func() {
							if err := db.Write(b.Context(), do); err != nil {
								b.Error(err)
							}
						})
					}
					written.Wait()
				}
				b.ReportMetric(float64(b.N*writers)/b.Elapsed().Seconds(), "writes/s")
			})
		}
	}
}
