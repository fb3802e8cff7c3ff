package bulk

import (
	"maps"
	"mime"
	"net/http"
	"net/url"

	"turnstone/internal/api/rest"
)

// maxForm bounds a body that is a form, which holds one query.
const maxForm = 256 << 10

// queryOf returns the query of a call: q in the URL, or else in the body, which is a
// form or JSON.
func queryOf(c *rest.Call) (string, error) {
	given := c.URL.Query()
	if !given.Has("q") {
		body, err := bodyOf(c)
		if err != nil {
			return "", err
		}
		maps.Copy(given, body)
	}
	single, err := rest.Single(given)
	if err != nil {
		return "", err
	}
	for name := range single {
		if name != "q" {
			return "", rest.Failuref(http.StatusBadRequest, "%s is not known here; write what limits the records into the where clause of q", rest.Excerpt(name))
		}
	}
	if single["q"] == "" {
		return "", rest.Failuref(http.StatusBadRequest, "q is missing; write the query, as in ?q=select * from reports, its spaces escaped, or {\"q\": \"select * from reports\"}")
	}
	return single["q"], nil
}

// bodyOf returns the members of the body.
func bodyOf(c *rest.Call) (url.Values, error) {
	media, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if media == "application/x-www-form-urlencoded" {
		return formOf(c)
	}
	if c.ContentLength == 0 {
		return nil, nil
	}
	var body struct {
		Q string `json:"q"`
	}
	if err := c.Read(&body); err != nil {
		return nil, err
	}
	return url.Values{"q": {body.Q}}, nil
}

func formOf(c *rest.Call) (url.Values, error) {
	c.Body = http.MaxBytesReader(nil, c.Body, maxForm)
	if err := c.ParseForm(); err != nil {
		return nil, rest.Failuref(http.StatusBadRequest, "the body is no form of at most %d KB; send q=select * from reports, with what is no letter or digit escaped", maxForm>>10)
	}
	return c.PostForm, nil
}
