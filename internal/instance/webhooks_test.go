package instance_test

import (
	"slices"
	"testing"

	"turnstone"
)

func TestWebhooksArePolledWhereTheyOnlyWake(t *testing.T) {
	tests := map[string]struct {
		element string
		pairs   []string
		want    []string // polled
	}{
		"those that wake": {"concur", []string{turnstone.KeyVendorType, "webhooks"}, []string{"reports"}},
		"as it was spelt": {"concur", []string{turnstone.KeyVendorType, "Webhook"}, []string{"reports"}},
		"that are wanted": {"concur", []string{turnstone.KeyVendorType, "webhooks", turnstone.KeyObjects, "reports, something"}, []string{"reports"}},
		"of none":         {"concur", []string{turnstone.KeyVendorType, "webhooks", turnstone.KeyObjects, "something"}, nil},
		"of others":       {"concur", []string{turnstone.KeyVendorType, "webhooks", turnstone.KeyObjects, "travel-requests"}, []string{"travel-requests"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, r := newSketch(t)
			if _, err := h.Create(t.Context(), h.owner, configured(tt.element, tt.pairs...)); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range r.last.Pollers {
				got = append(got, p.Resource)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("polled = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestWebhooksThatAreNotThereAreRefused(t *testing.T) {
	tests := map[string]struct {
		pairs []string
		want  map[string]string
	}{
		"an element without": {[]string{turnstone.KeyVendorType, "webhooks"}, map[string]string{turnstone.KeyVendorType: `has no webhooks; write "polling"`}},
		"another type":       {[]string{turnstone.KeyVendorType, "magic"}, map[string]string{turnstone.KeyVendorType: `write "polling" or "webhooks"`}},
		"half a finder":      {[]string{turnstone.KeyInstanceFinder, "site.id|"}, map[string]string{turnstone.KeyInstanceFinder: "such as site.id|data.site_id"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h, _ := newSketch(t)
			h.refused(configured("several", tt.pairs...), tt.want)
		})
	}
}
