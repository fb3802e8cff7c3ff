package generic_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"turnstone/elements"
	"turnstone/internal/element"
	"turnstone/internal/generic"
)

func base(t testing.TB) *element.Element {
	t.Helper()
	el, err := element.Read(elements.FS, "rest")
	if err != nil {
		t.Fatal(err)
	}
	return el
}

// with returns the configuration of an instance that declares resources.
func with(resources string, entries ...string) map[string]string {
	config := map[string]string{"base.url": "https://api.example.com/v1", "rest.resources": resources}
	for i := 0; i+1 < len(entries); i += 2 {
		config[entries[i]] = entries[i+1]
	}
	return config
}

const orders = `[{"name":"orders","path":"/v2/orders","records":"data.orders","id":"no","updated":"at","created":"born","format":"yyyy-MM-dd HH:mm:ss","zone":"UTC",
	"since":"changed_since","query":{"expand":"lines"},"where":["shop"],"paging":{"type":"offset","token":"skip","size":"top","limit":50,"total":"data.total"},"single":"/v2/orders/{id}"}]`

func TestADeclarationBecomesAnElement(t *testing.T) {
	el, err := generic.Of(base(t), with(orders))
	if err != nil {
		t.Fatalf("Of = %v", err)
	}
	r, ok := el.Resource("orders")
	if !ok || r.PrimaryKey != "no" || r.Retriever.Requester.Path.String() != "/v2/orders" || r.Operations["retrieve"] == nil {
		t.Fatalf("the resource is %+v, want orders as declared", r)
	}
	if p := r.Retriever.Paginator; p.Type != "OffsetIncrement" || p.PageSize != 50 || p.TokenOption.FieldName != "skip" || p.TotalRecords != "data.total" {
		t.Errorf("the paginator is %+v, want the declared one", p)
	}
	want := `{"orders":{"url":"/hubs/general/orders?where=changed_since='${dateTimeZone:UTC:yyyy-MM-dd HH:mm:ss}'","idField":"no"}}`
	if got := el.PollerConfiguration(); got != want {
		t.Errorf("PollerConfiguration = %s, want %s", got, want)
	}
}

func TestAuthenticationIsDeclaredOrFollowsFromWhatIsFilledIn(t *testing.T) {
	tests := map[string]struct {
		entries []string
		want    string
	}{
		"nothing":                   {nil, "NoAuth"},
		"a key":                     {[]string{"rest.key", "k"}, "ApiKeyAuthenticator"},
		"a key in the query":        {[]string{"rest.key", "k", "rest.authentication", "query"}, "NoAuth"},
		"a bearer":                  {[]string{"rest.key", "k", "rest.authentication", "Bearer"}, "BearerAuthenticator"},
		"a login":                   {[]string{"username", "u", "password", "p"}, "BasicHttpAuthenticator"},
		"a token below the address": {[]string{"oauth.token.url", "https://api.example.com/v1/token", "oauth.api.key", "a", "oauth.api.secret", "b"}, "OAuthAuthenticator"},
		"a token elsewhere":         {[]string{"oauth.token.url", "https://login.example.com/token", "oauth.api.key", "a", "oauth.api.secret", "b"}, "OAuthAuthenticator"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			el, err := generic.Of(base(t), with(orders, tt.entries...))
			if err != nil || el.Authenticator.Type != tt.want {
				t.Fatalf("Of = %v, %v, want %s", el, err, tt.want)
			}
		})
	}
	el, err := generic.Of(base(t), with(orders, tests["a token elsewhere"].entries...))
	if err != nil || !el.HostAllowed("https://api.example.com/v1", "https://login.example.com/token") {
		t.Errorf("Of = %v, want an element whose credential may go to the token endpoint", err)
	}
}

