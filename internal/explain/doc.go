// Package explain tells the story of one object in words: when polls saw it, why
// that was an event or was none, and where each event went.
//
// The story is for somebody who asks "why did I (not) get this event?" and for the
// support engineer who answers: sentences without our jargon, each true by itself,
// in the order in which things happened. It is told from what is stored and from
// nothing else; what is not known is said to be not known. Callback URLs appear
// without their query, which may hold a secret. The package is pure.
package explain
