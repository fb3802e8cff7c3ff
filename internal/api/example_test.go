package api_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"time"

	"turnstone/elements"
	"turnstone/internal/api"
	"turnstone/internal/api/catalogue"
	"turnstone/internal/api/rest"
	"turnstone/internal/element"
	"turnstone/internal/instance"
)

// The page on which a person allows the access is public, so that it needs
// nothing but the catalogue.
func ExampleAPI_Handler() {
	known, err := element.Load(elements.FS)
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &rest.Server{Elements: known, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	a := &api.API{
		Server:    server,
		Catalogue: &catalogue.API{Server: server, Authorize: &instance.Instances{Elements: known}},
	}
	answer := httptest.NewRecorder()
	a.Handler().ServeHTTP(answer, httptest.NewRequest("GET",
		"/elements/api-v2/elements/concur/oauth/url?apiKey=id&callbackUrl=https://app.example/auth&scope=EXPRPT", nil))
	fmt.Println(answer.Code, answer.Body)
	// Output:
	// 200 {"element":"concur","oauthUrl":"https://www-us2.api.concursolutions.com/oauth2/v0/authorize?client_id=id&redirect_uri=https%3A%2F%2Fapp.example%2Fauth&response_type=code&scope=EXPRPT&state=concur"}
}
