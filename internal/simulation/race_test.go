//go:build race

package simulation_test

// The race detector makes everything ten times as slow, and the scheduling that it
// looks at is the same for each seed.
const underRace = true
