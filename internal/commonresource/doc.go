// Package commonresource lets an account call things by names of its own: a common
// resource has the same name and the same fields whatever the vendor of an instance
// calls them.
//
// It promises that a common resource is listed, read, written and polled as the
// vendor's resource behind it is, that what an instance says goes before what its
// account says, and that polls are not disturbed: for them, the resources of the
// element go before common ones of the same name. It refuses a transformation that
// could not be carried out both ways.
package commonresource
