package gauge

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Self reads this process.
func Self() (Reading, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return Reading{}, fmt.Errorf("read own CPU time: %w", err)
	}
	pid := os.Getpid()
	written, err := counter(pid, "io", "write_bytes")
	if err != nil {
		return Reading{}, err
	}
	peak, err := counter(pid, "status", "VmHWM")
	if err != nil {
		return Reading{}, err
	}
	cpu := time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	return Reading{CPU: cpu, Written: written, Memory: peak << 10, Allocs: allocs()}, nil
}

// ResetPeak makes the peak of this process what is resident now.
func ResetPeak() error {
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return fmt.Errorf("reset the peak of resident memory: %w", err)
	}
	return nil
}

// Tree reads a process and all that it started, directly or not. The CPU time of
// those that have ended is in it, what they wrote is not.
func Tree(pid int) (Reading, error) {
	processes, err := all()
	if err != nil {
		return Reading{}, err
	}
	if _, running := processes[pid]; !running {
		return Reading{}, fmt.Errorf("process %d does not run", pid)
	}
	var sum Reading
	for id, p := range processes {
		if !below(processes, id, pid) {
			continue
		}
		sum.CPU += p.cpu
		written, err := counter(id, "io", "write_bytes")
		if err == nil {
			sum.Written += written
			var share int64
			share, err = counter(id, "smaps_rollup", "Pss")
			sum.Memory += share << 10
		}
		if err != nil && !gone(err) {
			return Reading{}, err
		}
	}
	return sum, nil
}

// process is what /proc/PID/stat tells.
type process struct {
	parent int
	cpu    time.Duration // its own, and that of its children that have ended
}

// all returns every process.
func all() (map[int]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	processes := make(map[int]process)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read process %d: %w", pid, err)
		}
		if processes[pid], err = parseStat(string(text)); err != nil {
			return nil, fmt.Errorf("read process %d: %w", pid, err)
		}
	}
	return processes, nil
}

// tick is the unit of the times in /proc/PID/stat on every platform Go runs on.
const tick = 10 * time.Millisecond

// parseStat reads the line of /proc/PID/stat. The name of the program, in
// parentheses, may hold anything.
func parseStat(text string) (process, error) {
	const parent, userTime, childSystemTime = 1, 11, 14 // places behind the name
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) <= childSystemTime {
		return process{}, fmt.Errorf("%q is no line of a process", text)
	}
	var p process
	var err error
	if p.parent, err = strconv.Atoi(fields[parent]); err != nil {
		return process{}, fmt.Errorf("the parent: %w", err)
	}
	for _, field := range fields[userTime : childSystemTime+1] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return process{}, fmt.Errorf("a time: %w", err)
		}
		p.cpu += time.Duration(ticks) * tick
	}
	return p, nil
}

// below reports whether pid is root or descends from it.
func below(processes map[int]process, pid, root int) bool {
	for pid != root {
		p, running := processes[pid]
		if !running {
			return false
		}
		pid = p.parent
	}
	return true
}

// counter returns a number of a file of a process in /proc, whose lines are
// "name: number" or "name: number kB".
func counter(pid int, file, name string) (int64, error) {
	path := filepath.Join("/proc", strconv.Itoa(pid), file)
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			return strconv.ParseInt(number, 10, 64)
		}
	}
	// A process that is ending has given up its memory already.
	return 0, fmt.Errorf("%s has no %s: %w", path, name, fs.ErrNotExist)
}

// gone reports whether a process ended while it was read.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) }
