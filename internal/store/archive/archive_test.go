package archive_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"turnstone/internal/store/archive"
)

func header() archive.Header {
	return archive.Header{Schema: 2, Program: "v1.2.0", Created: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
}

// content is a table with its rows.
type content struct {
	Table archive.Table
	Rows  [][]any
}

func some() []content {
	return []content{
		{
			archive.Table{Name: "account", Columns: []string{"id", "name", "secret", "disabled"}, Base64: []string{"secret"}},
			[][]any{
				{int64(1), "Ärger & <Söhne>\n\"\\\u2028\x00", []byte{0, 0xff}, true},
				{int64(math.MaxInt64), "", []byte{}, false},
				{int64(math.MinInt64), "null", []byte("[1]"), false},
			},
		},
		{archive.Table{Name: "empty", Columns: []string{"id"}}, nil},
		{archive.Table{Name: "poll", Columns: []string{"id"}}, [][]any{{int64(0)}}},
	}
}

func write(t testing.TB, all []content) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := archive.NewWriter(&file, header())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if err := w.Table(c.Table); err != nil {
			t.Fatal(err)
		}
		for _, row := range c.Rows {
			if err := w.Row(row); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// read reads a file to its end.
func read(file []byte) ([]content, error) {
	r, _, err := archive.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	var all []content
	for {
		table, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		c := content{Table: table}
		for {
			row, err := r.Row()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			c.Rows = append(c.Rows, row)
		}
		all = append(all, c)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	file := write(t, some())
	got, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(some(), got); diff != "" {
		t.Errorf("read (-written +read):\n%s", diff)
	}
	_, h, err := archive.NewReader(bytes.NewReader(file))
	if err != nil || h != header() {
		t.Errorf("Header = %v, %v, want %v", h, err, header())
	}
}

func TestAnyRowIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		table := archive.Table{Name: "t", Columns: []string{"n", "s", "b", "yes"}, Base64: []string{"b"}}
		want := []content{{table, rapid.SliceOf(rapid.Custom(func(rt *rapid.T) []any {
			return []any{
				rapid.Int64().Draw(rt, "n"), rapid.String().Draw(rt, "s"),
				rapid.SliceOf(rapid.Byte()).Draw(rt, "b"), rapid.Bool().Draw(rt, "yes"),
			}
		})).Draw(rt, "rows")}}
		if len(want[0].Rows) == 0 {
			want[0].Rows = nil
		}
		got, err := read(write(t, want))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			rt.Errorf("read = %v, want what was written:\n%s", err, diff)
		}
	})
}

func TestAPointerIsWrittenAsWhatItPointsTo(t *testing.T) {
	number, text, bytes, truth := int64(7), "text", []byte{1}, true
	table := archive.Table{Name: "t", Columns: []string{"n", "s", "b", "yes"}, Base64: []string{"b"}}
	direct := write(t, []content{{table, [][]any{{number, text, bytes, truth}}}})
	pointed := write(t, []content{{table, [][]any{{&number, &text, &bytes, &truth}}}})
	if string(direct) != string(pointed) {
		t.Errorf("of pointers it wrote %s, want %s", pointed, direct)
	}
}

func TestACompressedFileIsRead(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(write(t, some())); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := read(zipped.Bytes())
	if diff := cmp.Diff(some(), got); err != nil || diff != "" {
		t.Errorf("read = %v (-written +read):\n%s", err, diff)
	}
	for _, missing := range []int{1, 10, 100} {
		if _, err := read(zipped.Bytes()[:zipped.Len()-missing]); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("read without the last %d bytes = %v, want that it was cut off", missing, err)
		}
	}
}

func TestRowsThatAreSkippedCount(t *testing.T) {
	r, _, err := archive.NewReader(bytes.NewReader(write(t, some())))
	if err != nil {
		t.Fatal(err)
	}
	for range some() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("Next behind the last table = %v, want io.EOF", err)
	}
}

func TestAFileCutOffAnywhereIsRecognised(t *testing.T) {
	file := write(t, some())
	for n := range file {
		if _, err := read(file[:n]); err == nil {
			t.Errorf("read of %d of %d bytes = nil, want an error", n, len(file))
		}
	}
}

