package concursim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"turnstone/internal/concursim/expense"
)

func (s *Simulator) routeControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sim/{$}", s.controlIndex)
	mux.HandleFunc("GET /_sim/versions", s.controlVersions)
	mux.HandleFunc("GET /_sim/requests", s.controlRequests)
	mux.HandleFunc("GET /_sim/switches", s.controlSwitches)
	mux.HandleFunc("PATCH /_sim/switches", s.controlPatchSwitches)
	mux.HandleFunc("POST /_sim/changes", s.controlChanges)
}

func (s *Simulator) controlIndex(w http.ResponseWriter, _ *http.Request) {
	asJSON(http.StatusOK, map[string]any{
		"about": "A simulated SAP Concur. The API is under /oauth2/v0 and " + expense.Path + "; these endpoints steer and observe it.",
		"endpoints": []map[string]string{
			{"endpoint": "GET /_sim/versions?company=&since=&after=", "help": "Every version of every report, when it was committed, and from when until when it was shown. company is a number, since a time as in 2026-01-31T12:00:00Z, after a sequence number."},
			{"endpoint": "GET /_sim/requests", "help": "The latest requests, without tokens and secrets."},
			{"endpoint": "GET /_sim/switches", "help": "The switches as they stand."},
			{"endpoint": "PATCH /_sim/switches", "help": "Sets the switches that the JSON body names and answers with all."},
			{"endpoint": "POST /_sim/changes", "help": `Makes changes now, as in {"count":10,"company":1,"kind":"created"}; company and kind (created, updated or deleted) may be left out. Answers with the versions made.`},
		},
		"companies": s.Companies(),
		"switches":  s.Switches().Help(),
	}).write(w)
}

// controlVersions writes version by version, because the truth may be larger
// than what one wants in memory twice.
func (s *Simulator) controlVersions(w http.ResponseWriter, r *http.Request) {
	f, err := versionFilter(r.URL.Query())
	if err != nil {
		controlError(w, err)
		return
	}
	s.base(r)
	w.Header().Set("Content-Type", jsonType)
	separator := "["
	for v := range s.versions(f) {
		if _, err := w.Write([]byte(separator)); err != nil {
			return
		}
		_, _ = w.Write(asJSON(http.StatusOK, v).body) // the next separator notices
		separator = ",\n"
	}
	if separator == "[" {
		_, _ = w.Write([]byte(separator))
	}
	_, _ = w.Write([]byte("]\n"))
}

func versionFilter(query url.Values) (VersionFilter, error) {
	var f VersionFilter
	var err error
	if f.Company, err = number(query, "company"); err != nil {
		return f, err
	}
	if f.After, err = number(query, "after"); err != nil {
		return f, err
	}
	if text := query.Get("since"); text != "" {
		if f.Since, err = time.Parse(time.RFC3339, text); err != nil {
			return f, fmt.Errorf("since is %q; use a time as in 2026-01-31T12:00:00Z", text)
		}
	}
	return f, nil
}

func number(query url.Values, name string) (int, error) {
	text := query.Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s is %q; use a whole number", name, text)
	}
	return n, nil
}

func (s *Simulator) controlRequests(w http.ResponseWriter, _ *http.Request) {
	all := s.Requests()
	if all == nil {
		all = []Request{}
	}
	asJSON(http.StatusOK, all).write(w)
}

func (s *Simulator) controlSwitches(w http.ResponseWriter, _ *http.Request) {
	asJSON(http.StatusOK, s.Switches()).write(w)
}

func (s *Simulator) controlPatchSwitches(w http.ResponseWriter, r *http.Request) {
	sw := s.Switches()
	if err := readControl(w, r, &sw); err != nil {
		controlError(w, err)
		return
	}
	if err := s.SetSwitches(sw); err != nil {
		controlError(w, err)
		return
	}
	asJSON(http.StatusOK, sw).write(w)
}

func (s *Simulator) controlChanges(w http.ResponseWriter, r *http.Request) {
	var o Order
	if err := readControl(w, r, &o); err != nil {
		controlError(w, err)
		return
	}
	s.base(r)
	made, err := s.Change(o)
	if err != nil {
		controlError(w, err)
		return
	}
	asJSON(http.StatusOK, made).write(w)
}

func readControl(w http.ResponseWriter, r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("reading the body as JSON (see /_sim/ for its members): %w", err)
	}
	return nil
}

func controlError(w http.ResponseWriter, err error) {
	asJSON(http.StatusBadRequest, map[string]string{"message": err.Error()}).write(w)
}
