package element

import (
	"net/url"
	"regexp"
	"strings"

	"turnstone/internal/element/format"
	"turnstone/internal/spelling"
)

// linter is what a rule sees: an element, and the file it was read from. Values
// that could not be read are zero.
type linter struct {
	*Element
	*format.Document
}

// rules are what the types cannot say about an element, in the order of the
// format. A rule knows nothing of the others.
var rules = []func(linter){
	lintIdentity,
	lintHosts,
	lintConfiguration,
	lintAuthenticatorFields,
	lintGrants,
	lintTokenResponse,
	lintURLs,
	lintRequesters,
	lintTemplates,
	lintResources,
	lintNames,
	lintPartitions,
	lintConditions,
	lintPaginators,
	lintFilters,
	lintSorts,
	lintHooks,
	lintPolling,
	lintWebhooks,
}

var (
	keySyntax      = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	hostSyntax     = regexp.MustCompile(`^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
	settingSyntax  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`)
	wordSyntax     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)
	variableSyntax = regexp.MustCompile(`^\{[A-Za-z_][A-Za-z0-9_]*\}$`)
	headerSyntax   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)
)

func lintIdentity(l linter) {
	if !keySyntax.MatchString(l.Key) {
		l.Report("key", "%q is no key; write lower-case letters, digits, dashes and underscores, a letter first", l.Key)
	}
	if !keySyntax.MatchString(l.Hub) {
		l.Report("hub", "%q is no hub; write lower-case letters, digits, dashes and underscores, a letter first", l.Hub)
	}
	if l.ID < 1 {
		l.Report("id", "%d is no id; write a number from 1", l.ID)
	}
	if u, err := url.Parse(l.Documentation); l.Documentation != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http") {
		l.Report("documentation_url", "%q is no web address; write one that begins with https://", l.Documentation)
	}
}

func lintHosts(l linter) {
	seen := map[string]bool{}
	for i, host := range l.Hosts {
		path := format.Item("hosts", i)
		switch {
		case !hostSyntax.MatchString(host):
			l.Report(path, "%q is no host; write a name like api.example.com or *.api.example.com, in lower case, without scheme, port and path", host)
		case seen[host]:
			l.Report(path, "%q stands here twice; leave one", host)
		}
		seen[host] = true
	}
}

func lintConfiguration(l linter) {
	seen := map[string]bool{}
	for i, f := range l.Configuration {
		path := format.Item("configuration", i)
		switch {
		case !settingSyntax.MatchString(f.Key):
			l.Report(path+".key", "%q is no key; write letters, digits, dots, dashes and underscores, a letter first", f.Key)
		case strings.HasPrefix(f.Key, "event.") || strings.HasPrefix(f.Key, "bulk."):
			l.Report(path+".key", "%q is reserved, and every element has the event keys; choose a key that does not begin with event. or bulk.", f.Key)
		case seen[f.Key]:
			l.Report(path+".key", "%q is declared twice; leave one", f.Key)
		}
		seen[f.Key] = true
		if f.Type == "BOOLEAN" && f.Default != "" && f.Default != "true" && f.Default != "false" {
			l.Report(path+".default", "%q is no default of a BOOLEAN; write \"true\" or \"false\"", f.Default)
		}
		if f.Default != "" && l.Secret(f.Key) {
			l.Report(path+".default", "a secret in a file is none; leave the default out")
		}
	}
}

// declared reports whether an instance may have the configuration key: the element
// declares it, or it means the same for every element.
func (l linter) declared(key string) bool {
	for _, f := range l.Configuration {
		if f.Key == key {
			return true
		}
	}
	return key == "base.url" || strings.HasPrefix(key, "event.") || strings.HasPrefix(key, "oauth.")
}

// settings are the declared configuration keys.
func (l linter) settings() []string {
	keys := make([]string, len(l.Configuration))
	for i, f := range l.Configuration {
		keys[i] = f.Key
	}
	return keys
}

// unknownSetting reports a configuration key that no instance can have.
func (l linter) unknownSetting(path, key string) {
	if l.declared(key) || l.Faulty("configuration") {
		return
	}
	if best, ok := spelling.Nearest(key, l.settings()); ok {
		l.Report(path, "configuration has no %s; did you mean %s?", key, best)
		return
	}
	l.Report(path, "configuration has no %s; declare it there", key)
}
