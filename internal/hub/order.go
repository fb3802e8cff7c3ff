package hub

import (
	"slices"
	"strings"

	"turnstone/internal/ceql"
	"turnstone/internal/element"
)

// sortKey is a field to sort by.
type sortKey struct {
	field      string
	descending bool
}

const orderHelp = "write the fields to sort by with a comma between two, each with asc or desc behind it if you like, as in orderBy=Name,Total desc"

// divideOrder leaves the order to the vendor if it knows it, otherwise to us.
func (c *clause) divideOrder() error {
	if c.orderBy == "" {
		return nil
	}
	keys, err := sortKeysOf(c.orderBy)
	if err != nil {
		return err
	}
	if settings := sortSettings(c.resource.Retriever.Sort, keys); settings != nil {
		c.settings = append(c.settings, settings...)
		return nil
	}
	for _, key := range keys {
		if known := c.resource.Fields; len(known) > 0 && !c.isField(key.field) {
			return badRequest("orderBy", "%s have no field %.60s%s", c.resource.Name, key.field, advice(key.field, known))
		}
	}
	c.order = keys
	return nil
}

// sortKeysOf reads an order.
func sortKeysOf(text string) ([]sortKey, error) {
	var keys []sortKey
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 0 || len(words) > 2 {
			return nil, badRequest("orderBy", "has %.40q in it; %s", part, orderHelp)
		}
		key := sortKey{field: words[0]}
		if len(words) == 2 {
			key.descending = strings.EqualFold(words[1], "desc")
			if !key.descending && !strings.EqualFold(words[1], "asc") {
				return nil, badRequest("orderBy", "has %.40q behind %.40s; %s", words[1], words[0], orderHelp)
			}
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// sortSettings returns how the vendor is told to sort; nil: it cannot.
func sortSettings(s *element.Sort, keys []sortKey) []setting {
	if s == nil || len(keys) != 1 || !slices.Contains(s.Attributes, keys[0].field) {
		return nil
	}
	settings := []setting{{s.Option.FieldName, s.Option, keys[0].field}}
	if s.Direction == nil {
		if keys[0].descending {
			return nil
		}
		return settings
	}
	word := s.Ascending
	if keys[0].descending {
		word = s.Descending
	}
	return append(settings, setting{s.Direction.FieldName, *s.Direction, word})
}

// sorted sorts records by the keys. Those that are alike keep their places.
func sorted(records []record, keys []sortKey) {
	slices.SortStableFunc(records, func(a, b record) int {
		for i, key := range keys {
			sign := ceql.Compare(a.keys[i], b.keys[i])
			if key.descending {
				sign = -sign
			}
			if sign != 0 {
				return sign
			}
		}
		return 0
	})
}

// record is a record to be sorted, with the values that decide.
type record struct {
	text []byte
	keys []ceql.Value
}

func recordOf(text []byte, keys []sortKey) record {
	r := record{text: text, keys: make([]ceql.Value, len(keys))}
	for i, key := range keys {
		r.keys[i] = valueAt(text, key.field)
	}
	return r
}
