// Package endpoint serves the resources of the simulated Concur by their
// declarations: lists in every style of paging, single objects, and writes.
//
// It promises that what a client writes is what it reads, and that a filter which
// cannot be understood is refused rather than ignored. It knows no tokens and no
// clock: a Call says who asks, and when.
package endpoint
