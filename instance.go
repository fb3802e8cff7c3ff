package turnstone

import (
	"maps"
	"time"
)

// Configuration keys that mean the same for every element.
const (
	KeyEventsEnabled     = "event.notification.enabled"
	KeyVendorType        = "event.vendor.type"
	KeyCallbackURL       = "event.notification.callback.url"
	KeySignatureKey      = "event.notification.signature.key"
	KeyBasicUsername     = "event.notification.basic.username"
	KeyBasicPassword     = "event.notification.basic.password"
	KeyCallbackHeaders   = "event.notification.callback.headers"
	KeySecondaryKey      = "event.notification.signature.key.secondary"
	KeyFormat            = "event.notification.format"
	KeyDiff              = "event.notification.diff"
	KeyMaxChanges        = "event.notification.max_changes"
	KeyMaxBytes          = "event.notification.max_bytes"
	KeyRate              = "event.notification.rate"
	KeyConcurrency       = "event.notification.concurrency"
	KeyHandshake         = "event.notification.handshake"
	KeyRefreshInterval   = "event.poller.refresh_interval"
	KeyMaxInterval       = "event.poller.max_interval"
	KeyPollers           = "event.poller.configuration"
	KeyPollerURLs        = "event.poller.urls"
	KeyObjects           = "event.objects"
	KeyFilterNulls       = "filter.response.nulls"
	KeyBaseURL           = "base.url"
	KeyOAuthClientID     = "oauth.api.key"
	KeyOAuthClientSecret = "oauth.api.secret"
	KeyOAuthCallbackURL  = "oauth.callback.url"
	KeyOAuthScope        = "oauth.scope"
	KeyOAuthToken        = "oauth.user.token"
	KeyOAuthRefreshToken = "oauth.user.refresh_token"
	KeyUsername          = "username"
	KeyPassword          = "password"
)

// Configuration is what a client configured an instance with: flat dotted keys
// and text values, secrets in clear. It must not be logged or answered; package
// instance masks it.
type Configuration map[string]string

// Clone returns a copy that shares nothing with c.
func (c Configuration) Clone() Configuration { return maps.Clone(c) }

// Instance is an element authorised for one vendor account.
type Instance struct {
	ID                     int64
	AccountID              int64
	UserID                 int64
	Element                string // the element's key
	Name                   string
	Tags                   []string
	Token                  Secret // selects the instance in hub calls
	Configuration          Configuration
	ExternalAuthentication string // "none" or "initial"
	Disabled               bool
	CreatedAt              time.Time
	Revision               int64 // grows by one with each change; guards updates
	Credential             CredentialState
	// SplitOps says that a destination wants only some kinds of changes, so that no
	// event may hold several.
	SplitOps bool
}

// CredentialState says whether an instance can talk to its vendor.
type CredentialState string

// The states of a credential.
const (
	// CredentialAwaiting is the state before anybody authorised the instance.
	CredentialAwaiting CredentialState = "awaiting"
	// CredentialValid is the state of a credential the vendor accepted last.
	CredentialValid CredentialState = "valid"
	// CredentialRefused is the state after the vendor refused the credential for
	// good; only authorising the instance again leaves it.
	CredentialRefused CredentialState = "refused"
)

// Credential is what a vendor gave us to act for an instance.
type Credential struct {
	InstanceID   int64             `json:"-"`
	State        CredentialState   `json:"-"`
	Problem      string            `json:"-"` // why State is CredentialRefused
	AccessToken  string            `json:"access_token,omitempty"`
	RefreshToken string            `json:"refresh_token,omitempty"`
	ExpiresAt    time.Time         `json:"expires_at,omitzero"`         // zero: unknown
	RefreshUntil time.Time         `json:"refresh_expires_at,omitzero"` // zero: unknown
	RefreshedAt  time.Time         `json:"refreshed_at,omitzero"`
	Values       map[string]string `json:"values,omitempty"` // what else the element keeps of the token answer, such as geolocation
}

// CredentialLease is the right to replace a credential, held until it expires.
type CredentialLease struct {
	Credential Credential
	Fence      int64
}
