package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/oauth"
)

// A new instance gets its first credential from the code that the vendor gave a
// person's browser.
func ExampleKeeper_Obtain() {
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("code") != "4711" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"code":103,"error":"invalid_grant","error_description":"code bad or expired"}`)
			return
		}
		fmt.Fprintf(w, `{"access_token":"t","refresh_token":"r","expires_in":"3600","geolocation":"http://%s"}`, r.Host)
	}))
	defer vendor.Close()

	elements, err := element.Load(os.DirFS("../../elements"))
	if err != nil {
		fmt.Println(err)
		return
	}
	concur, _ := elements.Lookup("concur")
	k := &oauth.Keeper{Elements: elements, HTTP: http.DefaultClient, Now: time.Now}
	configuration := turnstone.Configuration{"base.url": vendor.URL, "oauth.api.key": "id", "oauth.api.secret": "secret"}

	c, err := k.Obtain(context.Background(), concur, configuration, oauth.Grant{Code: "4711"})
	fmt.Println(c.State, c.Values["geolocation"] == vendor.URL, err)

	_, err = k.Obtain(context.Background(), concur, configuration, oauth.Grant{Code: "guess"})
	e, _ := errors.AsType[*turnstone.VendorError](err)
	fmt.Println(errors.Is(err, turnstone.ErrUnauthenticated), e.Message)

	c, err = k.Obtain(context.Background(), concur, configuration, oauth.Grant{})
	fmt.Println(c.State, err)
	// Output:
	// valid true <nil>
	// true code bad or expired
	// awaiting <nil>
}

func ExampleAuthorizeURL() {
	elements, err := element.Load(os.DirFS("../../elements"))
	if err != nil {
		fmt.Println(err)
		return
	}
	concur, _ := elements.Lookup("concur")
	fmt.Println(oauth.AuthorizeURL(concur, turnstone.Configuration{
		"oauth.api.key":      "UPjRvqOyYz9hDdWLLLLuQV",
		"oauth.callback.url": "https://httpbin.org/get",
		"oauth.scope":        "EXPRPT",
	}, ""))
	// Output: https://www-us2.api.concursolutions.com/oauth2/v0/authorize?client_id=UPjRvqOyYz9hDdWLLLLuQV&redirect_uri=https%3A%2F%2Fhttpbin.org%2Fget&response_type=code&scope=EXPRPT&state=concur <nil>
}
