package api_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"time"

	"turnstone/elements"
	"turnstone/internal/api"
	"turnstone/internal/api/rest"
	"turnstone/internal/element"
	"turnstone/internal/instance"
)

// The page on which a person allows the access is public, so that it needs
// nothing but the catalogue.
func ExampleAPI_Handler() {
	catalogue, err := element.Load(elements.FS)
	if err != nil {
		fmt.Println(err)
		return
	}
	a := &api.API{
		Server:    &rest.Server{Elements: catalogue, Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		Instances: &instance.Instances{Elements: catalogue},
	}
	answer := httptest.NewRecorder()
	a.Handler().ServeHTTP(answer, httptest.NewRequest("GET",
		"/elements/api-v2/elements/concur/oauth/url?apiKey=id&callbackUrl=https://app.example/auth&scope=EXPRPT", nil))
	fmt.Println(answer.Code, answer.Body)
	// Output:
	// 200 {"element":"concur","oauthUrl":"https://www-us2.api.concursolutions.com/oauth2/v0/authorize?client_id=id&redirect_uri=https%3A%2F%2Fapp.example%2Fauth&response_type=code&scope=EXPRPT&state=concur"}
}
