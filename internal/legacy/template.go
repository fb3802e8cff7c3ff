package legacy

import (
	"regexp"
	"strings"
)

// placeholder is how exports write a value that is not known yet: {name},
// ${configuration.key} or ${key}.
var placeholder = regexp.MustCompile(`\$?\{([^{}]*)\}`)

// names says what placeholders stand for, beside configuration keys: the lookup of our
// format, by name.
type names map[string]string

// template writes a text of an export as a template of ours. Missing are the
// placeholders for which there is nothing.
func (im *importer) template(text string, local names) (template string, missing []string) {
	template = placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := strings.TrimSpace(placeholder.FindStringSubmatch(found)[1])
		if lookup := im.lookup(name, local); lookup != "" {
			return "{{ " + lookup + " }}"
		}
		missing = append(missing, found)
		return ""
	})
	return template, missing
}

// lookup returns what a placeholder stands for, as a lookup of ours; empty: nothing.
func (im *importer) lookup(name string, local names) string {
	if lookup := local[name]; lookup != "" {
		return lookup
	}
	name = strings.TrimPrefix(strings.TrimPrefix(name, "configuration."), "config.")
	return im.configured(name)
}

// configured returns the lookup of a configuration key, which placeholders also write
// in capitals with underscores: {API_KEY} is api.key.
func (im *importer) configured(name string) string {
	if name == keyToken && im.oauth() {
		return tokenLookup
	}
	plain := strings.NewReplacer("_", ".", "-", ".").Replace(strings.ToLower(name))
	for _, key := range im.keys {
		if key == name || strings.NewReplacer("_", ".", "-", ".").Replace(strings.ToLower(key)) == plain {
			return keyLookup(key)
		}
	}
	return ""
}

// keyLookup returns the lookup of a configuration key.
func keyLookup(key string) string { return "config['" + key + "']" }

// tokenLookup finds the vendor's token, which is no configuration with us, where a
// request sends it elsewhere than in its own header.
const tokenLookup = "credential.token"

// How our format writes lookups, for writing them as placeholders: the names in config,
// path and where, and the others as they are.
var (
	lookups = regexp.MustCompile(`\{\{ *(?:(?:config|where)\[['"]([^'"]+)['"]\]|(?:path\.|credential\.)?([a-z.A-Z0-9_]+)) *\}\}`)
	wheres  = regexp.MustCompile(`^\{\{ *where\[['"]([^'"]+)['"]\] *\}\}$`)
)
