package element_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/element"
)

var update = flag.Bool("update", false, "write the expected problems into testdata/bad")

// problemsMark begins the part of a bad file that holds the problems expected of
// it, a comment each.
const problemsMark = "# Problems:\n"

func TestBadElementsSayWhatToWriteInstead(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 25 {
		t.Fatalf("testdata/bad has %d files (%v), want 25 and more", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			yaml, want, _ := strings.Cut(string(read(t, file)), problemsMark)
			_, err := element.Parse(filepath.Base(file), []byte(yaml))
			if err == nil {
				t.Fatal("Parse = nil, want problems")
			}
			got := "# " + strings.ReplaceAll(err.Error(), "\n", "\n# ") + "\n"
			if *update {
				write(t, file, yaml+problemsMark+got)
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAMinimalElementHasItsDefaults(t *testing.T) {
	e := parse(t, minimal(t))
	r := e.Resources[0].Retriever
	got := []any{
		e.Requester.Method, e.Requester.Decoder, e.Requester.Timeout.String(), e.Requester.ErrorHandler.MinWait.String(),
		e.Authenticator.TokenResponse.AccessToken, e.Authenticator.ErrorHandler.Message, e.Polling.IntervalMinutes,
		r.Filter.Type, r.Selector.FieldPath, e.PollerConfiguration(),
	}
	want := []any{
		"GET", "JsonDecoder", "1m", "5s",
		"access_token",
		[]string{"error_description", "error", "message"},
		15,
		"none",
		[]string{"items"},
		"{}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults differ (-want +got):\n%s", diff)
	}
}

func TestARequesterLaidOverAnotherHasNoDefaults(t *testing.T) {
	e := parse(t, minimal(t))
	got := e.Resources[0].Retriever.Requester
	want := element.Requester{Path: got.Path}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requester of the retriever differs (-want +got):\n%s", diff)
	}
}

func TestValuesThatAreWrittenWinOverDefaults(t *testing.T) {
	e := parse(t, minimal(t)+`      paginator:
        type: CursorPagination
        next: token
        page_token_option: {field_name: token}
        repeat_filters: false
        page_size: 0x10
`)
	p := e.Resources[0].Retriever.Paginator
	if p.RepeatFilters || p.PageSize != 16 || p.TokenOption.InjectInto != "request_parameter" {
		t.Errorf("paginator = %+v, want repeat_filters false, page_size 16 and a request_parameter", p)
	}
}

func TestProblemsStandInTheOrderOfTheLines(t *testing.T) {
	_, err := element.Parse("bad.yaml", []byte("colour: green\nversion: 3\nkey: Acme\nhub: 1\n"))
	var lines []int
	for _, p := range problems(t, err) {
		if p.File != "bad.yaml" || p.Column == 0 {
			t.Errorf("problem %+v has no place", p)
		}
		lines = append(lines, p.Line)
	}
	if !slices.IsSorted(lines) || lines[len(lines)-1] != 4 {
		t.Errorf("problems are in lines %v, want them sorted, to line 4", lines)
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	for _, file := range append(files, "testdata/minimal.yaml", "../../elements/concur/element.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := element.Parse("fuzz.yaml", data)
		if (e == nil) != (err != nil) {
			t.Fatalf("Parse = %v, %v, want one of them", e, err)
		}
		if err != nil {
			for _, p := range problems(t, err) {
				if p.Line < 1 || p.Column < 1 || p.Message == "" {
					t.Errorf("problem %+v has no place or no text", p)
				}
			}
		}
	})
}

// problems takes the problems of an element apart.
func problems(t *testing.T, err error) []*element.Problem {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("Parse = %v, want joined problems", err)
	}
	var all []*element.Problem
	for _, err := range joined.Unwrap() {
		var p *element.Problem
		if !errors.As(err, &p) {
			t.Fatalf("Parse reports %v, want a Problem", err)
		}
		all = append(all, p)
	}
	return all
}

func parse(t *testing.T, text string) *element.Element {
	t.Helper()
	e, err := element.Parse("element.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// minimal is the text of an element with no more than it must have.
func minimal(t *testing.T) string { return string(read(t, "testdata/minimal.yaml")) }

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
