package archtest_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"turnstone/internal/archtest"
)

const (
	kong       = "github.com/alecthomas/kong"
	gjson      = "github.com/tidwall/gjson"
	goja       = "github.com/dop251/goja"
	gojq       = "github.com/itchyny/gojq"
	goccyYAML  = "github.com/goccy/go-yaml"
	goose      = "github.com/pressly/goose/v3"
	libopenapi = "github.com/pb33f/libopenapi"
	otel       = "go.opentelemetry.io/otel"
	otelOTLP   = "go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	otelSDK    = "go.opentelemetry.io/otel/sdk"
	otelTrace  = "go.opentelemetry.io/otel/trace"
	pgx        = "github.com/jackc/pgx/v5"
	otlp       = "go.opentelemetry.io/proto/otlp"
	prom       = "github.com/prometheus/client_golang"
	protobuf   = "google.golang.org/protobuf"
	ssrf       = "code.dny.dev/ssrf"
	sqlite     = "modernc.org/sqlite"
	xCrypto    = "golang.org/x/crypto"
	xTime      = "golang.org/x/time"
)

// packages is the table of the architecture: a line for each package, with the
// packages of ours and the third-party modules it may import, from the inside
// to the outside. Everybody may import the root. Only app and cmd know store;
// the others declare the part of it they need as an interface.
var packages = map[string]archtest.Package{
	".": {Barred: words("net net/http os os/exec database/sql log")},

	// Pure: what they answer depends on their arguments alone.
	"internal/ceql":           {Barred: outside},
	"internal/change":         {Barred: outside, Imports: words("internal/spelling"), Modules: words(gjson)},
	"internal/discovery":      {Barred: outside, Imports: words("internal/element"), Modules: words(gjson), Tests: words("elements")},
	"internal/element":        {Barred: outside, Imports: words("internal/element/format internal/spelling"), Modules: words(gjson, goccyYAML)},
	"internal/element/format": {Barred: outside, Imports: words("internal/spelling"), Modules: words(goccyYAML)},
	"internal/envelope":       {Barred: outside, Modules: words(gjson)},
	"internal/explain":        {Barred: outside, Imports: words("internal/change")},
	"internal/hook":           {Barred: outside, Modules: words(goja, gojq)},
	"internal/javadate":       {Barred: outside},
	"internal/generic":        {Barred: outside, Imports: words("internal/element internal/javadate internal/spelling"), Tests: words("elements")},
	"internal/legacy":         {Barred: outside, Imports: words("internal/element internal/script"), Modules: words(gjson)},
	"internal/ratelimit":      {Barred: words("database/sql log log/slog net os os/exec")}, // net/http for its headers and their dates
	"internal/spelling":       {Barred: outside},
	"internal/transform":      {Barred: outside, Imports: words("internal/ceql internal/element"), Modules: words(gjson)},
	"internal/xmljson":        {Barred: outside},
	"internal/pollerconfig":   {Barred: outside, Imports: words("internal/javadate internal/spelling"), Modules: words(gjson)},

	"internal/openapi":          {Barred: outside, Modules: words(goccyYAML)},
	"internal/openapi/assemble": {Imports: words("internal/openapi"), Modules: words(kong)},

	// For others to import.
	"elements": {Tests: words("internal/catalogue internal/element internal/hub internal/instance internal/intake internal/javadate internal/oauth internal/poll internal/provider internal/store")},
	"client":   {Clock: words("client.go")},
	"webhook":  {Clock: words("event.go")}, // the receiver's handler

	// Talking to vendors and receivers.
	"internal/egress": {Modules: words(ssrf)},
	"internal/catalogue": {
		Imports: words("internal/element internal/generic internal/legacy"),
		Tests:   words("elements internal/store"),
	},
	"internal/script": {Imports: words("internal/element internal/hook"), Modules: words(gjson)},
	"internal/hub": {
		Imports: words("internal/ceql internal/element internal/provider internal/script internal/spelling"),
		Modules: words(gjson),
	},
	"internal/oauth": {Imports: words("internal/element"), Modules: words(gjson)},
	"internal/provider": {
		Imports: words("internal/element internal/ratelimit internal/script internal/xmljson"),
		Modules: words(gjson, xTime),
	},

	// The work.
	"internal/bulk": {
		Imports: words("internal/ceql internal/element internal/hub webhook"), Modules: words(gjson), Tests: words("internal/store"),
	},
	"internal/deliver": {Imports: words("webhook"), Modules: words(otel, otelTrace)},
	"internal/instance": {
		Imports: words("internal/element internal/explain internal/hub internal/javadate internal/oauth internal/pollerconfig internal/spelling"),
	},
	"internal/poll": {
		Imports: words("internal/change internal/element internal/envelope internal/hub internal/poll/plan internal/transform"),
		Modules: words(otel, otelTrace),
		Tests:   words("webhook"),
	},

	"internal/intake": {
		Imports: words("internal/element internal/envelope internal/hook webhook"), Modules: words(gjson),
	},
	"internal/poll/plan": {
		Imports: words("internal/change internal/element internal/hub internal/javadate internal/pollerconfig"),
	},

	// Keeping.
	"internal/seal": {},
	"internal/store": {
		Imports: words("internal/store/bulk internal/store/column internal/store/definition internal/store/delivery internal/store/engine internal/store/history internal/store/intake internal/store/learned internal/store/mapping internal/store/people internal/store/tables"),
		Tests:   words("internal/seal"),
		Clock:   words("open.go"), // lease time is the database's, and SQLite has none but ours
	},
	"internal/store/archive":    {},
	"internal/store/bulk":       {Imports: words("internal/store/column internal/store/engine internal/store/people")},
	"internal/store/column":     {},
	"internal/store/definition": {Imports: words("internal/store/column internal/store/engine internal/store/people")},
	"internal/store/delivery":   {Imports: words("internal/store/column internal/store/engine")},
	"internal/store/engine":     {Modules: words(goose, pgx, sqlite)},
	"internal/store/history":    {Imports: words("internal/store/column internal/store/engine")},
	"internal/store/intake":     {Imports: words("internal/store/column internal/store/delivery internal/store/engine")},
	"internal/store/learned":    {Imports: words("internal/store/column internal/store/engine")},
	"internal/store/mapping":    {Imports: words("internal/store/column internal/store/engine")},
	"internal/store/people":     {Imports: words("internal/store/column internal/store/engine internal/store/tables")},
	"internal/store/tables":     {Imports: words("internal/store/archive internal/store/column internal/store/engine")},
	"internal/store/storetest": {
		Imports: words("internal/pgtest internal/seal internal/store"), Clock: words("storetest.go"),
	},

	"internal/commonresource": {
		Imports: words("internal/element internal/hub internal/spelling internal/transform"),
	},

	// At the edge.
	"internal/api": {
		Imports: words("internal/openapi internal/api/bulk internal/api/catalogue internal/api/history internal/api/intake internal/api/notify internal/api/people internal/api/rest internal/auth internal/ceql internal/change internal/element internal/envelope internal/explain internal/hub",
			"internal/instance internal/poll internal/pollerconfig"),
		Tests: words("elements internal/bulk internal/commonresource internal/concursim internal/intake internal/oauth internal/people internal/provider internal/store internal/catalogue internal/script"),

		Clock: words("*"), // handlers
	},
	"internal/api/bulk": {Imports: words("internal/api/rest internal/bulk"), Tests: words("internal/auth internal/element internal/hub internal/store"), Clock: words("*")},
	"internal/api/catalogue": {
		Imports: words("internal/api/rest internal/commonresource internal/discovery internal/element internal/hub internal/instance internal/transform internal/catalogue internal/legacy"),
	},
	"internal/api/history": {Imports: words("internal/api/rest internal/envelope internal/instance")},
	"internal/api/intake":  {Imports: words("internal/api/rest internal/intake"), Tests: words("elements internal/auth internal/element internal/instance internal/store"), Clock: words("*")},
	"internal/api/notify":  {Imports: words("internal/api/rest internal/ceql internal/envelope internal/instance")},
	"internal/api/rest":    {Imports: words("internal/auth internal/element internal/hub internal/instance internal/pollerconfig")},
	"internal/api/people":  {Imports: words("internal/api/rest internal/people"), Tests: words("internal/auth"), Clock: words("*")},
	"internal/auth":        {Modules: words(xCrypto), Tests: words("internal/seal")},
	"internal/people":      {Imports: words("internal/auth")},

	// What browsers see: a client of the API.
	"internal/console/page":         {Imports: words("client internal/auth internal/people")},
	"internal/console/activity":     {Imports: words("client internal/console/page")},
	"internal/console/authenticate": {Imports: words("client internal/console/page")},
	"internal/console/door":         {Imports: words("internal/auth internal/console/page internal/people")},
	"internal/console/shelf":        {Imports: words("client internal/console/page")},
	"internal/console/instances":    {Imports: words("client internal/console/page")},

	// A vendor to test and demo against, and what it says of us.
	"internal/concursim": {
		Imports: words("internal/concursim/collection internal/concursim/endpoint internal/concursim/ess internal/concursim/expense",
			"internal/concursim/fault internal/concursim/reply internal/concursim/resource"),
		Clock: words("simulator.go"),
	},
	"internal/concursim/collection": {Imports: words("internal/concursim/expense")},
	"internal/concursim/endpoint": {
		Imports: words("internal/concursim/collection internal/concursim/expense internal/concursim/fault internal/concursim/reply"),
		Tests:   words("internal/concursim"),
	},
	"internal/concursim/ess":      {Imports: words("internal/concursim/fault internal/concursim/reply")},
	"internal/concursim/expense":  {},
	"internal/concursim/fault":    {Imports: words("internal/concursim/expense")},
	"internal/concursim/reply":    {Imports: words("internal/concursim/expense")},
	"internal/concursim/resource": {Imports: words("internal/concursim/collection internal/concursim/expense")},
	"internal/githubsim":          {},
	"internal/audit":              {Imports: words("internal/change internal/concursim webhook")},

	// Watching over the work.
	"internal/telemetry": {
		Imports: words("internal/deliver internal/poll internal/provider"),
		Modules: words(prom, otel, otelOTLP, otelSDK, otelTrace, otlp, protobuf),
	},

	// Putting it together.
	"internal/app": {
		Imports: words("elements internal/api internal/api/bulk internal/api/history internal/api/notify internal/api/catalogue internal/api/intake internal/api/people internal/api/rest internal/auth internal/bulk internal/ceql internal/change internal/commonresource internal/people internal/catalogue internal/script",
			"internal/console/activity internal/console/authenticate internal/console/door internal/console/instances internal/console/page internal/console/shelf",
			"internal/deliver internal/egress internal/element internal/envelope internal/hub internal/intake",
			"internal/instance internal/javadate internal/oauth internal/poll internal/pollerconfig",
			"internal/provider internal/seal internal/store internal/telemetry webhook"),
		Clock: words("*"),
		Tests: words("internal/audit internal/concursim internal/demo internal/fleet internal/githubsim"),
	},
	"internal/fleet": {Imports: words("internal/audit internal/concursim"), Clock: words("*")},
	"internal/demo": {
		Imports: words("internal/app internal/audit internal/concursim"),
		Modules: words(gjson),
		Clock:   words("*"),
	},
	"cmd/turnstone": {
		Imports: words("client elements internal/app internal/concursim internal/demo internal/element internal/legacy webhook"),
		Modules: words(kong),
		Clock:   words("*"),
		Tests:   words("internal/audit internal/fleet"),
	},

	// Measuring.
	"internal/bench": {
		Imports: words("internal/app internal/bench/gauge internal/bench/peer internal/deliver internal/envelope",
			"internal/hub internal/pgtest internal/poll internal/store webhook"),
		Modules: words(gjson, pgx),
		Clock:   words("*"),
	},
	"internal/bench/gauge": {Clock: words("disk.go")},
	"internal/bench/peer":  {Imports: words("webhook"), Modules: words(gjson), Clock: words("server.go")},
	"cmd/turnstone-bench":  {Imports: words("internal/app internal/bench"), Modules: words(kong)},

	// What tests run against.
	"internal/pgtest": {Modules: words(pgx), Clock: words("server.go")},

	"internal/simulation": {
		Tests: words("elements internal/audit internal/concursim internal/deliver internal/element internal/hub",
			"internal/instance internal/oauth internal/poll internal/provider internal/seal internal/store webhook"),
	},

	"internal/traps": {
		Tests: words("elements internal/concursim internal/deliver internal/element internal/explain internal/hub",
			"internal/instance internal/oauth internal/poll internal/provider internal/store webhook"),
	},

	// Holding the rest to the rules.
	"internal/archtest": {},
}