func TestWhatIsWrongIsToldByItsPath(t *testing.T) {
	tests := map[string]struct {
		config map[string]string
		want   []string // key and path, and a part of the text
	}{
		"nothing declared":     {with(""), []string{"rest.resources: is missing; write a JSON list"}},
		"no JSON":              {with("["), []string{"rest.resources: is no JSON list"}},
		"an object":            {with("{}"), []string{"rest.resources: is no JSON list"}},
		"an empty list":        {with("[]"), []string{"rest.resources: is an empty list"}},
		"a text":               {with(`["orders"]`), []string{"rest.resources[0].: is a string; write an object"}},
		"no name":              {with(`[{}]`), []string{"rest.resources[0].name: is missing"}},
		"a bad name":           {with(`[{"name":"a b"}]`), []string{`rest.resources[0].name: "a b" is no name`}},
		"two of a name":        {with(`[{"name":"a"},{"name":"a"}]`), []string{`rest.resources[1].name: "a" is declared twice`}},
		"a typo":               {with(`[{"name":"a","recrods":"x"}]`), []string{"rest.resources[0].recrods: is no member of a resource; did you mean records?"}},
		"a number for a text":  {with(`[{"name":7}]`), []string{"rest.resources[0].name: is a number; write text"}},
		"a method":             {with(`[{"name":"a","method":"DELETE"}]`), []string{"rest.resources[0].method: "}},
		"a path without slash": {with(`[{"name":"a","path":"a"}]`), []string{`rest.resources[0].path: "a" does not begin with /`}},
		"a query in the path":  {with(`[{"name":"a","path":"/a?b=c"}]`), []string{"rest.resources[0].path: "}},
		"a lookup":             {with(`[{"name":"a","query":{"k":"{{ config['rest.key'] }}"}}]`), []string{"rest.resources[0].query.k: has {{ in it"}},
		"no such paging":       {with(`[{"name":"a","paging":{"type":"pages"}}]`), []string{`rest.resources[0].paging.type: "pages" is no way of paging; write page, offset`}},
		"half a paging":        {with(`[{"name":"a","paging":{"type":"cursor","token":"c"}},{"name":"b","paging":{"type":"link","token":"c"}}]`), []string{"rest.resources[0].paging.next: is missing", "rest.resources[1].paging.token: is not for link"}},
		"a bad page size":      {with(`[{"name":"a","paging":{"type":"link","limit":-1}}]`), []string{"rest.resources[0].paging.limit: -1"}},
		"since without a date": {with(`[{"name":"a","since":"s","zone":"UTC"}]`), []string{"rest.resources[0].since: is of no use without updated", "rest.resources[0].zone"}},
		"a bad format":         {with(`[{"name":"a","updated":"u","format":"yyyy-QQ"}]`), []string{"rest.resources[0].format: "}},
		"a bad zone":           {with(`[{"name":"a","updated":"u","zone":"Moon"}]`), []string{"rest.resources[0].zone: "}},
		"a single without id":  {with(`[{"name":"a","single":"/a"}]`), []string{"rest.resources[0].single: has no {id}"}},
		"no such login":        {with(orders, "rest.authentication", "baisc"), []string{`rest.authentication: "baisc" is no way of authentication; did you mean basic?`}},
		"a missing key":        {with(orders, "rest.authentication", "header"), []string{"rest.key: is missing"}},
		"a token in clear":     {with(orders, "oauth.token.url", "http://login.example.com", "oauth.api.key", "a", "oauth.api.secret", "b"), []string{"oauth.token.url: "}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := generic.Of(base(t), tt.config)
			problems, ok := errors.AsType[generic.Problems](err)
			if !ok {
				t.Fatalf("Of = %v, want Problems", err)
			}
			for i, want := range tt.want {
				if i >= len(problems) || !strings.Contains(strings.Split(problems.Error(), "\n")[i], want) {
					t.Errorf("problem %d of %v, want ...%s...", i, problems, want)
				}
			}
		})
	}
}

func ExampleOf() {
	rest, err := element.Read(elements.FS, "rest")
	if err != nil {
		fmt.Println(err)
		return
	}
	el, err := generic.Of(rest, map[string]string{
		"base.url": "https://api.example.com", "rest.key": "secret",
		"rest.resources": `[{"name": "orders", "records": "data", "updated": "updated_at", "paging": {"type": "page", "token": "page"}}]`,
	})
	fmt.Println(el.PollerConfiguration(), err)
	_, err = generic.Of(rest, map[string]string{"base.url": "https://api.example.com", "rest.resources": `[{"pth": "orders"}]`})
	fmt.Println(strings.SplitN(err.Error(), " (", 2)[0])
	// Output:
	// {"orders":{"url":"/hubs/general/orders","idField":"id"}} <nil>
	// rest.resources[0].pth: is no member of a resource; did you mean path?
}

func FuzzOf(f *testing.F) {
	el := base(f)
	f.Add(orders, "header")
	f.Add(`[{"name":"a","body":{"x":1},"headers":{"X":"y"},"paging":{"type":"url","next":"n"}}]`, "oauth2")
	f.Fuzz(func(t *testing.T, resources, kind string) {
		made, err := generic.Of(el, with(resources, "rest.authentication", kind, "rest.key", "k"))
		if err == nil && len(made.Resources) == 0 {
			t.Error("Of = an element without resources, want a problem")
		}
	})
}
