package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"

	"turnstone"
	"turnstone/internal/store/storetest"
)

func visitBulk(v *visitor) {
	token := []string{"Authorization", withToken(v.create())}
	v.visit(asked{"createBulkJob", "/hubs/expense/bulk/query", `{"q":"select ID, Name from reports"}`, token})
	if err := v.carryOut(v.t.Context()); err != nil {
		v.t.Fatal(err)
	}
	v.visit(
		asked{"listBulkJobs", "/hubs/expense/bulk", "", token},
		asked{"getBulkJob", "/hubs/expense/bulk/{made}/status", "", token},
		asked{"listBulkErrors", "/hubs/expense/bulk/{made}/errors", "", token},
		asked{"downloadBulkRecords", "/hubs/expense/bulk/{made}/reports", "", token},
		asked{"deleteBulkJob", "/hubs/expense/bulk/{made}", "", token},
	)
}

func visitRecords(v *visitor) {
	token := []string{"Authorization", withToken(v.create())}
	login := url.QueryEscape(v.sim.Companies()[0].Login)
	types := decode[[]struct{ ID string }](v.t, v.ok("GET", "/hubs/expense/attendee-types", "", token...))
	bank := `{"VendorBank":[{"VendorCode":"V77","AddressCode":"A1","AccountNumber":"1"}]}`
	v.visit(
		asked{"listRecords", "/hubs/expense/reports?fields=ID,Total&orderBy=Total+desc&pageSize=2", "", token},
		asked{"createRecord", "/hubs/expense/reports?user=" + login, `{"Name":"From the hub","CurrencyCode":"USD"}`, token},
		asked{"getRecord", "/hubs/expense/reports/{made}", "", token},
		asked{"replaceRecord", "/hubs/expense/reports/{made}", `{"Name":"Replaced"}`, token},
		asked{"updateRecord", "/hubs/expense/reports/{made}", `{"Name":"Updated"}`, token},
		asked{"createRecord", "/hubs/expense/vendors", `{"Vendor":[{"VendorCode":"V77","VendorName":"Seventy-Seven","AddressCode":"A1"}]}`, token},
		asked{"replaceRecordByBody", "/hubs/expense/vendor-banks", bank, token},
		asked{"updateRecordByBody", "/hubs/expense/vendor-banks", bank, token},
		asked{"deleteRecordByQuery", "/hubs/expense/vendors?vendorCode=V77&addressCode=A1", "", token},
		asked{"createRecord", "/hubs/expense/attendees?user=" + login, fmt.Sprintf(`{"LastName":"Hopper","AttendeeTypeID":%q}`, types[0].ID), token},
		asked{"deleteRecord", "/hubs/expense/attendees/{made}?user=" + login, "", token},
	)
}

func visitWebhooks(v *visitor) {
	write := storetest.Write(v.user, 1)
	write.Instance.Element, write.Pollers[0].Resource = "github", "issues"
	write.Instance.Configuration = turnstone.Configuration{
		turnstone.KeyEventsEnabled: "true", "github.owner": "acme", "github.repository": "anvils", "github.webhook.secret": "webhook-secret",
	}
	storetest.Save(v.t, v.db, write)
	signed := func(body, name string) []string {
		mac := hmac.New(sha256.New, []byte("webhook-secret"))
		mac.Write([]byte(body))
		return []string{
			"Element-Instances", "1", "X-GitHub-Event", "issues", "X-GitHub-Delivery", name, "X-Hub-Signature-256", "sha256=" + hex.EncodeToString(mac.Sum(nil)),
		}
	}
	opened := `{"action":"opened","issue":{"number":7},"repository":{"name":"anvils","owner":{"login":"acme"}}}`
	v.visit(
		asked{"receiveWebhook", "/events/github", opened, signed(opened, "1")},
		asked{"receiveWebhookByQuery", "/events/github?action=opened", "", signed("", "2")},
		asked{"receiveWebhookOfInstance", "/events/github/MQ==", opened, signed(opened, "3")},
		asked{"receiveWebhookByQueryOfInstance", "/events/github/1?action=opened", "", signed("", "4")},
		asked{"listWebhooks", "/instances/1/webhooks", "", nil},
	)
}

func visitOwnElements(v *visitor) {
	field := `{"key":"shop.id","name":"Shop","type":"TEXTFIELD_32"}`
	v.visit(
		asked{"createElement", "/elements", kiosk, nil},
		asked{"replaceElement", "/elements/kiosk", kiosk, nil},
		asked{"updateElement", "/elements/kiosk", `{"name":"Kiosk of mine"}`, nil},
		asked{"exportElement", "/elements/kiosk/export", "", nil},
		asked{"getImportReport", "/elements/kiosk/import-report", "", nil},
		asked{"deactivateElement", "/elements/kiosk/active", "", nil},
		asked{"activateElement", "/elements/kiosk/active", "", nil},
		asked{"createElementField", "/elements/kiosk/configuration", field, nil},
		asked{"replaceElementField", "/elements/kiosk/configuration/shop.id", field, nil},
		asked{"deleteElementField", "/elements/kiosk/configuration/shop.id", "", nil},
		asked{"cloneElement", "/elements/concur/clone", `{"key":"concur2"}`, nil},
		asked{"deleteElement", "/elements/concur2", "", nil},
	)
}

