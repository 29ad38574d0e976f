package app

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Version says what this program was built from, for whoever runs it or reports
// what is wrong with it: release, module, revision, Go, driver for SQLite. What
// the build does not tell is left out.
func Version() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pollen %s\n", pollen.Version)
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		info = &debug.BuildInfo{}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		fmt.Fprintf(&b, "module %s %s\n", info.Main.Path, v)
	}
	if revision := builtBy(info, "vcs.revision"); revision != "" {
		fmt.Fprintf(&b, "revision %s of %s", revision, builtBy(info, "vcs.time"))
		if builtBy(info, "vcs.modified") == "true" {
			b.WriteString(", changed since")
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "go %s %s/%s\n", strings.TrimPrefix(runtime.Version(), "go"), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(&b, "sqlite %s", sqldb.SQLiteModule)
	if i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == sqldb.SQLiteModule }); i >= 0 {
		fmt.Fprintf(&b, " %s", info.Deps[i].Version)
	}
	return b.String()
}

// builtBy is what a setting of the build was, "" for none.
func builtBy(info *debug.BuildInfo, key string) string {
	i := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == key })
	if i < 0 {
		return ""
	}
	return info.Settings[i].Value
}
