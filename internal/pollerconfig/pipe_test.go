package pollerconfig_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"turnstone/internal/pollerconfig"
)

// contacts is the line that the platform documents.
const contacts = "contacts|/hubs/crm/contacts?where=LastModifiedDate>=${date}||LastModifiedDate|yyyy-MM-dd'T'HH:mm:ssZ||CreatedDate|yyyy-MM-dd'T'HH:mm:ssZ"

func TestALineMeansWhatTheSameJSONMeans(t *testing.T) {
	const object = `{"contacts":{"url":"/hubs/crm/contacts?where=LastModifiedDate>=${date}",` +
		`"datesConfiguration":{"updatedDateField":"LastModifiedDate","updatedDateFormat":"yyyy-MM-dd'T'HH:mm:ssZ",` +
		`"createdDateField":"CreatedDate","createdDateFormat":"yyyy-MM-dd'T'HH:mm:ssZ"}}`
	tests := map[string]struct{ text, want string }{
		"the documented line": {contacts, object + "}"},
		"blanks and ends":     {" \r\n " + strings.ReplaceAll(contacts, "|", " | ") + " |\r\n\n", object + "}"},
		"two lines":           {contacts + "\naccounts|/accounts", object + `,"accounts":{"url":"/accounts"}}`},
		"zones": {
			"a|/a||m|yyyy|MST|c|yyyy|America/Denver",
			`{"a":{"url":"/a","datesConfiguration":{"updatedDateField":"m","updatedDateFormat":"yyyy","updatedDateTimezone":"MST",` +
				`"createdDateField":"c","createdDateFormat":"yyyy","createdDateTimezone":"America/Denver"}}}`,
		},
		"no hub, no slash at first": {`a"b|invoices?where=x`, `{"a\"b":{"url":"invoices?where=x"}}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			set, names, err := pollerconfig.ParsePipe(tt.text)
			if err != nil || names != nil {
				t.Fatalf("ParsePipe = %v, %v, want a set", names, err)
			}
			want, err := pollerconfig.Parse(tt.want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, set, equal); diff != "" {
				t.Errorf("ParsePipe (-want +got):\n%s", diff)
			}
		})
	}
}

func TestATextWithoutURLsIsAListOfResources(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                      nil,
		" \n | ":                                nil,
		"contacts":                              {"contacts"},
		"contacts|accounts | leads":             {"contacts", "accounts", "leads"},
		"contacts\r\naccounts\n\ncontacts":      {"contacts", "accounts"},
		"direct-messages/received-messages|x|x": {"direct-messages/received-messages", "x"},
	} {
		set, names, err := pollerconfig.ParsePipe(text)
		if diff := cmp.Diff(want, names); diff != "" || err != nil || len(set.Members) > 0 || set.Text != "{}" {
			t.Errorf("ParsePipe(%q) = %v, %v, %v, want %v", text, set, names, err, want)
		}
	}
}

func TestProblemsOfThePipeFormNameTheirLine(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"no resource":   {contacts + "\n\n|/accounts", []string{"event.poller.urls: line 3 has no resource before its first |; write a line"}},
		"twice":         {contacts + "\n" + contacts, []string{`event.poller.urls: line 2 names "contacts", which stands in a line before`}},
		"no URL":        {contacts + "\naccounts|leads", []string{"event.poller.urls: line 2 has no URL as its second column"}},
		"a name alone":  {contacts + "\naccounts", []string{"line 2 has no URL"}},
		"too many":      {"a|/a|||||||||", []string{"event.poller.urls: line 1 has 11 columns, and there are 9 at most"}},
		"a bad pattern": {"a|/a||m|HH:mm", []string{"event.poller.urls.a.datesConfiguration.updatedDateFormat: line 1: date pattern"}},
		"a bad macro":   {"b|/b\na|/a?where=${nope}", []string{"event.poller.urls.a.url: line 2: macro"}},
		"several":       {"a|/a||m\n|/b", []string{"event.poller.urls.a.datesConfiguration.updatedDateFormat: line 1: is missing", "line 2 has no resource"}},
		"not UTF-8":     {"a|/\xff", []string{"event.poller.urls: is not valid UTF-8; write a line"}},
		"too large":     {strings.Repeat("a", pollerconfig.MaxBytes+1), []string{"event.poller.urls: is larger than 1048576 bytes"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, _, err := pollerconfig.ParsePipe(tt.text)
			problems, ok := errors.AsType[pollerconfig.Problems](err)
			if !ok || len(problems) != len(tt.want) {
				t.Fatalf("ParsePipe = %v, want %d problems", err, len(tt.want))
			}
			for i, want := range tt.want {
				if !strings.Contains(problems[i].Error(), want) {
					t.Errorf("problem %d = %v, want %q in it", i, problems[i], want)
				}
			}
		})
	}
}

func TestTooManyLinesAreRefused(t *testing.T) {
	var b strings.Builder
	for i := range pollerconfig.MaxResources + 1 {
		fmt.Fprintf(&b, "r%d|/a\n", i)
	}
	if _, _, err := pollerconfig.ParsePipe(b.String()); err == nil || !strings.Contains(err.Error(), "more than 1000 resources") {
		t.Errorf("ParsePipe = %.200v, want an error that says how many there may be", err)
	}
}

func TestTheThirdColumnIsWarnedAbout(t *testing.T) {
	set, _, err := pollerconfig.ParsePipe("b|/b\na|/a|id")
	want := []pollerconfig.Problem{{"event.poller.urls.a.xPath", "line 2: is kept and has no effect; idField says where the id stands"}}
	if diff := cmp.Diff(want, set.Warnings); diff != "" || err != nil {
		t.Errorf("ParsePipe = %v, warnings (-want +got):\n%s", err, diff)
	}
}

func ExampleParsePipe() {
	set, _, err := pollerconfig.ParsePipe("reports|/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd}'||LastModifiedDate|yyyy-MM-dd'T'HH:mm:ss.SSS")
	fmt.Println(set.Text, err)
	_, names, err := pollerconfig.ParsePipe("reports|expenses")
	fmt.Println(names, err)
	// Output:
	// {"reports":{"url":"/hubs/expense/reports?where=modifiedDateAfter='${date:yyyy-MM-dd}'","datesConfiguration":{"updatedDateField":"LastModifiedDate","updatedDateFormat":"yyyy-MM-dd'T'HH:mm:ss.SSS"}}} <nil>
	// [reports expenses] <nil>
}

// FuzzParsePipe checks that what is accepted is what its own JSON means.
func FuzzParsePipe(f *testing.F) {
	f.Add(contacts)
	f.Add("a|b\nc")
	f.Add("a|/a|x|m|milliseconds|MST|c||GMT\r\n\"|/b")
	f.Fuzz(func(t *testing.T, text string) {
		set, names, err := pollerconfig.ParsePipe(text)
		if err != nil {
			if problems, ok := errors.AsType[pollerconfig.Problems](err); !ok || len(problems) == 0 {
				t.Fatalf("ParsePipe = %v, want Problems", err)
			}
			return
		}
		if names != nil && len(set.Members) > 0 {
			t.Fatalf("ParsePipe = %v and %v, want one of them", set, names)
		}
		again, err := pollerconfig.Parse(set.Text)
		if err != nil {
			t.Fatalf("Parse of its own text %q = %v", set.Text, err)
		}
		again.Warnings, set.Warnings = nil, nil // theirs say the line
		if diff := cmp.Diff(set, again, equal); diff != "" {
			t.Errorf("Parse of its own text (-want +got):\n%s", diff)
		}
	})
}
