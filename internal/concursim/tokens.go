package concursim

import (
	"net/http"
	"strconv"
	"time"

	"turnstone/internal/concursim/reply"
)

// tokenAnswer is what the token endpoint grants.
type tokenAnswer struct {
	ExpiresIn        any    `json:"expires_in"` // a number or a string, as switched
	Scope            string `json:"scope"`
	TokenType        string `json:"token_type"`
	AccessToken      string `json:"access_token"`
	RefreshToken     string `json:"refresh_token,omitempty"`
	RefreshExpiresIn int64  `json:"refresh_expires_in,omitempty"` // Unix seconds, despite its name
	IDToken          string `json:"id_token,omitempty"`
	Geolocation      string `json:"geolocation"`
}

func (s *Simulator) grantTokens(r *http.Request, g grant, refresh, geolocation string) reply.Reply {
	entryOf(r).Company = g.Company
	s.connect(g)
	t := s.accessToken(g, geolocation)
	now := s.now()
	kept, _ := s.vault.look(s.vault.refresh, refresh, now)
	t.RefreshToken, t.RefreshExpiresIn = refresh, kept.Expires.Unix()
	if g.Login != "" {
		t.IDToken = s.jwt(map[string]any{
			"aud": g.Client, "sub": g.Login, "iss": s.base(r), "iat": now.Unix(), "nbf": now.Unix(),
			"exp": now.Add(time.Hour).Unix(), "concur.version": 2, "concur.type": "user",
		})
	}
	return reply.JSON(http.StatusOK, t)
}

func (s *Simulator) accessToken(g grant, geolocation string) tokenAnswer {
	sw, now := s.Switches(), s.now()
	life := time.Duration(sw.TokenSeconds) * time.Second
	g.Expires = now.Add(life)
	t := tokenAnswer{ExpiresIn: sw.TokenSeconds, Scope: g.Scope, TokenType: "Bearer", Geolocation: geolocation}
	if sw.ExpiresIn == "string" {
		t.ExpiresIn = strconv.Itoa(sw.TokenSeconds)
	}
	t.AccessToken = s.jwt(map[string]any{"aud": "*", "sub": g.Login, "concur.scopes": splitScope(g.Scope), "concur.version": 3, "exp": g.Expires.Unix()})
	s.vault.put(s.vault.access, t.AccessToken, g, now)
	return t
}

func (s *Simulator) geolocation(base string) string {
	if s.Switches().Geolocation == "path" {
		return base + "/oauth2/v0/token"
	}
	return base
}
