package app_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"turnstone/internal/app"
)

// pipes is a listener of connections within this process.
type pipes struct {
	dialled chan net.Conn
	closed  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	conn, open := <-p.dialled
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p *pipes) Close() error {
	p.closed.Do(func() { close(p.dialled) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.IPAddr{} }

// dial returns a connection to a server such as the service has.
func dial(t *testing.T, handler http.HandlerFunc) net.Conn {
	t.Helper()
	listener := &pipes{dialled: make(chan net.Conn)}
	server := app.NewServer(handler, slog.New(slog.DiscardHandler))
	ended := make(chan error)
	go func() { ended <- server.Serve(listener) }()
	ours, theirs := net.Pipe()
	listener.dialled <- theirs
	t.Cleanup(func() {
		_ = ours.Close()
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve = %v, want ErrServerClosed", err)
		}
	})
	return ours
}

// lasts returns how long it takes until step fails.
func lasts(step func() error) time.Duration {
	start := time.Now()
	for step() == nil {
		if time.Since(start) > time.Hour {
			break
		}
	}
	return time.Since(start)
}

func TestASlowClientIsGivenUp(t *testing.T) {
	const head = "POST /elements/api-v2/instances HTTP/1.1\r\nHost: a\r\n"
	drip := func(begin string, every time.Duration) func(conn net.Conn) time.Duration {
		return func(conn net.Conn) time.Duration {
			_, _ = io.WriteString(conn, begin)
			go func() { _, _ = io.Copy(io.Discard, conn) }()
			return lasts(func() error {
				<-time.After(every) // of the bubble's clock
				_, err := io.WriteString(conn, "x")
				return err
			})
		}
	}
	tests := map[string]struct {
		client func(conn net.Conn) time.Duration
		most   time.Duration
	}{
		"the header drips": {drip(head, time.Second), 15 * time.Second},
		"the body drips":   {drip(head+"Content-Length: 1000000\r\n\r\n", 10*time.Second), 90 * time.Second},
		"chunks drip":      {drip(head+"Transfer-Encoding: chunked\r\n\r\nf4240\r\n", 10*time.Second), 90 * time.Second},
		"nothing comes": {func(conn net.Conn) time.Duration {
			return lasts(func() error { _, err := conn.Read(make([]byte, 1)); return err })
		}, 15 * time.Second},
		"nothing more comes": {func(conn net.Conn) time.Duration {
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			return lasts(func() error { _, err := conn.Read(make([]byte, 1024)); return err })
		}, 3 * time.Minute},
		"the answer is not taken": {func(conn net.Conn) time.Duration {
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			const patience = 11 * time.Minute
			<-time.After(patience) // of the bubble's clock
			if n, _ := io.Copy(io.Discard, conn); n >= large {
				return time.Hour // all of it was still kept
			}
			return patience
		}, 11 * time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := dial(t, func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					_, _ = w.Write(make([]byte, large))
				})
				if took := tt.client(conn); took > tt.most {
					t.Errorf("the connection lasted %v, want at most %v", took, tt.most)
				}
			})
		})
	}
}

// large is an answer that fits no buffer.
const large = 1 << 20

// speak sends bytes to a service and returns the statuses of the answers that came
// until it closed the connection.
func speak(t *testing.T, service, text string) []int {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(service, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = io.WriteString(conn, text) // the service may not want all of it
	}()
	var statuses []int
	r := bufio.NewReader(conn)
	for {
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				t.Errorf("the service kept the connection, after %v", statuses)
			}
			_ = conn.Close()
			<-sent
			return statuses
		}
		statuses = append(statuses, response.StatusCode)
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
}

// instanceOf makes an instance that talks to nobody, and returns its path.
func instanceOf(t *testing.T, service string) string {
	t.Helper()
	status, body := callAPI(t, apiCall{"POST", service + "/elements/api-v2/instances", `{"name":"kept","element":{"key":"concur"},"configuration":{"oauth.api.key":"k","oauth.api.secret":"s"}}`, nil})
	if status != http.StatusOK {
		t.Fatalf("make an instance: %d %s", status, body)
	}
	return "/elements/api-v2/instances/1"
}

