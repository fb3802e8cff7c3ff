//go:build !linux

package pgtest

// memoryFolder returns "": elsewhere we know of no folder that is kept in memory.
func memoryFolder() string { return "" }
