package element

// FormatVersion is the version of the element format that this program reads.
const FormatVersion = 1

// Element is a vendor's API as element.yaml declares it.
//
// The struct tags are the format: yaml names a key, doc says what it means (it
// becomes the reference page and the editor's help), need marks it required,
// default is its value when it is absent, enum lists what it may be (of a map,
// its keys), and example shows one. A field with the tag overlay is laid over
// another value of its type ([Requester.Over]), so that what it does not say
// stays empty: nothing in it has a default.
type Element struct {
	Version       int            `yaml:"version" need:"yes" enum:"1" doc:"Version of this format."`
	Key           string         `yaml:"key" need:"yes" example:"concur" doc:"Name of the element in requests and event bodies: lower-case letters, digits, dashes and underscores. Also the name of its folder."`
	ID            int64          `yaml:"id" need:"yes" example:"3129" doc:"Number of the element, unique in the catalogue. Keep the platform's number where there was one: clients send it."`
	Name          string         `yaml:"name" need:"yes" example:"SAP Concur" doc:"Name for people."`
	Hub           string         `yaml:"hub" need:"yes" example:"expense" doc:"Hub the element belongs to; the first part of its hub paths and the hubKey of its events."`
	Description   string         `yaml:"description" need:"yes" doc:"One sentence for the catalogue."`
	Documentation string         `yaml:"documentation_url" doc:"Where the vendor documents the API."`
	Hosts         []string       `yaml:"hosts" example:"*.api.example.com" doc:"Hosts that may see a credential of this element; a leading *. stands for any subdomain. An instance whose base.url names another host talks to that host alone. A URL of any other host that a vendor's answer names is not followed."`
	Configuration []Field        `yaml:"configuration" doc:"What an instance may be configured with, beside the event.* keys that every element has. Shown in this order."`
	Authenticator Authenticator  `yaml:"authenticator" need:"yes" doc:"How requests prove who they act for."`
	Requester     Requester      `yaml:"requester" need:"yes" doc:"What the requests of all resources share. A resource's own requester adds to it and wins over it."`
	Resources     []Resource     `yaml:"resources" need:"yes" doc:"The kinds of object the element serves."`
	ResourcesFrom string         `yaml:"resources_from" example:"rest.resources" doc:"Configuration key in which each instance declares resources of its own; resources may be empty then."`
	Polling       PollingDefault `yaml:"polling" doc:"What an instance polls when its configuration does not say."`
	Webhooks      *Webhooks      `yaml:"webhooks" doc:"What the vendor sends by webhook, and what to make of it. Instances take part with event.vendor.type webhooks."`
}

// Field is a configuration entry of an element.
type Field struct {
	Key         string `yaml:"key" need:"yes" example:"oauth.api.key" doc:"Key in an instance's configuration."`
	Name        string `yaml:"name" need:"yes" doc:"Label for people."`
	Description string `yaml:"description" doc:"What to enter, and where to find it."`
	Type        string `yaml:"type" default:"TEXTFIELD_128" enum:"TEXTFIELD_32,TEXTFIELD_64,TEXTFIELD_100,TEXTFIELD_128,TEXTFIELD_1000,TEXTAREA,PASSWORD,BOOLEAN,COMBO" doc:"Kind of input. A PASSWORD is a secret: it is sealed, and masked in every answer."`
	Secret      bool   `yaml:"secret" doc:"Masks an entry of another type as a PASSWORD is."`
	Required    bool   `yaml:"required" doc:"Whether an instance cannot be created without it."`
	Default     string `yaml:"default" doc:"Value when the client sends none."`
}

