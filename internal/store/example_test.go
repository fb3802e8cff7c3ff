package store_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"turnstone"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// One round of the engine: a poller is claimed, what it found is committed with the
// deliveries that follow from it, and the destination that became due is settled.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "turnstone")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := storetest.TryOpen(ctx, dir) // store.Open, with a key ring made for the occasion
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := round(ctx, db); err != nil {
		log.Print(err)
	}
	// Output:
	// polled reports of instance 1
	// owed to https://receiver.example: event 1
}

func round(ctx context.Context, db *store.DB) error {
	account, user, err := db.CreateAccount(ctx, turnstone.Account{OrganizationSecret: "o"}, turnstone.User{Secret: "u"})
	if err != nil {
		return err
	}
	_, err = db.SaveInstance(ctx, turnstone.InstanceWrite{
		Instance:    turnstone.Instance{AccountID: account.ID, UserID: user.ID, Element: "concur", Token: "t"},
		Pollers:     []turnstone.PollerWrite{{Resource: "reports", State: turnstone.PollerActive, Interval: time.Minute}},
		Destination: &turnstone.DestinationWrite{URL: "https://receiver.example"},
	})
	if err != nil {
		return err
	}

	polls, err := db.ClaimPollers(ctx, 10, time.Minute)
	if err != nil {
		return err
	}
	for _, l := range polls {
		fmt.Printf("polled %s of instance %d\n", l.Poller.Resource, l.Instance.ID)
		ids, err := db.EventIDs(ctx, 1)
		if err != nil {
			return err
		}
		err = db.CommitPoll(ctx, l, time.Minute, turnstone.PollCommit{
			Versions: []turnstone.Version{{ObjectID: "42"}},
			Events:   []turnstone.Event{{ID: ids[0], Key: "key", Resource: "reports", Objects: []string{"42"}, Body: []byte("{}")}},
			End:      &turnstone.PollEnd{NextAt: time.Now().Add(time.Minute)},
		})
		if err != nil {
			return err
		}
	}

	due, err := db.ClaimDestinations(ctx, 10, time.Minute)
	if err != nil {
		return err
	}
	for _, l := range due {
		owed, err := db.Deliveries(ctx, l, 0, 10)
		if err != nil {
			return err
		}
		batch := turnstone.DeliveryBatch{State: turnstone.DestinationActive, Release: &turnstone.Release{Signal: owed.Signal}}
		for _, d := range owed.List {
			fmt.Printf("owed to %s: event %d\n", l.Destination.URL, d.EventID)
			attempt := turnstone.Attempt{EventID: d.EventID, Number: d.Attempts + 1, At: time.Now(), Status: 200}
			batch.Settlements = append(batch.Settlements, turnstone.Settlement{Attempt: attempt, Done: true})
		}
		if err := db.SettleDeliveries(ctx, l, time.Minute, batch); err != nil {
			return err
		}
	}
	return nil
}
