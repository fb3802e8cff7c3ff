package ratelimit

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"turnstone"
)

// The headers of vendors that tell each number in one of its own, in the order in
// which they are looked for.
var (
	limitHeaders = []string{
		"Ratelimit-Limit",
		"X-Ratelimit-Limit",
		"X-Rate-Limit-Limit",
		"X-Rate-Limit",
		"X-Ratelimit-Limit-Requests",
		"X-Hubspot-Ratelimit-Max",
	}
	remainingHeaders = []string{
		"Ratelimit-Remaining",
		"X-Ratelimit-Remaining",
		"X-Rate-Limit-Remaining",
		"X-Ratelimit-Remaining-Requests",
		"X-Hubspot-Ratelimit-Remaining",
	}
)

// hubspotInterval is the length of HubSpot's interval, which says when it ends at
// the latest.
const hubspotInterval = "X-Hubspot-Ratelimit-Interval-Milliseconds"

// Told returns what the header of an answer tells of the requests that the vendor
// allows: by RateLimit and RateLimit-Policy, in either of their drafts, otherwise
// by one of their forerunners. It is zero where the header does not tell how many
// are left. Of several quotas it is the one with the fewest left, and of several
// that are used up the one that stays so for longest. Where nothing is left,
// Retry-After wins over what else says when there will be.
func Told(header http.Header) turnstone.RateLimit {
	q, ok := tightest(quotas(header.Get("Ratelimit")))
	if ok && q.remaining >= 0 {
		q.complete(header)
	} else if q = separate(header); q.remaining < 0 {
		return turnstone.RateLimit{}
	}
	if wait, ok := asked(header); ok && q.remaining == 0 {
		q.reset = wait
	}
	return turnstone.RateLimit{Limit: max(q.limit, 0), Remaining: q.remaining, Reset: max(q.reset, 0)}
}

// quota is one limit of a vendor. What it does not tell is negative.
type quota struct {
	name             string
	limit, remaining int
	reset            time.Duration
}

// untold returns a quota that tells nothing.
func untold() quota { return quota{limit: -1, remaining: -1, reset: -1} }

// quotas reads a RateLimit or RateLimit-Policy field in either of its drafts:
//
//	limit=100, remaining=0, reset=50
//	"hour";r=0;t=50
//	"hour";q=100;w=3600
//	100;w=3600
func quotas(field string) []quota {
	var all []quota
	whole := untold() // of the older draft, which has its numbers in items of their own
	for item := range split(field, ',') {
		parts := slices.Collect(split(item, ';'))
		if len(parts) == 0 {
			continue
		}
		if key, value, pair := strings.Cut(parts[0], "="); pair && parts[0][0] != '"' {
			whole.set(key, value)
			continue
		}
		q := untold()
		q.name = strings.Trim(parts[0], `"`)
		q.limit = count(parts[0])
		for _, parameter := range parts[1:] {
			key, value, _ := strings.Cut(parameter, "=")
			q.set(key, value)
		}
		all = append(all, q)
	}
	if whole != untold() {
		all = append(all, whole)
	}
	return all
}

// set takes one number of a quota.
func (q *quota) set(key, value string) {
	switch strings.TrimSpace(key) {
	case "limit", "q":
		q.limit = count(value)
	case "remaining", "r":
		q.remaining = count(value)
	case "reset", "t":
		if wait, ok := seconds(value); ok {
			q.reset = wait
		}
	}
}

// complete adds what stands elsewhere: the limit, in the policy of that name or in
// the only one there is.
func (q *quota) complete(header http.Header) {
	if q.limit >= 0 {
		return
	}
	policies := quotas(header.Get("Ratelimit-Policy"))
	for _, policy := range policies {
		if policy.name == q.name || len(policies) == 1 {
			q.limit = policy.limit
		}
	}
}

// tightest returns the quota that stops us first: with the fewest requests left,
// and of those that are alike the one with the longest time to go. One that does
// not tell what is left counts only where none does.
func tightest(all []quota) (quota, bool) {
	if len(all) == 0 {
		return untold(), false
	}
	return slices.MinFunc(all, func(a, b quota) int {
		switch {
		case a.remaining == b.remaining:
			return cmp.Compare(b.reset, a.reset)
		case a.remaining < 0:
			return 1
		case b.remaining < 0:
			return -1
		}
		return a.remaining - b.remaining
	}), true
}

// separate reads the headers that tell one number each.
func separate(header http.Header) quota {
	q := untold()
	q.limit, q.remaining = first(header, limitHeaders), first(header, remainingHeaders)
	if wait, ok := reset(header); ok {
		q.reset = wait
	} else if milliseconds := count(header.Get(hubspotInterval)); milliseconds >= 0 {
		q.reset = bounded(time.Duration(milliseconds) * time.Millisecond)
	}
	return q
}

// first returns the number in the first of the headers that holds one.
func first(header http.Header, names []string) int {
	for _, name := range names {
		if n := count(header.Get(name)); n >= 0 {
			return n
		}
	}
	return -1
}

// maxCount is more requests than any vendor allows.
const maxCount = 1_000_000_000

// count reads a number of requests, behind which a comma or a semicolon may begin
// what else a vendor tells there; -1 if it is none.
func count(text string) int {
	if end := strings.IndexAny(text, ",;"); end >= 0 {
		text = text[:end]
	}
	number, ok := decimal(text)
	if !ok {
		return -1
	}
	return int(min(number, maxCount))
}

// split yields what stands between separators that are not inside double quotes,
// without the white space around it. It leaves out what is empty.
func split(text string, separator byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		quoted, from := false, 0
		for i := 0; i <= len(text); i++ {
			switch {
			case i < len(text) && text[i] == '"':
				quoted = !quoted
			case i < len(text) && (text[i] != separator || quoted):
			default:
				if item := strings.TrimSpace(text[from:i]); item != "" && !yield(item) {
					return
				}
				from = i + 1
			}
		}
	}
}
