package concursim

import (
	"bytes"
	"crypto/aes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"turnstone/internal/concursim/expense"
)

func (s *Simulator) listReports(r *http.Request, g grant) answer {
	values := r.URL.Query()
	sw := s.Switches()
	q, err := parseQuery(values, sw)
	if err != nil {
		return s.refuse(r, err)
	}
	p, refused := s.find(g, values, &q, sw)
	if refused != nil {
		return s.failure(r, refused.status, refused.err.Error())
	}
	next := s.nextPage(r, q, p, sw)
	if s.faults.gap(sw) {
		entryOf(r).Fault = string(listGapFault)
		p = withGaps(p)
	}
	who := expense.Reader{Base: s.base(r), Query: r.URL.RawQuery}
	a := answer{status: http.StatusOK, contentType: xmlType}
	if wantsJSON(r) {
		a.contentType, a.body = jsonType, pageJSON(p, who, next, sw)
	} else {
		a.body = pageXML(p, who, next, sw)
	}
	if sw.ETags {
		return conditional(r, a, p)
	}
	return a
}

// withGaps leaves every third report out.
func withGaps(p expense.Page) expense.Page {
	var kept []*expense.Version
	for i, v := range p.Versions {
		if i%3 != 0 {
			kept = append(kept, v)
		}
	}
	p.Versions = kept
	return p
}

// conditional adds the validators of a list, or answers that it is what the client
// knows.
func conditional(r *http.Request, a answer, p expense.Page) answer {
	sum := sha256.Sum256(a.body)
	a.etag = `"` + hex.EncodeToString(sum[:8]) + `"`
	for _, v := range p.Versions {
		if v.State.Modified.After(a.modified) {
			a.modified = v.State.Modified
		}
	}
	if strings.Contains(r.Header.Get("If-None-Match"), a.etag) {
		a.status, a.contentType, a.body = http.StatusNotModified, "", nil
	}
	return a
}

// find reads the page that the query and the parameters user and offset ask
// for.
func (s *Simulator) find(g grant, values url.Values, q *query, sw Switches) (expense.Page, *denial) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.ledger.Companies[g.Company-1]
	login, denied := owner(c, g, values.Get("user"), sw)
	if denied != nil {
		return expense.Page{}, denied
	}
	if login != "" {
		q.tests = append(q.tests, func(st *expense.State) bool { return st.Owner.Login == login })
	}
	search := expense.Search{Limit: q.limit, Since: q.since, Matches: q.matches}
	if sw.ShortPages {
		search.Limit = max(1, q.limit/2)
	}
	var err error
	if q.offset = values.Get("offset"); sw.counts() {
		q.skip, err = countOf(q.offset)
		search.Skip = q.skip
	} else {
		search.After, err = s.reportAt(c, q.offset)
	}
	if err != nil {
		return expense.Page{}, &denial{http.StatusBadRequest, err}
	}
	search.Order = map[string]expense.Order{"id": expense.ByID, "newest": expense.NewestFirst}[sw.Order]
	at := s.now()
	if s.faults.lags(sw) {
		at = at.Add(-time.Duration(sw.ReplicaLag * float64(time.Second)))
	}
	return c.Find(search, at), nil
}

// counts tells whether pages are found by counting.
func (sw Switches) counts() bool { return sw.Paging == "count" || sw.Order == "newest" }

// countOf reads the offset of a list that is paged by counting.
func countOf(offset string) (int, error) {
	if offset == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(offset)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("offset %q is not valid; take it from NextPage", offset)
	}
	return n, nil
}

// offsetKey is no secret, and never changes: an offset outlives a restart.
const offsetKey = "creation order k"

// offsetOf hides the place of a report, as Concur does, so that nobody is
// tempted to calculate with it.
func (s *Simulator) offsetOf(v *expense.Version) string {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[:8], uint64(v.Company))
	binary.BigEndian.PutUint64(b[8:], v.Report.Place())
	s.cipher.Encrypt(b[:], b[:])
	return expense.Protect(b[:])
}

// reportAt returns the report that an offset stands for, or nil for none.
func (s *Simulator) reportAt(c *expense.Company, offset string) (*expense.Report, error) {
	if offset == "" {
		return nil, nil
	}
	b, err := expense.Unprotect(offset)
	if err != nil || len(b) != aes.BlockSize {
		return nil, fmt.Errorf("offset %q is not valid; take it from NextPage", offset)
	}
	s.cipher.Decrypt(b, b)
	r := c.At(binary.BigEndian.Uint64(b[8:]))
	if r == nil || binary.BigEndian.Uint64(b[:8]) != uint64(c.Number) {
		return nil, fmt.Errorf("offset %q is not valid for this company; take it from NextPage", offset)
	}
	return r, nil
}

// nextPage is the address of the page behind p, or "" if p is the last one:
// the query as it came, with the offset moved to its end.
func (s *Simulator) nextPage(r *http.Request, q query, p expense.Page, sw Switches) string {
	repeats := sw.NextPageRepeats && q.offset != ""
	if !p.More && !repeats {
		return ""
	}
	offset := q.offset
	if !repeats {
		offset = s.offsetBehind(q, p, sw)
	}
	kept := slices.DeleteFunc(strings.Split(r.URL.RawQuery, "&"), func(pair string) bool {
		return pair == "" || strings.HasPrefix(pair, "offset=")
	})
	// Concur leaves the $ of its keys as it is.
	kept = append(kept, "offset="+strings.ReplaceAll(url.QueryEscape(offset), "%24", "$"))
	return nextPageBase(s.base(r), sw) + expense.Path + "?" + strings.Join(kept, "&")
}

// offsetBehind returns the offset of the page behind p, or, where pages overlap, of
// the one that begins with the last report of p.
func (s *Simulator) offsetBehind(q query, p expense.Page, sw Switches) string {
	n := len(p.Versions)
	if sw.OverlapPages && n > 1 {
		n--
	}
	if sw.counts() {
		return strconv.Itoa(q.skip + n)
	}
	return s.offsetOf(p.Versions[n-1])
}

func nextPageBase(own string, sw Switches) string {
	switch sw.NextPageHost {
	case "legacy":
		return "https://www.concursolutions.com"
	case "http":
		return strings.Replace(own, "https://", "http://", 1)
	case "foreign":
		return "https://concur.attacker.test"
	default:
		return own
	}
}

func pageJSON(p expense.Page, who expense.Reader, next string, sw Switches) []byte {
	b := append(make([]byte, 0, 1024+2048*len(p.Versions)), `{"Items":[`...)
	b = p.AppendJSON(b, who)
	b = append(b, ']')
	switch {
	case next != "" || sw.NextPageEnd == "empty":
		b = expense.AppendText(append(b, `,"NextPage":`...), next)
	case sw.NextPageEnd == "null":
		b = append(b, `,"NextPage":null`...)
	}
	return append(b, '}')
}

func pageXML(p expense.Page, who expense.Reader, next string, sw Switches) []byte {
	var b bytes.Buffer
	expense.Element(&b, "Reports", expense.Namespaces, func() {
		expense.Element(&b, "Items", "", func() {
			for _, v := range p.Versions {
				v.AppendXML(&b, "", who)
			}
		})
		switch {
		case next != "" || sw.NextPageEnd == "empty":
			expense.Text(&b, "NextPage", next)
		case sw.NextPageEnd == "null":
			expense.Optional(&b, "NextPage", "")
		}
	})
	return b.Bytes()
}
