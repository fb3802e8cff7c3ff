package deliver_test

import (
	"bufio"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"turnstone"
)

// answersRaw is a receiver that answers with the bytes it makes of the request's.
func answersRaw(t *testing.T, reply func(request string) string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // nothing is waited for
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			var request strings.Builder
			for lines := bufio.NewReader(connection); ; {
				line, err := lines.ReadString('\n')
				request.WriteString(line)
				if err != nil || line == "\r\n" {
					break
				}
			}
			_, _ = connection.Write([]byte(reply(request.String())))
			_ = connection.Close()
		}
	}()
	return "http://" + listener.Addr().String() + "/events?token=url-secret"
}

// What a receiver writes may be what it was sent: its token in the URL, its password.
func TestNothingThatAReceiverWritesIsRepeated(t *testing.T) {
	for name, reply := range map[string]func(string) string{
		"an echo":       func(request string) string { return request },
		"in the status": func(request string) string { return "HTTP/1.1 basic-secret" + request },
		"in a header":   func(request string) string { return "HTTP/1.1 200 OK\r\nheader-secret " + request },
		"in a reason":   func(request string) string { return "HTTP/1.1 500 " + request },
		"in a length":   func(string) string { return "HTTP/1.1 200 OK\r\nContent-Length: url-secret\r\n\r\n" },
		"in a redirect": func(string) string { return "HTTP/1.1 307 x\r\nLocation: /?url-secret\r\n\r\n" },
		"in a wait":     func(string) string { return "HTTP/1.1 503 x\r\nRetry-After: url-secret\r\n\r\n" },
		"in an origin": func(string) string {
			return "HTTP/1.1 404 x\r\nWebHook-Allowed-Origin: url-secret\r\nContent-Length: 0\r\n\r\n"
		},
		"nothing": func(string) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			got := attempt(t, answersRaw(t, reply), func(_ *world, d *turnstone.Destination) {
				d.Secrets = turnstone.DestinationSecrets{
					SignatureKey: "signature-key", SecondaryKey: "signature-key-2", Username: "ana", Password: "basic-secret",
					Headers: map[string]string{"X-Key": "header-secret"},
				}
				if name == "in an origin" {
					d.Handshake.Mode = turnstone.HandshakeRequired
				}
			}) // which looks for the secrets
			if got.Problem == "" {
				t.Errorf("attempt = %+v, want a failure", got)
			}
		})
	}
}

func TestAProblemSaysWhatToDo(t *testing.T) {
	unknown := httptest.NewUnstartedServer(http.NotFoundHandler())
	unknown.Config.ErrorLog = log.New(io.Discard, "", 0) // it would say that we hang up
	unknown.StartTLS()
	defer unknown.Close()
	refused := httptest.NewServer(http.NotFoundHandler())
	refused.Close()
	tests := map[string]struct {
		url  string
		want string
	}{
		"nobody listens":      {refused.URL, "see that the receiver runs and can be reached from here"},
		"a doubtful identity": {unknown.URL, "give the receiver a certificate for its name that others trust"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := attempt(t, tt.url, nil); !strings.Contains(got.Problem, tt.want) {
				t.Errorf("problem = %q, want the advice %q", got.Problem, tt.want)
			}
		})
	}
}

func TestAHostThatIsNotFoundIsToBeLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(to(1))
		w.net.answer = func(*http.Request, int64) (int, error) {
			return 0, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "r1.example", IsNotFound: true}}
		}
		w.store.publish(1, 1, "a")
		stop := w.running(t)
		after(time.Second)
		stop()
		want := "no answer from the receiver: dial tcp: lookup r1.example: no such host; see that the host in the callback URL is right"
		if got := w.store.read(1).attempts[0].Problem; got != want {
			t.Errorf("problem = %q, want %q", got, want)
		}
	})
}

func TestAStatusSaysWhatToDo(t *testing.T) {
	for status, want := range map[int]string{
		401: "see that it knows the signature key", 403: "see that it knows the signature key", 404: "the callback URL",
		405: "takes POSTs", 413: "it refuses bodies of 11 bytes: lower event.notification.max_bytes or raise its limit",
		415: "event.notification.format", 429: "lower event.notification.rate", 500: "its log may say why", 302: "configure the final address",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		if got := attempt(t, server.URL, nil); !strings.Contains(got.Problem, want) {
			t.Errorf("problem of %d = %q, want %q", status, got.Problem, want)
		}
		server.Close()
	}
}
