package app

import (
	"cmp"
	"context"
	"time"

	apibulk "turnstone/internal/api/bulk"
	"turnstone/internal/api/rest"
	"turnstone/internal/bulk"
)

// bulkStore is what bulk jobs need of the store.
type bulkStore interface {
	bulk.Store
	bulk.JobStore
	bulk.PageStore
}

// bulkLimits returns how much bulk jobs may store, as the operator says.
func (c Config) bulkLimits() bulk.Limits {
	limits := bulk.DefaultLimits
	limits.JobBytes = cmp.Or(c.BulkJobBytes, limits.JobBytes)
	limits.AccountBytes = cmp.Or(c.BulkAccountBytes, limits.AccountBytes)
	return limits
}

// bulkLoop returns the loop that carries bulk jobs out.
func (p *parts) bulkLoop(c Config) *bulk.Loop {
	return &bulk.Loop{
		Store: p.bulks, Instances: p.db, Source: p.calls, Client: p.guard.Client(perReceiver), Bell: p.bulkBell,
		Limits: c.bulkLimits(), Log: p.log, Now: time.Now,
		Tick: bulk.DefaultTick, Lease: max(c.Lease, bulk.DefaultLease), Slice: bulk.DefaultSlice, Concurrency: bulk.DefaultConcurrency,
	}
}

// bulk returns the endpoints of bulk jobs.
func (p *parts) bulk(c Config, server *rest.Server) *apibulk.API {
	return &apibulk.API{Server: server, Jobs: &bulk.Jobs{
		Store: p.bulks, Pages: p.bulks, Elements: p.catalogue, Common: p.common, Hub: p.hub, Limits: c.bulkLimits(),
		CheckURL: func(_ context.Context, address string) error { return p.guard.Check(address) },
		Created:  p.bulkBell.Ring, Now: time.Now,
	}}
}
