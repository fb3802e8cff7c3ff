package pgtest

import "syscall"

const (
	// tmpfs is the type of a file system in memory (TMPFS_MAGIC in statfs(2)).
	tmpfs = 0x01021994
	// enoughMemory is several times what the tests write. Containers have less
	// than that in /dev/shm, 64 MB, unless they are told otherwise.
	enoughMemory = 1 << 30
)

// memoryFolder returns a folder that is kept in memory and has room, or "".
func memoryFolder() string {
	const folder = "/dev/shm"
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return ""
	}
	if int64(s.Type) != tmpfs || s.Bavail*uint64(s.Bsize) < enoughMemory {
		return ""
	}
	return folder
}