// outside is what a pure package must not import: the network, the machine, the
// database and the log.
var outside = words("net net/http os os/exec database/sql log log/slog")

// words splits lists of names separated by spaces.
func words(lists ...string) []string { return strings.Fields(strings.Join(lists, " ")) }

func TestArchitecture(t *testing.T) {
	rules := archtest.Rules{
		Packages:     packages,
		TestPackages: words("internal/pgtest internal/store/storetest"),
		TestModules: words(goccyYAML, "github.com/google/go-cmp", libopenapi, "github.com/pb33f/libopenapi-validator", "github.com/rogpeppe/go-internal",
			"github.com/standard-webhooks/standard-webhooks/libraries", otlp, otelSDK, pgx, "go.uber.org/goleak", "pgregory.net/rapid", protobuf),
		BannedNames:     words("common helpers manager models service types util"),
		MaxFileLines:    450,  // one and a half times the 300 to aim for
		MaxPackageLines: 3750, // one and a half times the 2,500 to aim for
		MaxMethods:      5,
		Table:           "internal/archtest/architecture_test.go",
		Dependencies:    "docs/dependencies.md",
	}
	problems, err := archtest.Check(os.DirFS(moduleRoot(t)), rules)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// moduleRoot returns the folder of the go.mod above the test.
func moduleRoot(t *testing.T) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		_, err := os.Stat(filepath.Join(folder, "go.mod"))
		switch {
		case err == nil:
			return folder
		case !errors.Is(err, fs.ErrNotExist):
			t.Fatal(err)
		case folder == filepath.Dir(folder):
			t.Fatal("no go.mod above the test")
		}
		folder = filepath.Dir(folder)
	}
}
