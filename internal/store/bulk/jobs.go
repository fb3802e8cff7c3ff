package bulk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turnstone"
	"turnstone/internal/store/column"
	"turnstone/internal/store/engine"
	"turnstone/internal/store/people"
)

// instant is a time as a column holds it.
type instant = column.Instant

// Jobs is the part of a database that holds bulk jobs. Its methods may be called from
// many goroutines.
type Jobs struct {
	Engine engine.Engine
}

// CreateBulkJob stores a new job, due at job.NextAt, and returns it with its id. It
// returns turnstone.ErrNotFound if its instance does not exist any more, and a
// *turnstone.LimitError if the account has as many jobs under way as it may.
func (j *Jobs) CreateBulkJob(ctx context.Context, job turnstone.BulkJob) (turnstone.BulkJob, error) {
	err := j.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		if err := people.Room(ctx, s, job.AccountID, people.BulkRoom(job.AccountID)); err != nil {
			return err
		}
		_, err := engine.One(s.Query(ctx, `SELECT id FROM instance WHERE account_id = $1 AND id = $2`, job.AccountID, job.InstanceID), engine.Number)
		if err != nil {
			return err
		}
		if job.ID, err = s.NextID(ctx, "bulk_job"); err != nil {
			return err
		}
		_, err = s.Exec(ctx, `
			INSERT INTO bulk_job (id, account_id, instance_id, element, query, state, callback, created_at, next_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			job.ID, job.AccountID, job.InstanceID, job.Element, column.JSON{V: job.Query}, string(job.State), column.JSON{V: job.Callback},
			instant(job.CreatedAt), instant(job.NextAt))
		return err
	})
	if err != nil {
		return turnstone.BulkJob{}, fmt.Errorf("create bulk job of instance %d: %w", job.InstanceID, err)
	}
	return job, nil
}

// BulkJob returns a job of an instance, or turnstone.ErrNotFound.
func (j *Jobs) BulkJob(ctx context.Context, accountID, instanceID, id int64) (turnstone.BulkJob, error) {
	job, err := engine.One(j.Engine.Reader().Query(ctx, `
		SELECT `+jobColumns+`
		FROM bulk_job
		WHERE account_id = $1 AND instance_id = $2 AND id = $3`, accountID, instanceID, id), scanJob)
	if err != nil {
		return turnstone.BulkJob{}, fmt.Errorf("bulk job %d of instance %d: %w", id, instanceID, err)
	}
	return job, nil
}

// BulkJobs returns the jobs that f selects, newest first.
func (j *Jobs) BulkJobs(ctx context.Context, f turnstone.BulkFilter) ([]turnstone.BulkJob, error) {
	before := f.Before
	if before == 0 {
		before = column.Never
	}
	jobs, err := engine.List(j.Engine.Reader().Query(ctx, `
		SELECT `+jobColumns+`
		FROM bulk_job
		WHERE account_id = $1 AND instance_id = $2 AND id < $3
		ORDER BY id DESC
		LIMIT $4`, f.AccountID, f.InstanceID, before, f.Limit), scanJob)
	if err != nil {
		return nil, fmt.Errorf("list bulk jobs of instance %d: %w", f.InstanceID, err)
	}
	return jobs, nil
}

// BulkUse returns what the jobs of an account take up.
func (j *Jobs) BulkUse(ctx context.Context, accountID int64) (turnstone.BulkUse, error) {
	use, err := engine.One(j.Engine.Reader().Query(ctx, `
		SELECT CAST(COALESCE(SUM(CASE WHEN ended_at = 0 THEN 1 ELSE 0 END), 0) AS BIGINT), CAST(COALESCE(SUM(bytes), 0) AS BIGINT)
		FROM bulk_job
		WHERE account_id = $1`, accountID), func(row engine.Row) (turnstone.BulkUse, error) {
		var u turnstone.BulkUse
		err := row.Scan(&u.Open, &u.Bytes)
		return u, err
	})
	if err != nil {
		return turnstone.BulkUse{}, fmt.Errorf("use of bulk jobs by account %d: %w", accountID, err)
	}
	return use, nil
}

// CancelBulkJob ends a job that has not ended, at a moment, and gives up what it has
// read; whoever holds a lease on it loses it. It returns the job, turnstone.ErrConflict
// if it had ended, or turnstone.ErrNotFound.
func (j *Jobs) CancelBulkJob(ctx context.Context, job turnstone.BulkJob, now time.Time) (turnstone.BulkJob, error) {
	var cancelled turnstone.BulkJob
	var next time.Time
	if job.Callback.URL != "" {
		next = now
	}
	err := j.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		found, err := engine.One(s.Query(ctx, `
			UPDATE bulk_job
			SET state = 'CANCELLED', problem = '', ended_at = $1, next_at = $2,
				pages = 0, records = 0, bytes = 0, place = '{}', lease_until = 0, fence = fence + 1
			WHERE account_id = $3 AND instance_id = $4 AND id = $5 AND ended_at = 0
			RETURNING `+jobColumns, instant(now), instant(next), job.AccountID, job.InstanceID, job.ID), scanJob)
		if errors.Is(err, turnstone.ErrNotFound) {
			return missing(ctx, s, job)
		}
		if err != nil {
			return err
		}
		cancelled = found
		return leave(ctx, s, []ref{{found.ID, found.AccountID}})
	})
	if err != nil {
		return turnstone.BulkJob{}, fmt.Errorf("cancel bulk job %d: %w", job.ID, err)
	}
	return cancelled, nil
}

// missing tells a job that has ended from one that is not there.
func missing(ctx context.Context, s *engine.Session, job turnstone.BulkJob) error {
	_, err := engine.One(s.Query(ctx, `SELECT id FROM bulk_job WHERE account_id = $1 AND instance_id = $2 AND id = $3`,
		job.AccountID, job.InstanceID, job.ID), engine.Number)
	if err != nil {
		return err
	}
	return turnstone.ErrConflict
}

// DeleteBulkJob removes a job with all that it has read. It returns
// turnstone.ErrNotFound if there is no such job.
func (j *Jobs) DeleteBulkJob(ctx context.Context, accountID, instanceID, id int64) error {
	err := j.Engine.Write(ctx, func(ctx context.Context, s *engine.Session) error {
		gone, err := engine.One(s.Query(ctx, `
			DELETE FROM bulk_job
			WHERE account_id = $1 AND instance_id = $2 AND id = $3
			RETURNING id, account_id`, accountID, instanceID, id), scanRef)
		if err != nil {
			return err
		}
		return leave(ctx, s, []ref{gone})
	})
	if err != nil {
		return fmt.Errorf("delete bulk job %d: %w", id, err)
	}
	return nil
}

// Abandon removes up to n jobs that ended before a time, in a transaction of the
// purge, and leaves their pages to it. It returns how many jobs that were.
func Abandon(ctx context.Context, s *engine.Session, before time.Time, n int) (int64, error) {
	old, err := engine.List(s.Query(ctx, `
		DELETE FROM bulk_job
		WHERE id IN (
			SELECT id FROM bulk_job WHERE ended_at <> 0 AND ended_at < $1 AND next_at = 0 ORDER BY ended_at LIMIT $2)
		RETURNING id, account_id`, instant(before), n), scanRef)
	if err != nil {
		return 0, err
	}
	return int64(len(old)), leave(ctx, s, old)
}

// ref names a job.
type ref struct{ id, account int64 }

func scanRef(row engine.Row) (r ref, err error) {
	err = row.Scan(&r.id, &r.account)
	return r, err
}

// leave leaves the pages of jobs to the purge.
func leave(ctx context.Context, s *engine.Session, jobs []ref) error {
	rows := make([][]any, len(jobs))
	for i, r := range jobs {
		rows[i] = []any{"bulk_job", r.id, r.account}
	}
	return s.Insert(ctx, engine.Insertion{Table: "leftover", Conflict: "ON CONFLICT DO NOTHING"}, engine.Values{
		Columns: []engine.Column{{Name: "kind", Kind: engine.Text}, {Name: "id"}, {Name: "account_id"}}, Rows: rows,
	})
}

const jobColumns = `id, account_id, instance_id, element, query, state, problem, pages, records, bytes, place, callback,
	created_at, started_at, ended_at, next_at`

// jobFields are the destinations of jobColumns.
func jobFields(b *turnstone.BulkJob) []any {
	return []any{
		&b.ID, &b.AccountID, &b.InstanceID, &b.Element,
		column.JSON{V: &b.Query},
		&b.State, &b.Problem, &b.Pages, &b.Records, &b.Bytes,
		column.JSON{V: &b.Place},
		column.JSON{V: &b.Callback},
		(*instant)(&b.CreatedAt), (*instant)(&b.StartedAt), (*instant)(&b.EndedAt), (*instant)(&b.NextAt),
	}
}

func scanJob(row engine.Row) (turnstone.BulkJob, error) {
	var b turnstone.BulkJob
	err := row.Scan(jobFields(&b)...)
	return b, err
}
