package concursim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"turnstone/internal/concursim/reply"
)

func (s *Simulator) routeControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sim/{$}", s.controlIndex)
	mux.HandleFunc("GET /_sim/versions", s.controlVersions)
	mux.HandleFunc("GET /_sim/requests", s.controlRequests)
	mux.HandleFunc("GET /_sim/switches", s.controlSwitches)
	mux.HandleFunc("PATCH /_sim/switches", s.controlPatchSwitches)
	mux.HandleFunc("POST /_sim/changes", s.controlChanges)
	mux.HandleFunc("GET /_sim/events", s.controlEvents)
	mux.HandleFunc("GET /_sim/event-key", s.controlEventKey)
}

func (s *Simulator) controlIndex(w http.ResponseWriter, _ *http.Request) {
	reply.JSON(http.StatusOK, map[string]any{
		"about": "A simulated SAP Concur. Tokens are under /oauth2/v0, events under /events/v4, and the resources where they are listed; these endpoints steer and observe it.",
		"endpoints": []map[string]string{
			{"endpoint": "GET /_sim/versions?resource=&company=&since=&after=", "help": "Every version of every report, or of the objects of another resource, when it was committed, and from when until when it was shown. company is a number, since a time as in 2026-01-31T12:00:00Z, after a sequence number."},
			{"endpoint": "GET /_sim/requests", "help": "The latest requests, without tokens and secrets."},
			{"endpoint": "GET /_sim/switches", "help": "The switches as they stand."},
			{"endpoint": "PATCH /_sim/switches", "help": "Sets the switches that the JSON body names and answers with all."},
			{"endpoint": "POST /_sim/changes", "help": `Makes changes now, as in {"count":10,"resource":"entries","company":1,"kind":"created"}; resource (else reports), company and kind (created, updated or deleted) may be left out. Answers with the versions made.`},
			{"endpoint": "GET /_sim/events", "help": "The latest events, whom they were sent to, and what came of it."},
			{"endpoint": "GET /_sim/event-key", "help": "The public key that Concur-Signature can be checked with, in PEM."},
		},
		"resources": Served(),
		"companies": s.Companies(),
		"switches":  s.Switches().Help(),
	}).Write(w)
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
	if f.Resource != "" {
		s.controlOthers(w, f)
		return
	}
	w.Header().Set("Content-Type", reply.JSONType)
	separator := "["
	for v := range s.versions(f) {
		if _, err := w.Write([]byte(separator)); err != nil {
			return
		}
		_, _ = w.Write(reply.JSON(http.StatusOK, v).Body) // the next separator notices
		separator = ",\n"
	}
	if separator == "[" {
		_, _ = w.Write([]byte(separator))
	}
	_, _ = w.Write([]byte("]\n"))
}

func (s *Simulator) controlOthers(w http.ResponseWriter, f VersionFilter) {
	all, err := s.others(f)
	if err != nil {
		controlError(w, err)
		return
	}
	reply.JSON(http.StatusOK, all).Write(w)
}

func (s *Simulator) controlEvents(w http.ResponseWriter, _ *http.Request) {
	reply.JSON(http.StatusOK, s.events.Deliveries()).Write(w)
}

func (s *Simulator) controlEventKey(w http.ResponseWriter, _ *http.Request) {
	reply.Reply{Status: http.StatusOK, Type: "application/x-pem-file", Body: s.events.PublicKey()}.Write(w)
}

func versionFilter(query url.Values) (VersionFilter, error) {
	f := VersionFilter{Resource: query.Get("resource")}
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
	reply.JSON(http.StatusOK, all).Write(w)
}

func (s *Simulator) controlSwitches(w http.ResponseWriter, _ *http.Request) {
	reply.JSON(http.StatusOK, s.Switches()).Write(w)
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
	reply.JSON(http.StatusOK, sw).Write(w)
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
	reply.JSON(http.StatusOK, made).Write(w)
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
	reply.JSON(http.StatusBadRequest, map[string]string{"message": err.Error()}).Write(w)
}
