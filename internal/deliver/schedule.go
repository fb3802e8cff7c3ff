package deliver

import "time"

// Schedule says when a failed delivery is tried again: at each of its delays
// after the first failure. When they are used up the destination is given up.
type Schedule []time.Duration

// DefaultSchedule is the platform's: 4^x seconds for x = 1 to 9. Its last try
// comes just under 73 hours after the first failure, which survives a weekend
// outage that is noticed on Monday morning.
var DefaultSchedule = Schedule{
	4 * time.Second,
	16 * time.Second,
	64 * time.Second,
	256 * time.Second,
	1024 * time.Second,
	4096 * time.Second,
	16384 * time.Second,
	65536 * time.Second,
	262144 * time.Second,
}

// Next returns when a delivery that first failed at first and failed again at now
// is due, and false when its delays are used up. Delays that passed unused, while
// the destination was probed or we were down, are not caught up, and tries made
// early use none up. Spread, from 0 to 1, adds up to a tenth of the delay, so
// that deliveries that failed together do not return together.
func (s Schedule) Next(first, now time.Time, spread float64) (time.Time, bool) {
	for _, delay := range s {
		if due := first.Add(delay); due.After(now) {
			return due.Add(time.Duration(spread * float64(delay) / 10)), true
		}
	}
	return time.Time{}, false
}
