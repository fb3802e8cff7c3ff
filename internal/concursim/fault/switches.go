package fault

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"turnstone/internal/concursim/expense"
)

// Switches are the ways in which this Concur may differ from a well-behaved
// one. All of them may change while the simulator runs.
//
// The struct tags are the only declaration: defaults, permitted values and
// help are read from them here, in the index of the control endpoints, and by
// command lines that embed the struct. Every field that ends in Share is a
// probability between 0 and 1; the shares of faults are mutually exclusive and
// must not add up to more than 1.
//
// How a version's timestamps are spelled is settled when it is committed, so
// that switching the spelling never alters what is already in the truth.
type Switches struct {
	LateShare    float64 `json:"lateShare" default:"0" help:"Share of the changes that become visible late."`
	LateSeconds  float64 `json:"lateSeconds" default:"3" help:"Seconds after which a late change becomes visible; until then its report shows the version before, or does not exist."`
	WholeSeconds bool    `json:"wholeSeconds" default:"false" help:"Cut all timestamps to whole seconds."`
	Fractions    string  `json:"fractions" enum:"trimmed,fixed" default:"trimmed" help:"Fractions of a second: trimmed of trailing zeros, or fixed at three digits."`
	Zone         bool    `json:"zone" default:"false" help:"End timestamps with Z."`
	EqualStamps  int     `json:"equalStamps" default:"1" help:"Number of consecutive changes that share one LastModifiedDate, as long as they fall within a second."`
	ClockOffset  float64 `json:"clockOffset" default:"0" help:"Seconds by which the vendor's clock (Date header and timestamps) is ahead of ours; may be negative."`

	TimeZone    string  `json:"timeZone" default:"" help:"Name of the zone in whose local time timestamps are written and filters are read, without saying so, such as America/Denver; empty for UTC."`
	DeleteShare float64 `json:"deleteShare" default:"0" help:"Share of the changes that delete a report. Every fifth of them restores a deleted one."`
	QuietShare  float64 `json:"quietShare" default:"0" help:"Share of the updates that leave LastModifiedDate as it was."`
	FutureShare float64 `json:"futureShare" default:"0" help:"Share of the updates whose LastModifiedDate lies a day ahead."`
	ReplicaLag  float64 `json:"replicaLag" default:"0" help:"Seconds by which every second list answer lags behind."`

	ModifiedAfter       string  `json:"modifiedAfter" enum:"exclusive,inclusive,day" default:"exclusive" help:"How modifiedDateAfter compares: later than, not earlier than, or not earlier than the start of that day."`
	IgnoreModifiedAfter bool    `json:"ignoreModifiedAfter" default:"false" help:"Ignore modifiedDateAfter and list everything."`
	Order               string  `json:"order" enum:"creation,id,newest" default:"creation" help:"Order of the reports in a list; newest is by LastModifiedDate, the latest first, and pages by count."`
	Paging              string  `json:"paging" enum:"key,count" default:"key" help:"How pages follow each other: behind the last report of the page before, or by counting, so that reports shift when others come and go."`
	ShortPages          bool    `json:"shortPages" default:"false" help:"Give half of the reports a page that were asked for, without saying so."`
	OverlapPages        bool    `json:"overlapPages" default:"false" help:"Let each page repeat the last report of the page before."`
	ListGapShare        float64 `json:"listGapShare" default:"0" help:"Share of list answers that lack every third report and look complete."`
	ETags               bool    `json:"etags" default:"false" help:"Send ETag and Last-Modified with lists, and answer 304 where they are as the client knows them."`
	UnknownParameter    string  `json:"unknownParameter" enum:"ignore,reject" default:"ignore" help:"What to do about a query parameter that Concur does not document: ignore it or answer 400."`
	OverLimit           string  `json:"overLimit" enum:"clamp,reject" default:"clamp" help:"What to do about a limit above 100: serve 100 or answer 400."`
	ForbidAll           bool    `json:"forbidAll" default:"false" help:"Answer user=ALL with 403, as if the administrator's role were missing."`

	DayFilters string `json:"dayFilters" enum:"from,past" default:"from" help:"Filters that count days, such as those of invoices, with After: from that day on, or past it."`
	EntryEdits string `json:"entryEdits" enum:"touch,leave" default:"touch" help:"Whether an edit of an entry is one of its report's header; a new total always is."`
	Scopes     string `json:"scopes" enum:"lenient,strict" default:"lenient" help:"What a token must allow: EXPRPT opens everything, or each resource asks for its own scope."`

	NextPageHost    string `json:"nextPageHost" enum:"own,legacy,http,foreign" default:"own" help:"Where NextPage points: here, to www.concursolutions.com, here by plain http, or to a host that is not Concur's."`
	NextPageEnd     string `json:"nextPageEnd" enum:"null,absent,empty" default:"null" help:"NextPage on the last page."`
	NextPageRepeats bool   `json:"nextPageRepeats" default:"false" help:"Let the NextPage of every page after the first lead to that same page, for ever."`

	TokenSeconds       int     `json:"tokenSeconds" default:"3600" help:"Lifetime of access tokens in seconds."`
	KeepRefreshToken   bool    `json:"keepRefreshToken" default:"false" help:"Answer a refresh with the same refresh token instead of a new one."`
	RefreshGrace       float64 `json:"refreshGrace" default:"0" help:"Seconds for which a replaced refresh token still works."`
	ExpiresIn          string  `json:"expiresIn" enum:"number,string" default:"number" help:"JSON type of expires_in."`
	Geolocation        string  `json:"geolocation" enum:"plain,path" default:"plain" help:"Spelling of the geolocation in token answers: scheme and host, or with the path of the token endpoint behind them."`
	RefreshGeolocation string  `json:"refreshGeolocation" default:"" help:"Base URL to announce as the geolocation when a token is refreshed; empty for the one that was asked."`
	TokenErrorShare    float64 `json:"tokenErrorShare" default:"0" help:"Share of token requests answered with 500."`
	ExpiredStatus      int     `json:"expiredStatus" enum:"401,403" default:"401" help:"Status for an expired or revoked access token."`

	LimitEvery      int     `json:"limitEvery" default:"0" help:"Answer every n-th API request with 429; 0 for none."`
	LimitShare      float64 `json:"limitShare" default:"0" help:"Share of API requests answered with 429."`
	RetryAfter      string  `json:"retryAfter" default:"5" help:"Retry-After of a 429 in seconds, or none to leave it out."`
	Limit400Share   float64 `json:"limit400Share" default:"0" help:"Share of API requests refused for their number with a 400."`
	RateLimit       int     `json:"rateLimit" default:"0" help:"API requests a minute that each company may make; 0 for any number."`
	RateHeaders     string  `json:"rateHeaders" enum:"none,x,ietf" default:"none" help:"Headers that tell of the rate limit: none, X-RateLimit-*, or RateLimit and RateLimit-Policy."`
	Error500Share   float64 `json:"error500Share" default:"0" help:"Share of API requests answered with 500."`
	Error503Share   float64 `json:"error503Share" default:"0" help:"Share of API requests answered with 503."`
	ErrorIn200Share float64 `json:"errorIn200Share" default:"0" help:"Share of API requests answered with 200 and an Error in the body."`
	HTMLShare       float64 `json:"htmlShare" default:"0" help:"Share of API requests answered with 200 and a page of HTML."`
	WrongTypeShare  float64 `json:"wrongTypeShare" default:"0" help:"Share of API answers that are right but labelled text/plain."`
	TruncateShare   float64 `json:"truncateShare" default:"0" help:"Share of API answers that end in the middle although HTTP ends cleanly."`
	SlowShare       float64 `json:"slowShare" default:"0" help:"Share of API answers that pause in the middle."`
	SlowMillis      int     `json:"slowMillis" default:"1000" help:"Milliseconds that a slow answer pauses for."`
	ResetShare      float64 `json:"resetShare" default:"0" help:"Share of API requests whose connection is reset."`

	EventCompanies    string  `json:"eventCompanies" enum:"auto,connected" default:"auto" help:"Companies whose events an app gets: those whose company token it has got, or also the only one that it has any token of."`
	EventSignature    string  `json:"eventSignature" enum:"sha256,sha512,pss,none" default:"sha256" help:"Algorithm of Concur-Signature, which SAP does not document: RSA with PKCS #1 v1.5 over SHA-256 or SHA-512, PSS over SHA-256, or no header."`
	EventTopics       string  `json:"eventTopics" enum:"full,documented" default:"full" help:"Topic in events of reports: public.concur.expense.report, or as in the samples of the documentation, where updated and deleted lack the first part."`
	EventShuffle      bool    `json:"eventShuffle" default:"false" help:"Deliver events out of their order."`
	EventRepeatShare  float64 `json:"eventRepeatShare" default:"0" help:"Share of the events that are delivered twice."`
	EventRetrySeconds float64 `json:"eventRetrySeconds" default:"1" help:"Seconds until an event that was not taken is sent again; they double each time."`
}

