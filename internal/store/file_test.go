package store_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/store/storetest"
)

// tryOpen opens the database in dir where that should not work.
func tryOpen(t *testing.T, dir string) error {
	t.Helper()
	db, err := storetest.TryOpen(t.Context(), dir)
	if err == nil {
		_ = db.Close()
	}
	return err
}

func TestSecretsAreNotInTheFiles(t *testing.T) {
	dir := t.TempDir()
	db := storetest.OpenAt(t, dir)
	_, u := storetest.Account(t, db, 1)
	w := storetest.Write(u, 1)
	w.Instance.Configuration[turnstone.KeyPassword] = "configured-password"
	w.Destination.Secrets.Password = "callback-password"
	w.Destination.Secrets.Headers = map[string]string{"Authorization": "callback-header"}
	w.Credential.RefreshToken = "refresh-token"
	w.Instance = storetest.Save(t, db, w)
	storetest.Save(t, db, w)
	l := leaseCredential(t, db, w.Instance.ID, lease)
	l.Credential.AccessToken = "renewed-token"
	if err := db.SaveCredential(t.Context(), l); err != nil {
		t.Fatal(err)
	}

	files, err := filepath.Glob(filepath.Join(dir, "turnstone.db*"))
	if err != nil || len(files) < 3 {
		t.Fatalf("files = %v, %v, want the database and its log", files, err)
	}
	var content []byte
	for _, file := range files {
		part, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		content = append(content, part...)
	}
	if !bytes.Contains(content, []byte("https://receiver.example/events")) {
		t.Fatal("the files do not show what is in clear: the test looks in the wrong place")
	}
	for _, secret := range []string{
		"organization-secret-1", "user-secret-1", "instance-token-1", "client-secret", "configured-password", "signature-key",
		"callback-password", "callback-header", "access-token", "refresh-token", "renewed-token",
	} {
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("the files show %q", secret)
		}
	}
}

func TestTheFilesAreTheirOwnersOnly(t *testing.T) {
	dir := t.TempDir()
	storetest.Instance(t, storetest.OpenAt(t, dir), 1)
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("mode of %s = %04o, want nothing for others", file, mode)
		}
	}
}

func TestADataDirectoryIsOpenedOnce(t *testing.T) {
	dir := t.TempDir()
	db := storetest.OpenAt(t, dir)
	err := tryOpen(t, dir)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("(process %d): stop it", os.Getpid())) {
		t.Errorf("Open = %v, want who has it open and what to do", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := tryOpen(t, dir); err != nil {
		t.Errorf("Open after Close = %v", err)
	}
}

func TestAClosedDatabaseIsOneFile(t *testing.T) {
	dir := t.TempDir()
	db := storetest.OpenAt(t, dir)
	storetest.Instance(t, db, 1)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*-wal")); err != nil || len(left) > 0 {
		t.Errorf("after Close there is %v, %v, want everything in the database file", left, err)
	}
}

func TestAnotherKeyRingIsRefused(t *testing.T) {
	dir := t.TempDir()
	db := storetest.OpenAt(t, dir)
	storetest.Account(t, db, 1)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "keys")); err != nil {
		t.Fatal(err)
	}
	if err := tryOpen(t, dir); err == nil || !strings.Contains(err.Error(), "key ring") {
		t.Errorf("Open = %v, want the key ring refused", err)
	}
}

func TestAPathMayHoldAnyCharacter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50% #1? ü")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	storetest.Instance(t, storetest.OpenAt(t, dir), 1)
	if _, err := os.Stat(filepath.Join(dir, "turnstone.db")); err != nil {
		t.Errorf("Stat = %v, want the file where it was asked for", err)
	}
}

// killed is set for a child process: the directory of the database it is to write
// until it is killed.
const killed = "TURNSTONE_TEST_KILLED"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killed); dir != "" {
		if err := writeUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeUntilKilled polls without end, and prints the id of each event that was
// acknowledged. It leaves both leases held.
func writeUntilKilled(dir string) error {
	ctx := context.Background()
	db, err := storetest.TryOpen(ctx, dir)
	if err != nil {
		return err
	}
	leases, err := db.ClaimPollers(ctx, 1, lease)
	if err != nil || len(leases) != 1 {
		return fmt.Errorf("claimed %d pollers, want 1: %w", len(leases), err)
	}
	for {
		ids, err := db.EventIDs(ctx, 1)
		if err != nil {
			return err
		}
		object := fmt.Sprint(ids[0])
		err = db.CommitPoll(ctx, leases[0], lease, turnstone.PollCommit{
			Versions: []turnstone.Version{{ObjectID: object}},
			Events:   []turnstone.Event{{ID: ids[0], Key: object, CreatedAt: storetest.Start(), Objects: []string{object}, Body: []byte(object)}},
			Sweep:    turnstone.Sweep{Next: object},
		})
		if err != nil {
			return err
		}
		fmt.Println(ids[0])
	}
}

// Rounds on one database, each killed at another moment, and possibly within a
// checkpoint of the one before.
func TestWhatWasAcknowledgedSurvivesBeingKilled(t *testing.T) {
	dir := t.TempDir()
	db := storetest.OpenAt(t, dir)
	i := storetest.Instance(t, db, 1)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []string
	for _, writes := range []int{1, 7, 40, 300} {
		acknowledged = append(acknowledged, killAfter(t, dir, writes)...)
		db := storetest.OpenAt(t, dir)
		p := claimPoller(t, db, expired).Poller // the lease of the dead is free
		known, err := db.Versions(t.Context(), p, acknowledged)
		if err != nil || len(known) != len(acknowledged) {
			t.Errorf("Versions = %d, %v, want the %d acknowledged", len(known), err, len(acknowledged))
		}
		events, err := db.Events(t.Context(), turnstone.EventFilter{AccountID: i.AccountID, InstanceID: i.ID, Limit: 10000})
		if err != nil || len(events) < len(acknowledged) {
			t.Fatalf("Events = %d, %v, want the %d acknowledged", len(events), err, len(acknowledged))
		}
		if newest := events[0].Objects[0]; p.Sweep.Next != newest {
			t.Errorf("sweep is at %s and the newest event is of %s, want both from one commit", p.Sweep.Next, newest)
		}
		if got := owed(t, db, claimDestination(t, db, lease)); len(got) != min(len(events), 1000) {
			t.Errorf("Deliveries = %d, want one of each of %d events", len(got), len(events))
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter runs writeUntilKilled, kills it after a number of writes, and returns
// what it printed.
func killAfter(t *testing.T, dir string, writes int) []string {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), killed+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var printed []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		printed = append(printed, lines.Text())
		if len(printed) == writes {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // says that it was killed
	if len(printed) < writes {
		t.Fatalf("the child acknowledged %d writes, want %d", len(printed), writes)
	}
	return printed
}