// apiCall is a request to a service.
type apiCall struct {
	method, url, body string
	headers           map[string]string // over the account's Authorization
}

// callAPI returns the status and the body of the answer.
func callAPI(t *testing.T, r apiCall) (int, string) {
	t.Helper()
	made, err := http.NewRequestWithContext(t.Context(), r.method, r.url, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	made.Header.Set("Authorization", authorization)
	for name, value := range r.headers {
		made.Header.Set(name, value)
	}
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(made)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestNothingIsSmuggledBehindARequest(t *testing.T) {
	a := start(t, app.Storage{Data: t.TempDir()})
	path := instanceOf(t, a.URL)
	hidden := "DELETE " + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: " + authorization + "\r\n\r\n"
	post := "POST /elements/api-v2/instances HTTP/1.1\r\nHost: a\r\nAuthorization: " + authorization + "\r\n"
	tests := map[string]struct {
		text     string
		statuses []int // any of them, once
	}{
		"a length beside chunks":         {post + fmt.Sprintf("Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 5+len(hidden)) + hidden, []int{400}},
		"chunks beside a length":         {post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + hidden, []int{400}},
		"two lengths":                    {post + "Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}" + hidden, []int{400}},
		"a list of lengths":              {post + "Content-Length: 2, 200\r\n\r\n{}" + hidden, []int{400}},
		"a length with a sign":           {post + "Content-Length: +2\r\n\r\n{}" + hidden, []int{400}},
		"a length below nothing":         {post + "Content-Length: -1\r\n\r\n" + hidden, []int{400}},
		"another encoding":               {post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden, []int{501}},
		"two encodings":                  {post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden, []int{501}},
		"an encoding behind a tab":       {post + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + hidden, []int{400, 501}},
		"a space before the colon":       {post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden, []int{400}},
		"a fold before the first header": {"POST / HTTP/1.1\r\n Host: a\r\n\r\n" + hidden, []int{400}},
		"chunks in HTTP/1.0":             {strings.Replace(post, "1.1", "1.0", 1) + "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden, []int{400}},
		"a chunk that ends in LF":        {post + "Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n" + hidden, []int{400}},
		"an extension that ends in LF":   {post + "Transfer-Encoding: chunked\r\n\r\n2;a\n{}\r\n0\r\n\r\n" + hidden, []int{400}},
		"an extension without an end":    {post + "Transfer-Encoding: chunked\r\n\r\n2;" + strings.Repeat("x", 1<<20), []int{400}},
		"a chunk of a signed size":       {post + "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n" + hidden, []int{400}},
		"a chunk of too large a size":    {post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}" + hidden, []int{400}},
		"no host":                        {"GET / HTTP/1.1\r\n\r\n" + hidden, []int{400}},
		"two hosts":                      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + hidden, []int{400}},
		"a host with a path":             {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" + hidden, []int{400}},
		"a NUL in a header":              {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n" + hidden, []int{400}},
		"a CR in a header":               {"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n" + hidden, []int{400}},
		"a space in the path":            {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n" + hidden, []int{400}},
		"no such version":                {"GET / HTTP/3.7\r\nHost: a\r\n\r\n" + hidden, []int{505}},
		"an upgrade nobody offers":       {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + hidden, []int{404}},
		"a method of lines":              {"GE\nT / HTTP/1.1\r\nHost: a\r\n\r\n" + hidden, []int{400}},
		"headers of a megabyte":          {"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 1<<20), []int{431}},
		"a hundred thousand headers":     {"GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: y\r\n", 100_000), []int{431}},
		"a path of a megabyte":           {"GET /" + strings.Repeat("x", 1<<20), []int{400, 431}},
		"TLS to a port without it":       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("x", 600) + "\r\n\r\n", []int{400}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := speak(t, a.URL, tt.text); len(got) != 1 || !slices.Contains(tt.statuses, got[0]) {
				t.Errorf("the answers are %v, want one of %v and no second", got, tt.statuses)
			}
		})
	}
	if status, body := callAPI(t, apiCall{"GET", a.URL + path, "", nil}); status != http.StatusOK {
		t.Errorf("the instance is %d %s, want it untouched", status, body)
	}
}

func TestNoMethodOrPathReachesWhatItShouldNot(t *testing.T) {
	a := start(t, app.Storage{Data: t.TempDir()})
	path := instanceOf(t, a.URL)
	override := map[string]string{"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "X-Method-Override": "DELETE"}
	tests := map[string]struct {
		request apiCall
		status  int
	}{
		"a method in a header":        {apiCall{"GET", path, "", override}, 200},
		"a method in a posted header": {apiCall{"PATCH", path, "{}", override}, 200},
		"a method in the query":       {apiCall{"GET", path + "?_method=DELETE", "", nil}, 200},
		"a path in a header":          {apiCall{"GET", "/healthz", "", map[string]string{"X-Original-URL": path, "X-Rewrite-URL": path}}, 200},
		"HEAD":                        {apiCall{"HEAD", path, "", nil}, 200},
		"TRACE":                       {apiCall{"TRACE", path, "", nil}, 405},
		"OPTIONS":                     {apiCall{"OPTIONS", path, "", map[string]string{"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}}, 200}, // says what may be asked, and does nothing
		"CONNECT":                     {apiCall{"FOO", path, "", nil}, 405},
		"dots":                        {apiCall{"GET", "/elements/api-v2/../../../../etc/passwd", "", nil}, 404},
		"escaped dots":                {apiCall{"GET", "/elements/api-v2/elements/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "", nil}, 404},
		"dots in a hub path":          {apiCall{"GET", "/elements/api-v2/hubs/expense/../../instances", "", nil}, 404},
		"slashes":                     {apiCall{"GET", "//evil.example/%2f..", "", nil}, 404},
		"a backslash":                 {apiCall{"GET", `/elements/api-v2/..%5c..%5cetc`, "", nil}, 404},
		"profiles":                    {apiCall{"GET", "/debug/pprof/", "", nil}, 404},
		"metrics":                     {apiCall{"GET", "/metrics", "", nil}, 404},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.request.url = a.URL + tt.request.url
			status, body := callAPI(t, tt.request)
			if status != tt.status {
				t.Errorf("%s %s = %d %s, want %d", tt.request.method, tt.request.url, status, body, tt.status)
			}
		})
	}
	if got := speak(t, a.URL, "GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"); !slices.Equal(got, []int{200}) {
		t.Errorf("an address as a proxy is asked for = %v, want our own answer", got)
	}
	if status, body := callAPI(t, apiCall{"GET", a.URL + path, "", nil}); status != http.StatusOK {
		t.Errorf("the instance is %d %s, want it untouched", status, body)
	}
}

// zipped returns what unpacks to a body of so many bytes.
func zipped(t *testing.T, size int64) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.CopyN(z, zeros{}, size); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// zeros has no end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestAHostileBodyIsRefused(t *testing.T) {
	object := func(members string) string {
		return `{"name":"x","element":{"key":"concur"},"configuration":{"oauth.api.key":"k","oauth.api.secret":"s"` + members + `}}`
	}
	members := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	tests := map[string]struct {
		body    string
		headers map[string]string
		status  int
		text    string
	}{
		"lists 100,000 deep":        {object(`,"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)), nil, 400, "JSON"},
		"objects 100,000 deep":      {strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), nil, 400, "JSON"},
		"lists 5,000 deep":          {object(`,"a":` + strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000)), nil, 400, "nested deeper than"},
		"lists without an end":      {strings.Repeat("[", 1<<20), nil, 400, "JSON"},
		"a member twice":            {object(`,"base.url":"https://a.example","base.url":"https://b.example"`), nil, 400, "stands twice"},
		"a member twice, escaped":   {object(`,"base.url":"https://a.example","base\u002eurl":"https://b.example"`), nil, 400, "stands twice"},
		"half a million members":    {object(members(500_000, `,"k%d":1`)), nil, 400, "entries"},
		"half a million tags":       {`{"tags":[` + strings.TrimPrefix(members(500_000, `,"%d"`), ",") + `]}`, nil, 400, "tags"},
		"a large number":            {`{"element":{"id":1e1000000}}`, nil, 400, "element.id"},
		"not UTF-8":                 {object(",\"a\":\"\xff\xfe\""), nil, 400, "not UTF-8"},
		"UTF-16":                    {"\xff\xfe{\x00}\x00", nil, 400, "not UTF-8"},
		"half a character":          {object(`,"name":"\ud800"`), nil, 200, ""},
		"a NUL":                     {"{\"name\":\"a\x00b\"}", nil, 400, "JSON"},
		"an escaped NUL":            {object(`,"base.url":"https://a\u0000.example"`), nil, 400, "control"},
		"an escaped NUL in a name":  {`{"name":"x\u0000y","element":{"key":"concur"}}`, nil, 400, "control"},
		"an escaped NUL in a key":   {object(`,"a\u0000b":"x"`), nil, 400, "key"},
		"more behind the end":       {object("") + "{}", nil, 400, "JSON"},
		"over 8 MB":                 {object(`,"a":"` + strings.Repeat("x", 8<<20) + `"`), nil, 413, "8 MB"},
		"a bomb":                    {zipped(t, 64<<20), map[string]string{"Content-Encoding": "gzip"}, 415, "send it as it is"},
		"a form":                    {"name=x", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415, "JSON"},
		"text that a page may send": {object(""), map[string]string{"Content-Type": "text/plain"}, 415, "JSON"},
	}
	eachStorage(t, func(t *testing.T, s app.Storage) {
		a := start(t, s)
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				status, body := callAPI(t, apiCall{"POST", a.URL + "/elements/api-v2/instances", tt.body, tt.headers})
				if status != tt.status || !strings.Contains(body, tt.text) {
					t.Errorf("POST = %d %.300s, want %d and %q", status, body, tt.status, tt.text)
				}
				if len(body) > 10_000 {
					t.Errorf("the answer has %d bytes, want few", len(body))
				}
			})
		}
	})
}

func TestNoTextInAPathOrQueryIsAnErrorOfOurs(t *testing.T) {
	eachStorage(t, func(t *testing.T, s app.Storage) {
		a := start(t, s)
		path := instanceOf(t, a.URL)
		for name, text := range map[string]string{
			"a NUL":            "%00",
			"not UTF-8":        "%ff%fe",
			"a quote":          "%27%20OR%201%3D1--",
			"a semicolon":      ";DROP%20TABLE%20instance",
			"lines":            "%0d%0aX-Injected:%201",
			"HTML":             "%3Cscript%3Ealert(1)%3C/script%3E",
			"a large number":   "99999999999999999999999999",
			"the least number": "-9223372036854775808",
			"a percent sign":   "%25",
			"the last key":     strings.Repeat("_", 20), // made in the year 10889
			"a star":           "*",
			"long":             strings.Repeat("x", 10_000),
		} {
			t.Run(name, func(t *testing.T) {
				for _, place := range []string{
					path + text, path + "/configuration/" + text, path + "/events/" + text, path + "/events?page=" + text,
					path + "/events?nextPage=" + text, path + "/pollers/" + text, path + "/pollers/reports/objects/" + text,
					path + "/destinations/" + text, "/elements/api-v2/elements/" + text, "/elements/api-v2/hubs/" + text + "/reports",
					"/elements/api-v2/instances?tags%5B%5D=" + text, "/elements/api-v2/instances?tags=" + text, "/elements/api-v2/instances?search=" + text,
					"/elements/api-v2/notifications/subscriptions/" + text, "/elements/api-v2/notifications/" + text + "/subscriptions/deliveries",
					"/elements/api-v2/notifications/subscriptions/deliveries?where=config.url%3D'" + text + "'",
				} {
					status, body := callAPI(t, apiCall{"GET", a.URL + place, "", nil})
					if status >= http.StatusInternalServerError {
						t.Errorf("GET %.200s = %d %.300s, want no error of ours", place, status, body)
					}
				}
			})
		}
	})
}
