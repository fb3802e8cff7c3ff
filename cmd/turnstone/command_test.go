package main_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/webhook"
)

var update = flag.Bool("update", false, "write the golden files again")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); if it should, run the test with -update:\n%s", path, diff)
	}
}

func TestHelp(t *testing.T) {
	var page strings.Builder
	for _, command := range []string{
		"", "demo", "serve", "health", "export", "import", "keys", "keys list", "keys rotate", "keys add", "keys use", "keys reseal", "keys drop", "instance", "instance list", "instance show", "instance create", "instance update", "instance delete", "instance enable", "instance disable", "instance health", "poll", "poll list", "poll preview", "poll now", "object", "object explain", "event", "event list", "event show", "event replay", "event analytics", "delivery", "delivery list", "delivery redeliver", "bulk", "bulk query", "sim", "sim concur", "verify", "element", "element list", "element import", "element show", "element lint", "element schema", "element reference", "version",
	} {
		args := append(strings.Fields(command), "--help")
		got := turnstone(t, call{args: args})
		if got.code != 0 || got.err != "" {
			t.Errorf("%v = %d, %q, want 0 and no complaint", args, got.code, got.err)
		}
		page.WriteString("$ turnstone " + strings.Join(args, " ") + "\n" + got.out + "\n")
	}
	golden(t, "help.txt", page.String())
}

func TestNoArgumentsAskForHelp(t *testing.T) {
	if got, want := turnstone(t, call{}), turnstone(t, call{args: []string{"--help"}}); got != want {
		t.Errorf("turnstone = %+v, want what --help says, %+v", got, want)
	}
}

func TestOptionsPageIsUpToDate(t *testing.T) {
	want, err := os.ReadFile("../../docs/options.md")
	if err != nil {
		t.Fatal(err)
	}
	got := turnstone(t, call{args: []string{"options"}})
	if diff := cmp.Diff(string(want), got.out); diff != "" {
		t.Errorf("docs/options.md is out of date; run go generate ./cmd/turnstone (-page +command):\n%s", diff)
	}
	for line := range strings.Lines(got.out) {
		if strings.HasPrefix(line, "| `--") && strings.Contains(line, "|  |  |") && !strings.HasPrefix(line, "| `--output") {
			t.Errorf("a flag without an environment variable and a meaning: %s", line)
		}
	}
}

// body is a callback body, and signature what it is signed with.
const body = `{"id":"1"}`

func signature() string { return webhook.Sign("key", []byte(body)) }

