// Package demo runs a whole installation in one process: the service, a
// simulated Concur with a living company in it, and a callback receiver.
//
// It is a client like any other: it creates the instance through the API with
// the platform's own example JSON, authorises it by walking through the vendor's
// login page, and believes what its receiver got. It uses nothing of the service
// but its start and its stop.
package demo
