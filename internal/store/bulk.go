package store

import "turnstone/internal/store/bulk"

// BulkJobs returns the part of the database that holds bulk jobs.
func (db *DB) BulkJobs() *bulk.Jobs { return &bulk.Jobs{Engine: db.engine} }