// Authenticator says how requests prove who they act for.
type Authenticator struct {
	Type                string     `yaml:"type" need:"yes" enum:"OAuthAuthenticator,ApiKeyAuthenticator,BasicHttpAuthenticator,BearerAuthenticator,NoAuth" doc:"OAuthAuthenticator gets and refreshes a token; ApiKeyAuthenticator sends api_token in header; BasicHttpAuthenticator sends username and password; BearerAuthenticator sends api_token as a bearer token."`
	ClientID            Template   `yaml:"client_id" doc:"OAuth: identifies the app."`
	ClientSecret        Template   `yaml:"client_secret" doc:"OAuth: proves the app."`
	ClientAuthorization string     `yaml:"client_authorization" default:"body" enum:"body,basic" doc:"OAuth: whether client_id and client_secret travel in the form body or in a Basic header."`
	Scopes              Template   `yaml:"scopes" doc:"OAuth: what to ask for, as the vendor spells it."`
	Authorize           *Authorize `yaml:"authorize" doc:"OAuth: the page on which a person allows the access."`
	Grants              []Grant    `yaml:"grants" doc:"OAuth: the ways to get a token. refresh_token is used for renewing; of the others, the first whose when_present entries are all configured."`
	TokenResponse       TokenPaths `yaml:"token_response" doc:"OAuth: where the parts of a token answer stand."`
	ErrorHandler        OAuthError `yaml:"error_handler" doc:"OAuth: what the token endpoint's errors mean."`
	Header              string     `yaml:"header" default:"Authorization" doc:"Header that carries the token or key."`
	Prefix              string     `yaml:"prefix" example:"Bearer" doc:"OAuth, ApiKey: word before the token or key in the header, followed by a space."`
	APIToken            Template   `yaml:"api_token" doc:"ApiKey, Bearer: the key or token."`
	Username            Template   `yaml:"username" doc:"Basic: the user."`
	Password            Template   `yaml:"password" doc:"Basic: the password."`
}

// Authorize is the page on which a person allows the access.
type Authorize struct {
	URL        Template            `yaml:"url" need:"yes" doc:"Address of the page. An instance's base.url replaces its scheme and host."`
	Parameters map[string]Template `yaml:"request_parameters" doc:"Its query beside response_type, client_id, redirect_uri, scope and state, which are always sent."`
}

// Grant is one way to get a token.
type Grant struct {
	Type        string              `yaml:"type" need:"yes" enum:"authorization_code,refresh_token,password,client_credentials" doc:"The OAuth 2 grant."`
	URL         Template            `yaml:"url" need:"yes" doc:"Token endpoint for this grant: a URL, whose scheme and host an instance's base.url replaces, or a path below the requester's url_base."`
	Parameters  map[string]Template `yaml:"request_parameters" doc:"Form fields beside grant_type, client_id, client_secret, and code and redirect_uri or refresh_token. A field whose value is empty is left out."`
	FixedHost   bool                `yaml:"fixed_host" doc:"Whether the URL stays where it is when base.url names another host that may see a credential. A base.url of a host that may not, as of a simulator, replaces it all the same."`
	WhenPresent []string            `yaml:"when_present" doc:"Configuration keys that must be set for this grant to be chosen."`
}

// TokenPaths says where the parts of a token answer stand.
type TokenPaths struct {
	AccessToken      string            `yaml:"access_token" default:"access_token" doc:"Path of the token."`
	RefreshToken     string            `yaml:"refresh_token" default:"refresh_token" doc:"Path of the refresh token. An answer without one leaves the old one in force."`
	ExpiresIn        string            `yaml:"expires_in" default:"expires_in" doc:"Path of the token's life in seconds, a number or text."`
	RefreshExpiresAt string            `yaml:"refresh_expires_at" doc:"Path of the moment the refresh token ends, in seconds since 1970."`
	Keep             map[string]string `yaml:"keep" example:"geolocation: geolocation" doc:"Further parts to keep with the credential: its name, and the path. Read with {{ credential.NAME }}."`
	KeepURLs         []string          `yaml:"keep_urls" doc:"Names in keep that are base URLs: reduced to scheme and host, and kept only where hosts or base.url allow them."`
}

// OAuthError says what the token endpoint's errors mean.
type OAuthError struct {
	Message    []string `yaml:"message_paths" default:"error_description,error,message" doc:"Paths of the message for people; the first present is shown."`
	RefusedIf  []Match  `yaml:"refused" doc:"Answers after which only authorising again helps. Without any, those whose error is invalid_grant or invalid_client."`
	MovedIf    []Match  `yaml:"moved" doc:"Answers that name another host to ask."`
	MovedToURL string   `yaml:"moved_to" doc:"Path of that host in such an answer; also kept with the credential under the same name."`
}

