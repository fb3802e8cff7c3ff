// Package openapi keeps the description of the API: openapi.yaml at the root of
// the repository is put together from the files in parts, one for each group of
// routes, and shown to people as the reference page.
//
// Parts say some things in short, which putting together writes out. An operation that
// a part describes itself is not written over:
//
//   - x-of-instance: true, in a path, also describes it below an element, and
//     without {id} for the caller's token where there is something below {id}.
//   - x-any-hub: true, in a path below /hubs/{hub}, also describes it without that.
//   - x-of-account: true, in a path below /organizations, also describes it below
//     /accounts and /accounts/{account}.
//   - x-errors, in an operation, lists the statuses of its errors. Those that every
//     operation has are added.
//   - x-golden, in a media type, names the golden file of package api that is its
//     example, so that examples are answers that were really given.
//
// It promises that the same parts give the same bytes. It serves nothing and
// checks no request; tests hold the routes against it.
package openapi

//go:generate go run ./assemble --parts parts --golden ../api/testdata --output ../../openapi.yaml
