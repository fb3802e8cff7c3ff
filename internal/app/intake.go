package app

import (
	"crypto/rand"
	"time"

	webhooks "turnstone/internal/api/intake"
	"turnstone/internal/api/rest"
	"turnstone/internal/intake"
	"turnstone/internal/store"
)

// inbox is where webhooks of vendors are kept.
type inbox interface {
	intake.Store
	webhooks.Store
}

var _ inbox = (*store.DB)(nil)

// webhooks returns what answers vendors that send webhooks.
func (p *parts) webhooks(server *rest.Server) *webhooks.API {
	in := &intake.Intake{Store: p.inbox, Elements: server.Elements, Now: time.Now, Random: rand.Reader, Stored: p.bell.Ring}
	return webhooks.New(server, in, p.inbox)
}
