// Package gauge reads what processes use, and sums up repeated measurements.
//
// It takes its figures from the kernel (/proc and getrusage), so that they hold
// for a database's processes as for ours, and so that nothing has to be built
// into what is measured. It knows nothing of what the processes do. Only Linux
// has what it reads; elsewhere it says so.
package gauge
