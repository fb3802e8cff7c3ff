package gauge_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"turnstone/internal/bench/gauge"
)

func ExampleOver() {
	s := gauge.Over([]float64{0.61, 0.58, 0.72})
	fmt.Printf("%.2f (%.2f–%.2f)\n", s.Median, s.Min, s.Max)
	// Output: 0.61 (0.58–0.72)
}

func TestMedianStandsInTheMiddle(t *testing.T) {
	tests := map[string]struct {
		values []float64
		want   float64
	}{
		"none":          {nil, 0},
		"one":           {[]float64{7}, 7},
		"two":           {[]float64{9, 1}, 5},
		"three":         {[]float64{9, 1, 2}, 2},
		"an outlier":    {[]float64{1, 1, 1000}, 1},
		"equal numbers": {[]float64{3, 3, 3, 3}, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(tt.values)
			if got := gauge.Median(tt.values); got != tt.want {
				t.Errorf("Median = %v, want %v", got, tt.want)
			}
			if !slices.Equal(before, tt.values) {
				t.Errorf("values = %v afterwards, want them in their order, %v", tt.values, before)
			}
		})
	}
}

func TestQuantileIsOneOfTheValues(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	tests := map[string]struct {
		values []float64
		share  float64
		want   float64
	}{
		"of none":          {nil, 0.5, 0},
		"the least":        {hundred, 0, 1},
		"half":             {hundred, 0.5, 50},
		"99 of a hundred":  {hundred, 0.99, 99},
		"all":              {hundred, 1, 100},
		"99 % of one":      {[]float64{4}, 0.99, 4},
		"99 % of a few":    {[]float64{1, 2, 3}, 0.99, 3},
		"more than all":    {hundred, 2, 100},
		"less than nobody": {hundred, -1, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := gauge.Quantile(tt.values, tt.share); got != tt.want {
				t.Errorf("Quantile = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestQuantileIsExceededByNoMoreThanTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 50).Draw(t, "values")
		share := rapid.Float64Range(0, 1).Draw(t, "share")
		q := gauge.Quantile(values, share)
		above := 0
		for _, v := range values {
			if v > q {
				above++
			}
		}
		if most := math.Floor((1 - share) * float64(len(values))); float64(above) > most+1e-9 {
			t.Fatalf("%d of %v exceed Quantile(%v) = %v, want at most %v", above, values, share, q, most)
		}
	})
}
