package page

import (
	"context"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"turnstone"
	"turnstone/internal/people"
)

// Sessions knows who uses which browser. Errors wrap auth.ErrUnauthorized where somebody
// must sign in again.
type Sessions interface {
	Open(ctx context.Context, email string, proof people.Proof, agent string) (turnstone.Session, error)
	Visitor(ctx context.Context, token turnstone.Secret) (people.Visitor, error)
	Close(ctx context.Context, token turnstone.Secret) error
}

// Route is a page, or something that one can do on one.
type Route struct {
	Pattern string // of http.ServeMux
	Answer  Endpoint
	Open    bool // to those who are not signed in, too
}

// Endpoint answers a visit. Errors are shown on a page of their own.
type Endpoint func(v *Visit) (Answer, error)

// Pages are the pages of one area of the console.
type Pages interface {
	Routes() []Route
	// Templates holds files *.html, each of which defines templates with the name of the
	// file, without its end, before their own.
	Templates() fs.FS
	// Link is the area's place in the navigation; the zero Link is none.
	Link() Link
}

// Link is a place in the navigation.
type Link struct {
	Name  string // that views of the area give
	Label string
	Path  string
}

// Site answers the requests of browsers. Its fields are set once; all but Closing must be.
type Site struct {
	API      http.Handler // of the REST API
	Sessions Sessions
	Areas    []Pages
	Now      func() time.Time
	Log      *slog.Logger
	Closing  <-chan struct{} // closed when the service stops, so that what is live ends
}

// console is a Site that is ready to answer.
type console struct {
	*Site
	templates *template.Template
	assets    assets
}

// Handler returns what answers the console's pages, and leaves all else to the API. The
// error is about the templates.
func (s *Site) Handler() (http.Handler, error) {
	c := &console{Site: s}
	var err error
	if c.assets, err = readAssets(); err != nil {
		return nil, err
	}
	if c.templates, err = c.parse(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+assetRoot+"{name}", c.assets.serve)
	for _, area := range s.Areas {
		for _, r := range area.Routes() {
			mux.Handle(r.Pattern, c.handle(r))
		}
	}
	return c.divide(mux), nil
}

// parse reads the templates of all areas.
func (c *console) parse() (*template.Template, error) {
	all := template.New("console").Funcs(c.funcs())
	for _, files := range append([]fs.FS{Templates(templates)}, templatesOf(c.Areas)...) {
		if _, err := all.ParseFS(files, "*.html"); err != nil {
			return nil, fmt.Errorf("read the console's templates: %w", err)
		}
	}
	return all, nil
}

func templatesOf(areas []Pages) []fs.FS {
	var all []fs.FS
	for _, a := range areas {
		all = append(all, a.Templates())
	}
	return all
}

// divide sends browsers to the pages, and everybody else to the API. What a page is at
// belongs to the console; a path that nobody knows is a page for those who ask for HTML.
func (c *console) divide(mux *http.ServeMux) http.Handler {
	guarded := http.NewCrossOriginProtection().Handler(mux)
	lost := c.handle(Route{Answer: notHere})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch _, pattern := mux.Handler(r); {
		case belongsToAPI(r):
			c.API.ServeHTTP(w, r)
		case pattern != "":
			guarded.ServeHTTP(w, r)
		case wantsPage(r):
			lost.ServeHTTP(w, r)
		default:
			c.API.ServeHTTP(w, r)
		}
	})
}
