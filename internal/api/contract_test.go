package api_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"turnstone/internal/api/rest"
)

// contract holds calls against openapi.yaml.
type contract struct {
	validator validator.Validator
	// operations are all that the document has, by method and path.
	operations map[string]bool
	byID       map[string]operation
}

// operation is an operation of the document; its path is without the prefix.
type operation struct {
	method, path string
	granted      bool // ever: some are there to say what to do in their place
}

// theContract is read once: making its validator takes longer than most tests.
var theContract = sync.OnceValues(func() (*contract, error) {
	text, err := os.ReadFile(filepath.Join("..", "..", "openapi.yaml"))
	if err != nil {
		return nil, err
	}
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		return nil, err
	}
	model, err := document.BuildV3Model()
	if err != nil {
		return nil, err
	}
	c := &contract{validator: validator.NewValidatorFromV3Model(&model.Model), operations: map[string]bool{}, byID: map[string]operation{}}
	for path, item := range model.Model.Paths.PathItems.FromOldest() {
		whole := path
		if len(item.Servers) == 0 {
			whole = rest.Prefix + path
		}
		for method, o := range item.GetOperations().FromOldest() {
			method = strings.ToUpper(method)
			_, granted := o.Responses.Codes.Get("200")
			c.operations[method+" "+whole] = true
			c.byID[o.OperationId] = operation{method, path, granted}
		}
	}
	return c, nil
})

// hold fails the test if an answer, or a request that was granted, is not as the
// document says.
func (w *world) hold(r *http.Request, body string, got answer) {
	w.t.Helper()
	c, err := theContract()
	if err != nil {
		w.t.Fatal(err)
	}
	if !strings.HasPrefix(r.URL.Path, rest.Prefix) || got.status == http.StatusNotFound || got.status == http.StatusMethodNotAllowed {
		return // there may be no such operation
	}
	r = c.written(r)
	response := &http.Response{StatusCode: got.status, Header: got.header, Body: io.NopCloser(strings.NewReader(got.body)), Request: r}
	if ok, problems := c.validator.ValidateHttpResponse(r, response); !ok {
		w.t.Errorf("%s %s = %d %s, which openapi.yaml does not have: %s", r.Method, r.URL, got.status, got.body, problemsOf(problems))
	}
	if got.status != http.StatusOK {
		return
	}
	asked := r.Clone(w.t.Context())
	asked.Body = io.NopCloser(strings.NewReader(body))
	if body != "" && asked.Header.Get("Content-Type") == "" {
		asked.Header.Set("Content-Type", "application/json") // a body is taken for that, which the document cannot say
	}
	if ok, problems := c.validator.ValidateHttpRequest(asked); !ok {
		w.t.Errorf("%s %s %s was granted, and openapi.yaml does not have it: %s", r.Method, r.URL, body, problemsOf(problems))
	}
}

// written returns a request with the path that the document has for it: with an
// Element token, hub paths may be written without /hubs/{hub}.
func (c *contract) written(r *http.Request) *http.Request {
	path := strings.TrimPrefix(r.URL.Path, rest.Prefix)
	first := strings.SplitN(path, "/", 3)[1]
	for operation := range c.operations {
		if strings.HasPrefix(operation[strings.Index(operation, "/"):]+"/", rest.Prefix+"/"+first+"/") {
			return r
		}
	}
	r = r.Clone(r.Context())
	r.URL.Path = rest.Prefix + "/hubs/-" + path
	return r
}

// problemsOf returns what a validator found, a line each.
func problemsOf[T error](problems []T) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "\n\t%v", p)
	}
	return b.String()
}

// Every route is in the document, and every operation of the document is a route.
func TestTheDocumentHasAllRoutesAndNoOthers(t *testing.T) {
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	a := newWorld(t).api(t)
	routes := map[string]bool{}
	for _, r := range a.Expanded(a.Routes()) {
		for _, path := range documented(r.Pattern) {
			routes[path] = true
			if !c.operations[path] {
				t.Errorf("openapi.yaml lacks %s", path)
			}
		}
	}
	for operation := range c.operations {
		if strings.Contains(operation, rest.Prefix) && !routes[operation] && !ofToken(routes, operation) {
			t.Errorf("openapi.yaml has %s, and there is no such route", operation)
		}
	}
}

// documented returns how the document writes a route. A path of any length cannot be
// written there: it has the two forms that hub paths mostly have.
func documented(pattern string) []string {
	begin, found := strings.CutSuffix(pattern, "/{path...}")
	if !found {
		return []string{strings.Replace(pattern, "...}", "}", 1)}
	}
	if strings.HasPrefix(pattern, "POST ") {
		return []string{begin + "/{resource}"}
	}
	return []string{begin + "/{resource}", begin + "/{resource}/{recordId}"}
}

// ofToken reports whether an operation is that of a route, for the instance whose
// token the caller gave.
func ofToken(routes map[string]bool, operation string) bool {
	method, path, _ := strings.Cut(operation, " ")
	below, found := strings.CutPrefix(path, rest.Prefix+"/instances")
	return found && routes[method+" "+rest.Prefix+"/instances/{id}"+below]
}
