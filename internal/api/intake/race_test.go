//go:build race

package intake_test

// The race detector makes each start of a service take several times as long.
const underRace = true
