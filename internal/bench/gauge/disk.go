package gauge

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// FileSystem returns the type of the file system that holds a folder, such as
// ext4. What is written to tmpfs never reaches a disk.
func FileSystem(folder string) (string, error) {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	mounts, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return "", errors.Join(ErrLinux, err)
	}
	defer mounts.Close() //nolint:errcheck // only read
	kind, longest := "", -1
	for lines := bufio.NewScanner(mounts); lines.Scan(); {
		point, fileSystem := parseMount(lines.Text())
		if holds(point, absolute) && len(point) >= longest {
			kind, longest = fileSystem, len(point)
		}
	}
	if kind == "" {
		return "", fmt.Errorf("no file system holds %s", absolute)
	}
	return kind, nil
}

// parseMount reads a line of /proc/self/mountinfo: where something is mounted,
// and its type, which stands behind a lone hyphen.
func parseMount(line string) (point, kind string) {
	before, after, found := strings.Cut(line, " - ")
	fields, behind := strings.Fields(before), strings.Fields(after)
	if !found || len(fields) < 5 || len(behind) == 0 {
		return "", ""
	}
	return strings.ReplaceAll(fields[4], `\040`, " "), behind[0]
}

// holds reports whether path is point or lies below it.
func holds(point, path string) bool {
	if point == "" {
		return false
	}
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(point, "/"))
	return ok && (rest == "" || rest[0] == '/')
}

// SyncTime returns how long the disk below a folder takes to make a small write
// durable: the median of some writes. Each commit waits for that.
func SyncTime(folder string) (time.Duration, error) {
	const writes, size = 31, 4096
	file, err := os.CreateTemp(folder, "sync-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // scratch
	defer file.Close()           //nolint:errcheck // scratch
	var times []float64
	for range writes {
		if _, err := file.Write(make([]byte, size)); err != nil {
			return 0, err
		}
		start := time.Now()
		if err := file.Sync(); err != nil {
			return 0, err
		}
		times = append(times, float64(time.Since(start)))
	}
	return time.Duration(Median(times)), nil
}
