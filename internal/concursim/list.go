package concursim

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"turnstone/internal/concursim/endpoint"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/fault"
	"turnstone/internal/concursim/reply"
)

func (s *Simulator) listReports(r *http.Request, g grant) reply.Reply {
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
	if s.luck.Gap(sw) {
		entryOf(r).Fault = string(fault.ListGap)
		p = withGaps(p)
	}
	who := expense.Reader{Base: s.base(r), Query: r.URL.RawQuery}
	a := reply.Reply{Status: http.StatusOK, Type: reply.XMLType}
	if reply.WantsJSON(r) {
		a.Type, a.Body = reply.JSONType, pageJSON(p, who, next, sw)
	} else {
		a.Body = pageXML(p, who, next, sw)
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
func conditional(r *http.Request, a reply.Reply, p expense.Page) reply.Reply {
	for _, v := range p.Versions {
		if v.State.Modified.After(a.Modified) {
			a.Modified = v.State.Modified
		}
	}
	return a.Conditional(r)
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
	if q.offset = values.Get("offset"); counts(sw) {
		q.skip, err = countOf(q.offset)
		search.Skip = q.skip
	} else {
		search.After, err = reportAt(c, q.offset)
	}
	if err != nil {
		return expense.Page{}, &denial{http.StatusBadRequest, err}
	}
	search.Order = map[string]expense.Order{"id": expense.ByID, "newest": expense.NewestFirst}[sw.Order]
	at := s.now()
	if s.luck.Lags(sw) {
		at = at.Add(-time.Duration(sw.ReplicaLag * float64(time.Second)))
	}
	return c.Find(search, at), nil
}

// counts tells whether pages are found by counting.
func counts(sw Switches) bool { return sw.Paging == "count" || sw.Order == "newest" }

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

// offsetOf hides the place of a report.
func offsetOf(v *expense.Version) string {
	return expense.Offset{Company: uint64(v.Company), Place: v.Report.Place()}.String()
}

// reportAt returns the report that an offset stands for, or nil for none.
func reportAt(c *expense.Company, offset string) (*expense.Report, error) {
	if offset == "" {
		return nil, nil
	}
	o, err := expense.ParseOffset(offset)
	if err != nil {
		return nil, err
	}
	r := c.At(o.Place)
	if r == nil || o.Company != uint64(c.Number) {
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
		offset = offsetBehind(q, p, sw)
	}
	return endpoint.NextPage(s.base(r), r.URL, offset, sw)
}

// offsetBehind returns the offset of the page behind p, or, where pages overlap, of
// the one that begins with the last report of p.
func offsetBehind(q query, p expense.Page, sw Switches) string {
	n := len(p.Versions)
	if sw.OverlapPages && n > 1 {
		n--
	}
	if counts(sw) {
		return strconv.Itoa(q.skip + n)
	}
	return offsetOf(p.Versions[n-1])
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
