package ess

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// newClient returns a client that reaches loopback and the networks only. It follows
// no redirect and uses no proxy.
func newClient(networks []netip.Prefix) *http.Client {
	dialer := &net.Dialer{
		Timeout: 10 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error { return allowed(address, networks) },
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: threads},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// allowed refuses an address, as it is after the name was resolved, that is not to be
// posted to.
func allowed(address string, networks []netip.Prefix) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reading the address %s: %w", address, err)
	}
	ip := at.Addr().Unmap()
	if ip.IsLoopback() {
		return nil
	}
	for _, n := range networks {
		if n.Contains(ip) {
			return nil
		}
	}
	return fmt.Errorf("the simulator posts to this machine only; allow %s with --event-network to reach it", ip)
}

// signer signs bodies with a key of its own, made when it is first needed.
type signer struct{ key func() *rsa.PrivateKey }

func newSigner() signer {
	return signer{key: sync.OnceValue(func() *rsa.PrivateKey {
		key, _ := rsa.GenerateKey(rand.Reader, 2048) // fails for other sizes only
		return key
	})}
}

// signature is the signature of a body in base64; empty for the algorithm none.
func (s signer) signature(body []byte, algorithm string) string {
	var signed []byte
	switch algorithm {
	case "sha256":
		sum := sha256.Sum256(body)
		signed, _ = rsa.SignPKCS1v15(nil, s.key(), crypto.SHA256, sum[:]) // the key is large enough
	case "sha512":
		sum := sha512.Sum512(body)
		signed, _ = rsa.SignPKCS1v15(nil, s.key(), crypto.SHA512, sum[:])
	case "pss":
		sum := sha256.Sum256(body)
		signed, _ = rsa.SignPSS(rand.Reader, s.key(), crypto.SHA256, sum[:], nil)
	}
	return base64.StdEncoding.EncodeToString(signed)
}

// PublicKey returns the key that signatures can be checked with, in PEM.
func (s *Service) PublicKey() []byte {
	der, _ := x509.MarshalPKIXPublicKey(s.sign.key().Public()) // every RSA key has that form
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}
