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
	a, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.LockServing(); err != nil {
		return err
	}
	a.Start()
	return a.Serve(ctx, app.Serving{Serve: c.Serve, Ready: func(url string) error {
		_, err := fmt.Fprintf(p.out, "Pollen serves on %s\n", url)
		return err
	}})
}
