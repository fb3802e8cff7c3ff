// Package authenticate makes instances and changes them, as people do: a form with the
// fields of the element, the event configuration, the resources to poll, and beside it
// what will be sent; then the vendor's login.
//
// What the form says and the document that is sent are the same thing in two forms, and
// pure functions turn one into the other. A secret that was typed is not put back into a
// page.
package authenticate
