package rest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// MaxPageSize is the most that a list returns at once, and what it returns to
// those who do not say: clients that do not know of pages should miss nothing.
const MaxPageSize = 1000

// PageRequest is which part of a list a client asks for.
type PageRequest struct {
	Size  int
	Token int64 // the id that the page begins behind; 0: the first page
	Page  int   // number of the page, from 1; 0: not given
}

// PageOf reads pageSize, nextPage and page.
func PageOf(query url.Values) (PageRequest, error) {
	p := PageRequest{Size: MaxPageSize}
	var err error
	if text := query.Get("pageSize"); text != "" {
		if p.Size, err = Number(text, MaxPages); err != nil {
			return p, Failuref(http.StatusBadRequest, "pageSize: %v", err)
		}
		p.Size = min(p.Size, MaxPageSize) // the next page's token says that there is more
	}
	if text := query.Get("page"); text != "" {
		if p.Page, err = Number(text, MaxPages); err != nil {
			return p, Failuref(http.StatusBadRequest, "page: %v", err)
		}
	}
	if text := query.Get("nextPage"); text != "" {
		if p.Token, err = ParseToken(text); err != nil {
			return p, err
		}
	}
	return p, nil
}

// MaxPages bounds the numbers of pages that can be asked for.
const MaxPages = 1_000_000

// Number reads a whole number from 1 to most.
func Number(text string, most int) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("is %s; write a whole number from 1 to %d", Excerpt(text), most)
	}
	return n, nil
}

// tokenPrefix keeps tokens from being taken for numbers that mean something.
const tokenPrefix = "id:"

// PageToken returns the token of the page behind an id.
func PageToken(id int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(tokenPrefix + strconv.FormatInt(id, 10)))
}

// ParseToken reads the token of the page behind an id.
func ParseToken(token string) (int64, error) {
	wrong := wrongToken(token)
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, wrong
	}
	digits, found := strings.CutPrefix(string(text), tokenPrefix)
	id, err := strconv.ParseInt(digits, 10, 64)
	if !found || err != nil || id < 1 || PageToken(id) != token {
		return 0, wrong
	}
	return id, nil
}

// PageOfAll returns the part of a whole list that a client asks for, which is in the
// order of its ids, and sets the headers that lead to the next.
func PageOfAll[T any](c *Call, all []T, p PageRequest, id func(T) int64) []T {
	from := 0
	for p.Token != 0 && from < len(all) && id(all[from]) <= p.Token {
		from++
	}
	if p.Token == 0 && p.Page > 1 {
		from = min((p.Page-1)*p.Size, len(all))
	}
	to := min(from+p.Size, len(all))
	list := all[from:to]
	c.Reply.Set(HeaderReturned, strconv.Itoa(len(list)))
	c.Reply.Set(HeaderTotal, strconv.Itoa(len(all)))
	if to < len(all) {
		c.Reply.Set(HeaderNextPage, PageToken(id(all[to-1])))
	}
	return list
}

// PlaceToken returns the token of the page behind a place that takes more than an id to
// name: a struct of numbers and texts.
func PlaceToken(place any) string {
	text, _ := json.Marshal(place) // of what it is for, always possible
	return base64.RawURLEncoding.EncodeToString(text)
}

// ParsePlace reads the token of the page behind a place, into a pointer to it.
func ParsePlace(token string, place any) error {
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(text, place)
	}
	if err != nil || PlaceToken(place) != token {
		return wrongToken(token)
	}
	return nil
}

func wrongToken(token string) error {
	return Failuref(http.StatusBadRequest, "nextPage: %s is no token of this list; pass the %s header of the page before", Excerpt(token), HeaderNextPage)
}