func visitElements(v *visitor) {
	v.visit(
		asked{"listElements", "/elements?searchText=concur&hub=expense", "", nil},
		asked{"listElementKeys", "/elements/keys", "", nil},
		asked{"listElementMetadata", "/elements/metadata?expand=true", "", nil},
		asked{"getElement", "/elements/concur", "", nil},
		asked{"listElementFields", "/elements/concur/configuration", "", nil},
		asked{"getElementField", "/elements/concur/configuration/" + turnstone.KeyCallbackURL, "", nil},
		asked{"getElementMetadata", "/elements/concur/metadata", "", nil},
		asked{"getElementDocs", "/elements/concur/docs", "", nil},
		asked{"getAuthorizeURL", "/elements/concur/oauth/url?apiKey=key&apiSecret=secret&callbackUrl=https%3A%2F%2Fapp.example%2Fcb", "", nil},
		asked{"createAuthorizeURL", "/elements/concur/oauth/url", `{"apiKey":"key","apiSecret":"secret","callbackUrl":"https://app.example/cb"}`, nil},
	)
}

func visitHubs(v *visitor) {
	token := []string{"Authorization", withToken(v.create())}
	v.visit(
		asked{"listHubs", "/hubs?hydrate=true", "", nil},
		asked{"listHubKeys", "/hubs/keys", "", nil},
		asked{"getHub", "/hubs/expense", "", nil},
		asked{"listHubElements", "/hubs/expense/elements?hydrate=false", "", nil},
		asked{"ping", "/hubs/expense/ping", "", token},
		asked{"listObjects", "/hubs/expense/objects", "", slices.Concat(token, []string{"Elements-Version", "Helium"})},
		asked{"getObjectMetadata", "/hubs/expense/objects/reports/metadata", "", token},
		asked{"getObjectDocs", "/hubs/expense/objects/reports/docs", "", token},
	)
}

const spendingsFields = `{"fields":[{"path":"id","type":"string"}]}`

func visitNames(v *visitor) {
	v.create()
	v.visit(
		asked{"createDefinition", "/instances/1/objects/spendings/definitions", spendingsFields, nil},
		asked{"replaceDefinition", "/instances/1/objects/spendings/definitions", spendingsFields, nil},
		asked{"getDefinition", "/instances/1/objects/spendings/definitions", "", nil},
		asked{"listDefinitions", "/instances/1/objects/definitions", "", nil},
		asked{"createTransformation", "/instances/1/transformations/spendings", spendings, nil},
		asked{"replaceTransformation", "/instances/1/transformations/spendings", spendings, nil},
		asked{"getTransformation", "/instances/1/transformations/spendings", "", nil},
		asked{"listTransformations", "/instances/1/transformations", "", nil},
		asked{"deleteTransformation", "/instances/1/transformations/spendings", "", nil},
		asked{"deleteDefinition", "/instances/1/objects/spendings/definitions", "", nil},
		asked{"createDefinition", "/instances/1/objects/spendings/definitions", spendingsFields, nil},
		asked{"createTransformation", "/instances/1/transformations/spendings", spendings, nil},
		asked{"deleteTransformations", "/instances/1/transformations", "", nil},
		asked{"deleteDefinitions", "/instances/1/objects/definitions", "", nil},
	)
}

func visitSharedNames(v *visitor) {
	definition, transformation := "/organizations/objects/spendings/definitions", "/organizations/elements/concur/transformations/spendings"
	v.visit(
		asked{"createSharedDefinition", definition, spendingsFields, nil},
		asked{"replaceSharedDefinition", definition, spendingsFields, nil},
		asked{"getSharedDefinition", definition, "", nil},
		asked{"listSharedDefinitions", "/organizations/objects/definitions", "", nil},
		asked{"createSharedTransformation", transformation, spendings, nil},
		asked{"replaceSharedTransformation", transformation, spendings, nil},
		asked{"getSharedTransformation", transformation, "", nil},
		asked{"listSharedTransformations", "/organizations/elements/concur/transformations", "", nil},
		asked{"listTransformationsOfObject", "/organizations/objects/spendings/transformations", "", nil},
		asked{"listElementTransformations", "/elements/concur/transformations", "", nil},
		asked{"deleteSharedTransformation", transformation, "", nil},
		asked{"deleteSharedDefinition", definition, "", nil},
	)
}