// Requester is an HTTP request.
type Requester struct {
	URLBase      []Template          `yaml:"url_base" example:"https://api.example.com" doc:"Scheme and host, perhaps with a path: the first that is not empty and whose host may see the credential."`
	Path         Template            `yaml:"path" example:"/api/v3.0/expense/reports" doc:"Path below url_base."`
	Method       string              `yaml:"http_method" enum:"GET,POST,PUT,PATCH,DELETE" default:"GET" doc:"HTTP method."`
	Parameters   map[string]Template `yaml:"request_parameters" doc:"Query parameters. Empty ones are left out."`
	Required     []string            `yaml:"required" example:"listId" doc:"Names that {{ where['name'] }} must find something for; a call without one of them is refused before the vendor is asked."`
	Headers      map[string]Template `yaml:"request_headers" doc:"Headers. {{ uuid }} is a new UUID for each request."`
	Body         Template            `yaml:"request_body_json" doc:"JSON body, as text. A template inside a JSON string is escaped for it."`
	Decoder      string              `yaml:"decoder" enum:"JsonDecoder,XmlDecoder" default:"JsonDecoder" doc:"How the answer is read. XmlDecoder turns elements into members and repeated elements into arrays."`
	Timeout      Duration            `yaml:"timeout" default:"60s" doc:"Longest wait for the whole answer."`
	RateLimit    *RateLimit          `yaml:"rate_limit" doc:"How often the vendor allows a request, for one credential."`
	ErrorHandler ErrorHandler        `yaml:"error_handler" doc:"What unsuccessful answers mean."`
	Record       string              `yaml:"record" example:"data" doc:"Operations: path of the record in the answer. Empty: the answer is the record."`
	BodyRoot     string              `yaml:"body_root" example:"data" doc:"Operations: member in which the record is sent. Empty: the body is the record."`
	Hooks        *Hooks              `yaml:"hooks" doc:"Programs that run around the request, for what cannot be declared."`
}

// RateLimit is how often a vendor allows a request.
type RateLimit struct {
	Requests int      `yaml:"limit" need:"yes" example:"100" doc:"Requests that the vendor allows in an interval."`
	Per      Duration `yaml:"interval" need:"yes" example:"1m" doc:"Length of the interval."`
}

// ErrorHandler says what unsuccessful answers mean. The first filter that
// matches decides; without a match 2xx is SUCCESS, 429 and 503 are RATE_LIMITED,
// 401 is REFRESH_TOKEN_THEN_RETRY, 408 and other 5xx are RETRY, the rest is FAIL.
type ErrorHandler struct {
	Filters  []ResponseFilter `yaml:"response_filters" doc:"Tried in order; the first match decides. Without a match 2xx is SUCCESS, 429 and 503 are RATE_LIMITED, 401 is REFRESH_TOKEN_THEN_RETRY, 408 and other 5xx are RETRY, and the rest is FAIL."`
	Messages []string         `yaml:"message_paths" doc:"Paths of the message for people in an error body; the first present is shown."`
	MinWait  Duration         `yaml:"min_wait" default:"5s" doc:"First wait after RATE_LIMITED where the answer does not say how long, or says 0. It doubles with each such answer in a row."`
}

// ResponseFilter says what an answer means if it matches.
type ResponseFilter struct {
	Action string `yaml:"action" need:"yes" enum:"SUCCESS,FAIL,RETRY,IGNORE,NOT_FOUND,RATE_LIMITED,RESET_PAGINATION,REFRESH_TOKEN_THEN_RETRY" doc:"SUCCESS: read it. FAIL: give the request up. RETRY: a passing fault. IGNORE: read it as empty. NOT_FOUND: there is no such record, as if the status were 404; a list fails. RATE_LIMITED: wait, then ask again. RESET_PAGINATION: read from the first page. REFRESH_TOKEN_THEN_RETRY: renew the token and ask once more."`
	Match  `yaml:",inline"`
	Wait   Duration `yaml:"wait" doc:"RATE_LIMITED: longest wait where the answer does not say how long. Without it, a minute."`
}

