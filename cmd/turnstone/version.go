package main

import (
	"fmt"
	"runtime/debug"
)

// versionCommand prints what this binary was built from.
type versionCommand struct{}

// Run prints the module's version and the revision, as far as the build knows.
func (c *versionCommand) Run(s streams) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		fmt.Fprintln(s.out, "turnstone, built without module information")
		return nil
	}
	revision := "unknown revision"
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			revision = setting.Value
		}
	}
	fmt.Fprintf(s.out, "turnstone %s, %s, %s\n", info.Main.Version, revision, info.GoVersion)
	return nil
}
