package hub

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"turnstone/internal/element"
	"turnstone/internal/provider"
)

// tokenVersion is the version of the page tokens we make and take.
const tokenVersion = 1

// place is where a listing stands: all that is needed to read on. Between two
// pages it travels as a token.
type place struct {
	Version  int           `json:"v"`
	Element  string        `json:"e"`
	Resource string        `json:"r"`
	Where    string        `json:"w,omitempty"`
	Size     int           `json:"s"`
	Page     provider.Page `json:"p"`
	// Parents are the keys of the parents to list for, Page being a page of the
	// first. They are kept because the parents' page may have shifted by the
	// time it would be read again.
	Parents []string `json:"k,omitempty"`
	// ParentNext is the token of the page of parents after these.
	ParentNext string `json:"n,omitempty"`
}

const tokenHelp = "pass the Elements-Next-Page-Token of the page before as it came, or leave nextPage out to begin again"

// placeOf returns where the request wants to read.
func placeOf(el *element.Element, resource *element.Resource, r Request) (place, error) {
	if r.Next == "" {
		return place{
			Version: tokenVersion, Element: el.Key, Resource: r.Resource,
			Where: r.Where, Size: sizeOf(resource.Retriever.Paginator, r.PageSize),
		}, nil
	}
	at, err := parseToken(r.Next)
	switch {
	case err != nil || at.Version != tokenVersion || at.Size < 1 || at.Page.Done < 0:
		return place{}, badRequest("nextPage", "is no token of this version; %s", tokenHelp)
	case at.Element != el.Key || at.Resource != r.Resource:
		return place{}, badRequest("nextPage", "belongs to a list of %.60s of %.60s; %s", at.Resource, at.Element, tokenHelp)
	case r.Where != "" && r.Where != at.Where:
		return place{}, badRequest("nextPage", "belongs to a list with another where clause; repeat that one, or leave where out")
	case r.PageSize != 0 && sizeOf(resource.Retriever.Paginator, r.PageSize) != at.Size:
		return place{}, badRequest("nextPage", "belongs to a list with a pageSize of %d; repeat it, or leave pageSize out", at.Size)
	}
	return at, nil
}

// sizeOf returns how many records to ask for: what was asked of us, as far as the
// vendor gives it. Old configurations ask for more than a vendor has pages of, and
// the next page's token tells a client that there is more.
func sizeOf(p *element.Paginator, asked int) int {
	size := 100
	if p != nil && p.PageSize > 0 {
		size = p.PageSize
	}
	if asked > 0 {
		size = asked
	}
	if p != nil && p.MaxPageSize > 0 {
		size = min(size, p.MaxPageSize)
	}
	return size
}

// turn moves to the page that follows: of the same parent, or the first of the
// next.
func (p *place) turn(next *provider.Page) {
	if next != nil {
		p.Page = *next
		return
	}
	p.Page, p.Parents = provider.Page{}, p.Parents[1:]
}

// token returns the place as text that can stand in a URL.
func (p place) token() (string, error) {
	text, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write a page token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

func parseToken(token string) (place, error) {
	var p place
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return p, fmt.Errorf("read a page token: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, fmt.Errorf("read a page token: %w", err)
	}
	return p, nil
}