// Match selects answers. All conditions given must hold.
type Match struct {
	Codes    []int    `yaml:"http_codes" doc:"Status codes."`
	Path     string   `yaml:"path" doc:"Path that must be present in the body and not null."`
	Values   []string `yaml:"values" doc:"Texts of which the value at path must be one."`
	Contains []string `yaml:"error_message_contains" doc:"Texts of which the body must contain one, without regard to case."`
}

// Resource is a kind of object an element serves.
type Resource struct {
	Name         string                `yaml:"name" need:"yes" example:"reports" doc:"Name in hub paths, poller configurations and events. It may have several segments, and parameters for some of them: reports/{reportId}/entries is listed for one report at a time, as reports/7C1E/entries. A name without parameters wins over one with them."`
	Description  string                `yaml:"description" doc:"One sentence about it."`
	PrimaryKey   string                `yaml:"primary_key" need:"yes" example:"ID" doc:"Path of the id in a record."`
	Fields       []string              `yaml:"fields" example:"Name" doc:"Top-level members that its records can have. Where it says them, a where clause or orderBy that names anything else is refused, with a suggestion; otherwise what no record has is found in no record."`
	IgnoreFields []string              `yaml:"ignore_fields" doc:"Paths that change without the object changing; a record that differs only there is no new version."`
	Retriever    *Retriever            `yaml:"retriever" doc:"How records are listed."`
	Incremental  *Incremental          `yaml:"incremental_sync" doc:"How changed records are told from others."`
	Operations   map[string]*Requester `yaml:"operations" enum:"retrieve,create,update,delete" overlay:"yes" doc:"Requests for one record, by verb; {{ id }} is its id, escaped. An update or a delete that does not read {{ id }} is called without one: the body or the query says which record it is about."`
}

// Retriever lists records.
type Retriever struct {
	Requester Requester      `yaml:"requester" need:"yes" overlay:"yes" doc:"The request for a page."`
	Selector  RecordSelector `yaml:"record_selector" need:"yes" doc:"Where the records stand in the answer."`
	Paginator *Paginator     `yaml:"paginator" doc:"How to get the next page. Without it there is one page."`
	Filter    Filter         `yaml:"filter" doc:"What a where clause may ask of the vendor."`
	Sort      *Sort          `yaml:"sort" doc:"How the vendor is told in which order to list. Without it, orderBy is served by sorting the list here, if it is short."`
	Partition *Partition     `yaml:"partition_router" doc:"Lists once for each record of another resource."`
	// Conditional is for lists of one page: the validator of a page says nothing of
	// the pages behind it.
	Conditional bool `yaml:"conditional_requests" doc:"Asks the vendor for a list only if it changed (If-None-Match, If-Modified-Since), which costs it less. Only for vendors whose ETag or Last-Modified covers the whole list with all that is in its records: with others, changes would be missed. Of use where the list is one page at a URL that stays the same."`
}

// RecordSelector says where the records stand in an answer.
type RecordSelector struct {
	FieldPath []string `yaml:"field_paths" example:"data.items" doc:"Paths to try in order, each with dots between its members; the first present holds the array. Empty: the answer is the array. An object in place of an array is one record; null is none."`
}

