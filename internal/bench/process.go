package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"

	"turnstone/internal/bench/peer"
)

// peerWork is the work of the process that is vendor and receivers.
const peerWork = "peer"

// Processes does each task in a process of its own.
type Processes struct {
	// Command is a program and its arguments that calls Child.
	Command []string
}

// Streams are the standard streams of a child process.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Child does what a parent asks for on its input: a Task, whose Result goes to its
// output. What the loops log goes to its errors, as the service's does. It ends
// early when its input does, for then the parent has ended.
func Child(ctx context.Context, s Streams) error {
	decoder := json.NewDecoder(s.In)
	var t Task
	if err := decoder.Decode(&t); err != nil {
		return fmt.Errorf("read what to do: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		_, _ = io.Copy(io.Discard, s.In) // to its end, however it comes
		cancel(errors.New("the parent process has ended"))
	}()
	if t.Work == peerWork {
		return bePeer(ctx, s.Out)
	}
	// The service logs at this level by default.
	log := slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: slog.LevelInfo}))
	result, err := Do(ctx, t, log)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.Out).Encode(result)
}

// bePeer tells where the peer is, and is it until ctx ends.
func bePeer(ctx context.Context, out io.Writer) error {
	server, err := peer.Start(ctx)
	if err != nil {
		return err
	}
	err = json.NewEncoder(out).Encode(server.Addresses)
	if err == nil {
		<-ctx.Done()
	}
	return errors.Join(err, server.Close())
}

// Do does a task in a new process.
func (p Processes) Do(ctx context.Context, t Task) (Result, error) {
	c, err := p.start(ctx, t)
	if err != nil {
		return Result{}, err
	}
	var result Result
	read := json.NewDecoder(c.out).Decode(&result)
	if err := c.wait(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return Result{}, err
	}
	return result, read
}

// Peer starts the process that is vendor and receivers. It runs until stop is
// called, which has to be done.
func (p Processes) Peer(ctx context.Context) (at peer.Addresses, stop func() error, err error) {
	c, err := p.start(ctx, Task{Work: peerWork})
	if err != nil {
		return at, nil, err
	}
	if err := json.NewDecoder(c.out).Decode(&at); err != nil {
		return at, nil, errors.Join(fmt.Errorf("start vendor and receivers: %w", err), c.wait())
	}
	return at, c.wait, nil
}

// child is a running process.
type child struct {
	command *exec.Cmd
	in      io.WriteCloser // open while the process is to run
	out     io.Reader
	said    *tail
}

func (p Processes) start(ctx context.Context, t Task) (*child, error) {
	task, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	c := &child{command: exec.CommandContext(ctx, p.Command[0], p.Command[1:]...), said: &tail{}}
	c.command.Stderr = c.said
	if c.in, err = c.command.StdinPipe(); err != nil {
		return nil, err
	}
	if c.out, err = c.command.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("start a process: %w", err)
	}
	if _, err := c.in.Write(task); err != nil {
		return nil, errors.Join(fmt.Errorf("tell a process what to do: %w", err), c.wait())
	}
	return c, nil
}

// wait lets the process end, and returns what it said if it failed.
func (c *child) wait() error {
	closed := c.in.Close()
	if err := c.command.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, c.said)
	}
	return closed
}

// tail keeps the end of what is written to it.
type tail struct{ text []byte }

// Write keeps what may belong to the last few lines.
func (t *tail) Write(text []byte) (int, error) {
	const most = 2 << 10
	t.text = append(t.text, text...)
	t.text = t.text[max(0, len(t.text)-most):]
	return len(text), nil
}

// String returns the last lines.
func (t *tail) String() string { return string(bytes.TrimSpace(t.text)) }
