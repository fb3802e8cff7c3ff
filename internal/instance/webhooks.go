package instance

import (
	"slices"
	"strings"

	"turnstone"
	"turnstone/internal/pollerconfig"
)

// vendorWebhooks is how an instance asks to be told by the vendor. The platform's own
// pages spell it in two ways.
var vendorWebhooks = []string{"webhooks", "webhook"}

// webhooked reports whether the vendor is to tell of changes.
func (d *draft) webhooked() bool {
	return slices.Contains(vendorWebhooks, strings.ToLower(d.value(turnstone.KeyVendorType)))
}

// checkWebhooks checks that the vendor can tell of changes, and how webhooks find the
// instance.
func (d *draft) checkWebhooks() {
	if d.webhooked() && d.el.Webhooks == nil {
		d.problems.add(path(turnstone.KeyVendorType), `is %s, and the element %q has no webhooks; write "polling"`, excerpt(d.value(turnstone.KeyVendorType)), d.el.Key)
	}
	if w := d.el.Webhooks; w != nil && w.Finder != "" && EventsEnabled(d.Configuration) {
		d.fill(turnstone.KeyInstanceFinder, w.Finder)
	}
	finder := d.value(turnstone.KeyInstanceFinder)
	key, at, _ := strings.Cut(finder, "|")
	if finder != "" && (strings.TrimSpace(key) == "" || strings.TrimSpace(at) == "") {
		d.problems.add(path(turnstone.KeyInstanceFinder), "is %s; write a configuration key and a path in the webhook's body with | between them, such as site.id|data.site_id", excerpt(finder))
	}
}

// woken returns those of the element's default pollers that its webhooks wake: of what
// they do not tell, a poller can. names are those that event.objects lists; nil: all.
func (d *draft) woken(all pollerconfig.Set, names []string) pollerconfig.Set {
	listed := func(resource string) bool {
		return names == nil || slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, resource) })
	}
	var set pollerconfig.Set
	var texts []string
	for _, m := range all.Members {
		for _, rule := range d.el.Webhooks.Wake {
			if rule.Resource == m.Resource && listed(m.Resource) {
				set.Members = append(set.Members, m)
				texts = append(texts, `"`+m.Resource+`":`+m.Text)
				break
			}
		}
	}
	set.Text = "{" + strings.Join(texts, ",") + "}"
	return set
}
