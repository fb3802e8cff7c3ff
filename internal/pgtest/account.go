package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
)

// account is a user of the machine, and its group.
type account struct{ uid, gid int }

// ourselves is the user that runs the tests.
func ourselves() account { return account{uid: os.Geteuid(), gid: os.Getegid()} }

// serverAccount returns whom the server runs as: ourselves, unless we are root.
// PostgreSQL refuses to be run by root; the user that Debian makes for it, and one
// that is everywhere, take root's place.
func serverAccount() (account, error) {
	self := ourselves()
	if self.uid != 0 {
		return self, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if errors.As(err, new(user.UnknownUserError)) {
			continue
		}
		if err != nil {
			return account{}, err
		}
		uid, err := strconv.Atoi(found.Uid)
		if err != nil {
			return account{}, fmt.Errorf("read the id of user %s: %w", name, err)
		}
		gid, err := strconv.Atoi(found.Gid)
		if err != nil {
			return account{}, fmt.Errorf("read the group of user %s: %w", name, err)
		}
		return account{uid: uid, gid: gid}, nil
	}
	return account{}, errors.New("PostgreSQL cannot be run by root, and there is neither a user postgres nor nobody: run the tests as another user")
}
