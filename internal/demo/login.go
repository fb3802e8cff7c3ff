package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// authorise walks through the vendor's login as a person with a browser would,
// and gives the code that comes back to the instance.
func (d *demo) authorise(ctx context.Context, page string) error {
	company := d.vendor.sim.Companies()[0]
	code, err := logIn(ctx, page, company.Login, company.Password)
	if err != nil {
		return err
	}
	patch := map[string]any{"providerData": map[string]string{"code": code}}
	if _, err := d.call(ctx, http.MethodPatch, d.path(), patch); err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "  logged in to the simulated Concur as %s and allowed the access\n", company.Login)
	return nil
}

// session finds the hidden field of the page that asks whether to allow.
var session = regexp.MustCompile(`name="session" value="([^"]*)"`)

// logIn signs in on the vendor's page, allows the access, and returns the code
// that the vendor sends back.
func logIn(ctx context.Context, page, name, password string) (string, error) {
	answer, _, err := submit(ctx, page, url.Values{"UserNameTxt": {name}, "PasswordTxt": {password}, "LoginBtn": {"login"}})
	if err != nil {
		return "", err
	}
	found := session.FindStringSubmatch(answer)
	if found == nil {
		return "", errors.New("the vendor did not ask whether to allow the access")
	}
	_, location, err := submit(ctx, page, url.Values{"session": {found[1]}, "AllowBtn": {"allow"}})
	if err != nil {
		return "", err
	}
	back, err := url.Parse(location)
	if err != nil {
		return "", err
	}
	code := back.Query().Get("code")
	if code == "" {
		return "", fmt.Errorf("the vendor sent the browser back without a code: %s", back.Query().Get("error_description"))
	}
	return code, nil
}

// submit posts a form and returns the page, and where it redirects to.
func submit(ctx context.Context, address string, form url.Values) (page, location string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Do(request)
	if err != nil {
		return "", "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return "", "", err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return "", "", fmt.Errorf("the vendor's login answered %s", response.Status)
	}
	return string(text), response.Header.Get("Location"), nil
}
