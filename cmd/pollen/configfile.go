package main

import (
	"errors"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/config"
)

// configFile is the path of a file that says flags. What the command line or
// the environment says goes before it.
type configFile string

// BeforeResolve reads the file.
func (configFile) BeforeResolve(k *kong.Kong, c *kong.Context, trace *kong.Path) error {
	path, ok := c.FlagValue(trace.Flag).(configFile)
	if !ok || path == "" {
		return nil
	}
	f, err := os.Open(string(path))
	if err != nil {
		return pollen.Errorf(pollen.Invalid, "app.file", "The file {path} cannot be read: {reason}.", "path", string(path), "reason", app.Why(err))
	}
	values, err := config.Read(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	c.AddResolver(fromFile(values))
	return nil
}

// fromFile gives flags the values of a file.
type fromFile map[string]string

// Validate refuses names that are no flag of any command.
func (v fromFile) Validate(app *kong.Application) error {
	known := map[string]bool{}
	var walk func(*kong.Node)
	walk = func(n *kong.Node) {
		for _, f := range n.Flags {
			known[f.Name] = true
		}
		for _, child := range n.Children {
			walk(child)
		}
	}
	walk(app.Node)
	for name := range v {
		if !known[name] || name == "config" || name == "help" {
			return pollen.Errorf(pollen.Invalid, "config.unknown", "The configuration says “{name}”, which is no option.", "name", name)
		}
	}
	return nil
}

// Resolve gives the value of a flag that neither the command line nor the
// environment says.
func (v fromFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, ok := v[flag.Name]
	if !ok {
		return nil, nil
	}
	for _, env := range flag.Envs {
		if _, said := os.LookupEnv(env); said {
			return nil, nil
		}
	}
	return strings.TrimSpace(value), nil
}
