package hub

import (
	"bytes"
	"cmp"
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
	OrderBy  string        `json:"b,omitempty"`
	Size     int           `json:"s"`           // records to return at most; 0: all that the vendor gives at once
	Ask      int           `json:"a,omitempty"` // records to ask the vendor for; 0: Size
	Page     provider.Page `json:"p"`
	// Skip is how many records of the page were passed over or returned before; of a
	// list that is sorted here, how many records of the whole.
	Skip int `json:"o,omitempty"`
	// Parents are the keys of the parents to list for, Page being a page of the
	// first. They are kept because the parents' page may have shifted by the
	// time it would be read again.
	Parents []string `json:"k,omitempty"`
	// ParentNext is the token of the page of parents after these.
	ParentNext string `json:"n,omitempty"`
}

// TokenHelp says what to do about a token that leads nowhere.
const TokenHelp = "pass the Elements-Next-Page-Token of the page before as it came, or leave nextPage out to begin again"

// placeOf returns where the request wants to read.
func placeOf(el *element.Element, resource *element.Resource, r Request) (place, error) {
	if r.Next == "" {
		return place{
			Version: tokenVersion, Element: el.Key, Resource: r.Resource,
			Where: r.Where, OrderBy: r.OrderBy, Size: sizeOf(resource.Retriever.Paginator, r.PageSize),
		}, nil
	}
	at, err := parseToken(r.Next)
	if err != nil || at.Version != tokenVersion || !at.sound() {
		return place{}, badRequest("nextPage", "is no token of this version; %s", TokenHelp)
	}
	return at, at.continues(el, resource, r)
}

// continues returns an error if the request is not for the list of the place.
func (p place) continues(el *element.Element, resource *element.Resource, r Request) error {
	switch {
	case p.Element != el.Key || p.Resource != r.Resource:
		return badRequest("nextPage", "belongs to a list of %.60s of %.60s; %s", p.Resource, p.Element, TokenHelp)
	case r.Where != "" && r.Where != p.Where:
		return badRequest("nextPage", "belongs to a list with another where clause; repeat that one, or leave where out")
	case r.OrderBy != "" && r.OrderBy != p.OrderBy:
		return badRequest("nextPage", "belongs to a list in another order; repeat that one, or leave orderBy out")
	case r.PageSize != 0 && sizeOf(resource.Retriever.Paginator, r.PageSize) != p.Size:
		return badRequest("nextPage", "belongs to a list with a pageSize of %d; repeat it, or leave pageSize out", p.Size)
	}
	return nil
}

// sound reports whether the numbers of a place, which may be forged, are possible.
func (p place) sound() bool {
	return p.Size >= 0 && p.Size <= maxNumber && p.Ask >= 0 && p.Ask <= maxNumber && p.Skip >= 0 && p.Page.Done >= 0
}

// sizeOf returns how many records to return: what was asked of us, as far as the
// vendor gives it. Old configurations ask for more than a vendor has pages of, and
// the next page's token tells a client that there is more. 0 is all there are, of a
// list without pages.
func sizeOf(p *element.Paginator, asked int) int {
	if p == nil {
		return asked
	}
	size := cmp.Or(asked, p.PageSize, defaultSize)
	if p.MaxPageSize > 0 {
		size = min(size, p.MaxPageSize)
	}
	return size
}

// defaultSize is for paginators that do not come from the catalogue, where the
// format's own default has been filled in.
const defaultSize = 100

// largest returns the most records that the vendor gives at once, as far as that is
// known: who keeps a few of many asks for many.
func largest(p *element.Paginator) int {
	if p == nil {
		return 0
	}
	return max(p.PageSize, p.MaxPageSize)
}

// asks returns how many records to ask the vendor for.
func (p place) asks() int { return cmp.Or(p.Ask, p.Size) }

// turn moves to the page that follows: of the same parent, or the first of the
// next.
func (p *place) turn(next *provider.Page) {
	p.Skip = 0
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
