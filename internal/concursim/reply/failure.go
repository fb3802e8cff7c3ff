package reply

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"

	"turnstone/internal/concursim/expense"
)

// Failure is an error before it takes the shape of the API that answers with it.
type Failure struct {
	Status int
	// Code names the error where an API has names for them, as in notFound.
	Code    string
	Message string
	// ID is the correlation id of the request, and Time the vendor's time.
	ID   string
	Time time.Time
}

// Classic is the failure in the shape of API v1 to v3, in the form that the caller
// of r asked for.
func (f Failure) Classic(r *http.Request) Reply {
	id, serverTime := strings.ToUpper(f.ID), f.Time.Format("2006-01-02T15:04:05")
	if WantsJSON(r) {
		return JSON(f.Status, map[string]any{"Error": map[string]string{"Message": f.Message, "Server-Time": serverTime, "Id": id}})
	}
	var b bytes.Buffer
	expense.Element(&b, "Error", "", func() {
		expense.Text(&b, "Message", f.Message)
		expense.Text(&b, "Server-Time", serverTime)
		expense.Text(&b, "Id", id)
	})
	return Reply{Status: f.Status, Type: XMLType, Body: b.Bytes()}
}

// Missing is the failure in the shape in which API v3 tells that there is no such
// record: with 200, and in JSON without time and id.
func (f Failure) Missing(r *http.Request) Reply {
	f.Status = http.StatusOK
	if !WantsJSON(r) {
		return f.Classic(r)
	}
	return JSON(f.Status, map[string]any{"Error": map[string]string{"Message": f.Message}})
}

// Request is the failure in the shape of Travel Request v4.
func (f Failure) Request() Reply {
	return JSON(f.Status, map[string]any{"errorId": f.ID, "errors": []map[string]string{{"errorCode": f.Code, "errorMessage": f.Message}}})
}

// List is the failure in the shape of List v4, which Cash Advance v4 shares.
func (f Failure) List(path string) Reply {
	return JSON(f.Status, map[string]any{
		"timestamp":  f.Time.Format("2006-01-02T15:04:05.000+00:00"),
		"httpStatus": f.status(),
		"error":      map[string]string{"id": f.Code, "message": f.Message},
		"path":       path,
	})
}

// V4 is the failure in the shape of most other services of that generation.
func (f Failure) V4(path string) Reply {
	return JSON(f.Status, map[string]any{
		"errorId": f.ID, "errorMessage": f.Message, "httpStatus": f.status(), "path": path,
		"timestamp": f.Time.Format("2006-01-02T15:04:05.000Z"), "validationErrors": []string{},
	})
}

// SCIM is the failure in the shape of Identity v4.
func (f Failure) SCIM() Reply {
	told := map[string]any{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"},
		"detail":  f.Message,
		"status":  f.status()[:3],
	}
	if f.Code != "" {
		told["scimType"] = f.Code
	}
	return JSON(f.Status, told)
}

// Budget is the failure in the shape of Budget v4.
func (f Failure) Budget() Reply {
	return JSON(f.Status, map[string]any{
		"status":           false,
		"errorMessageList": []map[string]string{{"errorType": "ERROR", "errorCode": "BUDGET." + f.Code, "errorMessage": f.Message}},
	})
}

func (f Failure) status() string {
	return fmt.Sprintf("%d - %s", f.Status, http.StatusText(f.Status))
}
