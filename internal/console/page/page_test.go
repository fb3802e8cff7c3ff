package page_test

import (
	"strings"
	"testing"
	"time"

	"turnstone/internal/console/page"
)

func TestNobodyIsLedAwayFromTheConsole(t *testing.T) {
	tests := map[string]string{
		"/instances/7?tag=a":   "/instances/7?tag=a",
		"":                     "/",
		"instances":            "/",
		"//evil.example":       "/",
		"/\\evil.example":      "/",
		"/\tevil":              "/",
		"https://evil.example": "/",
		"javascript:alert(1)":  "/",
		"/a\r\nSet-Cookie: b":  "/",
		"/%zz":                 "/",
	}
	for to, want := range tests {
		if got := page.Back(to); got != want {
			t.Errorf("Back(%q) = %q, want %q", to, got, want)
		}
	}
}

func FuzzBack(f *testing.F) {
	f.Add("//x")
	f.Add("/\\x")
	f.Fuzz(func(t *testing.T, to string) {
		got := page.Back(to)
		if !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n") {
			t.Errorf("Back(%q) = %q, which may lead elsewhere", to, got)
		}
	})
}

func TestNumbersAndTimesAreForPeople(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1\u202f000", -1234567: "-1\u202f234\u202f567", -100: "-100"} {
		if got := page.Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		time.Microsecond: "< 1 ms", 412 * time.Millisecond: "412 ms", 2900 * time.Millisecond: "2.9 s",
		581 * time.Second: "9 min 41 s", 90 * time.Minute: "1 h 30 min", 72 * time.Hour: "3 days",
	} {
		if got := page.Took(d); got != want {
			t.Errorf("Took(%v) = %q, want %q", d, got, want)
		}
	}
	if got := page.Plural(1, "delivery", "deliveries") + ", " + page.Plural(2, "delivery", "deliveries"); got != "1 delivery, 2 deliveries" {
		t.Errorf("Plural = %q", got)
	}
	at := time.Date(2026, 11, 24, 12, 0, 0, 5e8, time.FixedZone("", 3600))
	if got, want := string(page.Moment(at)), `<time datetime="2026-11-24T11:00:00.5Z">2026-11-24 11:00:00 UTC</time>`; got != want {
		t.Errorf("Moment = %q, want %q", got, want)
	}
}

func TestMessagesAreSentences(t *testing.T) {
	for text, want := range map[string]string{
		"there is no such thing": "There is no such thing.", "Done!": "Done!", "": "", "é": "É.", " wait: ": "Wait:",
	} {
		if got := page.Sentence(text); got != want {
			t.Errorf("Sentence(%q) = %q, want %q", text, got, want)
		}
	}
}
