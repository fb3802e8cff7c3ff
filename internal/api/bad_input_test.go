package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"turnstone"
)

// polling returns the seed's JSON with one member of its poller configuration
// replaced.
func polling(t *testing.T, config string) string {
	t.Helper()
	return seed(t, map[string]any{"event.poller.configuration": config})
}

func TestBadInputIsExplainedAndChangesNothing(t *testing.T) {
	const reports = "configuration.event.poller.configuration.reports"
	type row struct {
		body   string
		status int
		path   string // what the message names
		remedy string // what it says to do
	}
	with := func(key string, value any) string { return seed(t, map[string]any{key: value}) }
	url := func(url string) string {
		return polling(t, fmt.Sprintf(`{"reports":{"url":%q,"idField":"ID"}}`, url))
	}
	tests := map[string]row{
		"empty body":                  {"", 400, "the body is empty", "write a JSON object"},
		"only spaces":                 {" \n ", 400, "the body is empty", "write a JSON object"},
		"no JSON":                     {"hello", 400, "line 1, column 1", "write one JSON object"},
		"half a body":                 {`{"name": "x"`, 400, "line 1, column 12", "write one JSON object"},
		"comma too many":              {"{\n  \"name\": \"x\",\n}", 400, "line 3, column 1", "write one JSON object"},
		"trailing data":               {`{"name":"x"} {}`, 400, "line 1, column 14", "write one JSON object"},
		"a list":                      {`[]`, 400, "no JSON object", "beginning with {"},
		"a text":                      {`"x"`, 400, "no JSON object", "beginning with {"},
		"null":                        {`null`, 400, "no JSON object", "beginning with {"},
		"member twice":                {`{"name":"a","name":"b"}`, 400, `"name" stands twice`, "keep one"},
		"inner member twice":          {`{"configuration":{"a.b":"1","a.b":"2"}}`, 400, `"configuration.a.b" stands twice`, "keep one"},
		"deep nesting":                {`{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, 400, "nested deeper than 100", "write it flatter"},
		"very deep nesting":           {strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000), 400, "no JSON", "write one JSON object"},
		"not UTF-8":                   {"{\"name\":\"\xff\"}", 400, "line 1, column 10", "send it in UTF-8"},
		"too large":                   {`{"name":"` + strings.Repeat("x", 8<<20) + `"}`, 413, "larger than 8 MB", "send less"},
		"empty object":                {`{}`, 400, "element: is missing", `write {"key": "concur"}`},
		"unknown element":             {with("^element", map[string]any{"key": "conqur"}), 400, `element.key: "conqur" is not in the catalogue`, "GET /elements"},
		"unknown element id":          {with("^element", map[string]any{"id": 1}), 400, `element.id: "1" is not in the catalogue`, "GET /elements"},
		"contradicting element":       {with("^element", map[string]any{"key": "concur", "id": 1}), 400, "element.id: is 1", "write one of key and id"},
		"element is text":             {with("^element", "concur"), 400, "element: is text", "write an object"},
		"element key is a number":     {with("^element", map[string]any{"key": 7}), 400, "element.key: is a number", "write text in quotes"},
		"element id is no number":     {with("^element", map[string]any{"id": -1}), 400, `element.id: is "-1"`, "write the number of an element"},
		"no name":                     {with("^name", nil), 400, "name: is missing", "write a name"},
		"empty name":                  {with("^name", "  "), 400, "name: is empty", "write at least one character"},
		"name of tags alone":          {with("^name", "<b></b>"), 400, "name: is empty", "beside HTML tags"},
		"name is a list":              {with("^name", []string{"x"}), 400, "name: is a list", "write text in quotes"},
		"long name":                   {with("^name", strings.Repeat("x", 256)), 400, "name: has more than 255 characters", "shorten it"},
		"enormous name":               {with("^name", strings.Repeat("<<b>", 10_000)), 400, "name: has 40000 bytes", "write at most 255"},
		"name with a line break":      {with("^name", "a\nb"), 400, "name: has a control character", "write it on one line"},
		"tags is text":                {with("^tags", "Docs"), 400, "tags: is text", `write a list of texts, such as ["Docs"]`},
		"tag is a number":             {with("^tags", []any{"a", 7}), 400, "tags.1: is a number", "write text in quotes"},
		"empty tag":                   {with("^tags", []string{""}), 400, "tags.0: is empty", "write at least one character"},
		"many tags":                   {with("^tags", make([]string, 101)), 400, "tags: has more than 100 tags", "write fewer"},
		"configuration is a list":     {with("^configuration", []string{}), 400, "configuration: is a list", "write an object"},
		"configuration value a list":  {with("some.key", []string{}), 400, "configuration.some.key: is a list", "write text in quotes"},
		"empty key":                   {with(" ", "x"), 400, `configuration: has the key " "`, "write a name of 1 to 256"},
		"long value":                  {with("some.key", strings.Repeat("x", 1<<20+1)), 400, "configuration.some.key: has 1048577 bytes", "write at most 1048576"},
		"required entry missing":      {with("oauth.api.key", nil), 400, "configuration.oauth.api.key: is missing", "write the API Key: The client id of your app"},
		"required entry empty":        {with("oauth.api.secret", " "), 400, "configuration.oauth.api.secret: is missing", "write the API Secret"},
		"mask of nothing":             {with("oauth.user.token", turnstone.Masked), 400, "configuration.oauth.user.token: is the mask", "write the secret itself"},
		"boolean":                     {with("filter.response.nulls", "yes"), 400, `configuration.filter.response.nulls: is "yes"`, "write true or false"},
		"enabled":                     {with("event.notification.enabled", 1), 400, `configuration.event.notification.enabled: is "1"`, "write true or false"},
		"no instance finder":          {with("event.notification.instance.finder", "site.id"), 400, "event.notification.instance.finder", "site.id|data.site_id"},
		"other vendor type":           {with("event.vendor.type", "magic"), 400, "configuration.event.vendor.type", `write "polling" or "webhooks"`},
		"callback of another kind":    {with("event.notification.callback.url", "ftp://x"), 400, `configuration.event.notification.callback.url: "ftp://x" is no http or https address`, "write the address of your receiver"},
		"callback without a scheme":   {with("event.notification.callback.url", "mycoolstore.com"), 400, "configuration.event.notification.callback.url", "write the address of your receiver"},
		"callback without a host":     {with("event.notification.callback.url", "http:///x"), 400, "has no host", "write the address of your receiver"},
		"callback with a password":    {with("event.notification.callback.url", "http://u:basic-secret@x.example"), 400, "has a user name in it", "write the address of your receiver"},
		"callback unreadable":         {with("event.notification.callback.url", "http://u:basic-secret@x example/%zz"), 400, "has a user name in it", "write the address of your receiver"},
		"callback placeholder":        {with("event.notification.callback.url", "<INSERT_YOUR_APPS_CALLBACK_URL>"), 400, "is no http or https address", "write the address of your receiver"},
		"callback not allowed":        {with("event.notification.callback.url", "http://10.0.0.1/"), 400, "configuration.event.notification.callback.url: 10.0.0.1 is a private address", "--allow-network"},
		"redirect no address":         {with("oauth.callback.url", "nope"), 400, "configuration.oauth.callback.url: \"nope\" is no whole address", "registered with your app"},
		"base URL not allowed":        {with("base.url", "http://10.0.0.1/"), 400, "configuration.base.url: 10.0.0.1 is a private address", "--allow-network"},
		"base URL is none":            {with("base.url", "vendor"), 400, "configuration.base.url", "write one like https://api.example.com"},
		"base URL with a query":       {with("base.url", "https://vendor.example/?a=b"), 400, "configuration.base.url", "end it with the host or a path"},
		"basic user with a colon":     {with("event.notification.basic.username", "a:b"), 400, "configuration.event.notification.basic.username", "write a name without one"},
		"headers no JSON":             {with("event.notification.callback.headers", `{"X-A": 1}`), 400, "configuration.event.notification.callback.headers", "write a JSON object of texts"},
		"headers without a colon":     {with("event.notification.callback.headers", "X-A"), 400, "has a part without a colon", "write a JSON object of texts"},
		"header injection":            {with("event.notification.callback.headers", map[string]string{"X-A": "header-secret\r\nX-B: c"}), 400, "line break or control character in the value of X-A", "write it on one line"},
		"header name injection":       {with("event.notification.callback.headers", map[string]string{"X-A\r\nX-B": "c"}), 400, "has the header name", "letters, digits and dashes"},
		"header of the connection":    {with("event.notification.callback.headers", "Host:evil.example"), 400, "sets Host", "leave it out"},
		"header of ours":              {with("event.notification.callback.headers", "webhook-signature:v1"), 400, "sets Webhook-Signature", "choose another name"},
		"header of the platform":      {with("event.notification.callback.headers", "elements-webhook-id:1"), 400, "sets Elements-Webhook-Id", "choose another name"},
		"interval zero":               {with("event.poller.refresh_interval", 0), 400, `configuration.event.poller.refresh_interval: is "0"`, "write a number of minutes"},
		"interval negative":           {with("event.poller.refresh_interval", "-5"), 400, "configuration.event.poller.refresh_interval", "write a number of minutes"},
		"interval no number":          {with("event.poller.refresh_interval", "often"), 400, "configuration.event.poller.refresh_interval", "write a number of minutes"},
		"interval infinite":           {with("event.poller.refresh_interval", "Inf"), 400, "configuration.event.poller.refresh_interval", "write a number of minutes"},
		"interval with an exponent":   {with("event.poller.refresh_interval", "1e3"), 400, "configuration.event.poller.refresh_interval", "write a number of minutes"},
		"interval a fraction":         {with("event.poller.refresh_interval", 1.5), 400, "configuration.event.poller.refresh_interval", "write whole minutes"},
		"interval a boolean":          {with("event.poller.refresh_interval", true), 400, "configuration.event.poller.refresh_interval", "write a number of minutes"},
		"pollers no JSON":             {polling(t, `{"reports":`), 400, "configuration.event.poller.configuration: is no JSON", "write an object with one member a resource"},
		"pollers a list":              {polling(t, `[]`), 400, "configuration.event.poller.configuration: is an array", "write an object with one member a resource"},
		"pollers text in text":        {polling(t, `"\"reports\""`), 400, "configuration.event.poller.configuration", "write an object with one member a resource"},
		"pollers a number":            {with("event.poller.configuration", 7), 400, "configuration.event.poller.configuration: is a number", "write an object with one member a resource"},
		"poller a text":               {polling(t, `{"reports":"all"}`), 400, reports, `write an object with "url"`},
		"poller twice":                {polling(t, `{"reports":{"url":"/reports"},"reports":{"url":"/reports"}}`), 400, reports, "keep one"},
		"poller without a URL":        {polling(t, `{"reports":{"idField":"ID"}}`), 400, reports + ".url: is missing", "write the hub URL"},
		"URL of another host":         {url("https://evil.example/hubs/expense/reports"), 400, reports + ".url", "write it like /hubs/expense/reports"},
		"URL of a host without http":  {url("//evil.example/reports"), 400, reports + ".url", "write it like /hubs/expense/reports"},
		"URL that climbs":             {url("/hubs/expense/../reports"), 400, reports + ".url", "write it like /hubs/expense/reports"},
		"URL without a resource":      {url("/hubs/expense"), 400, reports + ".url: names no resource", "write it like /hubs/expense/reports"},
		"URL of an unknown resource":  {url("/hubs/expense/report"), 400, reports + ".url", "did you mean reports?"},
		"URL with a bad where":        {url("/hubs/expense/reports?where=modifiedDateAfter="), 400, reports + ".url: where", ""},
		"URL with an unknown filter":  {url("/hubs/expense/reports?where=modifiedDateAftr='2026-01-01'"), 400, reports + ".url: where", "did you mean"},
		"URL with an order":           {url("/hubs/expense/reports?orderBy=Name"), 400, reports + ".url: orderBy", "leave orderBy out"},
		"unknown macro":               {url("/hubs/expense/reports?where=modifiedDateAfter='${now}'"), 400, reports + ".url: macro", "write one of ${date:PATTERN}"},
		"macro with a bad pattern":    {url("/hubs/expense/reports?where=modifiedDateAfter='${date:bogus}'"), 400, reports + ".url: macro", ""},
		"macro that does not end":     {url("/hubs/expense/reports?where=modifiedDateAfter='${date"), 400, reports + ".url: macro", "write a } after it"},
		"bad date format":             {polling(t, `{"reports":{"url":"/reports","datesConfiguration":{"updatedDateField":"D","updatedDateFormat":"bogus"}}}`), 400, reports + ".datesConfiguration.updatedDateFormat", ""},
		"date format missing":         {polling(t, `{"reports":{"url":"/reports","datesConfiguration":{"updatedDateField":"D"}}}`), 400, reports + ".datesConfiguration.updatedDateFormat: is missing", "write how D is written"},
		"bad zone":                    {polling(t, `{"reports":{"url":"/reports","datesConfiguration":{"updatedDateField":"D","updatedDateFormat":"yyyy","updatedDateTimezone":"Mars"}}}`), 400, reports + ".datesConfiguration.updatedDateTimezone", ""},
		"page size zero":              {polling(t, `{"reports":{"url":"/reports","pageSize":0}}`), 400, reports + ".pageSize", "write a whole number from 1"},
		"external authentication":     {with("^externalAuthentication", "full"), 400, `externalAuthentication: is "full"`, `write "none", or "initial"`},
		"external without a token":    {with("^externalAuthentication", "initial"), 400, "configuration.oauth.user.refresh_token: is missing", "says that you have one"},
		"provider data is text":       {with("^providerData", "code"), 400, "providerData: is text", "write an object"},
		"several things at once":      {seed(t, map[string]any{"^name": nil, "event.poller.refresh_interval": 0, "event.vendor.type": "x"}), 400, "name: is missing", "configuration.event.vendor.type"},
		"a code the vendor refuses":   {seed(t, map[string]any{"^providerData": map[string]string{"code": "used"}, "base.url": "VENDOR"}), 400, "get a token by authorization_code", "get a new code"},
		"a login the vendor refuses":  {seed(t, map[string]any{"base.url": "VENDOR", "username": "a", "password": "concur-secret"}), 400, "get a token by password", "check the login"},
		"a token the vendor refuses":  {seed(t, map[string]any{"base.url": "VENDOR", "oauth.user.refresh_token": "concur-secret"}), 400, "get a token by refresh_token", "check oauth.user.refresh_token"},
		"a vendor that does not live": {seed(t, map[string]any{"base.url": "http://127.0.0.1:1", "username": "a", "password": "b"}), 502, "no answer from the vendor", ""},
	}
	w := newWorld(t)
	w.create()
	before := w.state()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			body := strings.ReplaceAll(tt.body, "VENDOR", w.vendor.URL)
			got := w.call("POST", "/instances", body)
			message := decode[struct{ RequestID, Message string }](t, got)
			if got.status != tt.status || !strings.Contains(message.Message, tt.path) || !strings.Contains(message.Message, tt.remedy) {
				t.Errorf("POST = %d %s, want %d with %q and %q", got.status, message.Message, tt.status, tt.path, tt.remedy)
			}
			if len(message.RequestID) != 24 || got.header.Get("Elements-Request-Id") != message.RequestID {
				t.Errorf("requestId = %q, header %q, want the same 24 digits", message.RequestID, got.header.Get("Elements-Request-Id"))
			}
			if after := w.state(); after != before {
				t.Errorf("the store changed:\n%s\nwas\n%s", after, before)
				before = after
			}
		})
	}
}

func TestBadUpdatesChangeNothing(t *testing.T) {
	w := newWorld(t)
	w.create()
	before := w.state()
	for name, body := range map[string]string{
		"another element":     `{"element":{"key":"salesforce"}}`,
		"empty name":          `{"name":""}`,
		"bad callback":        `{"name":"new","configuration":{"event.notification.callback.url":"ftp://x"}}`,
		"required entry gone": `{"name":"new","configuration":{"oauth.api.secret":""}}`,
		"bad pollers":         `{"configuration":{"event.poller.configuration":{"reports":{"url":"/nothing"}}}}`,
		"a refused code":      `{"name":"new","providerData":{"code":"used"}}`,
		"a refused login":     `{"configuration":{"password":"concur-secret"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{http.MethodPut, http.MethodPatch} {
				if got := w.call(method, "/instances/1", body); got.status != http.StatusBadRequest {
					t.Errorf("%s = %d %s, want 400", method, got.status, got.body)
				}
			}
			if after := w.state(); after != before {
				t.Errorf("the store changed:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// state returns everything that the store holds of the account's instances.
func (w *world) state() string {
	w.t.Helper()
	ctx, account := w.t.Context(), w.user.AccountID
	instances, err := w.db.Instances(ctx, turnstone.InstanceFilter{AccountID: account, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	state := fmt.Sprintf("%v\n", instances)
	for _, in := range instances {
		pollers, err := w.db.Pollers(ctx, account, in.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		destinations, err := w.db.Destinations(ctx, account, in.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		credential, err := w.db.Credential(ctx, in.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		state += fmt.Sprintf("%v\n%v\n%v\n", pollers, destinations, credential)
	}
	return state
}

func TestBadRequestsAreExplained(t *testing.T) {
	w := newWorld(t)
	token := withToken(w.create())
	tests := map[string]struct {
		method, path, body string
		headers            []string
		status             int
		want               string
	}{
		"no authorization":          {"GET", "/instances", "", []string{"Authorization", ""}, 401, "the Authorization header is missing"},
		"unknown user":              {"GET", "/instances", "", []string{"Authorization", "User x, Organization organization-secret-1"}, 401, "the User secret is not known"},
		"user alone":                {"GET", "/instances", "", []string{"Authorization", "User user-secret-1"}, 401, "lacks Organization or Element"},
		"token for the account":     {"GET", "/instances/2", "", []string{"Authorization", token}, 401, "lacks Organization"},
		"token creates":             {"POST", "/instances", "{}", []string{"Authorization", token}, 401, "lacks Organization"},
		"form content":              {"POST", "/instances", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "send JSON with Content-Type: application/json"},
		"unreadable content type":   {"POST", "/instances", "{}", []string{"Content-Type", ";"}, 415, "send JSON"},
		"other charset":             {"POST", "/instances", "{}", []string{"Content-Type", "application/json; charset=latin1"}, 415, "in UTF-8"},
		"compressed":                {"POST", "/instances", "{}", []string{"Content-Encoding", "gzip"}, 415, "send it as it is"},
		"unknown instance":          {"GET", "/instances/99", "", nil, 404, "there is no instance 99"},
		"enormous instance":         {"GET", "/instances/99999999999999999999", "", nil, 404, "write the number of one"},
		"instance without a token":  {"PUT", "/instances", "{}", nil, 401, "add Element <element token>"},
		"unknown entry":             {"GET", "/instances/1/configuration/7", "", nil, 404, `there is no configuration entry "7"`},
		"entry without a value":     {"PATCH", "/instances/1/configuration/base.url", "{}", nil, 400, "propertyValue: is missing"},
		"entry with a list":         {"PATCH", "/instances/1/configuration/base.url", `{"propertyValue":[]}`, nil, 400, "is a list"},
		"unknown poller":            {"GET", "/instances/1/pollers/expenses/polls", "", nil, 404, `does not poll "expenses"`},
		"page size":                 {"GET", "/instances?pageSize=0", "", nil, 400, `pageSize: is "0"; write a whole number from 1 to 1000000`},
		"page":                      {"GET", "/instances?page=-1", "", nil, 400, "page: is"},
		"page token":                {"GET", "/instances?nextPage=mine", "", nil, 400, "is no token of this list"},
		"no match":                  {"GET", "/instances?searchText=salesforce", "", nil, 404, "No instances found"},
		"element of the path":       {"POST", "/elements/salesforce/instances", "{}", nil, 404, "there is no element"},
		"double slash":              {"GET", "/instances//1", "", nil, 404, "there is nothing at"},
		"dots":                      {"GET", "/elements/../instances", "", nil, 404, "there is nothing at"},
		"method nobody knows":       {"BREW", "/instances", "", nil, 405, "write one of"},
		"hub body no object":        {"POST", "/hubs/expense/reports", "[]", []string{"Authorization", token}, 400, "no JSON object"},
		"hub parameter twice":       {"PATCH", "/hubs/expense/reports/1?a=1&a=2", "{}", []string{"Authorization", token}, 400, "is given 2 times"},
		"hub update without an id":  {"PATCH", "/hubs/expense/reports", "{}", []string{"Authorization", token}, 404, "names no record"},
		"hub token of another list": {"GET", "/hubs/expense/reports?nextPage=mine", "", []string{"Authorization", token}, 400, "nextPage"},
		"oauth body":                {"POST", "/elements/concur/oauth/url", `{"apiKey":7}`, nil, 400, "no text"},
		"oauth parameter twice":     {"GET", "/elements/concur/oauth/url?apiKey=1&apiKey=2", "", nil, 400, "is given 2 times"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.call(tt.method, tt.path, tt.body, tt.headers...)
			message := decode[struct{ RequestID, Message string }](t, got)
			if got.status != tt.status || !strings.Contains(message.Message, tt.want) {
				t.Errorf("%s %s = %d %s, want %d with %q", tt.method, tt.path, got.status, message.Message, tt.status, tt.want)
			}
		})
	}
}
