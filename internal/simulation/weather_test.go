package simulation_test

import (
	"math/rand/v2"
	"sync/atomic"
)

// weather is how likely trouble is at the moment, for each step. The zero weather is
// calm.
type weather struct {
	refuse   float64 // a request does not reach its server
	lose     float64 // an answer does not come back
	cut      float64 // an answer breaks off
	delay    float64 // a request or its answer takes a while
	hang     float64 // no answer comes
	fail     float64 // the database does not answer, and has done nothing
	mute     float64 // the database does not answer, and has done what it was asked
	crash    float64 // the node ends here
	standing float64 // the node stands still
}

// sky holds the weather for all to see.
type sky struct{ now atomic.Pointer[weather] }

func (s *sky) weather() weather {
	if w := s.now.Load(); w != nil {
		return *w
	}
	return weather{}
}

func (s *sky) change(w weather) { s.now.Store(&w) }

// newWeather draws a weather that the profile allows. A third of the time it is calm.
func newWeather(r *rand.Rand, p profile) weather {
	var w weather
	if r.IntN(3) == 0 {
		return w
	}
	share := func(on bool, most float64) float64 {
		if !on || r.IntN(2) == 0 {
			return 0
		}
		return most * r.Float64()
	}
	w.refuse, w.lose, w.cut = share(p.network, 0.4), share(p.network, 0.4), share(p.network, 0.3)
	w.delay, w.hang = share(p.network, 0.3), share(p.network, 0.1)
	w.fail, w.mute = share(p.storage, 0.3), share(p.storage, 0.3)
	w.crash, w.standing = share(p.crashes, 0.01), share(p.stalls, 0.01)
	return w
}
