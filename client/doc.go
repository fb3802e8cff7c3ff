// Package client calls the API of a Turnstone service, or of anything that speaks it.
//
// A [Client] is who asks, and where:
//
//	c, err := client.New(client.Options{
//		URL: "https://turnstone.example", UserSecret: "…", OrganizationSecret: "…",
//	})
//	for in, err := range c.Instances(ctx, client.InstanceQuery{Tags: []string{"Docs"}}) {
//
// Its promises: lists go on to the next page by themselves, and one without members is
// no error; what the service refuses is an [*Error] with its words and the id by which
// the operator finds it in the log; a service that asks to wait is waited for, for a
// while; no redirect is followed, since the secrets in a request are for whom it was
// written to. Any number of goroutines may use a Client.
//
// It needs the standard library alone, and refuses to keep anything between calls.
package client
