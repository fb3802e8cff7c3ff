package concursim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/concursim"
)

// lived is a simulator that has lived for a while, not served.
func lived(t *testing.T, o concursim.Options, steps int) (*concursim.Simulator, *clock) {
	t.Helper()
	c := &clock{}
	o.Now = c.Now
	sim, err := concursim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	live(sim, c, steps)
	return sim, c
}

func live(sim *concursim.Simulator, c *clock, steps int) {
	for range steps {
		c.Advance(100 * time.Millisecond)
		sim.Step(c.Now())
	}
}

var busy = concursim.Options{Seed: 42, Companies: 3, Rate: 25, Switches: concursim.Switches{LateShare: 0.1}}

func TestSameSeedSameTruth(t *testing.T) {
	first, _ := lived(t, busy, 200)
	second, _ := lived(t, busy, 200)
	versions := first.Versions(concursim.VersionFilter{})
	if diff := cmp.Diff(compact(t, versions), compact(t, second.Versions(concursim.VersionFilter{}))); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	if want := 3*25 + 500; len(versions) != want {
		t.Errorf("%d versions, want %d", len(versions), want)
	}
	other := busy
	other.Seed++
	third, _ := lived(t, other, 200)
	if compact(t, versions) == compact(t, third.Versions(concursim.VersionFilter{})) {
		t.Error("another seed gives the same truth")
	}
}

func TestReportsLiveAsDocumented(t *testing.T) {
	follows := map[string][]string{
		"A_NOTF P_NOTP": {"A_NOTF P_NOTP", "A_PEND P_NOTP"},
		"A_RESU P_NOTP": {"A_RESU P_NOTP", "A_PEND P_NOTP"},
		"A_PEND P_NOTP": {"A_ACCO P_NOTP", "A_PECO P_NOTP", "A_PBDG P_NOTP", "A_EXTV P_NOTP", "A_RESU P_NOTP"},
		"A_PECO P_NOTP": {"A_ACCO P_NOTP"}, "A_PBDG P_NOTP": {"A_ACCO P_NOTP"}, "A_EXTV P_NOTP": {"A_ACCO P_NOTP"},
		"A_ACCO P_NOTP": {"A_APPR P_PROC"}, "A_APPR P_PROC": {"A_APPR P_PAID"}, "A_APPR P_PAID": {"A_APPR P_PAYC"},
	}
	sim, _ := lived(t, busy, 2000)
	last := map[string]record{}
	seen := map[string]bool{}
	for _, v := range sim.Versions(concursim.VersionFilter{}) {
		r := decode[record](t, string(v.Record))
		status := func(r record) string { return fmt.Sprint(r["ApprovalStatusCode"], " ", r["PaymentStatusCode"]) }
		seen[status(r)] = true
		if old := last[v.ReportID]; old != nil {
			if !slices.Contains(follows[status(old)], status(r)) {
				t.Errorf("report %s goes from %s to %s", v.ReportID, status(old), status(r))
			}
			if len(v.Changed) == 0 {
				t.Errorf("version %d of %s changes nothing", v.Number, v.ReportID)
			}
		}
		for _, d := range [][2]string{{"CreateDate", "SubmitDate"}, {"SubmitDate", "ProcessingPaymentDate"}, {"ProcessingPaymentDate", "PaidDate"}, {"PaidDate", "LastModifiedDate"}} {
			if late, early := when(t, r[d[1]]), when(t, r[d[0]]); !late.IsZero() && late.Before(early) {
				t.Errorf("%s %v is before %s %v", d[1], late, d[0], early)
			}
		}
		if paid := r["PaymentStatusCode"] == "P_PAID" || r["PaymentStatusCode"] == "P_PAYC"; paid != (r["PaidDate"] != nil) {
			t.Errorf("%s with PaidDate %v", status(r), r["PaidDate"])
		}
		last[v.ReportID] = r
	}
	if len(seen) != len(follows)+1 {
		t.Errorf("statuses seen = %v, want all %d", seen, len(follows)+1)
	}
}

