package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"pollen/internal/app"
	"pollen/internal/base/config"
)

type serveCmd struct {
	place
	config.Serve
}

// Run serves until it is interrupted. A directory that is none yet becomes one,
// and is said to be new: its path may have been mistyped.
func (c *serveCmd) Run(ctx context.Context, p *program) (err error) {
	_, missing := os.Stat(filepath.Join(c.Data, app.File))
	a, err := app.Open(ctx, app.Options{Data: c.Data, Database: c.Database, Create: true, Serve: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	a.Start()
	return a.Serve(ctx, app.Serving{Serve: c.Serve, Ready: func(url string) error {
		if c.Database == "" && errors.Is(missing, fs.ErrNotExist) {
			if _, err := fmt.Fprintf(p.out, "A new instance: %s\nInvite yourself with: pollen invite --data %s YOUR-ADDRESS\n", c.Data, c.Data); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(p.out, "Pollen serves on %s\n", url)
		return err
	}})
}
