package pgtest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"turnstone/internal/pgtest"
)

func TestDatabasesDoNotSeeEachOther(t *testing.T) {
	c := pgtest.Shared(t)
	one, other := c.Database(t, ""), c.Database(t, "")
	execute(t, one, "CREATE TABLE thing (id int)")
	if got := answer(t, other, "SELECT (to_regclass('thing') IS NULL)::text"); got != "true" {
		t.Error("a table of one database is there in the other")
	}
}

func TestDatabasesOfATestAreDroppedWithIt(t *testing.T) {
	c := pgtest.Shared(t)
	var url string
	t.Run("a test", func(t *testing.T) {
		url = c.Database(t, "")
		connect(t, url) // must not be in the way
	})
	if _, err := pgx.Connect(t.Context(), url); err == nil {
		t.Errorf("Connect(%s) = nil after the test, want an error", url)
	}
}

// greet fills a template.
func greet(ctx context.Context, url string) error {
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = connection.Exec(ctx, "CREATE TABLE greeting AS SELECT 'hello' AS text")
	return errors.Join(err, connection.Close(ctx))
}

func TestTemplatesAreFilledOnceAndCopied(t *testing.T) {
	c := pgtest.Shared(t)
	filled := 0
	for range 3 {
		err := c.Template(t.Context(), t.Name(), func(ctx context.Context, url string) error {
			filled++
			return greet(ctx, url)
		})
		if err != nil {
			t.Fatal(err)
		}
		url := c.Database(t, t.Name())
		if got := answer(t, url, "SELECT text FROM greeting"); got != "hello" {
			t.Errorf("text = %s, want hello", got)
		}
		execute(t, url, "DROP TABLE greeting") // of this copy
	}
	if filled != 1 {
		t.Errorf("the template was filled %d times, want once", filled)
	}
	if _, err := pgx.Connect(t.Context(), c.URL(t.Name())); err == nil {
		t.Error("Connect to the template = nil, want an error: it could not be copied meanwhile")
	}
}

func TestTemplatesThatCouldNotBeFilledAreTriedAgain(t *testing.T) {
	c := pgtest.Shared(t)
	broken := errors.New("broken")
	err := c.Template(t.Context(), t.Name(), func(context.Context, string) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("Template = %v, want %v", err, broken)
	}
	if err := c.Template(t.Context(), t.Name(), greet); err != nil {
		t.Errorf("Template = %v at the second try, want nil", err)
	}
}

func TestCopiesAreMadeAtTheSameTime(t *testing.T) {
	c := pgtest.Shared(t)
	if err := c.Template(t.Context(), t.Name(), greet); err != nil {
		t.Fatal(err)
	}
	t.Run("group", func(t *testing.T) {
		for range 4 {
			t.Run("copy", func(t *testing.T) {
				t.Parallel()
				if got := answer(t, c.Database(t, "TestCopiesAreMadeAtTheSameTime"), "SELECT text FROM greeting"); got != "hello" {
					t.Errorf("text = %s, want hello", got)
				}
			})
		}
	})
}

func BenchmarkDatabase(b *testing.B) {
	c := pgtest.Shared(b)
	if err := c.Template(b.Context(), b.Name(), greet); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		url, err := c.CreateDatabase(b.Context(), b.Name())
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Drop(b.Context(), url); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		c, err := pgtest.Start(b.Context(), pgtest.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
