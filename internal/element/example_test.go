package element_test

import (
	"fmt"
	"testing/fstest"

	"turnstone/internal/element"
)

func ExampleParse() {
	_, err := element.Parse("acme/element.yaml", []byte(`version: 1
key: Acme
id: 9001
name: Acme
hub: crm
description: Contacts of Acme.
authenticator: {type: NoAuth}
requester: {url_base: https://api.acme.example}
resources:
  - name: contacts
    primary_key: id
    retriever:
      requester: {path: /v1/contacts}
      record_selector: {field_path: items}
`))
	fmt.Println(err)
	// Output:
	// acme/element.yaml:2:6: key: "Acme" is no key; write lower-case letters, digits, dashes and underscores, a letter first
	// acme/element.yaml:8:23: requester.url_base[0]: api.acme.example is not among the hosts that may see a credential; add it to hosts
	// acme/element.yaml:14:25: resources[0].retriever.record_selector.field_path: unknown key; did you mean field_paths?
}

func ExampleParseTemplate() {
	path, err := element.ParseTemplate("/api/v3.0/expense/reports/{{ id }}")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(path.ExpandPath(element.Values{ID: "gWo5tQ$pZr8"}))
	fmt.Println(path.ExpandPath(element.Values{}))
	// Output:
	// /api/v3.0/expense/reports/gWo5tQ%24pZr8 <nil>
	//  path /api/v3.0/expense/reports/{{ id }}: id is ""; give it a value that can be part of a path
}

func ExampleElement_HostAllowed() {
	e := &element.Element{Hosts: []string{"*.api.concursolutions.com"}}
	fmt.Println(e.HostAllowed("", "https://us2.api.concursolutions.com/api/v3.0"))
	fmt.Println(e.HostAllowed("", "https://evil-api.concursolutions.com.example/"))
	fmt.Println(e.HostAllowed("http://127.0.0.1:9000", "http://127.0.0.1:9000/api/v3.0"))
	fmt.Println(e.HostAllowed("http://127.0.0.1:9000", "https://us2.api.concursolutions.com/api/v3.0"))
	// Output:
	// true
	// false
	// true
	// false
}

func ExampleRebase() {
	fmt.Println(element.Rebase("https://glz.api.concursolutions.com/oauth2/v0/token", "http://127.0.0.1:9000"))
	fmt.Println(element.Rebase("/oauth2/v0/token", "https://us2.api.concursolutions.com"))
	// Output:
	// http://127.0.0.1:9000/oauth2/v0/token <nil>
	// https://us2.api.concursolutions.com/oauth2/v0/token <nil>
}

func ExampleRequester_Over() {
	base := element.Requester{Method: "GET", Decoder: "JsonDecoder"}
	update := element.Requester{Method: "PUT"}
	merged := update.Over(base)
	fmt.Println(merged.Method, merged.Decoder)
	// Output: PUT JsonDecoder
}

func ExampleLoad() {
	catalogue, err := element.Load(fstest.MapFS{
		"acme/element.yaml": {Data: []byte(`
version: 1
key: acme
id: 9001
name: Acme
hub: crm
description: Contacts of Acme.
hosts: api.acme.example
authenticator: {type: NoAuth}
requester: {url_base: https://api.acme.example}
resources:
  - name: contacts
    primary_key: id
    retriever:
      requester: {path: /v1/contacts}
      record_selector: {field_paths: items}
`)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	acme, _ := catalogue.Lookup("9001")
	fmt.Println(acme.Name, acme.Requester.Timeout)
	// Output: Acme 1m
}
