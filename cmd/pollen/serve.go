package main

import (
	"context"
	"errors"
	"fmt"

	"pollen/internal/app"
	"pollen/internal/base/config"
)

type serveCmd struct {
	place
	config.Serve
}

// Run serves until it is interrupted.
func (c *serveCmd) Run(ctx context.Context, p *program) (err error) {
	a, err := app.Open(ctx, app.Options{Data: c.Data, Database: c.Database, Create: true, Serve: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	a.Start()
	return a.Serve(ctx, app.Serving{Serve: c.Serve, Ready: func(url string) error {
		_, err := fmt.Fprintf(p.out, "Pollen serves on %s\n", url)
		return err
	}})
}
