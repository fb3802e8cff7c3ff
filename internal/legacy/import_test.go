package legacy_test

import (
	"fmt"
	"os"
	"testing"

	"turnstone/internal/legacy"
)

func TestDev(t *testing.T) {
	for _, name := range []string{"birdhouse", "tidepool", "harbour"} {
		data, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		got, err := legacy.Import(data, legacy.Options{ID: 100001})
		fmt.Println(err)
		fmt.Println(string(got.File))
		for _, f := range got.Report.Findings {
			fmt.Println(f.Level, f.Path, ":", f.Message)
		}
	}
}
