package bulk_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"turnstone"
	"turnstone/internal/bulk"
)

func TestAResultIsJSONOrATable(t *testing.T) {
	tests := map[string]struct {
		query   string
		records []string
		text    string
		table   string
	}{
		"nothing": {"select * from x", nil, `[]`, ""},
		"numbers and texts as they came": {
			"select * from x",
			[]string{`{"ID":1.10,"Big":12345678901234567890,"Name":"Ü \"q\", \n","On":true}`},
			`[{"ID":1.10,"Big":12345678901234567890,"Name":"Ü \"q\", \n","On":true}]`,
			"ID,Big,Name,On\n1.10,12345678901234567890,\"Ü \"\"q\"\", \n\",true\n",
		},
		"columns as they first appear": {
			"select * from x",
			[]string{`{"b":1}`, `{"a":2,"b":3}`, `{"c":null}`},
			`[{"b":1},{"a":2,"b":3},{"c":null}]`, "b,a,c\n1,,\n3,2,\n,,\n",
		},
		"members of members, and lists": {
			"select * from x",
			[]string{`{"o":{"p":{"q":1},"e":{}},"l":[1, {"a":2}],"a.b":3}`},
			`[{"o":{"p":{"q":1},"e":{}},"l":[1, {"a":2}],"a.b":3}]`,
			"o.p.q,o.e,l,`a.b`\n1,{},\"[1, {\"\"a\"\":2}]\",3\n",
		},
		"selected members": {
			"select Parent.Name, Name, Missing from x",
			[]string{`{"Name":"n","Parent":{"ID":1,"Name":"p"},"Other":1}`, `{"Name":"m","Parent":null}`},
			`[{"Name":"n","Parent":{"Name":"p"}},{"Name":"m","Parent":null}]`,
			"Parent.Name,Name,Missing,Parent\np,n,,\n,m,,\n",
		},
		"members of the members of a list": {
			"select l.a from x", []string{`{"l":[{"a":1,"b":2},{"b":3},4]}`}, `[{"l":[{"a":1},{},4]}]`, "l.a,l\n,\"[{\"\"a\"\":1},{},4]\"\n",
		},
		"an object, and a member of it": {
			"select o, o.p from x", []string{`{"o":{"p":1,"q":2},"r":3}`}, `[{"o":{"p":1,"q":2}}]`, "o.p,o.q\n1,2\n",
		},
		"one empty cell": {"select * from x", []string{`{"a":null}`, `{"a":1}`, `{"a":""}`}, `[{"a":null},{"a":1},{"a":""}]`, "a\n\"\"\n1\n\"\"\n"},
		"five pages":     {"select * from x", numbered(9), "[" + strings.Join(numbered(9), ",") + "]", "ID\n1\n2\n3\n4\n5\n6\n7\n8\n9\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tt.records...)
			text, table := w.fetch(t, w.once(t, w.create(t, tt.query)))
			if text != tt.text {
				t.Errorf("JSON = %s, want %s", text, tt.text)
			}
			if table != tt.table {
				t.Errorf("Table = %q, want %q", table, tt.table)
			}
		})
	}
}

func TestRecordsOfTooManyMembersAreNoTable(t *testing.T) {
	members := func(prefix string, n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(`"%s%d":1`, prefix, i)
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	tests := map[string][]string{
		"in one record":     {members("a", bulk.MaxColumns+1)},
		"in several pages":  {members("a", bulk.MaxColumns), `{}`, members("b", 1)},
		"far more than may": {members("a", 3*bulk.MaxColumns)},
	}
	for name, records := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, records...)
			result, err := w.jobs.Result(w.once(t, w.create(t, "select * from x")))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := result.Table(t.Context()); !errors.As(err, new(bulk.TooWideError)) {
				t.Errorf("Table = %v, want TooWideError", err)
			}
			var text strings.Builder
			if err := result.JSON(t.Context(), &text); err != nil || text.String() != "["+strings.Join(records, ",")+"]" {
				t.Errorf("JSON = %v, want the records", err)
			}
		})
	}
}

func TestAResultIsThereOnceTheJobIsComplete(t *testing.T) {
	w := newWorld(t, numbered(3)...)
	job := w.create(t, "select * from x")
	for state, want := range map[turnstone.BulkState]string{
		turnstone.BulkCreated:   "is CREATED; ask for its status until that is COMPLETED",
		turnstone.BulkRunning:   "is RUNNING; ask for its status",
		turnstone.BulkFailed:    "has no result: it is ERROR (no such luck)",
		turnstone.BulkCancelled: "has no result: it is CANCELLED",
	} {
		job.State, job.Problem = state, ""
		if state == turnstone.BulkFailed {
			job.Problem = "no such luck"
		}
		_, err := w.jobs.Result(job)
		if !errors.As(err, new(*bulk.NotReadyError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("Result of a job that is %s = %v, want %q", state, err, want)
		}
	}
}
