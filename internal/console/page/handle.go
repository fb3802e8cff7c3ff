package page

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"turnstone"
	"turnstone/internal/auth"
)

// maxForm bounds what a form may send: a poller configuration is the largest thing in one.
const maxForm = 2 << 20

// policy lets a page load and run only what is in the binary. Forms may lead only back
// here; a vendor's page is behind a link.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// handle makes a handler of a route. It is the one place where pages and their errors are
// rendered and logged.
func (c *console) handle(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := c.Now()
		v := &Visit{Request: r, Sessions: c.Sessions, Reply: w.Header(), api: c.API}
		harden(w.Header())
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		answer, err := c.visit(v, route)
		status, err := c.send(w, v, outcome{answer, err})
		attrs := []slog.Attr{
			slog.String("method", r.Method), slog.String("route", r.Pattern), slog.Int("status", status), slog.Duration("took", c.Now().Sub(start)),
		}
		if v.Visiting() {
			attrs = append(attrs, slog.Int64("account", v.Account.ID))
		}
		level := slog.LevelDebug
		if err != nil {
			level, attrs = slog.LevelError, append(attrs, slog.Any("err", err))
		}
		c.Log.LogAttrs(r.Context(), level, "console page", attrs...)
	})
}

// harden sets the headers that keep a page to itself.
func harden(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// outcome is what became of a visit.
type outcome struct {
	answer Answer
	err    error
}

// visit finds out who is there, and lets the route answer. It turns a panic into an error.
func (c *console) visit(v *Visit, route Route) (answer Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if cookie, missing := v.Cookie(sessionCookie); missing == nil {
		v.Visitor, err = c.Sessions.Visitor(v.Context(), turnstone.Secret(cookie.Value))
		if err != nil && !errors.Is(err, auth.ErrUnauthorized) {
			return nil, err
		}
	}
	if !v.Visiting() && !route.Open && route.Pattern != "" {
		return c.askToSignIn(v), nil
	}
	return route.Answer(v)
}

// askToSignIn leads to where one signs in, and from there back. Somebody who sent a form
// has to fill it in again.
func (c *console) askToSignIn(v *Visit) Answer {
	back := v.URL.RequestURI()
	if v.Method != http.MethodGet || v.Header.Get("HX-Request") != "" {
		back = "/"
	}
	to := "/sign-in"
	if back != "/" {
		to += "?" + url.Values{"to": {back}}.Encode()
	}
	return Redirect{To: to}
}

// send renders the outcome, and returns its status and the error that the log should have.
func (c *console) send(w http.ResponseWriter, v *Visit, o outcome) (int, error) {
	if o.err != nil {
		p, unexpected := problemOf(o.err)
		status, err := c.show(w, v, View{Template: "problem", Title: p.Title, Data: p, Status: p.Status})
		if unexpected {
			err = errors.Join(o.err, err)
		}
		return status, err
	}
	switch a := o.answer.(type) {
	case Redirect:
		return c.redirect(w, v, a), nil
	case Fragment:
		return c.write(w, v, rendering{a.Template, a.Data, http.StatusOK})
	case View:
		return c.show(w, v, a)
	default:
		return c.send(w, v, outcome{err: fmt.Errorf("%T is no answer", o.answer)})
	}
}

// redirect leads elsewhere; a script is told in its own way.
func (c *console) redirect(w http.ResponseWriter, v *Visit, a Redirect) int {
	if a.Notice != "" {
		setNotice(w, v, notice{Text: a.Notice, Bad: a.Bad})
	}
	if v.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Redirect", a.To)
		w.WriteHeader(http.StatusNoContent)
		return http.StatusNoContent
	}
	w.Header().Set("Location", a.To)
	w.WriteHeader(http.StatusSeeOther)
	return http.StatusSeeOther
}

// framed is what the frame's template works on.
type framed struct {
	View
	Visit  *Visit
	Notice *notice
	Main   any // rendered: the page's main part
}

// show renders a whole page.
func (c *console) show(w http.ResponseWriter, v *Visit, view View) (int, error) {
	status := view.Status
	if status == 0 {
		status = http.StatusOK
	}
	return c.write(w, v, rendering{"frame", framed{View: view, Visit: v, Notice: takeNotice(w, v)}, status})
}

// rendering is what is to be rendered.
type rendering struct {
	template string
	data     any
	status   int
}

// write renders a template as a whole before anything is sent, so that half a page is
// never shown for a whole one.
func (c *console) write(w http.ResponseWriter, v *Visit, r rendering) (int, error) {
	var text bytes.Buffer
	if err := c.templates.ExecuteTemplate(&text, r.template, r.data); err != nil {
		http.Error(w, errInternal, http.StatusInternalServerError)
		return http.StatusInternalServerError, fmt.Errorf("render %s: %w", r.template, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	sendText(w, v.Request, r.status, text.Bytes())
	return r.status, nil
}

// Back returns a path of this console that was asked for, or the first page: nobody is led
// away from here.
func Back(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}

// safetyOfCookies returns a cookie that scripts cannot read and other sites cannot send.
func safetyOfCookies(v *Visit, name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: v.TLS != nil || strings.EqualFold(v.Header.Get("X-Forwarded-Proto"), "https"),
	}
}

// within is a cookie that ends by itself.
func within(c *http.Cookie, d time.Duration) *http.Cookie {
	c.MaxAge = int(d / time.Second)
	return c
}