// Rules are the switches that concern the business behind the API.
func (sw Switches) Rules() expense.Rules {
	return expense.Rules{
		LateShare: sw.LateShare, LateSeconds: sw.LateSeconds, EqualStamps: sw.EqualStamps, ClockOffset: sw.ClockOffset,
		WholeSeconds: sw.WholeSeconds, FixedDigits: sw.Fractions == "fixed", Zone: sw.Zone, Local: sw.TimeZone,
		DeleteShare: sw.DeleteShare, QuietShare: sw.QuietShare, FutureShare: sw.FutureShare, TouchReports: sw.EntryEdits != "leave",
	}
}

// SwitchHelp describes one switch.
type SwitchHelp struct {
	Name    string   `json:"name"`
	Default string   `json:"default"`
	Values  []string `json:"values,omitempty"`
	Help    string   `json:"help"`
}

// Help describes all switches in the order of their declaration.
func (Switches) Help() []SwitchHelp {
	var all []SwitchHelp
	for f := range reflect.TypeFor[Switches]().Fields() {
		h := SwitchHelp{Name: f.Tag.Get("json"), Default: f.Tag.Get("default"), Help: f.Tag.Get("help")}
		if values := f.Tag.Get("enum"); values != "" {
			h.Values = strings.Split(values, ",")
		}
		all = append(all, h)
	}
	return all
}

