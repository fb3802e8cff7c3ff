package people

import (
	"net/http"
	"strings"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/people"
)

// headerPassword proves once more who calls, as on the platform.
const headerPassword = "Elements-User-Password"

// proof returns what the caller proves to be somebody with.
func proof(c *rest.Call) people.Proof {
	return people.Proof{Password: c.Header.Get(headerPassword), Address: c.RemoteAddr}
}

func (a *API) signIn(c *rest.Call) (any, error) {
	var body struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if err := c.Read(&body); err != nil {
		return nil, err
	}
	if body.Username == "" || body.Password == "" {
		return nil, rest.Failuref(http.StatusBadRequest, "username or password is missing; write the e-mail address and the password of a user")
	}
	token, err := a.SignIn.Start(c.Context(), body.Username, people.Proof{Password: body.Password, Address: c.RemoteAddr})
	if err != nil {
		return nil, failure(err)
	}
	return struct {
		Token string `json:"token"`
	}{string(token)}, nil
}

// secretsJSON is what somebody calls the API with.
type secretsJSON struct {
	User         string `json:"userSecret,omitempty"`
	Organization string `json:"organizationSecret,omitempty"`
}

func secretsOf(s people.Secrets) secretsJSON {
	return secretsJSON{string(s.User), string(s.Organization)}
}

func (a *API) showSecrets(c *rest.Call) (any, error) {
	scheme, token, _ := strings.Cut(strings.TrimSpace(c.Header.Get("Authorization")), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, rest.Failuref(http.StatusUnauthorized, `the Authorization header has no token; write "Bearer <token>", with the one that POST /authentication answers`)
	}
	secrets, err := a.SignIn.Secrets(c.Context(), turnstone.Secret(strings.TrimSpace(token)))
	if err != nil {
		return nil, failure(err)
	}
	return secretsOf(secrets), nil
}
