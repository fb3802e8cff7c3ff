package instance

import (
	"strconv"
	"strings"
	"time"

	"turnstone"
)

// The values of event.notification.format and event.notification.handshake that the
// root has other words for.
const (
	formatElements = "elements"
	handshakeOff   = "off"
)

// Bounds of the entries about callbacks. More connections than maxConcurrency would
// help no receiver, and a rate beyond maxRate is none.
const (
	maxChanges     = 100
	minBytes       = 64 << 10
	maxBytes       = 8 << 20
	maxConcurrency = 64
	minRate        = 0.0001 // one in almost three hours
	maxRate        = 10_000
)

// checkNotification checks how events are written and how fast they are sent, and
// spells the entries as those who act on them read them.
func (d *draft) checkNotification() {
	d.word(turnstone.KeyFormat, formatElements, string(turnstone.FormatCloudEvents))
	d.word(turnstone.KeyHandshake, handshakeOff, string(turnstone.HandshakeAsk), string(turnstone.HandshakeRequired))
	d.whole(turnstone.KeyMaxChanges, 1, maxChanges)
	d.whole(turnstone.KeyMaxBytes, minBytes, maxBytes)
	d.whole(turnstone.KeyConcurrency, 1, maxConcurrency)
	if text := d.value(turnstone.KeyRate); text != "" {
		if _, ok := pace(text); !ok {
			d.problems.add(path(turnstone.KeyRate), "is %s; write how many callbacks a second there may be, from %v to %d, such as 5 or 0.5, or 0 for no limit",
				excerpt(text), minRate, maxRate)
		}
	}
}

// word checks an entry that is one of some words, and spells it so.
func (d *draft) word(key string, words ...string) {
	value := d.value(key)
	if value == "" {
		return
	}
	for _, word := range words {
		if strings.EqualFold(value, word) {
			d.Configuration[key] = word
			return
		}
	}
	last := len(words) - 1
	d.problems.add(path(key), "is %s; write %s or %s", excerpt(value), strings.Join(words[:last], ", "), words[last])
}

// whole checks an entry that is a whole number, and spells it so.
func (d *draft) whole(key string, low, high int) {
	value := d.value(key)
	if value == "" {
		return
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < low || n > high {
		d.problems.add(path(key), "is %s; write a whole number from %d to %d", excerpt(value), low, high)
		return
	}
	d.Configuration[key] = strconv.Itoa(n)
}

// pace returns the time between two callbacks at a rate a second: none at the rate 0,
// which is no limit.
func pace(text string) (between time.Duration, ok bool) {
	if strings.Trim(text, "0123456789.") != "" {
		return 0, false // none of the other forms that ParseFloat knows
	}
	rate, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || rate > maxRate || rate > 0 && rate < minRate:
		return 0, false
	case rate == 0:
		return 0, true
	}
	return time.Duration(float64(time.Second) / rate), true
}

// limits returns what a checked configuration bounds callbacks to.
func limits(c turnstone.Configuration) turnstone.DestinationLimits {
	var l turnstone.DestinationLimits
	l.Pace, _ = pace(strings.TrimSpace(c[turnstone.KeyRate])) // none if it was stored before the rule that it breaks
	if n, err := strconv.Atoi(c[turnstone.KeyConcurrency]); err == nil {
		l.Concurrency = min(max(n, 0), maxConcurrency)
	}
	return l
}

// handshake returns whether the receiver of a checked configuration is asked before
// the first callback. Only CloudEvents knows the question, so only its receivers are
// asked by default.
func handshake(c turnstone.Configuration) turnstone.HandshakeMode {
	switch mode := turnstone.HandshakeMode(c[turnstone.KeyHandshake]); {
	case mode == turnstone.HandshakeAsk, mode == turnstone.HandshakeRequired:
		return mode
	case mode == "" && c[turnstone.KeyFormat] == string(turnstone.FormatCloudEvents):
		return turnstone.HandshakeAsk
	}
	return turnstone.HandshakeOff
}
