package auth_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone"
	"turnstone/internal/auth"
)

const (
	user         = "a+b/cdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO="
	organization = "0123456789abcdef0123456789abcdef"
	element      = "z+y/xwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONML="
)

func TestEverySpellingOfTheHeaderIsRead(t *testing.T) {
	both := auth.Secrets{User: user, Organization: organization}
	all := auth.Secrets{User: user, Organization: organization, Element: element}
	tests := map[string]struct {
		header string
		want   auth.Secrets
	}{
		"documented":      {"User " + user + ", Organization " + organization, both},
		"with a token":    {"User " + user + ", Element " + element, auth.Secrets{User: user, Element: element}},
		"three parts":     {"User " + user + ", Organization " + organization + ", Element " + element, all},
		"another order":   {"Element " + element + ", User " + user + ", Organization " + organization, all},
		"no comma":        {"User " + user + " Organization " + organization, both},
		"no space":        {"User " + user + ",Organization " + organization, both},
		"colons":          {"User: " + user + ", Organization:" + organization + ", Element: " + element, all},
		"lower case":      {"user " + user + ", organization " + organization, both},
		"upper case":      {"USER " + user + ", ORGANIZATION " + organization, both},
		"spaces and tabs": {"  User\t" + user + " ,\t Organization  " + organization + ",", both},
		"user alone":      {"User " + user, auth.Secrets{User: user}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := auth.ParseAuthorization(tt.header)
			if err != nil {
				t.Fatal(err)
			}
			// cmp would print masks for both sides; the secrets are made up.
			if diff := cmp.Diff(plain(tt.want), plain(got)); diff != "" {
				t.Errorf("ParseAuthorization (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnreadableHeadersSayWhatIsWrong(t *testing.T) {
	tests := map[string]struct{ header, want string }{
		"empty":              {" ", "is missing"},
		"a comma":            {",", "is missing"},
		"another scheme":     {"Bearer " + user, "none of User, Organization and Element"},
		"only a secret":      {user, "none of User, Organization and Element"},
		"no user secret":     {"User , Organization " + organization, "no secret after User"},
		"no user with colon": {"User Organization:" + organization, "no secret after User"},
		"ends early":         {"User " + user + ", Organization", "no secret after Organization"},
		"ends with a colon":  {"User " + user + ", element:", "no secret after Element"},
		"twice":              {"User " + user + ", user " + user, "User twice"},
		"stray text":         {"User " + user + " please, Organization " + organization, "none of"},
		"too long":           {"User " + strings.Repeat(user, 100), "longer than 2048 bytes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := auth.ParseAuthorization(tt.header)
			if !errors.Is(err, auth.ErrUnauthorized) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("ParseAuthorization = %v, want ErrUnauthorized with %q", err, tt.want)
			}
			if got != (auth.Secrets{}) {
				t.Error("ParseAuthorization returns secrets beside its error")
			}
			if !strings.Contains(err.Error(), "Organization <organization secret>") {
				t.Errorf("ParseAuthorization = %v, want what to write instead", err)
			}
			hides(t, err)
		})
	}
}

func TestOrderAndSpellingDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]string{}
		for _, word := range []string{"User", "Organization", "Element"} {
			want[word] = rapid.StringMatching(`[A-Za-z0-9+/]{20,50}=?`).Draw(t, word)
		}
		var parts []string
		for _, word := range rapid.Permutation([]string{"User", "Organization", "Element"}).Draw(t, "order") {
			spelt := rapid.SampledFrom([]string{word, strings.ToLower(word), strings.ToUpper(word)}).Draw(t, "spelling")
			parts = append(parts, spelt+rapid.SampledFrom([]string{" ", ": ", ":", "\t"}).Draw(t, "colon")+want[word])
		}
		header := strings.Join(parts, rapid.SampledFrom([]string{", ", ",", " ", " ,  "}).Draw(t, "separator"))

		got, err := auth.ParseAuthorization(header)
		if err != nil {
			t.Fatalf("ParseAuthorization(%q) = %v, want nil", header, err)
		}
		if diff := cmp.Diff(want, plain(got)); diff != "" {
			t.Fatalf("ParseAuthorization(%q) (-want +got):\n%s", header, diff)
		}
	})
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add("User " + user + ", Organization " + organization + ", Element " + element)
	f.Add("Element: t, user:u ,ORGANIZATION o")
	f.Add("User : User ,,, ::")
	f.Fuzz(func(t *testing.T, header string) {
		got, err := auth.ParseAuthorization(header)
		if err != nil {
			if !errors.Is(err, auth.ErrUnauthorized) {
				t.Errorf("ParseAuthorization(%q) = %v, want ErrUnauthorized", header, err)
			}
			return
		}
		canonical := ""
		for _, word := range []string{"User", "Organization", "Element"} {
			if secret := plain(got)[word]; secret != "" {
				canonical += word + " " + secret + ", "
			}
		}
		again, err := auth.ParseAuthorization(canonical)
		if err != nil || again != got {
			t.Errorf("ParseAuthorization(%q) = %v, %v, want %v as of %q", canonical, plain(again), err, plain(got), header)
		}
	})
}

// plain returns the secrets in clear, without the absent ones.
func plain(s auth.Secrets) map[string]string {
	m := map[string]string{}
	for word, secret := range map[string]turnstone.Secret{"User": s.User, "Organization": s.Organization, "Element": s.Element} {
		if secret != "" {
			m[word] = string(secret)
		}
	}
	return m
}

// hides fails if err repeats a secret.
func hides(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{user, organization, element} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("error %q repeats a secret", err)
		}
	}
}