// Paginator gets the next page.
type Paginator struct {
	Type          string  `yaml:"type" need:"yes" enum:"NextURL,LinkHeader,CursorPagination,OffsetIncrement,PageIncrement" doc:"NextURL: the answer holds the URL of the next page. LinkHeader: its Link header does, as rel=\"next\". CursorPagination: it holds a token. OffsetIncrement and PageIncrement count."`
	Next          string  `yaml:"next" doc:"NextURL, CursorPagination: path of the URL or token. Absent, null or empty: this was the last page. A path may select from an array: operations.#(rel==\"next\").href."`
	NextHost      string  `yaml:"next_host" default:"base" enum:"base,listed" doc:"NextURL, LinkHeader: base takes path and query and asks the host asked before; listed follows a host that hosts or base.url allow, and refuses others."`
	NextNeeds     string  `yaml:"next_needs" doc:"NextURL, LinkHeader: query parameter without which (or with it blank) the URL means that this was the last page."`
	TotalPages    string  `yaml:"total_pages" doc:"PageIncrement: path of the number of pages. Without it a page that is not full is the last."`
	TotalRecords  string  `yaml:"total_records" doc:"OffsetIncrement: path of the number of records. Without it a page that is not full is the last."`
	Start         int     `yaml:"start_from_page" doc:"PageIncrement, OffsetIncrement: the first number."`
	PageSize      int     `yaml:"page_size" default:"100" doc:"Records asked for when the client does not say."`
	MaxPageSize   int     `yaml:"max_page_size" doc:"The most the vendor gives. 0: no limit known."`
	SizeOption    *Option `yaml:"page_size_option" doc:"Where the page size goes."`
	TokenOption   *Option `yaml:"page_token_option" doc:"Where the token, offset or page number goes; not for NextURL and LinkHeader."`
	RepeatFilters bool    `yaml:"repeat_filters" default:"true" doc:"CursorPagination: send the filters with the token again."`
}

// Option places a value in a request.
type Option struct {
	InjectInto string `yaml:"inject_into" default:"request_parameter" enum:"request_parameter,header,body_json" doc:"Where it goes."`
	FieldName  string `yaml:"field_name" need:"yes" example:"limit" doc:"Name of the parameter, header or top-level body member."`
}

// Filter is what a where clause may ask of the vendor.
type Filter struct {
	Type       string            `yaml:"type" default:"none" enum:"none,parameters,search,hooks" doc:"parameters: an attribute = 'value' of the where clause becomes the query parameter of the same name. search: comparisons of attributes become a search expression, as search says. hooks: the hooks before the request read the clause, and nothing is evaluated here. none: the vendor does not filter. What the vendor does not take of a where clause is evaluated here, on what it lists."`
	Attributes []string          `yaml:"attributes" doc:"What the vendor can filter by. With parameters these are no fields of records, unless fields says so."`
	Names      map[string]string `yaml:"names" example:"modifiedAfter: modified_since" doc:"With parameters: the vendor's name of a parameter, where it is not that of the attribute."`
	Body       *SearchQuery      `yaml:"search" doc:"How a where clause becomes a search expression; needed with type search."`
}

// SearchQuery turns a where clause into a search expression of the vendor.
type SearchQuery struct {
	Option    Option            `yaml:"option" need:"yes" doc:"Where the expression goes."`
	Operators map[string]string `yaml:"operators" need:"yes" example:"\">\": gt" doc:"CEQL operator: the vendor's."`
	Quote     string            `yaml:"quote" default:"\"" doc:"Character around values."`
	And       string            `yaml:"and" default:" and " doc:"Text between two comparisons."`
}

// Sort is how a vendor is told in which order to list.
type Sort struct {
	Attributes []string `yaml:"attributes" need:"yes" example:"VendorName" doc:"What the vendor sorts by."`
	Option     Option   `yaml:"option" need:"yes" doc:"Where the name of the attribute goes."`
	Direction  *Option  `yaml:"direction_option" doc:"Where the direction goes. Without it the vendor sorts upwards only."`
	Ascending  string   `yaml:"ascending" default:"asc" doc:"The vendor's word for upwards."`
	Descending string   `yaml:"descending" default:"desc" doc:"The vendor's word for downwards."`
}

// Partition lists a resource once for each record of another.
type Partition struct {
	Parent    string `yaml:"parent" need:"yes" example:"reports" doc:"The other resource."`
	ParentKey string `yaml:"parent_key" need:"yes" example:"ID" doc:"Path in the parent's record. Read with {{ parent.key }}."`
}

