package bench

import (
	"errors"
	"runtime/debug"
	"time"

	"turnstone/internal/bench/gauge"
)

// meter reads what this process and a database server use.
type meter struct {
	server int // the PID of the database server; 0: there is none

	at       time.Time // when it began
	ours     gauge.Reading
	database gauge.Reading
}

// begin begins to measure. What was needed before is not counted.
func (m *meter) begin() error {
	debug.FreeOSMemory()
	if err := gauge.ResetPeak(); err != nil {
		return err
	}
	var err error
	m.ours, m.database, err = m.read()
	m.at = time.Now()
	return err
}

// read reads both.
func (m *meter) read() (ours, database gauge.Reading, err error) {
	ours, err = gauge.Self()
	if m.server != 0 && err == nil {
		database, err = gauge.Tree(m.server)
	}
	return ours, database, err
}

// result returns what was used since begin to do so much.
func (m *meter) result(done int, took time.Duration) (Result, error) {
	ours, database, err := m.read()
	if err != nil {
		return Result{}, err
	}
	if done == 0 || took <= 0 {
		return Result{}, errors.New("nothing was done")
	}
	return Result{Done: float64(done), Took: took, Ours: ours.Since(m.ours), Database: database.Since(m.database)}, nil
}

// written is how many bytes were given to disks.
type written struct{ ours, database int64 }

// written returns what was written since begin, and nothing if that was not
// called.
func (m *meter) written() (written, error) {
	if m.at.IsZero() {
		return written{}, nil
	}
	ours, database, err := m.read()
	return written{ours.Written - m.ours.Written, database.Written - m.database.Written}, err
}
