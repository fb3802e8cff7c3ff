package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"turnstone"
	"turnstone/webhook"
)

// maxBody bounds what a Receiver reads of one POST.
const maxBody = 16 << 20

// Receiver is a callback URL that checks signatures and remembers every change.
// It answers 200 only after what it got is in its file, so that a comparison
// after a crash knows all that was acknowledged.
type Receiver struct {
	key  string
	now  func() time.Time
	heed func(Change)

	mu      sync.Mutex
	file    *os.File // nil: memory only
	size    int64    // of the whole lines in the file
	changes []Change
	refused int
}

// NewReceiver returns a receiver for events signed with key. It goes on with the
// file at path, or keeps nothing if path is empty. Heed is called with each
// change that arrives, one at a time, repeats included; it may be nil.
func NewReceiver(path, key string, now func() time.Time, heed func(Change)) (*Receiver, error) {
	r := &Receiver{key: key, now: now, heed: heed}
	if path == "" {
		return r, nil
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open what was received: %w", err)
	}
	r.file = file
	if err := r.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("read what was received, %s: %w", path, err), file.Close())
	}
	return r, nil
}

// load reads the file, and cuts off a half-written last line: it was not
// acknowledged.
func (r *Receiver) load() error {
	text, err := io.ReadAll(r.file)
	if err != nil {
		return err
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	number := 0
	for line := range bytes.Lines(whole) {
		number++
		var c Change
		if err := json.Unmarshal(line, &c); err != nil {
			return fmt.Errorf("line %d: %w; remove the file to start without it", number, err)
		}
		r.changes = append(r.changes, c)
	}
	r.size = int64(len(whole))
	return r.file.Truncate(r.size)
}

// Close closes the file.
func (r *Receiver) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// Changes returns everything received, in the order of arrival, repeats included.
func (r *Receiver) Changes() []Change {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.changes)
}

// Refused returns how many POSTs had no valid signature or no valid body. One that
// broke off, since its sender was killed, is none of them.
func (r *Receiver) Refused() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused
}

// ServeHTTP takes one event.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	changes, err := r.read(request)
	if errors.Is(err, io.ErrUnexpectedEOF) || request.Context().Err() != nil {
		return // nobody is there to answer to
	}
	if err != nil {
		r.mu.Lock()
		r.refused++
		r.mu.Unlock()
		http.Error(w, err.Error(), refusal(err))
		return
	}
	if err := r.take(changes); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// refusal returns the status for a POST that could not be read.
func refusal(err error) int {
	for _, forged := range []error{webhook.ErrUnsigned, webhook.ErrSignature, webhook.ErrTimestamp} {
		if errors.Is(err, forged) {
			return http.StatusUnauthorized
		}
	}
	return http.StatusBadRequest
}

// read verifies both signatures of a POST and returns the changes in it.
func (r *Receiver) read(request *http.Request) ([]Change, error) {
	event, body, err := webhook.Read(request, maxBody, r.key)
	if err != nil {
		return nil, err
	}
	if err := webhook.Verify(request.Header.Get(webhook.HeaderSignature), body, r.key); err != nil {
		return nil, err
	}
	var changes []Change
	for i, e := range event.Message.Changes {
		records, err := event.Records(e.Resource)
		if err != nil {
			return nil, err
		}
		if len(records) != len(event.Message.Changes) {
			return nil, fmt.Errorf("event %s has %d changes and %d records", event.ID, len(event.Message.Changes), len(records))
		}
		changes = append(changes, Change{
			NotificationID: event.ID, Op: turnstone.Op(e.Op), ObjectID: e.ObjectID, Record: records[i], At: r.now(),
		})
	}
	return changes, nil
}

// take stores changes, and then tells of them.
func (r *Receiver) take(changes []Change) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.keep(changes); err != nil {
		return fmt.Errorf("keep what was received: %w", err)
	}
	r.changes = append(r.changes, changes...)
	if r.heed != nil {
		for _, c := range changes {
			r.heed(c)
		}
	}
	return nil
}

// keep writes changes to the file. What a process wrote outlives it without a
// sync; only the machine's own crash would lose it. A write that fails half-way,
// as on a full disk, is written over by the next.
func (r *Receiver) keep(changes []Change) error {
	if r.file == nil {
		return nil
	}
	var lines []byte
	for _, c := range changes {
		line, err := json.Marshal(c)
		if err != nil {
			return err
		}
		lines = append(append(lines, line...), '\n')
	}
	if _, err := r.file.WriteAt(lines, r.size); err != nil {
		return err
	}
	r.size += int64(len(lines))
	return nil
}
