package app

import (
	"turnstone/internal/api/catalogue"
	"turnstone/internal/api/rest"
	"turnstone/internal/commonresource"
	"turnstone/internal/instance"
)

// mappings are where definitions and transformations are kept.
type mappings interface {
	commonresource.Definitions
	commonresource.Transformations
}

// name lets accounts call things by names of their own.
func (p *parts) name(m mappings) {
	p.common = &commonresource.Resources{Definitions: m, Transformations: m, Elements: p.catalogue}
	p.calls = &commonresource.Hub{Vendor: p.hub, Resources: p.common}
}

// catalogueAPI returns what tells clients what they can call.
func (p *parts) catalogueAPI(server *rest.Server, instances *instance.Instances) *catalogue.API {
	return &catalogue.API{Server: server, Authorize: instances, Common: p.common, Hub: p.hub, Own: p.own}
}
