package fault

import (
	"math/rand/v2"
	"strconv"
	"sync"
)

// Fault is what goes wrong with one request to the API; "" is nothing.
type Fault string

// Faults, named as their switches are, apart from Share.
const (
	Limit      Fault = "limit"
	Limit400   Fault = "limit400"
	Error500   Fault = "error500"
	Error503   Fault = "error503"
	ErrorIn200 Fault = "errorIn200"
	HTML       Fault = "html"
	WrongType  Fault = "wrongType"
	Truncate   Fault = "truncate"
	Slow       Fault = "slow"
	Reset      Fault = "reset"
	ListGap    Fault = "listGap"
	Token      Fault = "token500"
)

// Luck draws from a source of its own, so that the n-th request meets the
// same fate in every run, whatever happens to the reports meanwhile. Its methods are safe for
// concurrent use.
type Luck struct {
	mu    sync.Mutex
	rng   *rand.Rand
	drawn int
	lists int
}

// NewLuck returns the luck of a seed.
func NewLuck(seed uint64) *Luck {
	return &Luck{rng: rand.New(rand.NewPCG(seed, 2))}
}

type share struct {
	fault Fault
	of    float64
}

func (sw Switches) shares() []share {
	return []share{
		{Limit, sw.LimitShare},
		{Limit400, sw.Limit400Share},
		{Error500, sw.Error500Share},
		{Error503, sw.Error503Share},
		{ErrorIn200, sw.ErrorIn200Share},
		{HTML, sw.HTMLShare},
		{WrongType, sw.WrongTypeShare},
		{Truncate, sw.TruncateShare},
		{Slow, sw.SlowShare},
		{Reset, sw.ResetShare},
	}
}

func (sw Switches) faultShares() float64 {
	sum := 0.0
	for _, s := range sw.shares() {
		sum += s.of
	}
	return sum
}

// Draw decides the fate of one request.
func (f *Luck) Draw(sw Switches) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drawn++
	chance := f.rng.Float64()
	if sw.LimitEvery > 0 && f.drawn%sw.LimitEvery == 0 {
		return Limit
	}
	for _, s := range sw.shares() {
		if chance < s.of {
			return s.fault
		}
		chance -= s.of
	}
	return ""
}

// Gap decides whether a list answer lacks reports. It draws nothing unless that may
// be, so that the switch changes no other's luck.
func (f *Luck) Gap(sw Switches) bool { return f.happens(sw.ListGapShare) }

// TokenFails decides whether a token request fails.
func (f *Luck) TokenFails(sw Switches) bool { return f.happens(sw.TokenErrorShare) }

func (f *Luck) happens(share float64) bool {
	if share <= 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rng.Float64() < share
}

// Lags decides whether a list comes from the replica that lags: every second one does.
func (f *Luck) Lags(sw Switches) bool {
	if sw.ReplicaLag <= 0 {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lists++
	return f.lists%2 == 0
}

// validRetryAfter tells whether text is a number of seconds or none.
func validRetryAfter(text string) bool {
	_, err := strconv.ParseUint(text, 10, 31)
	return text == "none" || err == nil
}
