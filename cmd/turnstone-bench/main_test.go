package main

import (
	"strings"
	"testing"

	"turnstone/internal/bench"
)

func TestArgumentsThatCannotBeUsedAreRefused(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"an unknown work":   {[]string{"--works", "deliver-1,juggling"}, `there is no work "juggling": there are deliver-1, `},
		"an unknown engine": {[]string{"--engine", "abacus"}, `must be one of "sqlite","postgres","both"`},
		"no pairs":          {[]string{"--pairs=-1"}, "--pairs: write 1 or more"},
		"no folder":         {[]string{"--dir", "/there/is/none"}, "/there/is/none"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := run(t.Context(), tt.args, bench.Streams{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("run = %v, want an error with %q", err, tt.want)
			}
		})
	}
}
