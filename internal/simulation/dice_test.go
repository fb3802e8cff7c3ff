package simulation_test

import (
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"
)

// dice decides all that chance decides in a world. It may be used by any number of
// goroutines.
type dice struct {
	seed  uint64
	mu    sync.Mutex
	asked map[string]uint64
}

func newDice(seed uint64) *dice { return &dice{seed: seed, asked: make(map[string]uint64)} }

// about returns a source for the next question about something. The answers about one
// thing do not depend on how often another was asked about, so that goroutines that
// ask at the same moment do not change each other's fate by their order.
func (d *dice) about(thing string) *rand.Rand {
	d.mu.Lock()
	n := d.asked[thing]
	d.asked[thing]++
	d.mu.Unlock()
	h := fnv.New64a()
	_, _ = h.Write([]byte(thing)) // never fails
	return rand.New(rand.NewPCG(d.seed, h.Sum64()+n*0x9e3779b97f4a7c15))
}

// chance is true with a probability.
func (d *dice) chance(thing string, share float64) bool {
	return share > 0 && d.about(thing).Float64() < share
}

// between returns a duration between two, evenly.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)+1))
}

// oneOf returns one of the choices.
func oneOf[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

// number returns a number between two, both included.
func number(r *rand.Rand, least, most int) int { return least + r.IntN(most-least+1) }
