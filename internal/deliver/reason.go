package deliver

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strings"
)

// reason returns why no answer came, and what to do about it. It holds neither the
// URL, whose query may hold a secret, nor what the receiver wrote, which may be what
// it was sent: errors quote both.
func reason(ctx context.Context, err error) string {
	if cause := context.Cause(ctx); cause != nil {
		return cause.Error()
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	text, quoted, _ := strings.Cut(err.Error(), `"`)
	if quoted != "" {
		text = strings.TrimRight(text, " :") + " (what it wrote is left out)"
	}
	if todo := advice(err); todo != "" {
		text += "; " + todo
	}
	return text
}

// advice returns what to do about an error of a connection; nothing where the error
// says so itself.
func advice(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "see that the host in the callback URL is right"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "give the receiver a certificate for its name that others trust"
	}
	if operation, ok := errors.AsType[*net.OpError](err); ok && operation.Op == "dial" {
		return "see that the receiver runs and can be reached from here"
	}
	return ""
}
