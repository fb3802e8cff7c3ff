package intake_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"turnstone"
	"turnstone/internal/intake"
	"turnstone/webhook"
)

// changed is a webhook body that tells of one change.
const changed = `{"id":"e1","changes":[{"id":1,"op":"CREATED"}]}`

// mac signs a text with the secret of the instances.
func mac(text string) []byte {
	m := hmac.New(sha256.New, []byte("s3cret"))
	m.Write([]byte(text))
	return m.Sum(nil)
}

func TestWebhooksProveWhereTheyComeFrom(t *testing.T) {
	now := strconv.FormatInt(noon.Unix(), 10)
	old := strconv.FormatInt(noon.Add(-time.Hour).Unix(), 10)
	const (
		github = `{type: hmac, secret: "{{ config['webhook.secret'] }}", header: X-Hub-Signature-256, prefix: sha256=}`
		slack  = `{type: hmac, secret: "{{ config['webhook.secret'] }}", header: X-Signature, prefix: v0=, signed: "v0:{timestamp}:{body}", timestamp: X-Time}`
		stripe = `{type: hmac, secret: "{{ config['webhook.secret'] }}", header: X-Signature, item: v1, signed: "{timestamp}.{body}", timestamp: t, encoding: base64}`
		token  = `{type: token, secret: "{{ config['webhook.secret'] }}", header: X-Token}`
		query  = `{type: token, secret: "{{ config['webhook.secret'] }}", request_parameter: token}`
		basic  = `{type: basic, username: hook, password: "{{ config['webhook.secret'] }}"}`
		std    = `{type: standard_webhooks, secret: "{{ config['webhook.secret'] }}"}`
		unset  = `{type: token, secret: "{{ config['webhook.key'] }}", header: X-Token}`
	)
	header := func(name, value string) func(*intake.Request) {
		return func(r *intake.Request) { r.Header.Set(name, value) }
	}
	both := func(a, b func(*intake.Request)) func(*intake.Request) {
		return func(r *intake.Request) { a(r); b(r) }
	}
	tests := map[string]struct {
		verify string
		edit   func(*intake.Request)
		want   string // what is wrong; empty: nothing
	}{
		"hmac":                    {github, header("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac(changed))), ""},
		"hmac of another body":    {github, header("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac("{}"))), "does not hold the signature"},
		"hmac without its prefix": {github, header("X-Hub-Signature-256", hex.EncodeToString(mac(changed))), "does not hold the signature"},
		"hmac missing":            {github, func(*intake.Request) {}, "does not hold the signature"},
		"hmac of nothing":         {github, header("X-Hub-Signature-256", "sha256="), "does not hold the signature"},
		"hmac with a time":        {slack, both(header("X-Time", now), header("X-Signature", "v0="+hex.EncodeToString(mac("v0:"+now+":"+changed)))), ""},
		"hmac of an old time":     {slack, both(header("X-Time", old), header("X-Signature", "v0="+hex.EncodeToString(mac("v0:"+old+":"+changed)))), "signed 1h0m0s ago"},
		"hmac with another time":  {slack, both(header("X-Time", now), header("X-Signature", "v0="+hex.EncodeToString(mac("v0:"+old+":"+changed)))), "does not hold the signature"},
		"hmac without a time":     {slack, header("X-Signature", "v0="+hex.EncodeToString(mac("v0::"+changed))), "holds no time"},
		"hmac in a list":          {stripe, header("X-Signature", "t="+now+",v1=AAAA,v1="+base64.StdEncoding.EncodeToString(mac(now+"."+changed))), ""},
		"hmac in a list, not":     {stripe, header("X-Signature", "t="+now+",v0="+base64.StdEncoding.EncodeToString(mac(now+"."+changed))), "does not hold the signature"},
		"token":                   {token, header("X-Token", "s3cret"), ""},
		"token, another":          {token, header("X-Token", "s3cret "), "does not hold the instance's token"},
		"token, empty":            {token, func(*intake.Request) {}, "does not hold the instance's token"},
		"token in the query":      {query, func(r *intake.Request) { r.Query.Set("token", "s3cret") }, ""},
		"token of nobody":         {unset, header("X-Token", ""), "configure it"},
		"basic":                   {basic, header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("hook:s3cret"))), ""},
		"basic, another":          {basic, header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("hook:secret"))), "does not hold the instance's user name"},
		"standard": {std, func(r *intake.Request) {
			r.Header.Set("webhook-id", "e1")
			r.Header.Set("webhook-timestamp", now)
			r.Header.Set("webhook-signature", webhook.SignStandard("s3cret", "e1", noon, []byte(changed)))
		}, ""},
		"standard, unsigned": {std, func(*intake.Request) {}, "does not prove where it comes from"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, strings.Replace(trusting, "{type: hook}", tt.verify, 1))
			r := sent(changed)
			tt.edit(&r)
			_, err := w.Receive(t.Context(), r)
			problem, refused := errors.AsType[*intake.Problem](err)
			switch {
			case tt.want == "" && (err != nil || len(w.commits) != 1 || w.commits[0].Webhook.Details.Verified == ""):
				t.Errorf("Receive = %v with %v, want it taken", err, w.told())
			case tt.want != "" && (!refused || problem.Kind != intake.Unproven || !strings.Contains(problem.Text, tt.want)):
				t.Errorf("Receive = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestWebhooksSignedByAPublicKeyAreTaken(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	digest := sha256.Sum256([]byte(changed))
	pkcs1, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	pss, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		padding, key string
		signature    []byte
		taken        bool
	}{
		"pkcs1":            {"pkcs1", public, pkcs1, true},
		"pss":              {"pss", public, pss, true},
		"the wrong way":    {"pkcs1", public, pss, false},
		"no key":           {"pkcs1", "", pkcs1, false},
		"no PEM":           {"pkcs1", "key", pkcs1, false},
		"some other thing": {"pkcs1", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", pkcs1, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, strings.Replace(trusting, "{type: hook}",
				`{type: rsa, public_key: "{{ config['webhook.key'] }}", header: X-Signature, encoding: base64, padding: `+tt.padding+`}`, 1))
			in := w.instance(turnstone.Configuration{"webhook.key": tt.key})
			r := sent(changed)
			r.Instances = []int64{in.ID}
			r.Header.Set("X-Signature", base64.StdEncoding.EncodeToString(tt.signature))
			if _, err := w.Receive(t.Context(), r); (err == nil) != tt.taken {
				t.Errorf("Receive = %v, want taken = %v", err, tt.taken)
			}
		})
	}
}

