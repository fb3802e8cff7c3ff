package client

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"time"
)

// BulkJob is a query that the service carries out by itself, for its records to be
// fetched when it is done.
type BulkJob struct {
	ID                 int64  `json:"id"`
	Status             string `json:"status"` // CREATED, RUNNING, COMPLETED, ERROR, ABORTED or CANCELLED
	StatusMessage      string `json:"statusMessage"`
	InstanceID         int64  `json:"instanceId"`
	ElementKey         string `json:"elementKey"`
	ObjectName         string `json:"objectName"`
	Query              string `json:"query"`
	JobDirection       string `json:"jobDirection"`
	RecordsCount       int    `json:"recordsCount"`
	RecordsFailedCount int    `json:"recordsFailedCount"`
	PagesCount         int    `json:"pagesCount"`
	Bytes              int64  `json:"bytes"`
	NotificationURL    string `json:"notificationUrl"`
	CreatedDate        int64  `json:"createdDate"`    // milliseconds since the epoch, as all of these
	StartTime          int64  `json:"startTime"`      // 0: it has not started
	CompletionTime     int64  `json:"completionTime"` // 0: it has not ended
	ContinuesAt        int64  `json:"continuesAt"`    // 0: it does not wait
}

// Ended reports whether the job will not go on.
func (j BulkJob) Ended() bool { return !slices.Contains([]string{"CREATED", "RUNNING"}, j.Status) }

// BulkInput is a bulk query.
type BulkInput struct {
	Query       string // such as select * from reports where …
	CallbackURL string // is told when the job has ended; empty: nobody
}

// BulkQuery has the service carry out a query of the client's instance.
func (c *Client) BulkQuery(ctx context.Context, input BulkInput) (job BulkJob, err error) {
	r := request{method: http.MethodPost, path: "/bulk/query", body: map[string]string{"q": input.Query}}
	if input.CallbackURL != "" {
		r.header = http.Header{"Elements-Async-Callback-Url": {input.CallbackURL}}
	}
	err = c.do(ctx, r, &job)
	return job, err
}

// BulkJobs yields the jobs of the client's instance, newest first.
func (c *Client) BulkJobs(ctx context.Context) iter.Seq2[BulkJob, error] {
	return list[BulkJob](ctx, c, request{method: http.MethodGet, path: "/bulk"})
}

// BulkJob returns how a job stands.
func (c *Client) BulkJob(ctx context.Context, id int64) (job BulkJob, err error) {
	err = c.do(ctx, request{method: http.MethodGet, path: fmt.Sprintf("/bulk/%d/status", id)}, &job)
	return job, err
}

const (
	// firstLook and lastLook bound how often WaitBulk asks.
	firstLook = 200 * time.Millisecond
	lastLook  = 10 * time.Second
)

// WaitBulk asks, less and less often, how a job stands until it has ended, and calls
// watch each time, unless that is nil. It returns the job as it ended, whichever way.
func (c *Client) WaitBulk(ctx context.Context, id int64, watch func(BulkJob)) (BulkJob, error) {
	for wait := firstLook; ; wait = min(2*wait, lastLook) {
		job, err := c.BulkJob(ctx, id)
		if err != nil {
			return job, err
		}
		if watch != nil {
			watch(job)
		}
		if job.Ended() {
			return job, nil
		}
		if err := pause(ctx, wait); err != nil {
			return job, err
		}
	}
}

// The forms in which the records of a job can be fetched.
const (
	JSON = "application/json" // an array
	CSV  = "text/csv"         // a row for each record, and one with the columns before them
)

// FetchBulk returns the records of a job that is COMPLETED, in a form. The caller closes
// the reader; one that fails before its end has not given all of them.
func (c *Client) FetchBulk(ctx context.Context, job BulkJob, form string) (io.ReadCloser, error) {
	response, err := c.send(ctx, request{
		method: http.MethodGet, path: fmt.Sprintf("/bulk/%d", job.ID) + hubPath(job.ObjectName)[len("/hubs/any"):],
		header: http.Header{"Accept": {form}},
	})
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// DeleteBulk cancels a job that is under way, and removes one that has ended, with its
// records.
func (c *Client) DeleteBulk(ctx context.Context, id int64) error {
	return c.do(ctx, request{method: http.MethodDelete, path: fmt.Sprintf("/bulk/%d", id)}, nil)
}
