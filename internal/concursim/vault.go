package concursim

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"sync"
	"time"
)

// grant is what somebody is allowed to do, and until when. Codes, login
// sessions, access and refresh tokens all stand for one.
type grant struct {
	Company  int       `json:"company"` // 0 for an application
	Login    string    `json:"login"`   // empty for a company or an application
	Client   string    `json:"client"`
	Scope    string    `json:"scope"`
	Redirect string    `json:"redirect,omitempty"` // of a code
	Expires  time.Time `json:"expires"`
}

// lives of what stands for a grant, as documented, except the login session,
// which only has to outlast a person's hesitation.
const (
	codeLife    = 5 * time.Minute
	sessionLife = 15 * time.Minute
	refreshLife = 180 * 24 * time.Hour
)

// vault keeps the grants under the secrets that stand for them. The tables
// stay the same maps for ever; the lock guards what is in them.
type vault struct {
	mu                               sync.Mutex
	sessions, codes, access, refresh map[string]grant
}

func newVault() vault {
	return vault{sessions: map[string]grant{}, codes: map[string]grant{}, access: map[string]grant{}, refresh: map[string]grant{}}
}

// crowded is how many grants may lie in one table before the expired ones are
// looked for.
const crowded = 10_000

// put keeps g under secret, in one of the tables of the vault.
func (v *vault) put(table map[string]grant, secret string, g grant, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(table) > crowded {
		maps.DeleteFunc(table, func(_ string, g grant) bool { return g.Expires.Before(now) })
	}
	table[secret] = g
}

// look returns the grant that secret stands for at now.
func (v *vault) look(table map[string]grant, secret string, now time.Time) (grant, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	g, known := table[secret]
	return g, known && now.Before(g.Expires)
}

// take is look for secrets that can be used once.
func (v *vault) take(table map[string]grant, secret string, now time.Time) (grant, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	g, known := table[secret]
	delete(table, secret)
	return g, known && now.Before(g.Expires)
}

// load replaces what is in one of the tables.
func (v *vault) load(table, saved map[string]grant) {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(table)
	maps.Copy(table, saved)
}

// revoke forgets all refresh tokens that the user, or company, of g has given
// to the application.
func (v *vault) revoke(g grant) {
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.DeleteFunc(v.refresh, func(_ string, other grant) bool {
		return other.Company == g.Company && other.Login == g.Login && other.Client == g.Client
	})
}

// jwt signs claims. Concur signs with RS256; whoever needs no key set gets by
// with this.
func (s *Simulator) jwt(claims map[string]any) string {
	claims["jti"] = rand.Text()
	payload, _ := json.Marshal(claims) // maps of strings and numbers have a JSON form
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
