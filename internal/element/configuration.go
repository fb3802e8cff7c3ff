package element

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Defaults returns the values that an instance has where its client sent none,
// by configuration key. What an instance polls by default is not among them: see
// [Element.PollerConfiguration] and Polling.
func (e *Element) Defaults() map[string]string {
	defaults := map[string]string{}
	for _, f := range e.Configuration {
		if f.Default != "" {
			defaults[f.Key] = f.Default
		}
	}
	return defaults
}

// alwaysSecret are configuration keys that are secrets whatever an element says,
// and also where it does not declare them.
var alwaysSecret = []string{
	"event.notification.basic.password",
	"event.notification.signature.key",
	"oauth.api.key", // an identifier, but the platform masks it as well
	"oauth.api.secret",
	"oauth.user.refresh_token",
	"oauth.user.token",
	"password",
}

// Secret reports whether the configuration entry is to be sealed and masked:
// because the element says so, or because its name does (password, secret and
// token, alone or at the end, in any case). Of an entry that the element does not
// declare, more names do: nobody said what it is for.
func (e *Element) Secret(key string) bool {
	lower := strings.ToLower(key)
	if slices.Contains(alwaysSecret, lower) {
		return true
	}
	for _, ending := range []string{"password", "secret", "token"} {
		if strings.HasSuffix(lower, ending) {
			return true
		}
	}
	for _, f := range e.Configuration {
		if f.Key == key {
			return f.Secret || f.Type == "PASSWORD"
		}
	}
	return soundsSecret(key)
}

var (
	// humps are where a word begins in a name such as accessKey.
	humps = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	// secretNames matches names whose last word, or two, say that the value opens
	// something: API-Key, db.pwd, signing_key. Parts of words do not: compass, author.
	secretNames = regexp.MustCompile(`(^|[^a-z0-9])(auth|authorization|bearer|cookie|credentials?|pass(phrase|wd|code)?|pin|pwd|session(\W?id)?|sig(nature)?|((api|access|private|signing|signature|encryption|shared)[^a-z0-9]?)key)$`)
)

// soundsSecret reports whether a name is one that secrets have.
func soundsSecret(key string) bool {
	return secretNames.MatchString(strings.ToLower(humps.ReplaceAllString(key, "$1-$2")))
}

// SecretParameters returns the names of the query parameters of all requests that carry
// a secret of the instance.
func (e *Element) SecretParameters() []string {
	var names []string
	for name, t := range e.Requester.Parameters {
		for _, p := range t.parts {
			if p.lookup.root == rootConfig && e.Secret(p.lookup.key) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// PollerConfiguration returns the default event.poller.configuration, compact JSON
// text in the platform's form: a member for each resource, in the order of the
// file. It is "{}" where the element polls nothing by default.
func (e *Element) PollerConfiguration() string { return configurationOf(e.Polling.Resources) }

// AvailablePollerConfiguration returns all that the element says can be polled, in
// the form of [Element.PollerConfiguration]: what is polled by default, and then
// what is polled where somebody chooses it.
func (e *Element) AvailablePollerConfiguration() string {
	return configurationOf(slices.Concat(e.Polling.Resources, e.Polling.Available))
}

func configurationOf(pollers []DefaultPoller) string {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range pollers {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(jsonText(p.Resource))
		b.WriteByte(':')
		b.Write(p.json())
	}
	b.WriteByte('}')
	return b.String()
}

// json returns the poller's configuration: the declared members in the order of
// the struct, then the further ones by name.
func (p DefaultPoller) json() []byte {
	text := jsonText(p)
	for _, name := range slices.Sorted(maps.Keys(p.Extra)) {
		text = slices.Concat(text[:len(text)-1], []byte{','}, jsonText(name), []byte{':'}, jsonText(p.Extra[name]), []byte{'}'})
	}
	return text
}

// jsonText returns v as compact JSON, with <, > and & as they are: where clauses
// are read by people.
func jsonText(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // the parser makes only values with a JSON form
		return []byte("null")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}
