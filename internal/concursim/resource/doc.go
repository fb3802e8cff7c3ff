// Package resource declares the resources of the simulated Concur: one declaration
// each, with what a small company has of it.
//
// The members are those that Concur documents, in its order, with plausible values
// of invented people; where Concur's documentation is silent the declaration says
// what was chosen. It decides nothing about requests: package endpoint serves what
// stands here.
package resource

import "turnstone/internal/concursim/collection"

// All returns the declarations of all resources but the reports. A kind stands
// behind those whose objects its own refer to.
func All() []*collection.Kind {
	var all []*collection.Kind
	for _, group := range [][]*collection.Kind{
		people(), lists(), locations(), configurations(), attendees(), entries(), images(), vendors(), invoices(), travel(), finance(),
	} {
		all = append(all, group...)
	}
	return all
}
