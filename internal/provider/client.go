package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"turnstone"
	"turnstone/internal/element"
	"turnstone/internal/ratelimit"
	"turnstone/internal/script"
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
	// Scripts runs the hooks that elements have around their requests. nil: calls of
	// such elements are refused.
	Scripts *script.Runner
	// Observe is told of each request to a vendor when it is over. It must not
	// block. nil: nobody is.
	Observe func(Exchange)

	limits  limits                    // without Allowances
	rations lately[limitKey, *ration] // with them
	told    throttles
	budgets budgets
	turns   turns
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
	// Turn is the resource for which a poller asks in the background: such calls
	// take turns, and leave the last of what the vendor allows to others. Empty:
	// a client waits for the answer.
	Turn string
	// Validator makes a GET conditional if it is of the list at the very URL.
	Validator turnstone.Validator
	// Hub is the hub call that this one serves, for hooks. The client adds the
	// configuration.
	Hub script.Call
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
	// RateLimit is what the vendor told of the requests it allows.
	RateLimit turnstone.RateLimit
	// Validator lets the same list be asked for again under the condition that it
	// changed; zero if the answer has none.
	Validator turnstone.Validator
	// Unmodified says that the list is what it was when Call.Validator came. There
	// is no Body then.
	Unmodified bool
	// Ignored says that the element says to read the answer as empty.
	Ignored bool
	// Next is where the page after this one is: what a hook named, or else the URL in
	// the Link header, rel="next". Empty: neither.
	Next string

	hooked  bool     // Next is of a hook
	secrets []string // query parameters that carry a secret, which pages do not keep

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
	req, err := c.prepare(ctx, call, cred)
	if err != nil {
		return Answer{}, Verdict{}, unbuilt(call, hidden.strip(err))
	}
	shown := hidden.hide(req.URL.String())
	conditional := setCondition(req.Request, call.Validator, shown)
	waited, err := c.pace(ctx, call, shown)
	if err != nil {
		return Answer{}, Verdict{}, err
	}
	defer c.budgets.release(call.Instance.ID)
	begun := c.Now()
	got, err := c.ask(ctx, call, req)
	seen := Exchange{
		Element: call.Element.Key, Instance: call.Instance.ID, Method: req.Method,
		Status: got.status, Took: c.Now().Sub(begun), Waited: waited, Bytes: len(got.body),
	}
	answer := got.answer(shown)
	answer.secrets = call.Element.SecretParameters()
	c.budgets.note(call.Instance.ID, answer.RateLimit, c.Now())
	if err != nil {
		problem := vendorProblem(ctx, answer, hidden.strip(err))
		c.observe(seen, lost(problem))
		return Answer{}, Verdict{}, problem
	}
	if conditional && got.status == http.StatusNotModified {
		c.observe(seen, Success)
		return answer.unmodified(call.Validator), Verdict{Action: Success}, nil
	}
	verdict, problem := got.read(call.Requester)
	c.observe(seen, verdict.Action)
	c.told.note(call.Instance.ID, got.status, verdict, c.Now())
	if problem != "" {
		err := errors.New(hidden.excerpt(problem))
		return Answer{}, Verdict{}, answer.problem(turnstone.VendorRetry, err)
	}
	verdict.Message = hidden.excerpt(verdict.Message)
	answer.Body, answer.doc = got.body, got.doc
	return answer, verdict, nil
}

// answer returns what was received, but for the body.
func (r *received) answer(shown string) Answer {
	return Answer{
		Status: r.status, Date: r.date, Elapsed: r.elapsed, URL: shown,
		RateLimit: ratelimit.Told(r.header), Validator: validatorOf(r.header, shown),
		Next: cmp.Or(r.next, linkedNext(r.header)), hooked: r.next != "",
	}
}

// unmodified returns the answer to a request whose condition did not hold. It need
// not repeat what the list was asked for with.
func (a Answer) unmodified(v turnstone.Validator) Answer {
	a.Unmodified = true
	v.ETag, v.LastModified = cmp.Or(a.Validator.ETag, v.ETag), cmp.Or(a.Validator.LastModified, v.LastModified)
	a.Validator = v
	return a
}

// problem returns the error for an answer that is no success, or no answer.
func (a Answer) problem(action turnstone.VendorAction, err error) *turnstone.VendorError {
	return &turnstone.VendorError{Action: action, Status: a.Status, URL: a.URL, RateLimit: a.RateLimit, Err: err}
}
