package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"turnstone"
	"turnstone/internal/deliver"
	"turnstone/webhook"
)

// message is a signed event, ready to be posted.
type message struct {
	url    string
	header http.Header
	body   []byte
}

// sign returns an event with the headers that ours has.
func sign(url, id string, body []byte, at time.Time) message {
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Turnstone")
	h.Set(webhook.HeaderID, id)
	h.Set(webhook.HeaderStandardID, id)
	h.Set(webhook.HeaderStandardTimestamp, strconv.FormatInt(at.Unix(), 10))
	h.Set(webhook.HeaderSignature, webhook.Sign(key, body))
	h.Set(webhook.HeaderStandardSignature, webhook.SignStandard(key, id, at, body))
	return message{url: url, header: h, body: body}
}

// signed returns the events that fillDeliveries stores, a queue for each
// destination.
func (s *site) signed(now time.Time) ([]chan message, error) {
	share := s.Size.Objects / s.Size.Destinations
	queues := make([]chan message, s.Size.Destinations)
	err := each(s.Size.Destinations, func(i int) error {
		w, err := newWriter(turnstone.Instance{ID: int64(i), AccountID: 1, UserID: 1, Element: elementKey, Name: companyName(i)}, s.Born)
		if err != nil {
			return err
		}
		queues[i] = make(chan message, share)
		for object := i * share; object < (i+1)*share; object++ {
			e, err := w.event(int64(object+1), object)
			if err != nil {
				return err
			}
			queues[i] <- sign(s.destination(i), strconv.FormatInt(e.ID, 10), e.Body, now)
		}
		close(queues[i])
		return nil
	})
	return queues, err
}

// postAll posts what the queues hold until they are closed, each as many at a time
// as ours does to a destination. It returns what waits for the end.
func (s *site) postAll(ctx context.Context, queues []chan message) (wait func() error) {
	return together(len(queues)*deliver.DefaultConcurrency, func(i int) error {
		for m := range queues[i%len(queues)] {
			if err := post(ctx, s.loops.Deliver.Client, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// post posts one event and reads the answer.
func post(ctx context.Context, client *http.Client, m message) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(m.body))
	if err != nil {
		return err
	}
	request.Header = m.header
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the receiver answered %s", response.Status)
	}
	return nil
}
