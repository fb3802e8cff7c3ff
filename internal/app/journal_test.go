package app_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"turnstone/internal/app"
)

func TestTheJournalIsTrimmedUntilNothingOldIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const keep = 180 * 24 * time.Hour
		ctx, cancel := context.WithCancel(t.Context())
		var log bytes.Buffer
		var asked []time.Time
		done := make(chan error)
		go func() {
			done <- app.Trim(ctx, keep, func(_ context.Context, before time.Time, n int) (int, error) {
				if asked = append(asked, time.Now()); !before.Equal(time.Now().Add(-keep)) || n < 1 {
					t.Errorf("purge before %v, %d at a time, want what is older than %v", before, n, keep)
				}
				return []int{7, 3, 0, 0}[len(asked)-1], []error{nil, nil, nil, errors.New("database is away")}[len(asked)-1]
			}, slog.New(slog.NewTextHandler(&log, nil)))
		}()
		time.Sleep(150 * time.Minute) //nolint:forbidigo // virtual time
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Trim = %v, want nil", err)
		}
		if len(asked) != 4 || asked[2] != asked[0] || asked[3].Sub(asked[0]) != time.Hour {
			t.Errorf("asked at %v, want three times at once and again an hour later", asked)
		}
		for _, want := range []string{"entries=10", "database is away"} {
			if strings.Count(log.String(), want) != 1 {
				t.Errorf("log = %s, want %s in it once", log.String(), want)
			}
		}
	})
}
