package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"pollen/internal/app"
	"pollen/internal/base/config"
)

type devCmd struct{ config.Serve }

// Run serves the sample community from a throw-away directory, which is removed
// at the end.
func (c *devCmd) Run(ctx context.Context, p *program) (err error) {
	dir, err := os.MkdirTemp("", "pollen-dev-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a, err := app.Open(ctx, app.Options{Data: dir, Create: true, Serve: true, Sample: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var failed error
	sample, err := a.Seed(ctx, func(line string) {
		if _, err := fmt.Fprintln(p.out, "sample", line); err != nil {
			failed = err
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	a.Start()
	return a.Serve(ctx, app.Serving{Serve: c.Serve, Ready: func(url string) error {
		for _, w := range sample {
			if _, err := fmt.Fprintf(p.out, "Come in as %s (a sample): %s/signin/%s\n", w.Name, url, w.Link); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(p.out, "Pollen serves on %s\nAll of it is thrown away at the end (Ctrl-C).\n", url)
		return err
	}})
}
