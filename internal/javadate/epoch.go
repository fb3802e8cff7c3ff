package javadate

import (
	"math/big"
	"strconv"
	"strings"
	"time"
)

const (
	// maxEpochText is longer than any sensible number of milliseconds and short
	// enough to compute with exactly.
	maxEpochText = 40
	// maxExponent keeps 1e999999999 from filling the memory.
	maxExponent = 30
	// maxEpochSeconds is far outside of the years we accept and far inside of
	// those that time.Time can hold without wrapping around.
	maxEpochSeconds = 1e12
)

const notMillis = "expected milliseconds since 1970 as a number, such as 1700000000000"

// parseEpoch reads milliseconds since 1970: an integer, or any JSON number, since
// vendors and JSON writers also produce 1700000000000.0 and 1.7e12. Decimals of a
// millisecond count down to the nanosecond.
func parseEpoch(text string) (t time.Time, problem string) {
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && text[0] != '+' {
		return time.UnixMilli(ms).UTC(), ""
	}
	if len(text) > maxEpochText || !isDecimal(text) {
		return t, notMillis
	}
	value, ok := new(big.Rat).SetString(text)
	if !ok {
		return t, notMillis
	}
	value.Mul(value, big.NewRat(int64(time.Millisecond), 1))
	// Euclidean division by a positive number rounds down, also before 1970.
	nanos := new(big.Int).Div(value.Num(), value.Denom())
	seconds, rest := new(big.Int).DivMod(nanos, big.NewInt(int64(time.Second)), new(big.Int))
	if seconds.CmpAbs(big.NewInt(maxEpochSeconds)) > 0 {
		return t, outsideYears
	}
	return time.Unix(seconds.Int64(), rest.Int64()).UTC(), ""
}

// isDecimal reports whether text is a decimal number with an exponent small
// enough to compute with. big.Rat alone would also read 1/3, 0x10 and 1_000.
func isDecimal(text string) bool {
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(text), "e")
	if scientific {
		n, err := strconv.Atoi(exponent)
		if err != nil || n < -maxExponent || n > maxExponent {
			return false
		}
	}
	whole, decimals, pointed := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	return allDigits(whole) && (!pointed || allDigits(decimals))
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
