package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"turnstone"
	"turnstone/internal/element"
)

// Credentials is what the client needs to authenticate with a vendor that gives
// tokens. Its methods are called from many goroutines at once.
type Credentials interface {
	// Credential returns what to authenticate with now; it may renew an expired
	// one first. It returns turnstone.ErrUnauthenticated when somebody must
	// authorise the instance again.
	Credential(ctx context.Context, in turnstone.Instance) (turnstone.Credential, error)

	// Renew replaces a credential that the vendor did not accept. stale is the
	// one that was used: if another caller has replaced it already, the new one
	// is returned without asking the vendor. It returns
	// turnstone.ErrUnauthenticated when the vendor refuses to renew it, and a
	// *turnstone.VendorError when it could not be asked.
	Renew(ctx context.Context, in turnstone.Instance, stale turnstone.Credential) (turnstone.Credential, error)
}

// Client sends the calls of elements to their vendors. Any number of goroutines
// may use it; it must not be copied.
type Client struct {
	// HTTP sends the requests. It is expected to refuse the networks that the
	// operator forbids and to use no proxy. Its CheckRedirect is not used:
	// redirects are never followed, for they would carry a credential along.
	HTTP        *http.Client
	Credentials Credentials
	// Now is the clock, as a rule time.Now. It measures how long answers take.
	Now func() time.Time
	// MaxBody is the most that is read of an answer, in bytes after
	// decompression; 0 is DefaultMaxBody.
	MaxBody int64
	// Allowances makes the limits of vendors hold for all processes that share
	// it. nil: this process is alone.
	Allowances Allowances
	// Observe is told of each request to a vendor when it is over. It must not
	// block. nil: nobody is.
	Observe func(Exchange)

	limits  limits                    // without Allowances
	rations lately[limitKey, *ration] // with them
	told    throttles
	buffers sync.Pool // of *bytes.Buffer, empty
}

// DefaultMaxBody has room for the largest page seen, of 1,000 records of 47 kB
// each, and bounds what one hostile answer can take.
const DefaultMaxBody = 64 << 20

// Call is one request to a vendor.
type Call struct {
	Element   *element.Element
	Instance  turnstone.Instance
	Requester element.Requester // of the resource, over that of the element
	// Values are what the requester's templates look up. The client adds the
	// configuration, the credential and the UUID.
	Values element.Values
	// Parameters are query parameters that win over the requester's. Empty ones
	// are not sent.
	Parameters map[string]string
	Headers    map[string]string // win over the requester's
	Body       []byte            // JSON to send in place of the requester's
	Members    map[string][]byte // JSON values that become top-level members of the body
	// Next replaces the path and the whole query: as a path with a query, at
	// the host that would be asked anyway; as a URL, at its host if the
	// credential may go there.
	Next string
}

// Answer is what a vendor answered to a call that succeeded.
type Answer struct {
	Status int
	// Body is valid JSON, also where the vendor sent XML. It is empty if the
	// vendor sent nothing, or something that the element says to ignore.
	Body []byte
	// Date is when the request began by the vendor's clock, as nearly as it can
	// be told: the Date header, less the time until it came. It is never later
	// than the truth, and zero where the answer had no Date.
	Date    time.Time
	Elapsed time.Duration // until the whole answer had come, by our clock
	URL     string        // what was asked, without credentials

	doc document // of Body, where it has been read
}

// document returns what Body is, also where somebody put another in its place.
func (a Answer) document() document {
	if len(a.Body) == 0 || len(a.doc.text) != len(a.Body) || &a.doc.text[0] != &a.Body[0] {
		return document{text: a.Body}
	}
	return a.doc
}

// Do sends a call and returns the vendor's answer. A token that the vendor does
// not accept is renewed and the call sent once more. Otherwise Do sends a call
// once: an answer that is no success, or the lack of one, is a
// *turnstone.VendorError that says whether and when to ask again. The error
// wraps turnstone.ErrUnauthenticated if somebody must authorise the instance. A
// call that makes no request is a *[CallError]. Any other error is a fault of
// ours, such as an allowance that could not be booked.
func (c *Client) Do(ctx context.Context, call Call) (Answer, error) {
	cred, err := c.credential(ctx, call)
	if err != nil {
		return Answer{}, err
	}
	answer, verdict, err := c.exchange(ctx, call, cred)
	if err != nil {
		return Answer{}, err
	}
	if verdict.Action == RefreshToken && renewable(call) {
		if cred, err = c.Credentials.Renew(ctx, call.Instance, cred); err != nil {
			return Answer{}, err // says what was renewed, and for whom
		}
		if answer, verdict, err = c.exchange(ctx, call, cred); err != nil {
			return Answer{}, err
		}
	}
	return conclude(answer, verdict)
}

