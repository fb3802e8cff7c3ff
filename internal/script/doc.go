// Package script runs the hooks of an element around one request to its vendor: it
// shows them the request or the answer in the variables that the platform's hooks know,
// and applies what they hand to done.
//
// # Promise
//
// What a hook says is data. It may change what is asked and what is made of the answer,
// but not where a credential goes: whoever sends the request judges the address again,
// and adds the credential after the hooks have run. A hook that fails, or takes more
// than package hook allows, fails its call with a message that names the hook.
//
// # Refusals
//
// It sends nothing, keeps nothing between two requests but compiled programs, and
// changes no configuration: what a hook writes to configuration is dropped.
package script
