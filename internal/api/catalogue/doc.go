// Package catalogue is the part of the REST interface that tells what can be called:
// elements and hubs, what they can do and how their calls look, the objects of an
// instance, and what an account calls them.
//
// It promises the platform's shapes, and that what is public needs no Authorization,
// while whoever shows one sees what is their account's own as well. It refuses to ask
// a vendor for anything but a ping.
package catalogue