func TestWhatNothingProvesOnlyWakes(t *testing.T) {
	const open = "verify: {type: none}\nwake: [{resource: widgets, path: id, values: [e1]}]\n" + `events: {jq: "{event_object_id: .id, event_object_type: \"widgets\", event_type: \"CREATED\"}"}`
	tests := map[string]struct {
		secret string
		edit   func(*intake.Request)
		want   string
	}{
		"without a secret":       {"", func(*intake.Request) {}, "71 woke wake [widgets]"},
		"with it in the query":   {"word", func(r *intake.Request) { r.Query.Set(intake.SecretParameter, "word") }, "71 told widgets[CREATED][e1] wake [widgets]"},
		"with it in a header":    {"word", func(r *intake.Request) { r.Header.Set(intake.SecretHeader, "word") }, "71 told widgets[CREATED][e1] wake [widgets]"},
		"with another":           {"word", func(r *intake.Request) { r.Query.Set(intake.SecretParameter, "wort") }, "71 refused"},
		"with none, where asked": {"word", func(*intake.Request) {}, "71 refused"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, open)
			in := w.instance(turnstone.Configuration{turnstone.KeyWebhookSecret: tt.secret})
			r := sent(changed)
			r.Instances = []int64{in.ID}
			tt.edit(&r)
			_, err := w.Receive(t.Context(), r)
			if got := strings.Join(w.told(), "\n"); got != tt.want || (err != nil) != strings.HasSuffix(tt.want, "refused") {
				t.Errorf("Receive = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestHooksSeeWhatTheySignedAndNoSecretOfOurs(t *testing.T) {
	w := newWorld(t, `
verify: {type: hook}
events:
  javascript: |
    const given = events.eventHeaders['X-MyApp-Signature'];
    const payload = Object.assign({}, events);
    delete payload.eventHeaders;
    delete payload.eventId;
    if (given !== CE.hmac('sha256')('Hex')(configuration['webhook.secret'], JSON.stringify(payload))) throw new Error('forged');
    console.log(JSON.stringify(Object.keys(events.eventHeaders).sort()));
    done({events: [{event_object_id: payload.id, event_object_type: 'widgets', event_type: 'CREATED'}]});`)
	r := sent(changed)
	r.Header.Set("x-myapp-signature", hex.EncodeToString(mac(changed)))
	r.Header.Set("Authorization", "User abc, Organization def")
	r.Header.Set(intake.SecretHeader, "word")
	if _, err := w.Receive(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(w.commits[0].Webhook.Details.Log, "\n"), `["x-myapp-signature"]`; got != want {
		t.Errorf("headers = %s, want %s", got, want)
	}
}

// FuzzReceive sends anything to an instance: it must be taken or refused with a reason.
func FuzzReceive(f *testing.F) {
	f.Add("application/json", changed, "a=b")
	f.Add("application/x-www-form-urlencoded", "a=b&a=c", "")
	f.Add("", "", "ticket={\"id\":1}")
	f.Add("text/plain", "[1,2]", "%zz")
	f.Fuzz(func(t *testing.T, contentType, body, query string) {
		w := newWorld(t, trusting)
		r := sent(body)
		r.Header["Content-Type"] = []string{contentType}
		r.Query, _ = url.ParseQuery(query)
		_, err := w.Receive(t.Context(), r)
		if _, is := errors.AsType[*intake.Problem](err); err != nil && !is {
			t.Errorf("Receive = %v, want a *Problem", err)
		}
	})
}
