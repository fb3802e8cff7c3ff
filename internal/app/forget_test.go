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

func TestOldVersionsAreForgottenOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const keep = 90 * 24 * time.Hour
		ctx, cancel := context.WithCancel(t.Context())
		var log bytes.Buffer
		var asked []time.Time
		done := make(chan error)
		start := time.Now()
		go func() {
			done <- app.Forget(ctx, keep, func(_ context.Context, before time.Time, n int) (int, error) {
				if asked = append(asked, time.Now()); !before.Equal(time.Now().Add(-keep)) || n < 1 {
					t.Errorf("forget before %v, %d at a time, want what is older than %v", before, n, keep)
				}
				return []int{0, 7, 3}[len(asked)-1], []error{nil, nil, errors.New("database is away")}[len(asked)-1]
			}, slog.New(slog.NewTextHandler(&log, nil)))
		}()
		time.Sleep(60 * time.Hour) //nolint:forbidigo // virtual time
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Forget = %v, want nil", err)
		}
		if len(asked) != 3 || asked[0].Sub(start) > time.Hour || asked[2].Sub(asked[1]) != 24*time.Hour {
			t.Errorf("asked at %v, want soon after %v and each day from then on", asked, start)
		}
		for _, want := range []string{"versions=7", "versions=3", "database is away"} {
			if strings.Count(log.String(), want) != 1 {
				t.Errorf("log = %s, want %s in it once", log.String(), want)
			}
		}
	})
}

func TestForgettingThatIsStoppedComplainsOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var log bytes.Buffer
		err := app.Forget(ctx, 24*time.Hour, func(ctx context.Context, _ time.Time, _ int) (int, error) {
			cancel()
			return 0, ctx.Err()
		}, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil || log.Len() != 0 {
			t.Errorf("Forget = %v, log %q, want nil and nothing", err, log.String())
		}
	})
}
