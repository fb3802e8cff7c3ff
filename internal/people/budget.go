package people

import "time"

// budget is an amount that is spent one by one and grows again with time.
type budget struct {
	left float64
	at   time.Time // when left was so much
}

// rate is how much of a budget there is at most, and how fast it grows again.
type rate struct {
	most  float64
	every time.Duration // for one more
}

// grow brings a budget up to date. One that was never used is full.
func (b *budget) grow(r rate, now time.Time) {
	if b.at.IsZero() {
		b.left = r.most
	} else if passed := now.Sub(b.at); passed > 0 {
		b.left = min(r.most, b.left+float64(passed)/float64(r.every))
	}
	b.at = now
}

// wait returns how long until there is one to spend: 0 if there is now.
func (b *budget) wait(r rate) time.Duration {
	if b.left >= 1 {
		return 0
	}
	return time.Duration((1 - b.left) * float64(r.every))
}

// spend takes one, which may be none.
func (b *budget) spend() { b.left-- }

// refund gives one back.
func (b *budget) refund(r rate) { b.left = min(r.most, b.left+1) }
