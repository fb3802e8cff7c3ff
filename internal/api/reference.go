package api

import (
	"io"
	"sync"

	"turnstone"
	"turnstone/internal/api/rest"
	"turnstone/internal/openapi"
)

// outsideRoutes are those that are not below the platform's prefix.
func (a *API) outsideRoutes() []rest.Route {
	// The page is the same for everybody, and made when it is first asked for.
	page := sync.OnceValues(func() ([]byte, error) { return openapi.Reference([]byte(turnstone.OpenAPI())) })
	return []rest.Route{
		{Pattern: "GET /healthz", Answer: health},
		{Pattern: "GET /readyz", Answer: a.ready},
		{Pattern: "GET /openapi.yaml", Answer: showDocument},
		{Pattern: "GET /docs", Answer: func(c *rest.Call) (any, error) { return showReference(c, page) }},
		{Pattern: "GET /docs/style.css", Answer: showStyle},
	}
}

func showDocument(*rest.Call) (any, error) {
	return static("application/yaml;charset=UTF-8", turnstone.OpenAPI()), nil
}

func showStyle(*rest.Call) (any, error) {
	return static("text/css;charset=UTF-8", openapi.Style()), nil
}

func showReference(c *rest.Call, made func() ([]byte, error)) (any, error) {
	page, err := made()
	if err != nil {
		return nil, err
	}
	c.Reply.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	return static("text/html;charset=UTF-8", string(page)), nil
}

// static is an answer that is the same for everybody.
func static(contentType, text string) rest.Stream {
	return rest.Stream{ContentType: contentType, Write: func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}}
}
