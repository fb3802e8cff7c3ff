package bench_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"turnstone/internal/bench"
	"turnstone/internal/bench/peer"
	"turnstone/webhook"
)

// TestMain lets the test program be its own child process.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "child" {
		if err := bench.Child(context.Background(), bench.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// here does tasks in this process.
func here(ctx context.Context, t bench.Task) (bench.Result, error) {
	return bench.Do(ctx, t, slog.New(slog.DiscardHandler))
}

func startPeer(t *testing.T) *peer.Server {
	t.Helper()
	server, err := peer.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func sqlite(t *testing.T) bench.Engine {
	t.Helper()
	e, err := bench.OpenEngine(t.Context(), bench.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEveryWorkIsDone(t *testing.T) {
	for _, w := range bench.Works() {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			report, err := bench.Run(t.Context(), bench.Options{
				Works: []bench.Work{w.Tiny()}, Engines: []bench.Engine{sqlite(t)}, Short: true, Pairs: 1,
				Peer: startPeer(t).Addresses, Do: here,
			})
			if err != nil {
				t.Fatal(err)
			}
			row := report.Rows[0]
			if row.Failure != "" {
				t.Fatal(row)
			}
			if f := row.Ours; f.Rate.Median <= 0 || f.RSS.Median <= 0 || f.Allocs.Median <= 0 {
				t.Errorf("Ours = %+v, want a rate, memory and allocations", f)
			}
			if row.Ceiling != nil && row.Ratio.Median <= 0 {
				t.Errorf("Ratio = %v beside a ceiling of %+v, want more than nothing", row.Ratio, *row.Ceiling)
			}
		})
	}
}

func TestProcessesDoTasks(t *testing.T) {
	processes := bench.Processes{Command: []string{os.Args[0], "child"}}
	at, stop, err := processes.Peer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	report, err := bench.Run(t.Context(), bench.Options{
		Works: []bench.Work{bench.Works()[0].Tiny()}, Engines: []bench.Engine{sqlite(t)}, Short: true, Pairs: 2,
		Peer: at, Do: processes.Do, Told: func(r bench.Row) { told = append(told, r.String()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if row := report.Rows[0]; row.Failure != "" || len(row.Trials) != 2 || row.Growth == nil {
		t.Errorf("row = %+v, want two trials, growth and no failure", row)
	}
	if len(told) != 1 || !strings.HasPrefix(told[0], "deliver-1 on sqlite: ") {
		t.Errorf("told = %q, want the one row", told)
	}
	if err := stop(); err != nil {
		t.Errorf("stop = %v, want the peer to end by itself", err)
	}
}

func TestAProcessThatFailsSaysWhy(t *testing.T) {
	processes := bench.Processes{Command: []string{os.Args[0], "child"}}
	_, err := processes.Do(t.Context(), bench.Task{Work: "juggling", Part: bench.Ours})
	if err == nil || !strings.Contains(err.Error(), `no work is called "juggling"`) {
		t.Errorf("Do = %v, want what the process said", err)
	}
}

func TestARowThatFailedIsNotBelieved(t *testing.T) {
	broken := errors.New("the disk is on fire")
	report, err := bench.Run(t.Context(), bench.Options{
		Works: bench.Works()[:2], Engines: []bench.Engine{sqlite(t)}, Short: true, Pairs: 1,
		Do: func(_ context.Context, task bench.Task) (bench.Result, error) {
			if task.Work == "deliver-1" && task.Part == bench.Ours {
				return bench.Result{}, broken
			}
			return bench.Result{Done: 10, Took: time.Second}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	failed := report.Failed()
	if len(report.Rows) != 2 || len(failed) != 1 || failed[0].Work != "deliver-1" || failed[0].Failure != broken.Error() {
		t.Errorf("Failed = %v of %d rows, want deliver-1 of 2", failed, len(report.Rows))
	}
	if len(failed) > 0 && len(failed[0].Checks) > 0 {
		t.Errorf("Checks = %v of the failed row, want none", failed[0].Checks)
	}
}

func TestWhatArrivesTwiceIsNoResult(t *testing.T) {
	server := startPeer(t)
	client := peer.Client{Control: server.Addresses.Control}
	if err := client.Set(t.Context(), peer.Plan{Key: bench.Key, Objects: 1}); err != nil {
		t.Fatal(err)
	}
	post := func() {
		t.Helper()
		body := []byte(`{"message":{"events":[{"objectId":"` + peer.ObjectID(0) + `"}]}}`)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.Addresses.Destinations[0], bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(webhook.HeaderSignature, webhook.Sign(bench.Key, body))
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	post()
	if err := bench.Arrived(t.Context(), server.Addresses.Control); err != nil {
		t.Errorf("Arrived = %v, want nil: the one object has arrived", err)
	}
	post()
	if err := bench.Arrived(t.Context(), server.Addresses.Control); !errors.Is(err, bench.ErrLost) {
		t.Errorf("Arrived = %v, want ErrLost: it has arrived twice", err)
	}
}
