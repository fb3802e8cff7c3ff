package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"turnstone/client"
)

// service is a Turnstone that answers each call with what stands here for its path.
func service(answers map[string]string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, known := answers[strings.TrimPrefix(r.URL.Path, client.Prefix)]
		if !known {
			w.WriteHeader(http.StatusNotFound)
			body = `{"requestId":"53dbca9430045c016b46566c","message":"there is no instance 7, or it is not yours"}`
		}
		_, _ = io.WriteString(w, body)
	}))
}

func Example() {
	server := service(map[string]string{"/instances": `[{"id":1,"name":"Docs","valid":true},{"id":2,"name":"Acme"}]`})
	defer server.Close()
	c, err := client.New(client.Options{URL: server.URL, UserSecret: "user-secret", OrganizationSecret: "organization-secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for in, err := range c.Instances(context.Background(), client.InstanceQuery{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(in.ID, in.Name, in.Valid)
	}
	// Output:
	// 1 Docs true
	// 2 Acme false
}

func ExampleError() {
	server := service(nil)
	defer server.Close()
	c, err := client.New(client.Options{URL: server.URL, UserSecret: "user-secret", OrganizationSecret: "organization-secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Instance(context.Background(), 7)
	if refused, ok := errors.AsType[*client.Error](err); ok {
		fmt.Println(refused.Status, refused.Message)
		fmt.Println("ask the operator for", refused.RequestID)
	}
	// Output:
	// 404 there is no instance 7, or it is not yours
	// ask the operator for 53dbca9430045c016b46566c
}

func ExampleClient_BulkQuery() {
	server := service(map[string]string{
		"/bulk/query":     `{"id":5,"status":"CREATED","objectName":"reports"}`,
		"/bulk/5/status":  `{"id":5,"status":"COMPLETED","objectName":"reports","recordsCount":2}`,
		"/bulk/5/reports": "ID,Name\n1,Rome\n2,Oslo\n",
	})
	defer server.Close()
	ctx := context.Background()
	c, err := client.New(client.Options{URL: server.URL, UserSecret: "user-secret", ElementToken: "token"})
	if err != nil {
		fmt.Println(err)
		return
	}
	job, err := c.BulkQuery(ctx, client.BulkInput{Query: "select ID, Name from reports"})
	if err == nil {
		job, err = c.WaitBulk(ctx, job.ID, nil)
	}
	if err != nil || job.Status != "COMPLETED" {
		fmt.Println(job.StatusMessage, err)
		return
	}
	records, err := c.FetchBulk(ctx, job, client.CSV)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer records.Close()
	text, err := io.ReadAll(records)
	fmt.Print(string(text), err)
	// Output:
	// ID,Name
	// 1,Rome
	// 2,Oslo
	// <nil>
}
