// Package api is the REST interface under /elements/api-v2, as clients of the
// platform know it, with a few paths of our own for what the platform could not
// tell: how polls went, and where events go.
//
// Every answer is JSON with a requestId in its header, errors too. A request is
// read to the end and understood, or refused with what is wrong and what to write
// instead; nothing is guessed. Answers have the members of the platform's, in its
// order and no others, because some clients refuse what they do not know; what is
// ours stands under paths of its own. No answer and no log line holds a secret,
// but for the token that a client needs to call an instance.
//
// The package decides nothing about instances, elements or vendors: it translates
// between HTTP and packages instance, element and hub, and it alone knows status
// codes.
package api
