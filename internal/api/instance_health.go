package api

import (
	"turnstone/internal/api/rest"
	"turnstone/internal/instance"
)

// factJSON is how one thing does.
type factJSON struct {
	Resource      string `json:"resource,omitempty"`
	DestinationID int64  `json:"destinationId,omitempty"`
	OK            bool   `json:"ok"`
	State         string `json:"state"`
	LastGoodAt    string `json:"lastGoodAt,omitempty"`
	Problem       string `json:"problem,omitempty"`
	Remedy        string `json:"remedy,omitempty"`
}

// instanceHealthJSON is how an instance does.
type instanceHealthJSON struct {
	Reading    readingJSON    `json:"reading"`
	Delivering deliveringJSON `json:"delivering"`
	Warnings   []string       `json:"warnings"` // what the configuration says without effect
}

type readingJSON struct {
	factJSON

	Pollers []factJSON `json:"pollers"`
}

type deliveringJSON struct {
	factJSON

	Owed         int        `json:"owed"`
	Destinations []factJSON `json:"destinations"`
}

// showHealth answers how an instance does: reading from the vendor, and delivering.
func (a *API) showHealth(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	pollers, err := a.Schedule.Pollers(c.Context(), in.AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	destinations, err := a.Store.Destinations(c.Context(), in.AccountID, in.ID)
	if err != nil {
		return nil, err
	}
	h := instance.HealthOf(in, pollers, destinations, a.Now())
	view := instanceHealthJSON{
		Reading:    readingJSON{factView(h.Reading), []factJSON{}},
		Delivering: deliveringJSON{factView(h.Delivering), h.Owed, []factJSON{}},
		Warnings:   []string{},
	}
	if el, err := a.Elements.OfInstance(c.Context(), in); err == nil {
		for _, w := range instance.ConfigurationWarnings(el, in.Configuration) {
			view.Warnings = append(view.Warnings, w.Path+": "+w.Message)
		}
	}
	for _, f := range h.Pollers {
		fact := factView(f)
		fact.Resource = f.Name
		view.Reading.Pollers = append(view.Reading.Pollers, fact)
	}
	for i, f := range h.Destinations {
		fact := factView(f)
		fact.DestinationID = destinations[i].ID
		view.Delivering.Destinations = append(view.Delivering.Destinations, fact)
	}
	return view, nil
}

func factView(f instance.Fact) factJSON {
	return factJSON{OK: f.OK(), State: string(f.Condition), LastGoodAt: rest.ExactTime(f.LastGoodAt), Problem: f.Problem, Remedy: f.Remedy}
}
