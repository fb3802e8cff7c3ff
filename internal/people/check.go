package people

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"turnstone"
)

const (
	// maxEmail is what RFC 5321 leaves of a path for an address.
	maxEmail = 254
	// maxName is the longest name of a person or an account, in characters.
	maxName = 255
)

// checkUser returns an *InputError for what is wrong with u.
func checkUser(u turnstone.User) error {
	address, err := mail.ParseAddress(u.Email)
	if err != nil || address.Address != u.Email || len(u.Email) > maxEmail {
		return &InputError{"emailAddress", fmt.Sprintf("is no address of at most %d characters; write one such as ada@example.com", maxEmail)}
	}
	for field, name := range map[string]string{"firstName": u.FirstName, "lastName": u.LastName} {
		if err := checkText(field, name); err != nil {
			return err
		}
	}
	if u.Role != turnstone.RoleAdmin && u.Role != turnstone.RoleMember {
		return &InputError{"role", fmt.Sprintf("%.40q is not known; write %q or %q", u.Role, turnstone.RoleAdmin, turnstone.RoleMember)}
	}
	return nil
}

// checkText returns an *InputError for a name that cannot be shown in a line.
func checkText(field, name string) error {
	if utf8.RuneCountInString(name) > maxName {
		return &InputError{field, fmt.Sprintf("is longer than %d characters; shorten it", maxName)}
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return &InputError{field, "has line breaks or other control characters; leave them out"}
	}
	return nil
}

// maxLimit is as good as no limit.
const maxLimit = 1_000_000_000

// known lists the limits there are.
func known() string {
	var names []string
	for _, l := range turnstone.AllLimits() {
		names = append(names, string(l))
	}
	return strings.Join(names, ", ")
}

// checkLimit returns an *InputError for a limit that does not exist, or makes no sense.
func checkLimit(what turnstone.Limit, most *int) error {
	if !slices.Contains(turnstone.AllLimits(), what) {
		return &InputError{"limits", fmt.Sprintf("%.40q is not known; write some of %s", what, known())}
	}
	least := 0
	if what == turnstone.LimitRequests || what == turnstone.LimitUsers {
		least = 1 // else nobody could call any more
	}
	if most != nil && (*most < least || *most > maxLimit) {
		return &InputError{"limits." + string(what), fmt.Sprintf("is %d; write a whole number from %d to %d, or null for no limit", *most, least, maxLimit)}
	}
	return nil
}

// maxKeep bounds how long a secret works that was replaced: who needs longer has
// forgotten it.
const maxKeep = 30 * 24 * time.Hour

// rotation returns what a secret is replaced by. keepOld is until when the old one works;
// zero: not at all.
func rotation(keepOld, now time.Time, fresh func() (turnstone.Secret, error)) (turnstone.Rotation, error) {
	if !keepOld.IsZero() && (keepOld.Before(now) || keepOld.After(now.Add(maxKeep))) {
		return turnstone.Rotation{}, &InputError{"oldSecretValidUntil", "is past, or more than 30 days ahead; write a time between, or leave it out to end the old secret at once"}
	}
	secret, err := fresh()
	return turnstone.Rotation{Fresh: secret, KeepOld: keepOld}, err
}
