package api

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxPageSize is the most that a list returns at once, and what it returns to
// those who do not say: clients that do not know of pages should miss nothing.
const maxPageSize = 1000

// pageRequest is which part of a list a client asks for.
type pageRequest struct {
	size  int
	token int64 // the id that the page begins behind; 0: the first page
	page  int   // number of the page, from 1; 0: not given
}

// pageOf reads pageSize, nextPage and page.
func pageOf(query url.Values) (pageRequest, error) {
	p := pageRequest{size: maxPageSize}
	var err error
	if text := query.Get("pageSize"); text != "" {
		if p.size, err = number(text, maxPages); err != nil {
			return p, failuref(http.StatusBadRequest, "pageSize: %v", err)
		}
		p.size = min(p.size, maxPageSize) // the next page's token says that there is more
	}
	if text := query.Get("page"); text != "" {
		if p.page, err = number(text, maxPages); err != nil {
			return p, failuref(http.StatusBadRequest, "page: %v", err)
		}
	}
	if text := query.Get("nextPage"); text != "" {
		if p.token, err = parseToken(text); err != nil {
			return p, err
		}
	}
	return p, nil
}

// maxPages bounds the numbers of pages that can be asked for.
const maxPages = 1_000_000

func number(text string, most int) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("is %s; write a whole number from 1 to %d", excerpt(text), most)
	}
	return n, nil
}

// tokenPrefix keeps tokens from being taken for numbers that mean something.
const tokenPrefix = "id:"

// pageToken returns the token of the page behind an id.
func pageToken(id int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(tokenPrefix + strconv.FormatInt(id, 10)))
}

func parseToken(token string) (int64, error) {
	wrong := failuref(http.StatusBadRequest, "nextPage: %s is no token of this list; pass the %s header of the page before", excerpt(token), headerNextPage)
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, wrong
	}
	digits, found := strings.CutPrefix(string(text), tokenPrefix)
	id, err := strconv.ParseInt(digits, 10, 64)
	if !found || err != nil || id < 1 || pageToken(id) != token {
		return 0, wrong
	}
	return id, nil
}
