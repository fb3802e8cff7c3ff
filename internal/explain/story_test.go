package explain_test

import (
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/explain"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

// history is that of a poller which reads reports every quarter of an hour.
func history() explain.History {
	return explain.History{
		Instance: turnstone.Instance{ID: 27, Name: "ConcurForDocs"},
		Poller: turnstone.Poller{
			Resource: "reports", State: turnstone.PollerActive, EnabledAt: at(-60), Since: at(-60), LastGoodAt: at(15), NextAt: at(30),
		},
		ObjectID: "R1",
	}
}

// created is the sighting of a new object, told in event 7.
func created() turnstone.Sighting {
	return turnstone.Sighting{
		ObjectID: "R1", PollAt: at(0), SeenAt: at(0).Add(time.Second), Op: turnstone.Created, Reason: turnstone.ReasonNew,
		Updated: at(-5), Created: at(-6), EventID: 7,
	}
}

func delivery(state turnstone.DeliveryState, problems ...string) turnstone.DeliveryRecord {
	d := turnstone.DeliveryRecord{EventID: 7, URL: "https://receiver.example/in?key=s3cr3t", State: state, NextAt: at(2)}
	for i, problem := range problems {
		a := turnstone.Attempt{Number: i + 1, At: at(i), Problem: problem, Status: 500}
		if problem == "" {
			a.Status = 200
		}
		d.Attempts = append(d.Attempts, a)
	}
	return d
}

func TestAStoryTellsWhatHappenedAndWhy(t *testing.T) {
	tests := map[string]struct {
		change func(h *explain.History)
		want   []string
	}{
		"created and delivered": {func(h *explain.History) {
			h.Seen = []turnstone.Sighting{created()}
			h.Polls = []turnstone.Poll{{StartedAt: at(0), From: at(-20)}}
			h.Deliveries = []turnstone.DeliveryRecord{delivery(turnstone.DeliveryDelivered, "")}
		}, []string{
			"what we know of reports R1 of instance 27 (ConcurForDocs)",
			"2026-11-23 12:00:01 UTC: a poll that asked for what changed since 2026-11-23 11:40:00 UTC saw it. The vendor says that it was created at 2026-11-23 11:54:00 UTC and last changed at 2026-11-23 11:55:00 UTC.",
			"reported as CREATED, in event 7",
			"Event 7 reached https://receiver.example/in at 2026-11-23 12:00:00 UTC, which answered 200.",
			"last read to its end at 2026-11-23 12:15:00 UTC; the next poll follows at 2026-11-23 12:30:00 UTC",
		}},
		"delivered late": {func(h *explain.History) {
			h.Seen = []turnstone.Sighting{created()}
			h.Deliveries = []turnstone.DeliveryRecord{delivery(turnstone.DeliveryDelivered, "the receiver answered 500", "the receiver answered 502", "")}
		}, []string{"at 2026-11-23 12:02:00 UTC, which answered 200, after 2 attempts had failed: the receiver answered 502."}},
		"to be tried again": {func(h *explain.History) {
			h.Seen = []turnstone.Sighting{created()}
			h.Deliveries = []turnstone.DeliveryRecord{delivery(turnstone.DeliveryRetry, "the receiver answered 500")}
		}, []string{"So far one attempt failed, the last at 2026-11-23 12:00:00 UTC: the receiver answered 500. It is tried again at 2026-11-23 12:02:00 UTC."}},
		"queued": {func(h *explain.History) {
			h.Seen = []turnstone.Sighting{created()}
			h.Deliveries = []turnstone.DeliveryRecord{delivery(turnstone.DeliveryQueued)}
		}, []string{"It waits until somebody asks for it to be delivered again."}},
		"not tried yet": {func(h *explain.History) {
			h.Seen = []turnstone.Sighting{created()}
			h.Deliveries = []turnstone.DeliveryRecord{delivery(turnstone.DeliveryCreated)}
		}, []string{"Event 7 has not reached https://receiver.example/in yet. It is on its way"}},
		"wanted by nobody": {func(h *explain.History) { h.Seen = []turnstone.Sighting{created()} }, []string{"Event 7 is for nobody"}},
		"no event": {func(h *explain.History) {
			h.Seen = []turnstone.Sighting{{ObjectID: "R1", SeenAt: at(0), Reason: turnstone.ReasonEarlier, Updated: at(-90)}}
		}, []string{"last changed at 2026-11-23 10:30:00 UTC. The dates of this record lie before the time from which on we were asked to report changes"}},
		"deleted": {func(h *explain.History) {
			h.Known = &turnstone.Version{ObjectID: "R1", Gone: true}
			h.Seen = []turnstone.Sighting{{ObjectID: "R1", SeenAt: at(0), Op: turnstone.Deleted, Reason: turnstone.ReasonVanished, EventID: 7}}
		}, []string{"we had looked for it", "reported as DELETED", "As far as we know it is deleted."}},
		"told by webhook": {func(h *explain.History) {
			h.Known = &turnstone.Version{ObjectID: "R1", Gone: true}
			h.Seen = []turnstone.Sighting{
				{ObjectID: "R1", PollAt: at(0), SeenAt: at(0), Op: turnstone.Deleted, Reason: turnstone.ReasonTold, EventID: 7},
				{ObjectID: "R1", SeenAt: at(1), Reason: turnstone.ReasonLagging, Updated: at(-5)},
			}
		}, []string{
			"2026-11-23 12:00:00 UTC: a webhook came. The vendor told us of this change itself", "reported as DELETED, in event 7",
			"2026-11-23 12:01:00 UTC: a poll saw it.", "this one still showed the record as it was", "As far as we know it is deleted.",
		}},
		"never seen": {func(*explain.History) {}, []string{
			"It was never seen, although the list of reports was last read to its end at 2026-11-23 12:15:00 UTC.",
			"before 2026-11-23 11:00:00 UTC, when we were asked to watch",
		}},
		"never read": {func(h *explain.History) { h.Poller.LastGoodAt = time.Time{} }, []string{"has not been read to its end yet"}},
		"long unchanged": {func(h *explain.History) { h.Known = &turnstone.Version{Updated: at(-50)} }, []string{
			"Nothing new was seen of it in the time for which histories are kept. The vendor says that it was last changed at 2026-11-23 11:10:00 UTC.",
		}},
		"a long history": {func(h *explain.History) { h.Seen, h.More = []turnstone.Sighting{created()}, true }, []string{"Earlier parts of its history are left out"}},
		"parked": {func(h *explain.History) {
			h.Poller.State, h.Poller.Problem = turnstone.PollerParked, "the vendor answered 500"
		}, []string{
			"not polled, since too many polls failed: the vendor answered 500.",
		}},
		"held back": {func(h *explain.History) { h.Poller.Memo.Held = "20 of 25 objects are not listed any more" }, []string{
			"The last search for deleted records told of none, this one or others: 20 of 25 objects are not listed any more.",
		}},
		"awaiting": {func(h *explain.History) { h.Poller.State = turnstone.PollerAwaiting }, []string{"somebody has to authorise the instance again"}},
		"failing":  {func(h *explain.History) { h.Poller.Problem = "no answer" }, []string{"The last poll of reports failed: no answer. It is tried again at 2026-11-23 12:30:00 UTC."}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := history()
			tt.change(&h)
			story := strings.Join(explain.Story(h, at(16)), "\n")
			rest := story
			for _, want := range tt.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("the story lacks, or has too early, %q:\n%s", want, story)
				}
				rest = after
			}
			if strings.Contains(story, "s3cr3t") {
				t.Errorf("the story shows the query of the callback URL:\n%s", story)
			}
		})
	}
}
