//go:build unix

package main_test

import (
	"net/http"
	"testing"
	"time"

	"turnstone/internal/concursim"
	"turnstone/internal/pgtest"
)

// three starts three nodes of an installation.
func three(t *testing.T, i *installation) []*node {
	t.Helper()
	nodes := []*node{i.node(t, "node1"), i.node(t, "node2"), i.node(t, "node3")}
	started(t, nodes...)
	return nodes
}

func TestWorkSpreadsOverNodes(t *testing.T) {
	t.Parallel()
	i := install(t, pgtest.Shared(t), shortLease)
	nodes := three(t, i)
	f := newFleet(t, concursim.Options{Seed: 13, Companies: 60, Rate: 60}, nil)
	connect(t, f, nodes[0])
	live(t, f, 4*time.Second)
	for _, work := range []string{"turnstone_polls_total", "turnstone_attempts_total"} {
		for _, n := range nodes {
			eventually(t, n.name+" has its share of "+work, func() bool {
				live(t, f, time.Second)
				return n.counted(t, work) >= share
			})
		}
	}
	audited(t, f, i)
}

// share is how much of a kind of work each node has to have done. How soon depends on
// how much of the processor the machine gives to each of them.
const share = 50

// A refresh token is good for one refresh, so that two would show: as a refusal, and
// as a new login.
func TestTokenIsRefreshedOnceAcrossNodes(t *testing.T) {
	t.Parallel()
	const companies, refreshes = 5, 4
	i := install(t, pgtest.Shared(t), shortLease)
	nodes := three(t, i)
	f := newFleet(t, concursim.Options{
		Seed: 17, Companies: companies, Rate: 20, Switches: concursim.Switches{TokenSeconds: int(tokenLife / time.Second)},
	}, nil)
	connect(t, f, nodes[0])
	for company := range companies {
		eventually(t, "the token was refreshed several times", func() bool {
			live(t, f, time.Second)
			return len(exchanges(f.Sim, company+1)) > refreshes
		})
	}
	audited(t, f, i)
	for company := range companies {
		refreshedOnce(t, exchanges(f.Sim, company+1))
	}
	for _, r := range f.Sim.Requests() {
		if r.Grant != "" && r.Status != http.StatusOK {
			t.Errorf("a token was refused: %+v", r)
		}
	}
	for _, n := range nodes {
		if n.lines(t, "msg=poll ") == 0 {
			t.Errorf("%s made no poll, want all nodes to have used the tokens", n.name)
		}
	}
}

// tokenLife is short, so that there are many refreshes.
const tokenLife = 3 * time.Second

// refreshedOnce fails the test unless these are a login, and refreshes at the end of
// each token's life.
func refreshedOnce(t *testing.T, all []concursim.Request) {
	t.Helper()
	// A token is renewed in the last quarter of its life, which begins with the answer.
	const soonest = tokenLife / 2
	if all[0].Grant != "password" {
		t.Errorf("the first token of company %d is by %s, want password", all[0].Company, all[0].Grant)
	}
	for k, r := range all[1:] {
		if since := r.Time.Sub(all[k].Time); r.Grant != "refresh_token" || since < soonest {
			t.Errorf("token %d of company %d is by %s, %v after the one before, want a refresh after %v at the soonest", k+2, r.Company, r.Grant, since, soonest)
		}
	}
}

// exchanges returns the requests by which a company was given tokens.
func exchanges(sim *concursim.Simulator, company int) []concursim.Request {
	var all []concursim.Request
	for _, r := range sim.Requests() {
		if r.Grant != "" && r.Company == company {
			all = append(all, r)
		}
	}
	return all
}