// credential returns the token of the instance. Keys and passwords need none:
// they stand in its configuration.
func (c *Client) credential(ctx context.Context, call Call) (turnstone.Credential, error) {
	if !renewable(call) {
		return turnstone.Credential{}, nil
	}
	cred, err := c.Credentials.Credential(ctx, call.Instance)
	if err != nil {
		return cred, fmt.Errorf("get the credential of instance %d: %w", call.Instance.ID, err)
	}
	return cred, nil
}

func renewable(call Call) bool { return call.Element.Authenticator.Type == "OAuthAuthenticator" }

// exchange sends the request of a call and reads what comes back. An answer
// that came and could be read is no error here, whatever it says.
func (c *Client) exchange(ctx context.Context, call Call, cred turnstone.Credential) (Answer, Verdict, error) {
	hidden := newSecrets(call, cred)
	req, err := newRequest(call, cred)
	if err != nil {
		return Answer{}, Verdict{}, unbuilt(call, hidden.strip(err))
	}
	shown := hidden.hide(req.URL.String())
	waited, err := c.pace(ctx, call, shown)
	if err != nil {
		return Answer{}, Verdict{}, err
	}
	begun := c.Now()
	got, err := c.send(ctx, req, time.Duration(call.Requester.Timeout))
	seen := Exchange{
		Element: call.Element.Key, Instance: call.Instance.ID, Method: req.Method,
		Status: got.status, Took: c.Now().Sub(begun), Waited: waited, Bytes: len(got.body),
	}
	if err != nil {
		problem := vendorProblem(ctx, shown, got.status, hidden.strip(err))
		c.observe(seen, lost(problem))
		return Answer{}, Verdict{}, problem
	}
	verdict, problem := got.read(call.Requester)
	c.observe(seen, verdict.Action)
	c.told.note(call.Instance.ID, got.status, verdict, c.Now())
	if problem != "" {
		err := errors.New(hidden.excerpt(problem))
		return Answer{}, Verdict{}, &turnstone.VendorError{Action: turnstone.VendorRetry, Status: got.status, URL: shown, Err: err}
	}
	verdict.Message = hidden.excerpt(verdict.Message)
	return Answer{Status: got.status, Body: got.body, Date: got.date, Elapsed: got.elapsed, URL: shown, doc: got.doc}, verdict, nil
}

// unbuilt says why there is no request: through the fault of whoever configured
// or made the call, unless the vendor named a page that must not be asked for.
func unbuilt(call Call, err error) error {
	if _, ok := errors.AsType[*turnstone.VendorError](err); ok {
		return err
	}
	return &CallError{Element: call.Element.Key, Err: err}
}

// vendorProblem says that no usable answer came: as a passing fault of the
// vendor, unless it was the caller who gave up.
func vendorProblem(ctx context.Context, shown string, status int, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", shown, context.Cause(ctx))
	}
	action := turnstone.VendorRetry
	if errors.Is(err, errTooLarge) {
		action = turnstone.VendorFail
	}
	return &turnstone.VendorError{Action: action, Status: status, URL: shown, Err: err}
}

// vendorActions is what the caller has to do after each action but the ones
// that conclude deals with itself.
var vendorActions = map[Action]turnstone.VendorAction{
	Fail:            turnstone.VendorFail,
	Retry:           turnstone.VendorRetry,
	RateLimited:     turnstone.VendorWait,
	ResetPagination: turnstone.VendorRestart,
}

// conclude turns what an answer means into what Do returns.
func conclude(a Answer, v Verdict) (Answer, error) {
	switch v.Action {
	case Success:
		return a, nil
	case Ignore:
		a.Body, a.doc = nil, document{}
		return a, nil
	case RefreshToken:
		return Answer{}, refused(a, v)
	}
	return Answer{}, &turnstone.VendorError{
		Action: vendorActions[v.Action], Status: a.Status, Message: v.Message, URL: a.URL,
		Wait: v.Wait, MinWait: v.MinWait, MaxWait: v.MaxWait,
	}
}

// refused is the error for a credential that did not help, though it is as new
// as it can be. Vendors say 401 where they do not know who asks; where they do,
// asking for another credential would get the same answer.
func refused(a Answer, v Verdict) error {
	err := &turnstone.VendorError{Action: turnstone.VendorFail, Status: a.Status, Message: v.Message, URL: a.URL}
	if a.Status == http.StatusUnauthorized {
		err.Err = fmt.Errorf("%w: the vendor does not accept the credential: %s", turnstone.ErrUnauthenticated, v.Message)
		return err
	}
	err.Err = fmt.Errorf("not permitted, although the credential is fresh; give the vendor account the role and the scopes that this needs: %s", v.Message)
	return err
}
