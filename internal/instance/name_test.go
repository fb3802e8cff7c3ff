package instance_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"turnstone/internal/instance"
)

func TestNamesLoseTheirTags(t *testing.T) {
	h := newHouse(t)
	for _, tt := range [][2]string{
		{"plain", "plain"},
		{"  spaces  ", "spaces"},
		{`<a href="http://evil.example">x</a>`, "x"},
		{"<script>alert(1)</script>", "alert(1)"},
		{"a < b > c", "a < b > c"},
		{"I <3 reports", "I <3 reports"},
		{"<<b>b>nested</b>", "nested"},
		{"<<<b>b>b>deeper", "deeper"},
		{"open <b", "open"},
		{"<!-- comment -->shown", "shown"},
		{"AT&amp;T &lt;b&gt;", "AT&amp;T &lt;b&gt;"},
		{"Ärger in Zürich", "Ärger in Zürich"},
		{"an end <", "an end <"},
		{strings.Repeat("x", 255), strings.Repeat("x", 255)},
		{strings.Repeat("<i>", 255) + "many", "many"},
		{"<b>" + strings.Repeat("é", 255) + "</b>", strings.Repeat("é", 255)},
	} {
		sent, want := tt[0], tt[1]
		in := input()
		in.Name = &sent
		made := h.create(in)
		if made.Name != want || made.Tags[0] != want {
			t.Errorf("name and tag of %q = %q, %q, want %q", sent, made.Name, made.Tags, want)
		}
	}
}

func TestNoTagSurvives(t *testing.T) {
	h := newHouse(t)
	tag := regexp.MustCompile(`<[A-Za-z/!?]`)
	made := h.create(input())
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.StringMatching(`[<>/!?ab ]{0,40}`).Draw(rt, "name") + "x"
		updated, err := h.Update(t.Context(), made.AccountID, made.ID, instance.Input{Name: &name})
		if err != nil {
			return // nothing is left of it
		}
		if tag.MatchString(updated.Name) {
			rt.Errorf("name of %q = %q, which has a tag", name, updated.Name)
		}
	})
}
