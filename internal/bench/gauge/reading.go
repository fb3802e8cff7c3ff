package gauge

import (
	"errors"
	"runtime"
	"time"
)

// ErrLinux says that the machine does not tell what its processes use.
var ErrLinux = errors.New("what a process uses is read from /proc, which only Linux has: measure on Linux")

// Reading is what a process, or several together, have used so far.
type Reading struct {
	CPU     time.Duration // in user and kernel mode
	Written int64         // bytes given to the file systems to be put on disk
	// Memory is how many bytes are resident: of this process the most since
	// ResetPeak, of others what they have now, where memory that they share counts
	// once.
	Memory int64
	Allocs uint64 // objects allocated on the heap; of this process only
}

// Since returns what was used between an earlier reading and r. Memory is that of
// r.
func (r Reading) Since(earlier Reading) Reading {
	return Reading{
		CPU: r.CPU - earlier.CPU, Written: r.Written - earlier.Written,
		Memory: r.Memory, Allocs: r.Allocs - earlier.Allocs,
	}
}

// allocs returns how many objects this process has allocated.
func allocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}
