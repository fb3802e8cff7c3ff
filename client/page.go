package client

import (
	"context"
	"errors"
	"iter"
	"maps"
	"net/url"
)

// nextPage is the header with the token of the page behind an answer.
const nextPage = "Elements-Next-Page-Token"

// list yields the members of a list, page by page. An error ends it. A list without
// members yields nothing.
func list[T any](ctx context.Context, c *Client, r request) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		query := maps.Clone(r.query)
		if query == nil {
			query = make(url.Values)
		}
		r.query = query
		for {
			var members []T
			header, err := c.answer(ctx, r, &members)
			if refused, ok := errors.AsType[*Error](err); ok && refused.isEmptyList() {
				return
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, m := range members {
				if !yield(m, nil) {
					return
				}
			}
			token := header.Get(nextPage)
			if token == "" || token == query.Get("nextPage") {
				return
			}
			query.Set("nextPage", token)
		}
	}
}

// Collect returns what a list yields, up to most members; 0: all of them.
func Collect[T any](members iter.Seq2[T, error], most int) ([]T, error) {
	var all []T
	for m, err := range members {
		if err != nil {
			return all, err
		}
		all = append(all, m)
		if len(all) == most {
			break
		}
	}
	return all, nil
}

// given returns parameters without those that are empty.
func given(pairs ...string) url.Values {
	query := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	return query
}