func when(t *testing.T, value any) time.Time {
	t.Helper()
	text, ok := value.(string)
	if !ok {
		return time.Time{}
	}
	at, err := time.Parse("2006-01-02T15:04:05", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestListShowsTheTruth(t *testing.T) {
	c := serve(t, concursim.Options{Seed: 5, Rate: 30, Switches: concursim.Switches{LateShare: 0.3}})
	live(c.Simulator, c.clock, 50)
	now := c.clock.Now()
	want := map[any]record{}
	for _, v := range c.Versions(concursim.VersionFilter{Company: 1}) {
		if !v.VisibleAt.After(now) && (v.ShownUntil.IsZero() || v.ShownUntil.After(now)) {
			if want[v.ReportID] != nil {
				t.Errorf("two versions of %s are shown at once", v.ReportID)
			}
			want[v.ReportID] = withoutAction(decode[record](t, string(v.Record)))
		}
	}
	got := map[any]record{}
	for _, r := range c.sweep("user=ALL&limit=9", nothing) {
		got[r["ID"]] = withoutAction(r)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-truth +list):\n%s", diff)
	}
}

func TestASimulatorGoesOnWhereItStopped(t *testing.T) {
	whole, _ := lived(t, busy, 100)
	half, clock := lived(t, busy, 50)
	refresh := logIn(t, half, "grant_type=password&username=admin@company-2.test&password=concur")
	var saved bytes.Buffer
	if err := half.Save(&saved); err != nil {
		t.Fatal(err)
	}
	again, err := concursim.New(concursim.Options{Rate: busy.Rate, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Load(&saved); err != nil {
		t.Fatal(err)
	}
	again.Step(clock.Now()) // from here on changes are due
	live(again, clock, 50)
	all := concursim.VersionFilter{}
	if diff := cmp.Diff(compact(t, whole.Versions(all)), strings.ReplaceAll(compact(t, again.Versions(all)), "http://example.com", "https://us2.api.concursolutions.com")); diff != "" {
		t.Errorf("with and without a break in between (-without +with):\n%s", diff)
	}
	logIn(t, again, "grant_type=refresh_token&refresh_token="+refresh)
}

// logIn posts a form to the token endpoint and returns the refresh token.
func logIn(t *testing.T, sim http.Handler, form string) string {
	t.Helper()
	w := postForm(sim, form)
	if w.Code != http.StatusOK {
		t.Fatalf("POST %s = %d %s", form, w.Code, w.Body)
	}
	return decode[tokens](t, w.Body.String()).RefreshToken
}

func postForm(sim http.Handler, form string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/oauth2/v0/token", strings.NewReader("client_id=app&client_secret=secret&"+form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, r)
	return w
}

func TestLoadRefusesWhatSaveDidNotWrite(t *testing.T) {
	sim, _ := lived(t, busy, 1)
	before := len(sim.Versions(concursim.VersionFilter{}))
	for name, text := range map[string]string{
		"no JSON":         `{`,
		"another format":  `{"format":99}`,
		"no companies":    `{"format":1}`,
		"impossible data": `{"format":1,"companies":1,"log":[{"company":9}]}`,
	} {
		if err := sim.Load(strings.NewReader(text)); err == nil {
			t.Errorf("%s: Load = nil, want an error", name)
		}
	}
	if got := len(sim.Versions(concursim.VersionFilter{})); got != before {
		t.Errorf("%d versions after refused snapshots, want %d", got, before)
	}
}

type brokenDisk struct{}

var errDisk = errors.New("disk full")

func (brokenDisk) Write([]byte) (int, error) { return 0, errDisk }

func TestSaveReportsWhatTheDiskSays(t *testing.T) {
	sim, _ := lived(t, busy, 1)
	if err := sim.Save(brokenDisk{}); !errors.Is(err, errDisk) {
		t.Errorf("Save = %v, want %v", err, errDisk)
	}
}

func TestRunKeepsTheRateUntilItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, err := concursim.New(concursim.Options{Reports: -1, Rate: 20})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second+time.Millisecond)
		defer cancel()
		if err := sim.Run(ctx); err != nil {
			t.Errorf("Run = %v, want nil", err)
		}
		if n := len(sim.Versions(concursim.VersionFilter{})); n != 200 {
			t.Errorf("%d changes in 10 s at 20/s, want 200", n)
		}
		idle, err := concursim.New(concursim.Options{Reports: -1})
		if err != nil {
			t.Fatal(err)
		}
		if err := idle.Run(ctx); err != nil || len(idle.Versions(concursim.VersionFilter{})) != 0 {
			t.Errorf("a company at rest: %v and %d changes", err, len(idle.Versions(concursim.VersionFilter{})))
		}
	})
}

func TestEverythingAtOnceIsSafe(t *testing.T) {
	c := serve(t, concursim.Options{Seed: 1, Companies: 4, Switches: concursim.Switches{LateShare: 0.2}})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 10 {
				c.change(concursim.Order{Count: 20, Company: i + 1})
				c.clock.Advance(time.Second)
				c.sweep("user=ALL&limit=30", nothing)
				c.Versions(concursim.VersionFilter{Company: i + 1})
				c.call("GET", reports+"/0000", "", "Accept", "")
			}
		})
	}
	wg.Go(func() {
		var saved bytes.Buffer
		if err := c.Save(&saved); err != nil {
			t.Error(err)
		}
		if err := c.SetSwitches(c.Switches()); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
}

func Example() {
	sim, err := concursim.New(concursim.Options{Seed: 1, Reports: -1})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	made, err := sim.Change(concursim.Order{Count: 1, Kind: concursim.Created})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(made[0].Kind, made[0].Number, sim.Companies()[0].Login)
	// Output: created 1 admin@example-co.test
}
