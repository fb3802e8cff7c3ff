package concursim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/reply"
)

// tokenOf returns the grant of the request's access token, or the answer that
// refuses it.
func (s *Simulator) tokenOf(r *http.Request) (grant, *reply.Reply) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if token == "" || !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "OAuth") {
		refusal := s.failure(r, http.StatusUnauthorized, "Authorization header is not included")
		return grant{}, &refusal
	}
	g, valid := s.vault.look(s.vault.access, token, s.now())
	if !valid {
		refusal := s.failure(r, s.Switches().ExpiredStatus, "The access token is expired or revoked")
		return grant{}, &refusal
	}
	return g, nil
}

// allows returns the check that a request's token is for a company, and for the scope:
// strictly, or EXPRPT will do, too.
func (s *Simulator) allows(scope string) func(*http.Request) (grant, *reply.Reply) {
	return func(r *http.Request) (grant, *reply.Reply) {
		g, refusal := s.tokenOf(r)
		if refusal != nil {
			return grant{}, refusal
		}
		allowed := strings.Fields(g.Scope)
		lenient := s.Switches().Scopes != "strict" && slices.Contains(allowed, "EXPRPT")
		if g.Company == 0 || !lenient && !slices.Contains(allowed, scope) {
			refusal := s.failure(r, http.StatusForbidden, "The token does not have the scope "+scope+" of a company")
			return grant{}, &refusal
		}
		return g, nil
	}
}

// revoke withdraws what the bearer has allowed the application. Access tokens
// that are out run until they expire.
func (s *Simulator) revoke(w http.ResponseWriter, r *http.Request) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	g, valid := s.vault.look(s.vault.access, token, s.now())
	if !valid || !strings.EqualFold(scheme, "Bearer") {
		s.failure(r, http.StatusUnauthorized, "The access token is missing, expired or revoked").Write(w)
		return
	}
	s.vault.revoke(g)
	reply.Reply{Status: http.StatusOK}.Write(w)
}

// denial is a reason not to serve a request, with the status to say it with.
type denial struct {
	status int
	err    error
}

// owner returns whose reports the parameter user means: a login, or "" for
// everybody's. Only an administrator, or the company itself, may name others.
func owner(c *expense.Company, g grant, asked string, sw Switches) (string, *denial) {
	me, isUser := c.User(g.Login)
	switch {
	case asked == "" && !isUser:
		return "", &denial{http.StatusBadRequest, fmt.Errorf("the token is a company's; name a user, or ALL where a list is asked for")}
	case asked == "" || strings.EqualFold(asked, g.Login):
		return me.Login, nil
	case isUser && !me.Admin, asked == "ALL" && sw.ForbidAll:
		return "", &denial{http.StatusForbidden, fmt.Errorf("the role Web Services Administrator is needed to act for user=%s", asked)}
	case asked == "ALL":
		return "", nil
	}
	other, known := c.User(asked)
	if !known {
		return "", &denial{http.StatusBadRequest, fmt.Errorf("invalid User:%s", asked)}
	}
	return other.Login, nil
}
