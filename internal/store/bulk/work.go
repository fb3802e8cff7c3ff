package bulk

import (
	"context"
	"fmt"
	"iter"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
)

// ClaimBulkJobs leases up to n jobs that are due, the longest due first, for the length
// of lease. A lease that is not extended or ended by CommitBulk before it expires may
// be claimed again, by any node.
func (j *Jobs) ClaimBulkJobs(ctx context.Context, n int, lease time.Duration) ([]turnstone.BulkLease, error) {
	var leases []turnstone.BulkLease
	err := j.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		leases, err = engine.List(s.Query(ctx, `
			WITH due AS MATERIALIZED (
				SELECT id FROM bulk_job
				WHERE next_at <> 0 AND next_at <= $1 AND lease_until <= $1
				ORDER BY next_at
				LIMIT $2`+s.SkipLocked()+`)
			UPDATE bulk_job
			SET lease_until = $3, fence = fence + 1
			WHERE id IN (SELECT id FROM due)
			RETURNING fence, `+jobColumns, instant(now), n, instant(now.Add(lease))), func(row engine.Row) (turnstone.BulkLease, error) {
			var l turnstone.BulkLease
			err := row.Scan(append([]any{&l.Fence}, jobFields(&l.Job)...)...)
			return l, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim bulk jobs: %w", err)
	}
	return leases, nil
}

// CommitBulk stores how far a job is, and the page that it has read, in one
// transaction; or leaves the pages it has to the purge, if c.Drop is set. It extends the lease, or ends it if c.Release is set. It returns
// turnstone.ErrLeaseLost, and changes nothing, if the lease was overtaken or ended, or
// the job is gone.
func (j *Jobs) CommitBulk(ctx context.Context, l turnstone.BulkLease, lease time.Duration, c turnstone.BulkCommit) error {
	err := j.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		now, err := s.Now(ctx)
		if err != nil {
			return err
		}
		until := instant(now.Add(lease))
		if c.Release {
			until = instant{}
		}
		n, err := s.Exec(ctx, `
			UPDATE bulk_job
			SET state = $1, problem = $2, pages = $3, records = $4, bytes = $5, place = $6, callback = $7,
				started_at = $8, ended_at = $9, next_at = $10, lease_until = $11
			WHERE id = $12 AND fence = $13 AND lease_until <> 0`,
			string(c.Job.State), c.Job.Problem, c.Job.Pages, c.Job.Records, c.Job.Bytes, column.JSON{V: c.Job.Place}, column.JSON{V: c.Job.Callback},
			instant(c.Job.StartedAt), instant(c.Job.EndedAt), instant(c.Job.NextAt), until, l.Job.ID, l.Fence)
		if err == nil && n == 0 {
			err = turnstone.ErrLeaseLost
		}
		if err == nil && c.Drop {
			err = leave(ctx, s, []ref{{l.Job.ID, l.Job.AccountID}})
		}
		if err != nil || c.Page == nil {
			return err
		}
		_, err = s.Exec(ctx, `
			INSERT INTO bulk_page (account_id, job_id, number, records, columns, body)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			l.Job.AccountID, l.Job.ID, c.Page.Number, c.Page.Records, column.JSON{V: c.Page.Columns}, c.Page.Body)
		return err
	})
	if err != nil {
		return fmt.Errorf("commit bulk job %d: %w", l.Job.ID, err)
	}
	return nil
}

// BulkColumns yields the columns of the pages of a job, in the order of the pages,
// with the number of the page. No more than a few pages' are in memory at a time.
func (j *Jobs) BulkColumns(ctx context.Context, job turnstone.BulkJob) iter.Seq2[turnstone.BulkPage, error] {
	const some = 100
	return func(yield func(turnstone.BulkPage, error) bool) {
		for after, more := 0, true; more; {
			pages, err := engine.List(j.Engine.Reader().Query(ctx, `
				SELECT number, records, columns
				FROM bulk_page
				WHERE account_id = $1 AND job_id = $2 AND number > $3
				ORDER BY number
				LIMIT $4`, job.AccountID, job.ID, after, some), func(row engine.Row) (turnstone.BulkPage, error) {
				var p turnstone.BulkPage
				err := row.Scan(&p.Number, &p.Records, column.JSON{V: &p.Columns})
				return p, err
			})
			if err != nil {
				yield(turnstone.BulkPage{}, fmt.Errorf("columns of bulk job %d: %w", job.ID, err))
				return
			}
			for _, p := range pages {
				if !yield(p, nil) {
					return
				}
				after = p.Number
			}
			more = len(pages) == some
		}
	}
}

// BulkPage returns a page of a job, or turnstone.ErrNotFound.
func (j *Jobs) BulkPage(ctx context.Context, job turnstone.BulkJob, number int) (turnstone.BulkPage, error) {
	page, err := engine.One(j.Engine.Reader().Query(ctx, `
		SELECT number, records, columns, body
		FROM bulk_page
		WHERE account_id = $1 AND job_id = $2 AND number = $3`, job.AccountID, job.ID, number), func(row engine.Row) (turnstone.BulkPage, error) {
		var p turnstone.BulkPage
		err := row.Scan(&p.Number, &p.Records, column.JSON{V: &p.Columns}, &p.Body)
		return p, err
	})
	if err != nil {
		return turnstone.BulkPage{}, fmt.Errorf("page %d of bulk job %d: %w", number, job.ID, err)
	}
	return page, nil
}
