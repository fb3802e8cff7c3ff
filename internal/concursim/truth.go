package concursim

import (
	"encoding/json"
	"iter"
	"slices"
	"time"

	"turnstone/internal/concursim/expense"
)

// Kind is what a version was to its report.
type Kind = expense.Kind

// A version is the first of its report, a later one, or its end.
const (
	Created = expense.Created
	Updated = expense.Updated
	Deleted = expense.Deleted
)

// Version is one version of one report, or of one object of another resource: the
// truth that a poller should have found. Times are those of Options.Now, except LastModified, which is the
// vendor's own spelling by the vendor's own clock.
type Version struct {
	// Sequence counts the versions of all companies from 1, as committed: those of the
	// reports, and those of all other resources, by themselves.
	Sequence int `json:"sequence"`
	Company  int `json:"company"`
	// Resource names the resource; empty: reports.
	Resource string `json:"resource,omitempty"`
	// ReportID is the id of the report, or of the object of the other resource.
	ReportID string `json:"reportId"`
	// Number counts the versions of the report from 1.
	Number int `json:"number"`
	// Kind is deleted for a version that is shown to nobody: from VisibleAt on the
	// report is gone. A report that comes back is created again.
	Kind Kind `json:"kind"`
	// Quiet says that LastModifiedDate stayed what it was.
	Quiet bool `json:"quiet,omitempty"`
	// Changed names the fields that differ from the version before, except
	// LastModifiedDate and WorkflowActionUrl. It is empty for a new report, and
	// for an update that set fields to the values they had.
	Changed      []string  `json:"changed"`
	LastModified string    `json:"lastModified"`
	CommittedAt  time.Time `json:"committedAt"`
	// VisibleAt and ShownUntil bound the time in which list and get show this
	// version. ShownUntil is the moment at which a later version became visible;
	// it is zero as long as there is none. If it is not after VisibleAt the
	// version was never shown.
	VisibleAt  time.Time `json:"visibleAt"`
	ShownUntil time.Time `json:"shownUntil,omitzero"`
	// Record is the report as a client sees it, apart from WorkflowActionUrl,
	// which repeats the query string of whoever reads it.
	Record json.RawMessage `json:"record"`
}

// VersionFilter restricts the truth. Its zero value asks for all of it.
type VersionFilter struct {
	// Resource names the resource, as the index of the control endpoints lists them;
	// empty: reports.
	Resource string
	// Company is the number of a company; 0 means all.
	Company int
	// Since leaves out what was committed before.
	Since time.Time
	// After leaves out versions up to this sequence number.
	After int
}

// Versions returns the truth as far as the filter asks for it, in the order of
// the commits. It returns nothing for a resource that there is not.
func (s *Simulator) Versions(f VersionFilter) []Version {
	if f.Resource != "" {
		all, _ := s.others(f) // refuses unknown resources only
		return all
	}
	return slices.Collect(s.versions(f))
}

// versions reads the log at once but renders each record when it is asked for.
func (s *Simulator) versions(f VersionFilter) iter.Seq[Version] {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var found []finding
	log := s.ledger.Log
	for _, v := range log[min(max(f.After, 0), len(log)):] {
		if (f.Company == 0 || f.Company == v.Company) && !v.CommittedAt.Before(f.Since) {
			found = append(found, find(v))
		}
	}
	return reveal(found, s.lastBase())
}

// finding is a Version that still lacks what can be told without the lock.
type finding struct {
	Version
	of *expense.Version
}

func find(v *expense.Version) finding {
	return finding{of: v, Version: Version{
		Sequence: v.Sequence, Company: v.Company, ReportID: v.Report.ID, Number: v.Number, Kind: v.Kind(), Quiet: v.Quiet(),
		LastModified: v.LastModified(),
		CommittedAt:  v.CommittedAt, VisibleAt: v.VisibleAt, ShownUntil: v.ShownUntil,
	}}
}

func reveal(found []finding, base string) iter.Seq[Version] {
	return func(yield func(Version) bool) {
		for _, f := range found {
			f.Changed = f.of.Changed()
			f.Record = f.of.AppendJSON(nil, expense.Reader{Base: base})
			if !yield(f.Version) {
				return
			}
		}
	}
}