// WithDefaults gives every switch that is zero its default, so that the zero
// Switches is a well-behaved Concur.
func (sw Switches) WithDefaults() (Switches, error) {
	for f, v := range reflect.ValueOf(&sw).Elem().Fields() {
		text := f.Tag.Get("default")
		if text == "" || !v.IsZero() {
			continue
		}
		if _, err := fmt.Sscan(text, v.Addr().Interface()); err != nil {
			return sw, fmt.Errorf("default %q of switch %s: %w", text, f.Tag.Get("json"), err)
		}
	}
	return sw, nil
}

// Check reports every switch that has a value it cannot have.
func (sw Switches) Check() error {
	var problems []error
	for f, v := range reflect.ValueOf(sw).Fields() {
		if err := checkSwitch(f.Tag, v); err != nil {
			problems = append(problems, err)
		}
	}
	if sum := sw.faultShares(); sum > 1 {
		problems = append(problems, fmt.Errorf("the shares of faults add up to %g; lower them to 1 or less", sum))
	}
	if _, err := time.LoadLocation(sw.TimeZone); err != nil {
		problems = append(problems, fmt.Errorf("timeZone is %q; use a name such as America/Denver", sw.TimeZone))
	}
	if sw.TokenSeconds < 1 {
		problems = append(problems, fmt.Errorf("tokenSeconds is %d; use 1 or more", sw.TokenSeconds))
	}
	if !validRetryAfter(sw.RetryAfter) {
		problems = append(problems, fmt.Errorf("retryAfter is %q; use a number of seconds or none", sw.RetryAfter))
	}
	return errors.Join(problems...)
}

func checkSwitch(tag reflect.StructTag, v reflect.Value) error {
	name, text := tag.Get("json"), fmt.Sprint(v.Interface())
	if enum := tag.Get("enum"); enum != "" && !slices.Contains(strings.Split(enum, ","), text) {
		return fmt.Errorf("%s is %q; use one of %s", name, text, enum)
	}
	if strings.HasSuffix(name, "Share") && !(v.Float() >= 0 && v.Float() <= 1) {
		return fmt.Errorf("%s is %s; use a share between 0 and 1", name, text)
	}
	if name != "clockOffset" && strings.HasPrefix(text, "-") && (v.CanInt() || v.CanFloat()) {
		return fmt.Errorf("%s is %s; use 0 or more", name, text)
	}
	return nil
}
