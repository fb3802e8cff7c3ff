// Package bulk keeps bulk jobs and the pages that they have read.
//
// Its promises: a page is stored together with how far the job is, once, in the order
// in which it was read; what a holder writes who was overtaken is refused; and what
// belongs to another account is not found. The pages of a job that is removed are left
// for the purge, since they may be many.
//
// It refuses to know what pages hold.
package bulk
