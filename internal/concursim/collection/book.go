package collection

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"turnstone/internal/concursim/expense"
)

// Book holds the objects of all companies and the log of what befell them. A
// company's objects are made when somebody first asks for them; who never does pays
// for none.
type Book struct {
	// Log holds the versions of all objects, in the order of their commits.
	Log []*Version

	seed    uint64
	ledger  *expense.Ledger
	founded time.Time
	kinds   []*Kind
	rooms   map[int]*room
	rng     *rand.Rand // of what chance decides between companies
	source  *rand.PCG
	last    time.Time // until when Step has made changes
	debt    float64   // the part of a change that is due since
}

// room is what one company has.
type room struct {
	company  *expense.Company
	source   *rand.PCG
	rng      *rand.Rand
	shelves  map[string]*shelf
	followed int // how many versions of the ledger are taken into account
}

// shelf holds the objects of one kind of one company.
type shelf struct {
	byID    map[string]*Object
	objects []*Object            // in the order of creation
	under   map[string][]*Object // by the id of the parent
}

func (r *room) shelf(kind string) *shelf {
	if r.shelves[kind] == nil {
		r.shelves[kind] = &shelf{byID: map[string]*Object{}, under: map[string][]*Object{}}
	}
	return r.shelves[kind]
}

// Open starts a book on the companies of the ledger, founded at a time.
func Open(seed uint64, ledger *expense.Ledger, kinds []*Kind, founded time.Time) *Book {
	b := &Book{
		seed: seed, ledger: ledger, founded: founded, kinds: kinds, rooms: map[int]*room{},
		source: rand.NewPCG(seed, 3), last: founded,
	}
	b.rng = rand.New(b.source)
	return b
}

// Kind returns the kind with a name. It returns an error that names all kinds if
// there is none.
func (b *Book) Kind(name string) (*Kind, error) {
	i := slices.IndexFunc(b.kinds, func(k *Kind) bool { return k.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no resource %q; use one of %v", name, b.Names())
	}
	return b.kinds[i], nil
}

// Names returns the names of the kinds, views among them.
func (b *Book) Names() []string {
	var names []string
	for _, k := range b.kinds {
		names = append(names, k.Name)
	}
	return names
}

// Scene returns what happens in a company at now depends on.
func (b *Book) Scene(company int, now time.Time, rules expense.Rules) *Scene {
	r := b.room(company)
	return &Scene{Company: r.company, Rand: r.rng, At: now, Now: now.Add(offset(rules)), room: r}
}

// room returns what the company has by now, its reports taken into account.
func (b *Book) room(company int) *room {
	r := b.rooms[company]
	if r == nil {
		r = b.emptyRoom(company)
		b.follow(r)
		b.found(r)
	}
	b.follow(r)
	return r
}

func (b *Book) emptyRoom(company int) *room {
	r := &room{company: b.ledger.Companies[company-1], source: rand.NewPCG(b.seed, 5000+uint64(company)), shelves: map[string]*shelf{}}
	r.rng = rand.New(r.source)
	b.rooms[company] = r
	return r
}

// history is how far back the objects go that a company starts with.
const history = 60 * 24 * time.Hour

// found makes the objects that the company starts with, at all ages and all stages of
// their lives.
func (b *Book) found(r *room) {
	for _, k := range b.kinds {
		if k.Seeds == nil {
			continue
		}
		scene := &Scene{Company: r.company, Rand: r.rng, At: b.founded, Now: b.founded.Add(-history), room: r}
		seeds := k.Seeds(scene)
		for i, record := range seeds {
			at := b.founded.Add(-history / time.Duration(len(seeds)+1) * time.Duration(len(seeds)-i))
			at = at.Add(time.Duration(r.rng.Int64N(int64(time.Hour))) - time.Hour)
			v := b.commit(r, Draft{Kind: k, Record: record}, past(at))
			b.age(scene, v, i%(k.Steps+1))
		}
	}
}

// past is the moment of what has long been visible.
func past(at time.Time) moment {
	return moment{at: at, stamp: at.Truncate(time.Millisecond), visible: at}
}

// age takes a seed some steps further, as far as there is time.
func (b *Book) age(scene *Scene, v *Version, steps int) {
	scene = &Scene{Company: scene.Company, Rand: scene.Rand, At: scene.At, Now: v.CommittedAt, room: scene.room}
	for range steps {
		scene.Now = scene.Now.Add(time.Hour + time.Duration(scene.Rand.Int64N(int64(20*time.Hour))))
		if scene.Now.After(b.founded.Add(-time.Minute)) {
			return
		}
		v = b.commit(scene.room, Draft{Kind: v.Kind, ID: v.Object.ID, Record: v.Kind.Edit(scene, v.Record)}, past(scene.Now))
	}
}

// follow takes the reports into account that were committed since.
func (b *Book) follow(r *room) {
	for ; r.followed < len(b.ledger.Log); r.followed++ {
		v := b.ledger.Log[r.followed]
		if v.Company != r.company.Number {
			continue
		}
		// What comes with a report must not depend on when somebody looks.
		chance := rand.New(rand.NewPCG(b.seed, uint64(v.Sequence)<<8))
		scene := &Scene{Company: r.company, Rand: chance, At: v.VisibleAt, Now: v.State.Modified, room: r}
		for _, k := range b.kinds {
			if k.Follow == nil {
				continue
			}
			for _, d := range k.Follow(scene, v) {
				d.Kind = k
				b.commit(r, d, moment{at: v.CommittedAt, stamp: v.State.Modified, visible: v.VisibleAt})
			}
		}
	}
}

// Shown returns the versions of a kind that a client of the company sees at now, in
// the order of their creation.
func (b *Book) Shown(company int, kind *Kind, now time.Time) []*Version {
	var all []*Version
	for _, o := range b.room(company).shelf(kind.source()).objects {
		if v := o.Shown(now); v != nil {
			all = append(all, v)
		}
	}
	return all
}

// Object returns the object with an id, or nil if there never was one.
func (b *Book) Object(company int, kind *Kind, id string) *Object {
	return b.room(company).shelf(kind.source()).byID[id]
}

// source is the kind that has the objects of k.
func (k *Kind) source() string {
	if k.Of != "" {
		return k.Of
	}
	return k.Name
}

// Look returns the record of a version as the kind shows it; nil for one that it
// does not.
func (k *Kind) Look(v *Version) Record {
	if k.Show == nil {
		return v.Record
	}
	return k.Show(v.Record)
}

// opened returns the numbers of the companies that have objects by now.
func (b *Book) opened() []int { return slices.Sorted(maps.Keys(b.rooms)) }
