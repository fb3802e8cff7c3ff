// Package bulk answers what clients ask about bulk jobs: queries that are carried out
// behind their backs and fetched when they are done. The hub in a path does not matter,
// as in all hub calls, and may be left out; the token of the instance decides.
//
// It promises that a job is seen by its own instance alone, and that a result is never
// held in memory as a whole. It refuses to carry queries out, which is package
// internal/bulk's.
package bulk

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/bulk"
)

// API is the routes about bulk jobs. All fields must be set.
type API struct {
	*rest.Server

	Jobs *bulk.Jobs
}

// headerCallback names who is told that a job has ended.
const headerCallback = "Elements-Async-Callback-Url"

// Routes returns the routes, with and without a hub.
func (a *API) Routes() []rest.Route {
	var all []rest.Route
	for _, r := range []rest.Route{
		{Pattern: "POST /bulk/query", Answer: a.create},
		{Pattern: "GET /bulk", Answer: a.list},
		{Pattern: "GET /bulk/{job}/status", Answer: a.show},
		{Pattern: "GET /bulk/{job}/errors", Answer: a.problems},
		{Pattern: "GET /bulk/{job}/{object...}", Answer: a.fetch},
		{Pattern: "DELETE /bulk/{job}", Answer: a.remove},
	} {
		below := r
		below.Pattern = strings.Replace(r.Pattern, " ", " /hubs/{hub}", 1)
		all = append(all, r, below)
	}
	return all
}

// instance returns the instance whose token the caller gave.
func instance(c *rest.Call) (turnstone.Instance, error) {
	in, err := c.Own("a bulk call needs the token of an instance; add Element <element token> to the Authorization header")
	if err != nil {
		return turnstone.Instance{}, err
	}
	c.Reply.Set(rest.HeaderInstanceID, strconv.FormatInt(in.ID, 10))
	if in.Disabled {
		return turnstone.Instance{}, rest.Failuref(http.StatusForbidden, "instance %d is disabled; enable it with PUT %s/instances/%d/enabled", in.ID, rest.Prefix, in.ID)
	}
	return in, nil
}

// job returns the job that the path names, and its instance.
func (a *API) job(c *rest.Call) (turnstone.Instance, turnstone.BulkJob, error) {
	in, err := instance(c)
	if err != nil {
		return in, turnstone.BulkJob{}, err
	}
	text := c.PathValue("job")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return in, turnstone.BulkJob{}, rest.Failuref(http.StatusNotFound, "there is no bulk job %s; write the id that POST %s/bulk/query answered with", rest.Excerpt(text), rest.Prefix)
	}
	job, err := a.Jobs.One(c.Context(), in, id)
	if rest.IsMissing(err) {
		err = rest.Failuref(http.StatusNotFound, "there is no bulk job %d of this instance, or it was deleted; GET %s/bulk lists those there are", id, rest.Prefix)
	}
	return in, job, err
}

func (a *API) create(c *rest.Call) (any, error) {
	in, err := instance(c)
	if err != nil {
		return nil, err
	}
	query, err := queryOf(c)
	if err != nil {
		return nil, err
	}
	job, err := a.Jobs.Create(c.Context(), in, bulk.Draft{Query: query, Callback: c.Header.Get(headerCallback)})
	if err != nil {
		return nil, failure(err)
	}
	return bulk.Show(job), nil
}

// failure gives the errors of jobs their statuses.
func failure(err error) error {
	switch {
	case errors.As(err, new(*bulk.QueryError)), errors.As(err, new(*bulk.CallbackError)):
		return rest.Failuref(http.StatusBadRequest, "%v", err)
	case errors.As(err, new(*bulk.LimitError)):
		return rest.Failuref(http.StatusTooManyRequests, "%v", err)
	case errors.As(err, new(*bulk.NotReadyError)):
		return rest.Failuref(http.StatusConflict, "%v", err)
	case errors.As(err, new(bulk.TooWideError)):
		return rest.Failuref(http.StatusNotAcceptable, "%v", err)
	}
	return err
}

func (a *API) list(c *rest.Call) (any, error) {
	in, err := instance(c)
	if err != nil {
		return nil, err
	}
	page, err := rest.PageOf(c.URL.Query())
	if err != nil {
		return nil, err
	}
	jobs, err := a.Jobs.List(c.Context(), in, page.Token, page.Size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	if len(jobs) > page.Size {
		jobs = jobs[:page.Size]
		c.Reply.Set(rest.HeaderNextPage, rest.PageToken(jobs[len(jobs)-1].ID))
	}
	c.Reply.Set(rest.HeaderReturned, strconv.Itoa(len(jobs)))
	shown := make([]bulk.Shown, len(jobs))
	for i, job := range jobs {
		shown[i] = bulk.Show(job)
	}
	return shown, nil
}

func (a *API) show(c *rest.Call) (any, error) {
	_, job, err := a.job(c)
	if err != nil {
		return nil, err
	}
	return bulk.Show(job), nil
}

// problemJSON is why a job ended without a result.
type problemJSON struct {
	Status  turnstone.BulkState `json:"status"`
	Message string              `json:"message"`
}

// problems lists what went wrong. A job reads all records or none, so there is one
// problem at the most.
func (a *API) problems(c *rest.Call) (any, error) {
	_, job, err := a.job(c)
	if err != nil {
		return nil, err
	}
	list := []problemJSON{}
	if job.Problem != "" {
		list = append(list, problemJSON{job.State, job.Problem})
	}
	return list, nil
}

// remove cancels a job that is under way, and deletes one that has ended.
func (a *API) remove(c *rest.Call) (any, error) {
	in, job, err := a.job(c)
	if err != nil {
		return nil, err
	}
	left, err := a.Jobs.Remove(c.Context(), in, job.ID)
	if err != nil || left == nil {
		return nil, err
	}
	return bulk.Show(*left), nil
}

func (a *API) fetch(c *rest.Call) (any, error) {
	_, job, err := a.job(c)
	if err != nil {
		return nil, err
	}
	if object := strings.Trim(c.PathValue("object"), "/"); !strings.EqualFold(object, job.Query.Resource) {
		return nil, rest.Failuref(http.StatusNotFound, "bulk job %d is of %s; fetch it with GET %s/bulk/%[1]d/%[2]s", job.ID, job.Query.Resource, rest.Prefix)
	}
	kind, err := kindOf(c.Header.Values("Accept"))
	if err != nil {
		return nil, err
	}
	stream, err := a.stream(c, job, kind)
	if err != nil {
		return nil, failure(err)
	}
	return stream, nil
}
