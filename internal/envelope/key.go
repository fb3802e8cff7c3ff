package envelope

import (
	"encoding/base64"
	"encoding/binary"
	"time"
)

// KeyTime returns when a key was made, to the millisecond, and false for text that is
// no key.
func KeyTime(key string) (time.Time, bool) {
	text, err := base64.URLEncoding.DecodeString(key)
	if err != nil || len(text) != 15 {
		return time.Time{}, false
	}
	var stamp [8]byte
	copy(stamp[2:], text[:6])
	return time.UnixMilli(int64(binary.BigEndian.Uint64(stamp[:]))).UTC(), true //nolint:gosec // 48 bits
}
