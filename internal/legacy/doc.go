// Package legacy reads elements as the platform exports them, and makes elements of
// ours of them.
//
// # Promise
//
// What comes out can be used as it stands: [Import] has it checked by package element,
// and leaves out what does not pass. What could not be carried over, or works
// differently, is a [Finding] of the report, with the path in the export and what it
// means. Nothing is dropped in silence but what only decorated the platform's pages.
//
// # Refusals
//
// The package sends nothing and runs no hook. It keeps no secret: the keys and secrets of
// apps that exports have as defaults are left out, and the report says so. It does not
// guess an address: a host that only the configuration of an instance knows must be
// written there, as base.url.
package legacy
