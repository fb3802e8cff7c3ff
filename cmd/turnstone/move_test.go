package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"turnstone/internal/store/storetest"
)

// installed starts a service once, and returns its data directory.
func installed(t *testing.T) string {
	t.Helper()
	o := serveOptions{data: t.TempDir(), listen: "127.0.0.1:0", env: credentials}
	serve(t, o).terminate(t)
	return o.data
}

// copyKeys gives the key ring of one data directory to another.
func copyKeys(t *testing.T, from, to string) {
	t.Helper()
	keys, err := os.ReadFile(filepath.Join(from, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "keys"), keys, 0o600); err != nil {
		t.Fatal(err)
	}
}

// must fails the test unless a command succeeds and says something.
func must(t *testing.T, says string, args ...string) outcome {
	t.Helper()
	got := turnstone(t, call{args: args})
	if got.code != 0 || !strings.Contains(got.out+got.err, says) {
		t.Fatalf("turnstone %s = %+v, want 0 and %q", strings.Join(args, " "), got, says)
	}
	return got
}

// refused fails the test unless a command fails and says something.
func refused(t *testing.T, says string, args ...string) {
	t.Helper()
	if got := turnstone(t, call{args: args}); got.code != 1 || !strings.Contains(got.err, says) {
		t.Errorf("turnstone %s = %+v, want 1 and %q", strings.Join(args, " "), got, says)
	}
}

func TestAnInstallationMovesToPostgreSQLAndBack(t *testing.T) {
	from, nodes, back := installed(t), t.TempDir(), t.TempDir()
	database := "--database=" + storetest.Postgres(t)
	copyKeys(t, from, nodes)
	copyKeys(t, from, back)
	zipped, plain := filepath.Join(t.TempDir(), "export.gz"), filepath.Join(t.TempDir(), "export")

	must(t, "the key ring, "+filepath.Join(from, "keys"), "export", "--data", from, zipped)
	must(t, "imported", "import", "--data", nodes, database, zipped)
	must(t, "exported", "export", "--data", nodes, database, plain)
	text, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	if got := turnstone(t, call{args: []string{"import", "--data", back, "-"}, stdin: string(text)}); got.code != 0 {
		t.Fatalf("import - = %+v, want 0", got)
	}
	again := must(t, "", "export", "--data", back).out
	before, after := strings.SplitAfter(string(text), "\n"), strings.SplitAfter(again, "\n")
	for i := 1; i < len(before)-2; i++ { // the first and the last line say when
		if i >= len(after) || before[i] != after[i] {
			t.Fatalf("line %d differs after the way back", i+1)
		}
	}
	info, err := os.Stat(zipped)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("Stat = %v, %v, want a file for its owner only", info, err)
	}
	p := serve(t, serveOptions{data: back, listen: "127.0.0.1:0"})
	if status, text := get(t, p.url+"/elements/api-v2/elements", authorization); status != 200 {
		t.Errorf("the API answers %d %s, want 200 with the secrets of before", status, text)
	}
	refused(t, "stop it", "export", "--data", back)
	p.terminate(t)
}

func TestADatabaseThatIsNamedByNothingIsNotTheFile(t *testing.T) {
	got := turnstone(t, call{args: []string{"serve", "--data", t.TempDir(), "--print-config"}, env: []string{"TURNSTONE_DATABASE="}})
	if got.code != 2 || !strings.Contains(got.err, "unset it") {
		t.Errorf("serve = %+v, want 2 and what to do", got)
	}
}

func TestAnExportThatFailsLeavesNoFile(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "export"), []byte("the one before"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, "--data", "export", "--data", t.TempDir(), filepath.Join(folder, "export"))
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 1 {
		t.Errorf("there are %v, %v, want the export of before alone", left, err)
	}
}

func TestKeysAreRotatedOnOneNode(t *testing.T) {
	data := installed(t)
	must(t, "1    seals  2", "keys", "list", "--data", data)
	refused(t, "key 1 is the one that seals", "keys", "drop", "1", "--data", data)
	must(t, "sealed 2 values", "keys", "rotate", "--data", data)
	must(t, "1    opens  0\n2    seals  2", "keys", "list", "--data", data)
	must(t, "key 1 is gone", "keys", "drop", "1", "--data", data)

	p := serve(t, serveOptions{data: data, listen: "127.0.0.1:0"})
	if status, text := get(t, p.url+"/elements/api-v2/elements", authorization); status != 200 {
		t.Errorf("the API answers %d %s, want 200", status, text)
	}
	refused(t, "stop it", "keys", "rotate", "--data", data)
	p.terminate(t)
	must(t, "2    seals  2\n", "keys", "list", "--data", data) // what was refused added none
}

func TestKeysAreRotatedWhileNodesRun(t *testing.T) {
	data, database := t.TempDir(), "--database="+storetest.Postgres(t)
	node := func() *process {
		return launch(t, filepath.Join(data, "log"), call{
			args: []string{"serve", "--listen", "127.0.0.1:0", "--data", data, database}, env: credentials,
		})
	}
	works := func(p *process) {
		t.Helper()
		if status, text := get(t, p.url+"/elements/api-v2/elements", authorization); status != 200 {
			t.Errorf("the API answers %d %s, want 200", status, text)
		}
	}
	keys := func(says string, args ...string) {
		t.Helper()
		must(t, says, append(append([]string{"keys"}, args...), "--data", data, database)...)
	}
	node().terminate(t)

	refused(t, "keys add, keys use and keys reseal", "keys", "rotate", "--data", data, database)
	keys("turnstone keys use 2", "add")
	behind := node()
	keys("key 2 seals", "use", "2")
	ahead := node()
	refused(t, "run turnstone keys reseal first", "keys", "drop", "1", "--data", data, database)
	keys("sealed 2 values", "reseal")
	works(behind)
	works(ahead)
	keys("1    opens  0\n2    seals  2", "list")
	behind.terminate(t)
	keys("key 1 is gone", "drop", "1")
	works(ahead)
	works(node())
	ahead.terminate(t)
}
