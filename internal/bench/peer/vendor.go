package peer

import (
	"net/http"
	"strconv"
	"strings"
)

// Token returns the access token by which the vendor tells its companies apart.
func Token(company int) string { return tokenPrefix + strconv.Itoa(company) }

const tokenPrefix = "company-"

// ListPath is where the vendor lists the records of the company that asks.
const ListPath = "/api/v3.0/expense/reports"

// list answers a page of the records of the company that asks.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	run := s.current.Load()
	company, err := strconv.Atoi(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "+tokenPrefix))
	if err != nil {
		http.Error(w, `{"Message":"no company has this token"}`, http.StatusUnauthorized)
		return
	}
	query := r.URL.Query()
	size, err := strconv.Atoi(query.Get("limit"))
	if err != nil || size < 1 {
		http.Error(w, `{"Message":"limit is missing"}`, http.StatusBadRequest)
		return
	}
	offset, _ := strconv.Atoi(query.Get("offset")) // absent from the first page
	page := s.buffer()
	defer s.buffers.Put(page)
	text := append(page.AvailableBuffer(), `{"Items":[`...)
	end := min(offset+size, run.plan.Vendor.Records)
	for place := offset; place < end; place++ {
		if place > offset {
			text = append(text, ',')
		}
		text = run.plan.Vendor.appendRecord(text, company, place)
	}
	text = append(text, `],"NextPage":`...)
	if end < run.plan.Vendor.Records {
		text = append(text, `"http://`+r.Host+ListPath+`?limit=`+strconv.Itoa(size)+`&offset=`+strconv.Itoa(end)+`"}`...)
	} else {
		text = append(text, `null}`...)
	}
	page.Write(text) // keeps the memory for the next page
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.Write(text)
	run.polled()
}

// appendRecord appends the record at a place of the list of a company.
func (v Vendor) appendRecord(b []byte, company, place int) []byte {
	stride := max(1, v.Objects/max(1, v.Records))
	return AppendRecord(b, company*v.Objects+place*stride%v.Objects, v.Date, v.Size)
}
