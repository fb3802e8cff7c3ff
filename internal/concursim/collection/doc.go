// Package collection keeps the objects behind all resources of the simulated Concur
// but its reports: every version of every object, of every company.
//
// A Kind declares a resource: its path, how it is paged, filtered and written, what
// its ids and dates look like, and how its objects come, change and go. The Book
// brings the kinds to life. As with reports, one seed and one sequence of calls give
// the same versions, and the log of the versions is the truth that a test can hold
// what a poller delivered against.
//
// It knows nothing of requests and clocks. A Book may not be used concurrently.
package collection