func TestAByteChangedAnywhereIsRecognised(t *testing.T) {
	file := write(t, some())
	for n := range file {
		changed := bytes.Clone(file)
		changed[n] ^= 1
		if _, err := read(changed); err == nil {
			t.Errorf("read with byte %d of %q changed = nil, want an error", n, file)
		}
	}
}

func TestBadFilesSayWhatIsWrong(t *testing.T) {
	good := string(write(t, some()))
	lines := strings.SplitAfter(good, "\n")
	tests := map[string]struct{ file, want string }{
		"nothing":            {"", "cut off"},
		"another file":       {"-- PostgreSQL database dump\n", "not what turnstone export writes"},
		"other JSON":         {"{}\n", "not what turnstone export writes"},
		"a later format":     {strings.Replace(good, `"format":1`, `"format":9`, 1), "its format is 9, and this program reads 1: import it with turnstone v1.2.0"},
		"the last line gone": {strings.Join(lines[:len(lines)-2], ""), "cut off"},
		"a row gone":         {strings.Join(append(append([]string{}, lines[:3]...), lines[4:]...), ""), "it was edited or damaged"},
		"a row twice":        {strings.Join(append(append([]string{}, lines[:3]...), lines[2:]...), ""), "it was edited or damaged"},
		"a row too short":    {strings.Replace(good, "[0]", "[]", 1), "line 8 is damaged: 0 values for 1 columns"},
		"no number":          {strings.Replace(good, "[0]", "[0.5]", 1), `line 8 is damaged: column id: strconv.ParseInt: parsing "0.5"`},
		"null":               {strings.Replace(good, "[0]", "[null]", 1), "line 8 is damaged: column id"},
		"no base64":          {strings.Replace(good, `"AP8="`, `"%"`, 1), "line 3 is damaged: column secret: illegal base64"},
		"an empty line":      {strings.Replace(good, "[0]", "\n[0]", 1), "line 8 is damaged"},
		"a strange line":     {strings.Replace(good, "[0]", "{}", 1), "line 8 is damaged: neither a table, a row nor the last line"},
		"something added":    {good + "\n", "it goes on behind its last line"},
		"broken gzip":        {"\x1f\x8b nonsense", "uncompress"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := read([]byte(tt.file)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("read = %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestARowThatDoesNotFitItsTableIsRefused(t *testing.T) {
	w, err := archive.NewWriter(io.Discard, header())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Table(some()[0].Table); err != nil {
		t.Fatal(err)
	}
	if err := w.Row([]any{int64(1)}); err == nil {
		t.Error("Row = nil, want an error")
	}
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAWriteThatFailsIsReported(t *testing.T) {
	w, err := archive.NewWriter(full{}, header())
	if err == nil {
		err = w.Close() // what is written is kept back for a while
	}
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("Close = %v, want the error of the disk", err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add(write(f, some()))
	f.Add([]byte("{\"archive\":\"turnstone\",\"format\":1}\n[]\n"))
	f.Add([]byte("{\"archive\":\"turnstone\",\"format\":1}\n{\"table\":\"t\",\"columns\":[\"a\"],\"base64\":[\"a\"]}\n[null,\"\\\"]\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		all, err := read(file)
		if err != nil {
			return
		}
		if again, err := read(write(t, all)); err != nil || !cmp.Equal(all, again) {
			t.Errorf("written again, it reads as %v, %v, want %v", again, err, all)
		}
	})
}

func Example() {
	var file bytes.Buffer
	w, err := archive.NewWriter(&file, archive.Header{Schema: 2, Program: "v1.2.0", Created: time.Unix(0, 0)})
	if err != nil {
		panic(err)
	}
	for _, err := range []error{
		w.Table(archive.Table{Name: "account", Columns: []string{"id", "secret"}, Base64: []string{"secret"}}),
		w.Row([]any{int64(1), []byte("sealed")}),
		w.Close(),
	} {
		if err != nil {
			panic(err)
		}
	}
	fmt.Print(file.String())
	// Output:
	// {"archive":"turnstone","format":1,"schema":2,"program":"v1.2.0","created":"1970-01-01T00:00:00Z"}
	// {"table":"account","columns":["id","secret"],"base64":["secret"]}
	// [1,"c2VhbGVk"]
	// {"rows":1,"sha256":"01b9b2c3694c962a86318f6f5ee364d138528739805dfa65cfe8b3be9ae286e6"}
}
