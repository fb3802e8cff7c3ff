package bulk

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"turnstone"
	"turnstone/internal/api/rest"
)

// kind is a form in which results are fetched.
type kind string

// The forms of results.
const (
	asJSON kind = "json"
	asCSV  kind = "csv"
)

// kindOf returns the form that a client accepts: the first one it names that there is,
// JSON if it does not mind.
func kindOf(accept []string) (kind, error) {
	ranges := strings.Split(strings.Join(accept, ","), ",")
	if len(accept) == 0 {
		return asJSON, nil
	}
	for _, text := range ranges {
		media, parameters, err := mime.ParseMediaType(text)
		if err != nil || parameters["q"] == "0" {
			continue
		}
		switch media {
		case "text/csv", "text/*":
			return asCSV, nil
		case "application/json", "application/*", "*/*":
			return asJSON, nil
		}
	}
	return "", rest.Failuref(http.StatusNotAcceptable, "Accept is %s; write application/json or text/csv", rest.Excerpt(strings.Join(accept, ",")))
}

// stream returns the answer that carries the result of a job.
func (a *API) stream(c *rest.Call, job turnstone.BulkJob, k kind) (rest.Stream, error) {
	result, err := a.Jobs.Result(job)
	if err != nil {
		return rest.Stream{}, err
	}
	s := rest.Stream{ContentType: "application/json;charset=UTF-8", Name: fileName(job, k)}
	write := result.JSON
	if k == asCSV {
		s.ContentType = "text/csv;charset=UTF-8"
		if write, err = result.Table(c.Context()); err != nil {
			return rest.Stream{}, err
		}
	}
	s.Write = func(w io.Writer) error { return write(c.Context(), w) }
	return s, nil
}

// fileName returns what a browser saves a result as.
func fileName(job turnstone.BulkJob, k kind) string {
	return fmt.Sprintf("%s-%d.%s", strings.ReplaceAll(job.Query.Resource, "/", "-"), job.ID, k)
}
