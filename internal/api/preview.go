package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/poll"
)

// previewRequestJSON says what to preview.
type previewRequestJSON struct {
	Configuration json.RawMessage `json:"configuration"`
	Since         string          `json:"since"`
}

// previewJSON is the first page of a poll and what would become of its records.
type previewJSON struct {
	Resource           string              `json:"resource"`
	URL                string              `json:"url"`
	VendorURL          string              `json:"vendorUrl"`
	From               string              `json:"from,omitempty"`
	To                 string              `json:"to,omitempty"`
	UpdatedZone        string              `json:"updatedZone,omitempty"`
	CreatedZone        string              `json:"createdZone,omitempty"`
	ClockOffsetSeconds *float64            `json:"clockOffsetSeconds,omitempty"`
	Records            []previewRecordJSON `json:"records"`
	More               bool                `json:"more"`
	CursorAfter        string              `json:"cursorAfter,omitempty"`
	Problems           []string            `json:"problems"`
	RateLimit          *rateLimitJSON      `json:"rateLimit,omitempty"`
}

// previewRecordJSON is one record of a preview.
type previewRecordJSON struct {
	ObjectID string          `json:"objectId"`
	Updated  string          `json:"updated,omitempty"`
	Created  string          `json:"created,omitempty"`
	Type     string          `json:"type,omitempty"`
	Reason   string          `json:"reason"`
	Because  string          `json:"because"`
	Record   json.RawMessage `json:"record"`
}

// previewPoll shows what the next poll of a resource would do. Its configuration may be
// another than the saved one, or one that is not saved at all.
func (a *API) previewPoll(c *rest.Call) (any, error) {
	in, err := a.Instance(c)
	if err != nil {
		return nil, err
	}
	request, err := a.previewRequest(c, in)
	if err != nil {
		return nil, err
	}
	p, err := a.Preview.Preview(c.Context(), request)
	if err != nil {
		return nil, err
	}
	return previewView(request.Poller.Resource, p), nil
}

// previewRequest reads what is to be previewed.
func (a *API) previewRequest(c *rest.Call, in turnstone.Instance) (poll.PreviewRequest, error) {
	request := poll.PreviewRequest{Instance: in}
	var body previewRequestJSON
	if c.ContentLength != 0 {
		if err := c.Read(&body); err != nil {
			return request, err
		}
	}
	resource := c.PathValue("resource")
	p, err := a.Pollers.One(c.Context(), in, resource)
	switch {
	case errors.Is(err, turnstone.ErrNotFound) && body.Configuration == nil:
		return request, rest.Failuref(http.StatusNotFound, `instance %d does not poll %s; to try it out, send {"configuration": {"url": "/hubs/…", "idField": "…"}}`, in.ID, rest.Excerpt(resource))
	case errors.Is(err, turnstone.ErrNotFound):
		p = turnstone.Poller{AccountID: in.AccountID, InstanceID: in.ID, Resource: resource}
	case err != nil:
		return request, err
	}
	if body.Configuration != nil {
		p.Configuration = string(body.Configuration)
		if err := a.Instances.CheckTrial(c.Context(), in, resource, p.Configuration); err != nil {
			return request, err
		}
	}
	if body.Since != "" {
		if request.Since, err = pastMoment(body.Since, a.Now()); err != nil {
			return request, err
		}
	}
	request.Poller = p
	return request, nil
}

func previewView(resource string, p poll.Preview) previewJSON {
	view := previewJSON{
		Resource: resource, URL: p.URL, VendorURL: p.VendorURL, From: rest.ExactTime(p.From), To: rest.ExactTime(p.To),
		UpdatedZone: p.UpdatedZone, CreatedZone: p.CreatedZone, Records: []previewRecordJSON{}, More: p.More,
		CursorAfter: rest.ExactTime(p.Cursor), Problems: append([]string{}, p.Problems...),
	}
	if p.ClockKnown {
		offset := p.Offset.Seconds()
		view.ClockOffsetSeconds = &offset
	}
	if p.RateLimit != (turnstone.RateLimit{}) {
		view.RateLimit = &rateLimitJSON{Limit: p.RateLimit.Limit, Remaining: p.RateLimit.Remaining, ResetSeconds: p.RateLimit.Reset.Seconds()}
	}
	for _, r := range p.Records {
		view.Records = append(view.Records, previewRecordJSON{
			ObjectID: r.ObjectID, Updated: rest.ExactTime(r.Updated), Created: rest.ExactTime(r.Created),
			Type: string(r.Op), Reason: string(r.Reason), Because: r.Because, Record: r.Record,
		})
	}
	return view
}
