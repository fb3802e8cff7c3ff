package pollerconfig

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"turnstone/internal/javadate"
)

// blank reports whether a member says nothing: old configurations are full of
// null and "" where nothing was entered.
func blank(v gjson.Result) bool {
	return v.Type == gjson.Null || v.Type == gjson.String && strings.TrimSpace(v.Str) == ""
}

// text reads text; an absent or null member is empty.
func (r *reader) text(path string, v gjson.Result) string {
	if v.Exists() && v.Type != gjson.String && v.Type != gjson.Null {
		r.problem(path, "is %s; write text in quotes", kind(v))
	}
	return v.String()
}

// texts reads a list of texts, or one text with commas.
func (r *reader) texts(path string, v gjson.Result) []string {
	if !v.IsArray() {
		return strings.FieldsFunc(r.text(path, v), func(c rune) bool { return c == ',' || c == ' ' })
	}
	var list []string
	for i, item := range v.Array() {
		list = append(list, r.text(path+"."+strconv.Itoa(i), item))
	}
	return list
}

// choice reads one of some words, in any case; nothing if it is none of them.
func (r *reader) choice(path string, v gjson.Result, words ...string) string {
	for _, word := range words {
		if v.Type == gjson.String && strings.EqualFold(strings.TrimSpace(v.Str), word) {
			return word
		}
	}
	r.problem(path, `is %.60s; write "%s", or leave it out`, v.Raw, strings.Join(words, `" or "`))
	return ""
}

// boolean reads true or false, which may be text.
func (r *reader) boolean(path string, v gjson.Result) bool {
	text := strings.ToLower(strings.TrimSpace(v.String()))
	if (v.Type == gjson.String || v.IsBool()) && (text == "true" || text == "false") {
		return text == "true"
	}
	r.problem(path, "is %.60s; write true or false", v.Raw)
	return false
}

// number reads a whole number, which may be text.
func (r *reader) number(path string, v gjson.Result, low, high int) int {
	n, err := strconv.Atoi(strings.TrimSpace(v.String()))
	if err != nil || n < low || n > high || (v.Type != gjson.Number && v.Type != gjson.String) {
		r.problem(path, "is %.60s; write a whole number from %d to %d", v.Raw, low, high)
		return 0
	}
	return n
}

func (r *reader) seconds(path string, v gjson.Result) time.Duration {
	return time.Duration(r.number(path, v, 0, maxSeconds)) * time.Second
}

// share reads a part of the whole: a number from 0 to 1, or a percentage as text.
func (r *reader) share(path string, v gjson.Result) float64 {
	text, percent := strings.CutSuffix(strings.TrimSpace(v.String()), "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if percent {
		n /= 100
	}
	if err != nil || math.IsNaN(n) || n < 0 || n > 1 || (v.Type != gjson.Number && v.Type != gjson.String) {
		r.problem(path, `is %.60s; write a share from 0 to 1, such as 0.2, or a percentage in quotes, such as "20%%"`, v.Raw)
		return usualDeletedShare
	}
	return n
}

// moments are the forms of a backfill's date. One without a zone is UTC.
var moments = []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateTime}

// backfill reads none, all, or a date.
func (r *reader) backfill(path string, v gjson.Result) Backfill {
	text := strings.TrimSpace(v.String())
	switch {
	case v.Type != gjson.String:
	case strings.EqualFold(text, "none"):
		return Backfill{}
	case strings.EqualFold(text, "all"):
		return Backfill{All: true}
	}
	for _, form := range moments {
		if at, err := time.Parse(form, text); err == nil && v.Type == gjson.String && at.Year() >= 1 {
			return Backfill{From: at.UTC()}
		}
	}
	r.problem(path, `is %.60s; write "none", "all", or the date to begin with, such as "2024-01-31" or "2024-01-31T08:00:00Z"`, v.Raw)
	return Backfill{}
}

// zone reads a time zone; nothing stands for the usual one.
func (r *reader) zone(path, name string, usual *time.Location) *time.Location {
	if name == "" {
		return usual
	}
	zone, err := javadate.Zone(name)
	if err != nil {
		r.problem(path, "%v", err)
		return usual
	}
	return zone
}
