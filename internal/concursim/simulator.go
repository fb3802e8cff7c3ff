package concursim

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/ess"
	"turnstone/internal/concursim/expense"
	"turnstone/internal/concursim/fault"
	"turnstone/internal/concursim/resource"
)

// Options say what to simulate. The zero value is one company with 25 reports
// in which nothing happens by itself.
type Options struct {
	// Seed decides names, reports, changes and faults.
	Seed uint64
	// Companies is the number of companies; 0 means 1.
	Companies int
	// Reports is how many reports each company starts with; 0 means 25, and a
	// negative number none.
	Reports int
	// Rate is how many changes of reports per second Run and Step make, over all
	// companies, and OtherRate how many of the other resources.
	Rate, OtherRate float64
	// Switches are the faults to start with; zero switches take their defaults.
	Switches Switches
	// ClientID and ClientSecret restrict the applications that may connect to
	// one. If both are empty every pair is accepted.
	ClientID, ClientSecret string
	// BaseURL is the geolocation and the beginning of every address in an answer.
	// If it is empty, each request is told the host that it asked.
	BaseURL string
	// EventNetworks are the networks that events may be posted to, besides loopback.
	EventNetworks []netip.Prefix
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log receives one line a request, at debug level; nil means none.
	Log *slog.Logger
}

// defaultReports is what a small company has under way.
const defaultReports = 25

// Simulator is a Concur. All its methods are safe for concurrent use.
type Simulator struct {
	clientID, clientSecret string
	baseURL                string
	rate                   float64
	clock                  func() time.Time
	log                    *slog.Logger
	routes                 *http.ServeMux
	pages                  *template.Template
	learned                atomic.Pointer[string] // base URL of the latest request
	key                    []byte                 // signs tokens

	switches  atomic.Pointer[Switches]
	events    *ess.Service
	otherRate float64

	mu     sync.RWMutex // guards the following
	ledger *expense.Ledger
	book   *collection.Book
	told   announced

	vault    vault
	luck     *fault.Luck
	limits   fault.Limits
	requests requestLog
}

// New founds the companies. It returns an error if the options are not
// possible; all problems of the switches are reported at once.
func New(o Options) (*Simulator, error) {
	sw, err := o.Switches.WithDefaults()
	if err != nil {
		return nil, fmt.Errorf("concur simulator: %w", err)
	}
	if err := sw.Check(); err != nil {
		return nil, fmt.Errorf("concur simulator: %w", err)
	}
	if o.Companies < 0 || o.Rate < 0 || o.OtherRate < 0 {
		return nil, fmt.Errorf("concur simulator: %d companies at %g and %g changes per second; use numbers that are not negative",
			o.Companies, o.Rate, o.OtherRate)
	}
	pages, err := template.New("login").Parse(loginPages)
	if err != nil {
		return nil, fmt.Errorf("concur simulator: %w", err)
	}
	s := &Simulator{
		clientID: o.ClientID, clientSecret: o.ClientSecret, baseURL: o.BaseURL, rate: o.Rate, otherRate: o.OtherRate,
		clock: o.Now, log: o.Log, pages: pages, key: make([]byte, sha256.Size),
		vault: newVault(), luck: fault.NewLuck(o.Seed),
	}
	_, _ = rand.Read(s.key) // never fails
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.switches.Store(&sw)
	s.events = ess.New(ess.Options{Clock: s.now, Switches: s.Switches, Networks: o.EventNetworks})
	s.routes = s.route()
	s.found(o)
	return s, nil
}

// found creates the companies as they are at the beginning.
func (s *Simulator) found(o Options) {
	s.ledger = expense.Open(o.Seed, max(o.Companies, 1))
	now := s.now()
	s.ledger.Rest(now)
	if o.Reports == 0 {
		o.Reports = defaultReports
	}
	for _, c := range s.ledger.Companies {
		s.ledger.Populate(c, o.Reports, now, s.Switches().Rules())
	}
	s.book = collection.Open(o.Seed, s.ledger, resource.All(), now)
	s.told = announced{reports: len(s.ledger.Log)}
}

// now is our time. The vendor's clock differs from it by a switch.
func (s *Simulator) now() time.Time { return s.clock().UTC() }

// vendorNow is the vendor's time.
func (s *Simulator) vendorNow() time.Time {
	return s.now().Add(time.Duration(s.Switches().ClockOffset * float64(time.Second)))
}

// Company says how to log in to a company.
type Company struct {
	Number   int    `json:"number"`
	Domain   string `json:"domain"`
	Login    string `json:"login"` // the administrator's
	Password string `json:"password"`
	// UUID and RequestToken are the user name and password of the password grant
	// with credtype=authtoken.
	UUID         string `json:"uuid"`
	RequestToken string `json:"requestToken"`
	// Users are the logins of everybody, with the same password.
	Users []string `json:"users"`
}

// Companies describes all companies in the order of their numbers.
func (s *Simulator) Companies() []Company {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []Company
	for _, c := range s.ledger.Companies {
		known := Company{
			Number: c.Number, Domain: c.Domain, Login: c.Users[0].Login, Password: password,
			UUID: c.UUID, RequestToken: requestToken(c),
		}
		for _, u := range c.Users {
			known.Users = append(known.Users, u.Login)
		}
		all = append(all, known)
	}
	return all
}

// base is the address under which this request reached the simulator.
func (s *Simulator) base(r *http.Request) string {
	if s.baseURL != "" {
		return s.baseURL
	}
	base := "http://" + r.Host
	if r.TLS != nil {
		base = "https://" + r.Host
	}
	if last := s.learned.Load(); last == nil || *last != base {
		s.learned.Store(&base)
	}
	return base
}

// lastBase is the base URL where there is no request to learn it from.
func (s *Simulator) lastBase() string {
	if s.baseURL != "" {
		return s.baseURL
	}
	if last := s.learned.Load(); last != nil {
		return *last
	}
	return "https://us2.api.concursolutions.com"
}