// Incremental says how changed records are told from others.
type Incremental struct {
	CursorField     string   `yaml:"cursor_field" need:"yes" example:"LastModifiedDate" doc:"Path of the updated date."`
	CreatedField    string   `yaml:"created_field" doc:"Path of the created date."`
	DatetimeFormats []string `yaml:"cursor_datetime_formats" need:"yes" example:"yyyy-MM-dd'T'HH:mm:ss.SSS" doc:"SimpleDateFormat patterns of both; the first that fits is used."`
	TimeZone        string   `yaml:"time_zone" default:"GMT" doc:"Zone of dates that name none."`
	Lookback        Duration `yaml:"lookback_window" default:"5m" doc:"How much of the recent past each poll reads again, so that records that become visible late, or share a timestamp, are seen. At least 24h where the vendor's filter counts whole days."`
	DeletedField    string   `yaml:"deleted_field" example:"IsDeleted" doc:"Path of a mark on records that the vendor deleted but still lists. Where a record of a known object has it, the object is told to be deleted; an object that is not known, or was told to be deleted before, is passed over in silence. One that is listed without the mark again is told to be created."`
	DeletedValues   []string `yaml:"deleted_values" default:"true" doc:"Values of that mark that mean deleted. A number or a truth value is compared as it is written."`
	Order           string   `yaml:"order" default:"none" enum:"none,newest_first" doc:"newest_first: the vendor lists what was updated last first, whatever else is asked of it. A poll then stops reading after a page on which every dated record lies before its window. Without it a poll reads all pages."`
}

// PollingDefault is what an instance polls when its configuration does not say.
type PollingDefault struct {
	IntervalMinutes int             `yaml:"refresh_interval" default:"15" doc:"Minutes between polls."`
	Resources       []DefaultPoller `yaml:"resources" doc:"The default event.poller.configuration."`
	Available       []DefaultPoller `yaml:"available" doc:"Further resources that can be polled, and how: event.objects may name them, and people copy them into event.poller.configuration. None of them is polled by default."`
}

// Part is a file of an element's resources, beside its element.yaml.
type Part struct {
	Resources []Resource  `yaml:"resources" need:"yes" doc:"As in element.yaml."`
	Polling   PartPolling `yaml:"polling" doc:"How its resources can be polled."`
}

// PartPolling is what a [Part] says of polling.
type PartPolling struct {
	Available []DefaultPoller `yaml:"available" doc:"As in element.yaml."`
}

// DefaultPoller is one member of the default poller configuration, in the form
// an instance's own configuration has.
type DefaultPoller struct {
	Resource string         `yaml:"resource" json:"-" need:"yes" doc:"Name of the resource: the member's name."`
	URL      string         `yaml:"url" json:"url" need:"yes" doc:"Hub URL to poll, with date macros."`
	IDField  string         `yaml:"idField" json:"idField" need:"yes" doc:"Path of the id."`
	Dates    *DefaultDates  `yaml:"datesConfiguration" json:"datesConfiguration,omitempty" doc:"Where the dates stand, and their formats."`
	Extra    map[string]any `yaml:"more" json:"-" doc:"Further members of the platform's poller configuration, such as pageSize."`
}

// DefaultDates is the datesConfiguration of a default poller.
type DefaultDates struct {
	UpdatedField  string `yaml:"updatedDateField" json:"updatedDateField,omitempty" doc:"Path of the updated date."`
	UpdatedFormat string `yaml:"updatedDateFormat" json:"updatedDateFormat,omitempty" doc:"Its pattern."`
	UpdatedZone   string `yaml:"updatedDateTimezone" json:"updatedDateTimezone,omitempty" doc:"Its zone."`
	CreatedField  string `yaml:"createdDateField" json:"createdDateField,omitempty" doc:"Path of the created date."`
	CreatedFormat string `yaml:"createdDateFormat" json:"createdDateFormat,omitempty" doc:"Its pattern."`
	CreatedZone   string `yaml:"createdDateTimezone" json:"createdDateTimezone,omitempty" doc:"Its zone."`
}
