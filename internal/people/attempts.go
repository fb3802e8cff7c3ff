package people

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// How many wrong passwords may be tried. Who knows the password needs one; who guesses
// gets some thousand a month out of a user and an address.
const (
	pairBurst     = 5 // for one user from one address
	pairEvery     = time.Minute
	addressBurst  = 50 // from one address, for anybody
	addressEvery  = 5 * time.Second
	everywhere    = 100 // for one user, from anywhere
	everywhereMin = 30 * time.Second
)

// maxBudgets bounds what is remembered: about 100 bytes each.
const maxBudgets = 50_000

// Attempts counts the passwords that are tried, on this node. The zero value counts
// nothing yet; it may be used from many goroutines.
type Attempts struct {
	mu      sync.Mutex
	budgets map[string]*budget
}

// attempt is a password that is tried, and what it is counted against.
type attempt struct {
	email   string
	address string
}

// counted is a budget's name and rate.
type counted struct {
	name string
	rate rate
}

func (a attempt) counted() []counted {
	email, address := strings.ToLower(a.email), network(a.address)
	return []counted{
		{"pair " + address + " " + email, rate{pairBurst, pairEvery}},
		{"address " + address, rate{addressBurst, addressEvery}},
		{"user " + email, rate{everywhere, everywhereMin}},
	}
}

// network returns what stands for the address of a connection: without its port, and of
// an IPv6 address the network that one subscriber has to himself.
func network(address string) string {
	ip, err := netip.ParseAddrPort(address)
	if err != nil {
		return address
	}
	host := ip.Addr().Unmap()
	if host.Is4() {
		return host.String()
	}
	return netip.PrefixFrom(host, 64).Masked().String()
}

// take counts an attempt before it is made, so that many at once do not pass. An
// *AttemptsError says that it must wait.
func (a *Attempts) take(at attempt, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	var wait time.Duration
	var taken []*budget
	for _, c := range at.counted() {
		b := a.budget(c, now)
		wait, taken = max(wait, b.wait(c.rate)), append(taken, b)
	}
	if wait > 0 {
		return &AttemptsError{Wait: wait}
	}
	for _, b := range taken {
		b.spend()
	}
	return nil
}

// forgive gives back what a right password, or one that was not checked, has taken.
func (a *Attempts) forgive(at attempt, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range at.counted() {
		a.budget(c, now).refund(c.rate)
	}
}

// budget returns the budget of a name, up to date.
func (a *Attempts) budget(c counted, now time.Time) *budget {
	b := a.budgets[c.name]
	if b == nil {
		a.makeRoom()
		b = &budget{}
		a.budgets[c.name] = b
	}
	b.grow(c.rate, now)
	return b
}

// makeRoom forgets some budget, whichever, where there are too many. Whoever has so many
// addresses to try from gains next to nothing by it.
func (a *Attempts) makeRoom() {
	if a.budgets == nil {
		a.budgets = make(map[string]*budget)
	}
	for name := range a.budgets {
		if len(a.budgets) < maxBudgets {
			return
		}
		delete(a.budgets, name)
	}
}
