package bulk

import (
	"fmt"

	"turnstone"
)

// Shown is a job as clients see it, and as callbacks carry it. The names are the
// platform's where it has one.
type Shown struct {
	ID                 int64               `json:"id"`
	Status             turnstone.BulkState `json:"status"`
	StatusMessage      string              `json:"statusMessage"`
	InstanceID         int64               `json:"instanceId"`
	ElementKey         string              `json:"elementKey"`
	ObjectName         string              `json:"objectName"`
	Query              string              `json:"query"`
	JobDirection       string              `json:"jobDirection"`
	RecordsCount       int                 `json:"recordsCount"`
	RecordsFailedCount int                 `json:"recordsFailedCount"`
	PagesCount         int                 `json:"pagesCount"`
	Bytes              int64               `json:"bytes"` // that it takes up
	NotificationURL    string              `json:"notificationUrl,omitempty"`
	CreatedDate        int64               `json:"createdDate"`              // milliseconds since the epoch, as all of these
	StartTime          int64               `json:"startTime,omitempty"`      // absent: it has not started
	CompletionTime     int64               `json:"completionTime,omitempty"` // absent: it has not ended
	ContinuesAt        int64               `json:"continuesAt,omitempty"`    // absent: it is under way, or has ended
}

// Show returns a job as clients see it.
func Show(job turnstone.BulkJob) Shown {
	s := Shown{
		ID: job.ID, Status: job.State, StatusMessage: message(job), InstanceID: job.InstanceID, ElementKey: job.Element,
		ObjectName: job.Query.Resource, Query: job.Query.Text, JobDirection: "DOWNLOAD",
		RecordsCount: job.Records, PagesCount: job.Pages, Bytes: job.Bytes, NotificationURL: job.Callback.URL,
		CreatedDate: job.CreatedAt.UnixMilli(),
	}
	if !job.StartedAt.IsZero() {
		s.StartTime = job.StartedAt.UnixMilli()
	}
	if job.State.Ended() {
		s.CompletionTime = job.EndedAt.UnixMilli()
	}
	if job.Problem != "" && !job.State.Ended() {
		s.ContinuesAt = job.NextAt.UnixMilli()
	}
	return s
}

// message tells people how a job stands.
func message(job turnstone.BulkJob) string {
	records := fmt.Sprintf("%d records", job.Records)
	if job.Records == 1 {
		records = "1 record"
	}
	said := map[turnstone.BulkState]string{
		turnstone.BulkCreated:   "begins in a moment",
		turnstone.BulkRunning:   records + " read so far",
		turnstone.BulkCompleted: records + " read",
		turnstone.BulkCancelled: "cancelled; what was read is gone",
	}[job.State]
	switch {
	case job.Problem == "":
		return said
	case said == "":
		return job.Problem
	}
	return said + "; " + job.Problem
}
