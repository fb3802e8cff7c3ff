package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// post sends JSON to an address, and reads the JSON that is answered.
func post(t *testing.T, address, body string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("POST %s = %d %v, %v, want 200", address, response.StatusCode, answer, err)
	}
	return answer
}

func TestAnOperatorWhoLostEverySecretGetsInByTheDatabase(t *testing.T) {
	data := installed(t)
	must(t, "admin@localhost", "user", "list", "--data", data)
	refused(t, "there is no user nobody@localhost", "user", "reset-password", "--data", data, "nobody@localhost")
	said := must(t, "the password of Admin@localhost is now ", "user", "reset-password", "--data", data, "Admin@localhost").out
	password := said[strings.LastIndex(strings.TrimSpace(said), " ")+1:]

	p := serve(t, serveOptions{data: data, listen: "127.0.0.1:0"})
	at := p.url + "/elements/api-v2/authentication"
	token := post(t, at, fmt.Sprintf(`{"username":"admin@localhost","password":%q}`, strings.TrimSpace(password)))["token"]
	status, text := get(t, at+"/secrets", fmt.Sprintf("Bearer %s", token))
	var secrets struct{ UserSecret, OrganizationSecret string }
	if err := json.Unmarshal([]byte(text), &secrets); err != nil || status != http.StatusOK {
		t.Fatalf("GET /authentication/secrets = %d %s, want the secrets", status, text)
	}
	if want := fmt.Sprintf("User %s, Organization %s", secrets.UserSecret, secrets.OrganizationSecret); want != authorization {
		t.Errorf("secrets = %s, want those of the first start", want)
	}
	refused(t, "", "user", "list", "--data", data) // the service has the file
}
