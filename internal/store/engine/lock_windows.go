package engine

import (
	"errors"
	"os"
	"syscall"
)

// errorSharingViolation is ERROR_SHARING_VIOLATION, which package syscall lacks.
const errorSharingViolation syscall.Errno = 32

// lockFile opens the named file so that nobody else can while it is open.
func lockFile(name string) (*os.File, error) {
	utf16, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	const shareNothing = 0
	handle, err := syscall.CreateFile(utf16, syscall.GENERIC_READ|syscall.GENERIC_WRITE,
		shareNothing, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errorSharingViolation) {
		return nil, errHeld
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(handle), name), nil
}
