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

// chooseElement finds the element of a new instance, and keeps that of another.
func (d *draft) chooseElement(ctx context.Context, elements element.Finder, ref *ElementRef) error {
	if d.ID != 0 {
		return d.keepElement(ctx, elements, ref)
	}
	if ref == nil || (ref.Key == "" && ref.ID == 0) {
		d.problems.add("element", `is missing; write {"key": %q}`, d.firstKey(ctx, elements))
		return nil
	}
	var err error
	if d.el, err = d.lookup(ctx, elements, ref); d.el != nil {
		d.Element = d.el.Key
	}
	return err
}

// checkActive refuses a new instance of an element that takes none.
func (d *draft) checkActive(ctx context.Context, s *Instances) error {
	if d.ID != 0 || s.Active == nil {
		return nil
	}
	active, err := s.Active(ctx, d.AccountID, d.el)
	if err == nil && !active {
		d.problems.add("element", "%s is deactivated; activate it with PUT /elements/%[1]s/active, or take another", d.el.Key)
	}
	return err
}

// completeElement adds what the configuration, as it is now, declares of the element.
func (d *draft) completeElement(ctx context.Context, elements element.Finder) error {
	if d.el.ResourcesFrom == "" || d.value(d.el.ResourcesFrom) == "" { // which is missed elsewhere
		return nil
	}
	el, err := elements.OfInstance(ctx, d.Instance)
	if wrong, ok := errors.AsType[*element.ConfigurationError](err); ok {
		d.problems.add(path(wrong.Key), "%s", wrong.Problem)
		return nil
	}
	if err == nil {
		d.el = el
	}
	return err
}

// keepElement keeps the element of an instance, or moves the instance to one that sends
// its credential to the same hosts, such as a clone: it must not reach another vendor.
func (d *draft) keepElement(ctx context.Context, elements element.Finder, ref *ElementRef) error {
	el, err := elements.OfInstance(ctx, d.Instance)
	if _, wrong := errors.AsType[*element.ConfigurationError](err); wrong { // it may be what is put right now
		el, err = elements.Find(ctx, d.AccountID, d.Element)
	}
	if errors.Is(err, turnstone.ErrNotFound) {
		d.problems.add("element", "%q is no longer in the catalogue; add its file and start again", d.Element)
		return nil
	}
	if err != nil {
		return err
	}
	d.el = el
	if ref == nil || (ref.Key == "" && ref.ID == 0) {
		return nil
	}
	other, err := d.lookup(ctx, elements, ref)
	if other == nil || other.Key == el.Key {
		return err
	}
	if !sameVendor(el, other) {
		d.problems.add("element", "is %q, which talks to other hosts than %q or in another way; create another instance for it", other.Key, el.Key)
		return nil
	}
	d.el, d.Element = other, other.Key
	return nil
}

// sameVendor reports whether a credential of one element can be used by another, and goes
// nowhere else then.
func sameVendor(a, b *element.Element) bool {
	hosts := func(el *element.Element) []string { return slices.Compact(slices.Sorted(slices.Values(el.Hosts))) }
	return len(a.Hosts) > 0 && slices.Equal(hosts(a), hosts(b)) && a.Authenticator.Type == b.Authenticator.Type
}

// lookup returns the element that ref names; nil, with a problem, if there is none.
func (d *draft) lookup(ctx context.Context, elements element.Finder, ref *ElementRef) (*element.Element, error) {
	field, name := "element.key", ref.Key
	if name == "" {
		field, name = "element.id", strconv.FormatInt(ref.ID, 10)
	}
	el, err := elements.Find(ctx, d.AccountID, name)
	if errors.Is(err, turnstone.ErrNotFound) {
		d.problems.add(field, "%s is not in the catalogue; GET /elements lists what is, such as %q", excerpt(name), d.firstKey(ctx, elements))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if ref.ID != 0 && ref.ID != el.ID {
		d.problems.add("element.id", "is %d, and that of %q is %d; write one of key and id", ref.ID, el.Key, el.ID)
	}
	return el, nil
}

// firstKey returns the key of an element, for use as an example.
func (d *draft) firstKey(ctx context.Context, elements element.Finder) string {
	all, err := elements.Elements(ctx, d.AccountID)
	if err != nil || len(all) == 0 {
		return ""
	}
	return all[0].Key
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
