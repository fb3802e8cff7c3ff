package element_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSecretsAreKnownByTypeAndByName(t *testing.T) {
	e := parse(t, strings.Replace(minimal(t), "authenticator:", `configuration:
  - {key: site, name: Site}
  - {key: pin, name: PIN, type: PASSWORD}
  - {key: account.number, name: Account, secret: true}
authenticator:`, 1))
	tests := map[string]bool{
		"site":                              false,
		"username":                          false,
		"event.notification.callback.url":   false,
		"token.url":                         false,
		"unheard.of":                        false,
		"pin":                               true,
		"account.number":                    true,
		"password":                          true,
		"oauth.api.key":                     true,
		"oauth.api.secret":                  true,
		"oauth.user.token":                  true,
		"oauth.user.refresh_token":          true,
		"event.notification.signature.key":  true,
		"event.notification.basic.password": true,
		"db.Password":                       true,
		"clientSecret":                      true,
		"app.token":                         true,
		"Authorization":                     true,
		"accessKey":                         true,
		"api.key":                           true,
		"x-api-key":                         true,
		"apikey":                            true,
		"pass":                              true,
		"db_pwd":                            true,
		"signing-key":                       true,
		"privateKey":                        true,
		"credentials":                       true,
		"page.key":                          false,
		"shipping":                          false,
		"compass":                           false,
		"author":                            false,
	}
	for key, want := range tests {
		if got := e.Secret(key); got != want {
			t.Errorf("Secret(%q) = %v, want %v", key, got, want)
		}
	}
}

func TestDefaultsAreThoseOfTheConfiguration(t *testing.T) {
	e := parse(t, strings.Replace(minimal(t), "authenticator:", `configuration:
  - {key: site, name: Site}
  - {key: region, name: Region, default: eu}
  - {key: nulls, name: Nulls, type: BOOLEAN, default: "true"}
authenticator:`, 1))
	want := map[string]string{"region": "eu", "nulls": "true"}
	if diff := cmp.Diff(want, e.Defaults()); diff != "" {
		t.Errorf("Defaults differ (-want +got):\n%s", diff)
	}
}

func TestTheDefaultPollersKeepTheirOrder(t *testing.T) {
	e := parse(t, minimal(t)+`  - name: accounts
    primary_key: id
    retriever: {requester: {path: /v1/accounts}, record_selector: {}}
polling:
  resources:
    - resource: contacts
      url: "/hubs/crm/contacts?where=updated>'${gmtDate:yyyy-MM-dd}' and a='b&c'"
      idField: id
      datesConfiguration: {updatedDateField: updated, updatedDateTimezone: GMT}
      more: {pollDelay: 60, filterByUpdatedDate: false, tags: [a, 1.50, {b: "1"}]}
    - {resource: accounts, url: /hubs/crm/accounts, idField: key}
`)
	want := `{"contacts":{"url":"/hubs/crm/contacts?where=updated>'${gmtDate:yyyy-MM-dd}' and a='b&c'","idField":"id",` +
		`"datesConfiguration":{"updatedDateField":"updated","updatedDateTimezone":"GMT"},` +
		`"filterByUpdatedDate":false,"pollDelay":60,"tags":["a",1.50,{"b":"1"}]},` +
		`"accounts":{"url":"/hubs/crm/accounts","idField":"key"}}`
	if diff := cmp.Diff(want, e.PollerConfiguration()); diff != "" {
		t.Errorf("PollerConfiguration differs (-want +got):\n%s", diff)
	}
}

func TestWhatCanBePolledFollowsWhatIsPolledByDefault(t *testing.T) {
	e := parse(t, minimal(t)+`  - name: accounts
    primary_key: id
    retriever: {requester: {path: /v1/accounts}, record_selector: {}}
polling:
  resources:
    - {resource: accounts, url: /hubs/crm/accounts, idField: key}
  available:
    - {resource: contacts, url: /hubs/crm/contacts, idField: id}
`)
	byDefault := `"accounts":{"url":"/hubs/crm/accounts","idField":"key"}`
	if got, want := e.PollerConfiguration(), "{"+byDefault+"}"; got != want {
		t.Errorf("PollerConfiguration = %s, want %s", got, want)
	}
	if got, want := e.AvailablePollerConfiguration(), "{"+byDefault+`,"contacts":{"url":"/hubs/crm/contacts","idField":"id"}}`; got != want {
		t.Errorf("AvailablePollerConfiguration = %s, want %s", got, want)
	}
}

func TestDurationsPrintAsTheyAreWritten(t *testing.T) {
	for _, text := range []string{"0s", "90s", "5m", "24h", "1h30m", "1h0m5s", "250ms"} {
		e := parse(t, strings.Replace(minimal(t), "requester:", "requester:\n  error_handler: {min_wait: "+text+"}", 1))
		want := strings.Replace(text, "90s", "1m30s", 1)
		if got := e.Requester.ErrorHandler.MinWait.String(); got != want {
			t.Errorf("String = %s, want %s", got, want)
		}
	}
}
