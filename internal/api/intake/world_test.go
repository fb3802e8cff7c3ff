package intake_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/elements"
	webhooks "turnstone/internal/api/intake"
	"turnstone/internal/api/rest"
	"turnstone/internal/auth"
	"turnstone/internal/element"
	"turnstone/internal/instance"
	"turnstone/internal/intake"
	"turnstone/internal/store"
	"turnstone/internal/store/storetest"
)

// world is the routes about webhooks over a real database, with an instance of GitHub.
type world struct {
	t       testing.TB
	db      *store.DB
	handler http.Handler
	in      turnstone.Instance
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	catalogue, err := element.Load(elements.FS)
	if err != nil {
		t.Fatal(err)
	}
	_, user := storetest.Account(t, db, 1)
	write := storetest.Write(user, 1)
	write.Instance.Element = "github"
	write.Instance.Configuration = turnstone.Configuration{
		turnstone.KeyEventsEnabled: "true", "github.owner": "acme", "github.repository": "anvils", "github.webhook.secret": "s3cret",
		turnstone.KeyInstanceFinder: "github.owner|repository.owner.login",
	}
	write.Pollers[0].Resource = "issues"
	w := &world{t: t, db: db, in: storetest.Save(t, db, write)}
	instances := &instance.Instances{Store: db, Elements: catalogue, Now: time.Now}
	server := &rest.Server{Auth: &auth.Auth{Store: db}, Instances: instances, Elements: catalogue, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	receiver := &intake.Intake{Store: db, Elements: catalogue, Now: time.Now, Random: rand.Reader}
	w.handler = server.Handler(webhooks.New(server, receiver, db).Routes(), nil)
	return w
}

// deleted is the webhook that tells of a deleted issue.
func deleted(number int) string {
	return `{"action":"deleted","issue":{"number":` + strconv.Itoa(number) + `,"updated_at":"2026-11-23T11:00:00Z"},` +
		`"repository":{"name":"anvils","owner":{"login":"acme"}}}`
}

// encoded returns an id as the platform's guides told vendors to write it.
func encoded(id int64) string {
	return base64.StdEncoding.EncodeToString([]byte(strconv.FormatInt(id, 10)))
}

// post sends a signed webhook to a path below /events; headers are pairs.
func (w *world) post(path, body, name string, headers ...string) answer {
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write([]byte(body))
	return w.call("POST", "/events"+path, body, append([]string{
		"Content-Type", "application/json", "X-GitHub-Event", "issues", "X-GitHub-Delivery", name,
		"X-Hub-Signature-256", "sha256=" + hex.EncodeToString(mac.Sum(nil)),
	}, headers...)...)
}

// answer is an answer that was read.
type answer struct {
	status int
	header http.Header
	body   string
}

// message returns what an error says.
func (a answer) message(t testing.TB) string {
	t.Helper()
	var failure struct{ RequestID, Message string }
	if err := json.Unmarshal([]byte(a.body), &failure); err != nil || len(failure.RequestID) != 24 {
		t.Errorf("body = %s, want a requestId of 24 digits and a message", a.body)
	}
	return failure.Message
}

// call sends a request to a path under the prefix; headers are pairs.
func (w *world) call(method, path, body string, headers ...string) answer {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, "/elements/api-v2"+path, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	return answer{recorder.Code, recorder.Header(), recorder.Body.String()}
}

// known sends a request of the account's user.
func (w *world) known(method, path string) answer {
	w.t.Helper()
	return w.call(method, path, "", "Authorization", "User user-secret-1, Organization organization-secret-1")
}

// told returns the events that were made, oldest first.
func (w *world) told() []turnstone.Event {
	w.t.Helper()
	events, err := w.db.Events(w.t.Context(), turnstone.EventFilter{AccountID: w.in.AccountID, InstanceID: w.in.ID, Limit: 10_000})
	if err != nil {
		w.t.Fatal(err)
	}
	return events
}
