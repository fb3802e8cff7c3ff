package resource

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"turnstone/internal/concursim/collection"
	"turnstone/internal/concursim/expense"
)

// number spells a whole number.
func number(n int) collection.Number { return collection.Number(strconv.Itoa(n)) }

// of is a record of names and values, in turn.
func of(pairs ...any) collection.Record {
	var r collection.Record
	for i := 0; i < len(pairs); i += 2 {
		r = append(r, collection.Member{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return r
}

// pick returns one of the values by chance.
func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

// person returns one of the people who are not administrators.
func person(s *collection.Scene) expense.User { return pick(s.Rand, s.Company.Users[1:]) }

// amount is what somebody may spend at once: up to some hundreds.
func amount(rng *rand.Rand) collection.Cents { return collection.Cents(500 + rng.IntN(60_000)) }

// nulls are members without a value, numbered from 1.
func nulls(name string, count int) collection.Record {
	var r collection.Record
	for i := range count {
		r = append(r, collection.Member{Name: name + strconv.Itoa(i+1)})
	}
	return r
}

// joined is one record of the members of all.
func joined(all ...collection.Record) collection.Record {
	var r collection.Record
	for _, part := range all {
		r = append(r, part...)
	}
	return r
}

// custom is a field that a company defines, as API v3 shows it.
func custom(c expense.CustomField) collection.Record {
	return of("Type", c.Type, "Value", c.Value, "Code", orNull(c.Code), "ListItemID", orNull(c.ListItem))
}

// orNull is the text, or null if there is none.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// times is as many records as make makes.
func times(count int, make func(i int) collection.Record) []collection.Record {
	var all []collection.Record
	for i := range count {
		all = append(all, make(i))
	}
	return all
}

// Ids as Concur's generations of services make them.

func protectedID(rng *rand.Rand) string { return expense.Key(rng) }

func uuidID(rng *rand.Rand) string { return expense.UUID(rng.Uint64(), rng.Uint64()) }

func hexID(digits int) func(*rand.Rand) string {
	return func(rng *rand.Rand) string {
		return strings.ToUpper(fmt.Sprintf("%016x%016x", rng.Uint64(), rng.Uint64())[:digits])
	}
}

// Spellings of a moment: six services, six ways.
const (
	trimmedLayout = "2006-01-02T15:04:05.999"
	plainLayout   = "2006-01-02T15:04:05"
	invoiceLayout = "2006-01-02 15:04:05.0"
	budgetLayout  = "2006-01-02 15:04:05"
	requestLayout = "2006-01-02T15:04:05.000Z"
	scimLayout    = "2006-01-02T15:04:05.000000Z"
)

// day is the midnight some days from now.
func day(s *collection.Scene, days int) time.Time {
	return s.Now.UTC().Truncate(24*time.Hour).AddDate(0, 0, days)
}

// known tells whether one of the records has the value.
func known(records []collection.Record, member, value string) bool {
	return slices.ContainsFunc(records, func(r collection.Record) bool { return r.Text(member) == value })
}

// edited is the record with one of its members changed by chance.
func edited(s *collection.Scene, r collection.Record, edits ...func(collection.Record) collection.Record) collection.Record {
	return pick(s.Rand, edits)(r)
}

// set is an edit that draws one of the texts, another than before.
func set(s *collection.Scene, member string, from ...string) func(collection.Record) collection.Record {
	return func(r collection.Record) collection.Record {
		at := s.Rand.IntN(len(from))
		if from[at] == r.Text(member) {
			at = (at + 1) % len(from)
		}
		return r.With(member, from[at])
	}
}

// flip is an edit that negates a boolean.
func flip(member string) func(collection.Record) collection.Record {
	return func(r collection.Record) collection.Record {
		on, _ := r.Value(member).(bool)
		return r.With(member, !on)
	}
}
