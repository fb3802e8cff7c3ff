package webhook_test

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"turnstone/webhook"
)

// A receiver answers first and works later: an event that it does not accept
// within 30 seconds is sent again.
func ExampleRead() {
	const key = "123456" // yours comes from your configuration
	queue := make(chan webhook.Event, 100)
	receiver := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		event, _, err := webhook.Read(r, 16<<20, key)
		if err != nil {
			log.Print("callback refused: ", err)
			http.Error(w, "not accepted", http.StatusUnauthorized)
			return
		}
		select {
		case queue <- event:
			w.WriteHeader(http.StatusOK)
		default: // full: it will come again
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})

	body := `{"id":"42","message":{"eventId":"AWVX9OTIhdQRdI1F7Q7v","raw":{"reports":[{"ID":"R1","Total":12.50}]},` +
		`"events":[{"eventType":"UPDATED","objectType":"reports","objectId":"R1"}]}}`
	receiver.ServeHTTP(httptest.NewRecorder(), signed(body, key))

	event := <-queue // event.ID is 42 on every attempt: remember it, and pass over repeats
	records, err := event.Records("reports")
	if err != nil {
		log.Fatal(err)
	}
	for i, change := range event.Message.Changes {
		fmt.Println(change.Op, change.Resource, change.ObjectID, string(records[i]))
	}
	// Output: UPDATED reports R1 {"ID":"R1","Total":12.50}
}

// A receiver that knows only the platform's signature checks it so.
func ExampleVerify() {
	body := []byte(`{"a":1}`) // the bytes as they came
	header := http.Header{}
	header.Set(webhook.HeaderSignature, "sha256=u1RqK98KEKTjFqm4uAtcJ0zLYuwehedyV/SGRZurEOc=")

	fmt.Println(webhook.Verify(header.Get(webhook.HeaderSignature), body, "123456"))
	err := webhook.Verify(header.Get(webhook.HeaderSignature), body, "guess")
	fmt.Println(errors.Is(err, webhook.ErrSignature))
	// Output:
	// <nil>
	// true
}

// While a key is replaced, both are given.
func ExampleVerifyStandard() {
	body, now := []byte(`{"a":1}`), time.Unix(1772366400, 0)
	header := http.Header{}
	header.Set(webhook.HeaderStandardID, "42")
	header.Set(webhook.HeaderStandardTimestamp, "1772366400")
	header.Set(webhook.HeaderStandardSignature, webhook.SignStandard("old key", "42", now, body))

	fmt.Println(webhook.VerifyStandard(header, body, now.Add(time.Minute), "new key", "old key"))
	// Output: <nil>
}

// A receiver that has kept what the platform sent long ago checks that as well.
func ExampleVerifyLegacy() {
	body := []byte(`{"a":1}`)
	fmt.Println(webhook.VerifyLegacy("sha1=M/0PrNbfKyesVAXDcaLpOjMVwBE=", body, "123456"))
	// Output: <nil>
}

// Who wants CloudEvents and is asked for its consent answers so. It need not verify
// anything: the question tells nothing, and the answer only lets callbacks come.
func Example_consent() {
	receiver := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			w.Header().Set("Allow", http.MethodPost)
			w.Header().Set(webhook.HeaderAllowedOrigin, r.Header.Get(webhook.HeaderRequestOrigin))
			w.Header().Set(webhook.HeaderAllowedRate, "600") // ten a second
			return
		}
		// webhook.Read and so on
	})

	question := httptest.NewRequest(http.MethodOptions, "/callback", http.NoBody)
	question.Header.Set(webhook.HeaderRequestOrigin, "turnstone.example")
	answer := httptest.NewRecorder()
	receiver.ServeHTTP(answer, question)
	fmt.Println(answer.Code, answer.Header().Get(webhook.HeaderAllowedOrigin), answer.Header().Get(webhook.HeaderAllowedRate))
	// Output: 200 turnstone.example 600
}

// A CloudEvent is read like any other callback.
func ExampleParse() {
	event, err := webhook.Parse([]byte(`{"specversion":"1.0","id":"42","source":"/instances/1234/reports",` +
		`"type":"turnstone.concur.reports.updated","subject":"R1","time":"2026-03-01T12:00:00Z","datacontenttype":"application/json",` +
		`"instanceid":"1234","data":{"record":{"ID":"R1","Total":12.50},` +
		`"changedFields":["Total"],"changes":[{"field":"Total","old":10.00,"new":12.50}]}}`))
	if err != nil {
		log.Fatal(err)
	}
	change := event.Message.Changes[0]
	fmt.Println(event.ID, change.Op, change.Resource, change.ObjectID)
	for _, value := range change.Values {
		fmt.Println(value.Field, string(value.Old), "to", string(value.New))
	}
	// Output:
	// 42 UPDATED reports R1
	// Total 10.00 to 12.50
}

func ExampleSignAll() {
	at := time.Unix(1614265330, 0)
	signatures := webhook.SignAll([]string{"new key", "old key"}, "42", at, []byte(`{"a":1}`))
	fmt.Println(len(strings.Fields(signatures)), "signatures")
	// Output: 2 signatures
}

func ExampleSign() {
	fmt.Println(webhook.Sign("123456", []byte(`{"a":1}`)))
	// Output: sha256=u1RqK98KEKTjFqm4uAtcJ0zLYuwehedyV/SGRZurEOc=
}

func ExampleSignStandard() {
	at := time.Unix(1614265330, 0)
	fmt.Println(webhook.SignStandard("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, []byte(`{"test": 2432232314}`)))
	// Output: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=
}

// signed is what the program would send.
func signed(body, key string) *http.Request {
	now := time.Now()
	r := httptest.NewRequest(http.MethodPost, "/callback", strings.NewReader(body))
	r.Header.Set(webhook.HeaderStandardID, "42")
	r.Header.Set(webhook.HeaderStandardTimestamp, strconv.FormatInt(now.Unix(), 10))
	r.Header.Set(webhook.HeaderStandardSignature, webhook.SignStandard(key, "42", now, []byte(body)))
	return r
}
