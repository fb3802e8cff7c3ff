package main_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestDeployFilesNameOptionsThatExist(t *testing.T) {
	options, err := os.ReadFile("../../docs/options.md")
	if err != nil {
		t.Fatal(err)
	}
	deploy := os.DirFS("../../deploy")
	variable, found := regexp.MustCompile(`\bTURNSTONE_[A-Z_]+`), 0
	err = fs.WalkDir(deploy, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(deploy, name)
		if err != nil {
			return err
		}
		for _, v := range variable.FindAllString(string(text), -1) {
			if found++; !strings.Contains(string(options), "`"+v+"`") {
				t.Errorf("deploy/%s sets %s, which is no option", name, v)
			}
		}
		if path.Ext(name) == ".yaml" {
			var any map[string]any
			if err := yaml.Unmarshal(text, &any); err != nil {
				t.Errorf("deploy/%s: %v", name, err)
			}
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("found %d variables in deploy, %v, want some", found, err)
	}
}
