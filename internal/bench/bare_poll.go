package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tidwall/gjson"

	"turnstone/internal/bench/peer"
)

// pageSize is that of the element.
const pageSize = 100

// firstPage is what our poller asks for first.
func (s *site) firstPage() string {
	since := s.Born.UTC().Format(layout)
	return s.Peer.Vendor + peer.ListPath + "?limit=" + strconv.Itoa(pageSize) + "&modifiedDateAfter=" + since + "&user=ALL"
}

// fetch asks for a page and returns its records and where the next one is.
func (s *site) fetch(ctx context.Context, company int, url string) (records []gjson.Result, next string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, "", err
	}
	request.Header.Set("Authorization", "Bearer "+peer.Token(company))
	request.Header.Set("Accept", "application/json")
	response, err := s.loops.Vendors.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, "", err
	}
	if response.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("the vendor answered %s", response.Status)
	}
	return gjson.GetBytes(body, "Items").Array(), gjson.GetBytes(body, "NextPage").String(), nil
}

// read reads the whole list of a company, page by page.
func (s *site) read(ctx context.Context, company int, page func([]gjson.Result) error) error {
	for url := s.firstPage(); url != ""; {
		records, next, err := s.fetch(ctx, company, url)
		if err != nil {
			return err
		}
		if err := page(records); err != nil {
			return err
		}
		url = next
	}
	return nil
}

// companies reads the lists of all companies at the same time. It returns what
// waits for the end.
func (s *site) companies(ctx context.Context, page func(company int, records []gjson.Result) error) (wait func() error) {
	return together(s.Size.Pollers, func(company int) error {
		return s.read(ctx, company, func(records []gjson.Result) error { return page(company, records) })
	})
}

// pollBare polls and posts the same records without a database: what a page holds
// is split, rendered, signed and posted.
func pollBare(ctx context.Context, s *site) (Result, error) {
	if err := s.planPolls(ctx); err != nil {
		return Result{}, err
	}
	queues := make([]chan message, s.Size.Pollers)
	for i := range queues {
		queues[i] = make(chan message, pageSize)
	}
	var ids atomic.Int64
	return s.untilArrived(ctx, func() func() error {
		posted := s.postAll(ctx, queues)
		read := s.companies(ctx, func(company int, records []gjson.Result) error {
			for len(records) > 0 {
				n := min(s.Size.Changes, len(records))
				id := strconv.FormatInt(ids.Add(1), 10)
				queues[company] <- sign(s.destination(company), id, rendered(id, records[:n]), time.Now())
				records = records[n:]
			}
			return nil
		})
		return func() error {
			err := read()
			for _, queue := range queues {
				close(queue)
			}
			return errors.Join(err, posted())
		}
	}, nothing)
}

// rendered puts records into a body as long as ours, and with what the receiver
// reads in the same place.
func rendered(id string, records []gjson.Result) []byte {
	const (
		head = `{"severity":"medium","createdDate":"Mon Nov 23 12:00:00 UTC 2026","topic":"instance-1-concur-events","action":"create","id":"`
		raw  = `","message":{"elementKey":"concur","accountId":1,"eventId":"AZEr1q0000000000000=","companyId":1,"instanceId":1,` +
			`"instance_id":1,"instanceName":"Company 1","instanceTags":[],"raw":{"reports":[`
		events = `],"pollDate":1795435200000,"objectType":"reports"},"userId":1,"events":[`
		change = `{"date":"2026-11-23T12:00:00Z","elementKey":"concur","pollDate":"2026-11-23T12:00:00Z","eventType":"CREATED",` +
			`"hubKey":"expense","objectId":"`
		changeEnd = `","objectType":"reports"}`
		end       = `]},"user":"notifications@cloud-elements.com"}`
	)
	b := make([]byte, 0, len(head)+len(raw)+len(events)+len(end)+len(records)*(recordSize+256))
	b = append(b, head+id+raw...)
	for i, r := range records {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, r.Raw...)
	}
	b = append(b, events...)
	for i, r := range records {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, change...)
		b = append(b, r.Get("ID").String()...)
		b = append(b, changeEnd...)
	}
	b = append(b, end...)
	return b
}
