package ceql

import (
	"cmp"
	"math/big"
	"strings"
)

// decimal is the number ±0.digits × 10^point. Digits neither start nor end
// with 0, so each number has one form. Numbers are compared in this form and
// never written out: a record may hold 1e1000000000, for which a big.Rat would
// take 400 MB.
type decimal struct {
	sign   int // -1, 0 or 1; a zero has no digits
	digits string
	point  *big.Int
}

// parseDecimal reads an optional sign, digits with an optional point, and an
// optional exponent.
func parseDecimal(text string) (decimal, bool) {
	mantissa, exponent := text, "0"
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], text[i+1:]
	}
	sign, mantissa := cutSign(mantissa)
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all := whole + fraction
	if all == "" || strings.Trim(all, "0123456789") != "" {
		return decimal{}, false
	}
	point, ok := new(big.Int).SetString(exponent, 10)
	if !ok {
		return decimal{}, false
	}
	significant := strings.TrimLeft(all, "0")
	if significant == "" {
		return decimal{point: new(big.Int)}, true
	}
	zeros := len(all) - len(significant)
	point.Add(point, big.NewInt(int64(len(whole)-zeros)))
	return decimal{sign, strings.TrimRight(significant, "0"), point}, true
}

func cutSign(mantissa string) (int, string) {
	if rest, ok := strings.CutPrefix(mantissa, "-"); ok {
		return -1, rest
	}
	return 1, strings.TrimPrefix(mantissa, "+")
}

// compare returns a negative number, zero or a positive number as d is less
// than, equal to or greater than e.
func (d decimal) compare(e decimal) int {
	if d.sign != e.sign {
		return cmp.Compare(d.sign, e.sign)
	}
	magnitude := cmp.Or(d.point.Cmp(e.point), strings.Compare(d.digits, e.digits))
	return d.sign * magnitude
}
