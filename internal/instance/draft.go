package instance

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/oauth"
	"turnstone/internal/pollerconfig"
)

// The values of externalAuthentication.
const (
	authenticationNone    = "none"
	authenticationInitial = "initial" // the client did the OAuth flow itself
)

// draft is an instance being made ready to be stored.
type draft struct {
	turnstone.Instance

	before      turnstone.Configuration // as it is stored; empty for a new instance
	sent        map[string]bool         // configuration keys whose value the client sent
	el          *element.Element
	served      *element.Element // el with the common resources of the instance
	members     []pollerconfig.Member
	interval    time.Duration
	maxInterval time.Duration // 0: none
	now         time.Time
	problems    Problems
}

// draft returns a draft of in as it is.
func (s *Instances) draft(input Input, in turnstone.Instance) *draft {
	d := &draft{
		Instance: in, before: in.Configuration, sent: map[string]bool{}, now: s.Now().UTC(),
		problems: slices.Clone(input.problems),
	}
	d.Configuration = in.Configuration.Clone()
	return d
}

// revise applies what a client sent, and returns everything that is wrong with the
// result.
func (s *Instances) revise(ctx context.Context, d *draft, in Input) error {
	d.relabel(in)
	if err := d.chooseElement(ctx, s.Elements, in.Element); err != nil {
		return err
	}
	d.merge(in.Configuration)
	if d.el == nil {
		return d.problems.err() // nothing says what the rest should be
	}
	if err := errors.Join(d.checkActive(ctx, s), d.completeElement(ctx, s.Elements)); err != nil {
		return err
	}
	d.interval = time.Duration(d.el.Polling.IntervalMinutes) * time.Minute
	d.complete()
	d.checkFields()
	d.checkLines()
	d.checkAuthentication(in)
	d.checkCallback()
	d.checkNotification()
	if err := s.serve(ctx, d); err != nil {
		return err
	}
	d.checkPolling(s)
	d.checkBase()
	d.checkRedirect()
	s.checkAddresses(ctx, d)
	return d.problems.err()
}

// relabel sets name and tags.
func (d *draft) relabel(in Input) {
	switch {
	case in.Name != nil:
		d.Name = d.problems.label("name", *in.Name)
	case d.Name == "":
		d.problems.add("name", "is missing; write a name for the instance")
	}
	switch {
	case len(in.Tags) > maxTags:
		d.problems.add("tags", "has more than %d tags; write fewer", maxTags)
	case in.Tags != nil:
		d.Tags = make([]string, len(in.Tags))
		for i, tag := range in.Tags {
			d.Tags[i] = d.problems.label("tags."+strconv.Itoa(i), tag)
		}
	case d.Tags == nil && d.ID == 0:
		d.Tags = []string{d.Name}
	}
}

// checkAuthentication checks who is to authorise the instance.
func (d *draft) checkAuthentication(in Input) {
	if in.ExternalAuthentication != nil && *in.ExternalAuthentication != "" {
		d.ExternalAuthentication = *in.ExternalAuthentication
	}
	switch d.ExternalAuthentication {
	case authenticationNone:
	case authenticationInitial:
		if d.value(turnstone.KeyOAuthRefreshToken) == "" && d.value(turnstone.KeyOAuthToken) == "" {
			d.problems.add(path(turnstone.KeyOAuthRefreshToken), `is missing; externalAuthentication "initial" says that you have one`)
		}
	default:
		d.problems.add("externalAuthentication", `is %s; write "none", or "initial" if you got the tokens yourself`, excerpt(d.ExternalAuthentication))
	}
}

// moved reports whether an instance is to talk to another address than before.
func (d *draft) moved() bool {
	return d.ID != 0 && d.value(turnstone.KeyBaseURL) != strings.TrimSpace(d.before[turnstone.KeyBaseURL])
}

// checkBase checks the address that replaces the vendor's. Whoever may change it
// may not be meant to know the secrets that would be sent there, and so has to
// show that they do.
func (d *draft) checkBase() {
	for _, f := range d.el.Configuration {
		if d.moved() && d.value(f.Key) != "" && secret(d.el, f.Key) && !d.sent[f.Key] {
			d.problems.add(path(f.Key), "would be sent to another address, since base.url changes; write it again")
		}
	}
	base := d.value(turnstone.KeyBaseURL)
	if base == "" || d.problems.about(path(turnstone.KeyBaseURL)) {
		return
	}
	if problem := webAddress(base); problem != "" {
		d.problems.add(path(turnstone.KeyBaseURL), "%s; write one like https://api.example.com", problem)
		return
	}
	if _, err := element.Rebase("/", base); err != nil {
		d.problems.add(path(turnstone.KeyBaseURL), "%v", err)
	}
}

// checkRedirect checks where the vendor is to send people back to. Apps may have a
// scheme of their own there.
func (d *draft) checkRedirect() {
	address := d.value(turnstone.KeyOAuthCallbackURL)
	if d.problems.about(path(turnstone.KeyOAuthCallbackURL)) {
		return
	}
	if u, err := url.Parse(address); address != "" && (err != nil || !u.IsAbs()) {
		d.problems.add(path(turnstone.KeyOAuthCallbackURL), "%s is no whole address; write the one registered with your app, such as https://yourapp.example/authorised", excerpt(address))
	}
}

// checkAddresses asks whether the operator lets us talk to the addresses that are
// new. One that was allowed when it was stored is judged again with each
// connection, and a name server that is down is no reason to refuse a rename.
func (s *Instances) checkAddresses(ctx context.Context, d *draft) {
	for _, key := range []string{turnstone.KeyCallbackURL, turnstone.KeyBaseURL} {
		address := d.value(key)
		if key == turnstone.KeyCallbackURL {
			address = CallbackURL(d.Configuration)
		}
		if address == "" || address == d.before[key] || d.problems.about(path(key)) {
			continue
		}
		if err := s.CheckURL(ctx, address); err != nil {
			d.problems.add(path(key), "%v", err)
		}
	}
}

// reauthorises reports whether a change brings something to authorise the instance
// with: the code of a redirect, or a login or token that differs from the stored
// one, or that is sent for an instance that has no valid credential. The credential
// that one address gave is not taken along to another.
func (d *draft) reauthorises(in Input) bool {
	switch {
	case d.moved():
		return true
	case in.KeepCredential:
		return false
	case in.ProviderData["code"] != "":
		return true
	}
	for key := range d.sent {
		changed := d.Configuration[key] != d.before[key] || d.Credential != turnstone.CredentialValid
		if changed && d.value(key) != "" && authorises(d.el, key) {
			return true
		}
	}
	return false
}

// authorises reports whether a configuration entry is something to get a
// credential with.
func authorises(el *element.Element, key string) bool {
	if el.Authenticator.Type != "OAuthAuthenticator" {
		return !slices.ContainsFunc(eventFields, func(f element.Field) bool { return f.Key == key })
	}
	if key == turnstone.KeyOAuthToken || key == turnstone.KeyOAuthRefreshToken {
		return true
	}
	return slices.ContainsFunc(el.Authenticator.Grants, func(g element.Grant) bool {
		return slices.Contains(g.WhenPresent, key)
	})
}

// grant returns what the vendor's redirect brought.
func grant(in Input) oauth.Grant {
	return oauth.Grant{Code: in.ProviderData["code"]}
}