// file writes a file and returns its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommands(t *testing.T) {
	verify := func(key, signature, name string) []string {
		return []string{"verify", "--key", key, "--signature", signature, name}
	}
	tests := map[string]struct {
		call
		code int
		out  string // part of what it says
		err  string // part of what it complains of
	}{
		"version": {call{args: []string{"version"}}, 0, "turnstone ", ""},

		"verify right":            {call{args: verify("key", signature(), file(t, "body", body))}, 0, "the signature is right", ""},
		"verify wrong key":        {call{args: verify("other", signature(), file(t, "body", body))}, 1, "", "another key"},
		"verify changed body":     {call{args: verify("key", signature(), file(t, "body", body+" "))}, 1, "", "byte for byte"},
		"verify no signature":     {call{args: verify("key", "nonsense", file(t, "body", body))}, 1, "", "signature"},
		"verify added newline":    {call{args: verify("key", signature(), file(t, "body", body+"\n"))}, 1, "", "without the newline"},
		"verify missing file":     {call{args: verify("key", signature(), filepath.Join(t.TempDir(), "none"))}, 2, "", "none"},
		"verify standard input":   {call{args: verify("key", signature(), "-"), stdin: body}, 0, "the signature is right", ""},
		"verify by environment":   {call{args: []string{"verify", "-"}, stdin: body, env: []string{"TURNSTONE_KEY=key", "TURNSTONE_SIGNATURE=" + signature()}}, 0, "right", ""},
		"verify without anything": {call{args: []string{"verify", "-"}}, 2, "", "--key"},

		"lint good file":   {call{args: []string{"element", "lint", "../../elements/concur/element.yaml"}}, 0, "element.yaml: no problems", ""},
		"lint folder":      {call{args: []string{"element", "lint", "../../elements/concur"}}, 0, "element.yaml: no problems", ""},
		"lint bad file":    {call{args: []string{"element", "lint", file(t, "bad.yaml", "key: x\nnonsense: 1\n")}}, 1, "", "bad.yaml:2:1: nonsense: unknown key"},
		"lint no file":     {call{args: []string{"element", "lint", filepath.Join(t.TempDir(), "none.yaml")}}, 1, "", "none.yaml"},
		"lint nothing":     {call{args: []string{"element", "lint"}}, 2, "", "turnstone element lint --help"},
		"lint good and no": {call{args: []string{"element", "lint", "none.yaml", "../../elements/concur"}}, 1, "no problems", "none.yaml"},

		"element schema":    {call{args: []string{"element", "schema"}}, 0, `"$schema"`, ""},
		"element reference": {call{args: []string{"element", "reference"}}, 0, "#", ""},

		"no such import":    {call{args: []string{"import", filepath.Join(t.TempDir(), "none")}}, 2, "", "none"},
		"export to nowhere": {call{args: []string{"export", filepath.Join(t.TempDir(), "none", "file")}}, 2, "", "none"},
		"no database URL":   {call{args: []string{"export", "--database", "mysql://host/db"}}, 2, "", "postgres://"},
		"no key number":     {call{args: []string{"keys", "use", "newest"}}, 2, "", "newest"},
		"keys as text":      {call{args: []string{"keys", "add", "--key-ring", "1:ff"}}, 1, "", "write it to a file"},

		"health of nobody": {call{args: []string{"health", "http://127.0.0.1:1/healthz"}}, 1, "", "is turnstone serve running there?"},
		"health of no URL": {call{args: []string{"health", "http://["}}, 2, "", "missing ']'"},

		"unknown command": {call{args: []string{"pol"}}, 2, "", "turnstone --help"},
		"unknown flag":    {call{args: []string{"serve", "--retenton", "x"}}, 2, "", `did you mean "--retention"?; see turnstone serve --help`},
		"no duration":     {call{args: []string{"serve", "--min-interval", "soon"}}, 2, "", "--min-interval"},
		"short interval":  {call{args: []string{"serve", "--min-interval", "0s"}}, 2, "", "use 1s or more"},
		"short memory":    {call{args: []string{"serve", "--keep-versions", "1h"}}, 2, "", "use 24h or more, or 0 to keep them for ever"},
		"small results":   {call{args: []string{"serve", "--bulk-job-size=-1"}}, 2, "", "use 1024 and 4096"},
		"short lease":     {call{args: []string{"serve", "--lease", "100ms"}}, 2, "", "use 30s, or 1s at the least"},
		"many changes":    {call{args: []string{"serve", "--max-changes", "101"}}, 2, "", "1 to 100"},
		"all at once":     {call{args: []string{"serve", "--max-changes", "0", "--retention", "1s"}}, 2, "", "--retention"},
		"admin address":   {call{args: []string{"serve", "--admin-listen", "9090"}}, 2, "", "127.0.0.1:9090"},
		"no collector":    {call{args: []string{"serve", "--trace-endpoint", "localhost:4318"}}, 2, "", "http://127.0.0.1:4318"},
		"trace share":     {call{args: []string{"serve", "--trace-endpoint", "http://localhost:4318", "--trace-share", "NaN"}}, 2, "", "--trace-share NaN"},
		"bare address":    {call{args: []string{"serve", "--allow-network", "10.1.2.3"}}, 2, "", "10.1.2.3/32"},
		"no network":      {call{env: []string{"TURNSTONE_ALLOW_NETWORK=here"}, args: []string{"serve"}}, 2, "", "127.0.0.0/8"},
		"no log level":    {call{args: []string{"serve", "--log-level", "loud"}}, 2, "", `"debug","info"`},
		"demo interval":   {call{args: []string{"demo", "--interval", "1ms"}}, 2, "", "--interval 1ms is too short"},
		"demo rate":       {call{args: []string{"demo", "--rate", "NaN", "--for=-1s"}}, 2, "", "--rate NaN"},
		"switch":          {call{args: []string{"sim", "concur", "--late-share", "3"}}, 2, "", "between 0 and 1"},
		"switch's word":   {call{args: []string{"sim", "concur", "--order", "random"}}, 2, "", `"creation","id"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := turnstone(t, tt.call)
			if got.code != tt.code {
				t.Errorf("exit code = %d, want %d\n%s%s", got.code, tt.code, got.out, got.err)
			}
			if !strings.Contains(got.out, tt.out) || tt.out == "" && got.out != "" {
				t.Errorf("said %q, want %q in it", got.out, tt.out)
			}
			if !strings.Contains(got.err, tt.err) || tt.err == "" && got.err != "" {
				t.Errorf("complained %q, want %q in it", got.err, tt.err)
			}
		})
	}
}

func TestOutputGoesToAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "schema.json")
	if got := turnstone(t, call{args: []string{"element", "schema", "--output", path}}); got != (outcome{}) {
		t.Errorf("element schema --output = %+v, want silence", got)
	}
	text, err := os.ReadFile(path)
	if want := turnstone(t, call{args: []string{"element", "schema"}}).out; err != nil || string(text) != want {
		t.Errorf("the file holds %d bytes, %v, want the schema", len(text), err)
	}
}

func TestPrintConfigShowsWhatIsEffectiveWithoutSecrets(t *testing.T) {
	got := turnstone(t, call{
		args: []string{"serve", "--print-config", "--listen", "127.0.0.1:0", "--allow-network", "127.0.0.0/8", "--allow-network", "fd00::/8", "--admin-password", "given by flag"},
		env:  []string{"TURNSTONE_LISTEN=127.0.0.1:1", "TURNSTONE_RETENTION=2h", "TURNSTONE_USER_SECRET=given-by-environment"},
	})
	want := outcome{out: `TURNSTONE_LISTEN=127.0.0.1:0
TURNSTONE_DATA=turnstone-data
TURNSTONE_DATABASE=
TURNSTONE_KEYS=
TURNSTONE_KEY_RING=
TURNSTONE_ALLOW_NETWORK=127.0.0.0/8,fd00::/8
TURNSTONE_MIN_INTERVAL=1m0s
TURNSTONE_MAX_CHANGES=10
TURNSTONE_RETENTION=2h0m0s
TURNSTONE_KEEP_VERSIONS=0s
TURNSTONE_KEEP_JOURNAL=4320h0m0s
TURNSTONE_LEASE=30s
TURNSTONE_BULK_JOB_SIZE=1024
TURNSTONE_BULK_ACCOUNT_SIZE=4096
TURNSTONE_LOG_LEVEL=info
TURNSTONE_LOG_FORMAT=text
TURNSTONE_ADMIN_LISTEN=
TURNSTONE_TRACE_ENDPOINT=
TURNSTONE_TRACE_SHARE=0.01
TURNSTONE_USER_SECRET=********
TURNSTONE_ORGANIZATION_SECRET=
TURNSTONE_ADMIN_EMAIL=admin@localhost
TURNSTONE_ADMIN_PASSWORD=********
`}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("serve --print-config (-want +got):\n%s", diff)
	}
}
