package main

import (
	"context"
	"errors"
	"fmt"

	"pollen/internal/app"
	"pollen/internal/base/config"
)

type initCmd struct {
	place
	Sample   bool   `help:"Fill it with the sample community."`
	Region   string `env:"POLLEN_REGION" help:"Country whose telephone numbers are written without +, such as DE; FR unless told." placeholder:"CODE"`
	Language string `env:"POLLEN_LANGUAGE" help:"Language that titles are made in where there are texts in several, such as fr; unless told, the one of the region, or en." placeholder:"TAG"`
	Zone     string `env:"POLLEN_ZONE" help:"Time zone of pages and forms, such as Europe/Paris; unless told, that of the region where it has one, or UTC." placeholder:"ZONE"`
	config.Links
}

// Run makes a data directory with the commons, people and units. On one that
// exists already it changes nothing.
func (c *initCmd) Run(ctx context.Context, p *program) (err error) {
	address, err := c.Address()
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Options{Data: c.Data, Database: c.Database, Create: true, Sample: c.Sample, Region: c.Region, Language: c.Language, Zone: c.Zone})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if c.Sample {
		return c.seed(ctx, p, a, address)
	}
	if err := a.Settle(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "Ready: %s\nInvite yourself with: pollen invite --data %s YOUR-ADDRESS\n", c.Data, c.Data)
	return err
}

// seed fills the directory with the sample, unless it is there, and prints how to
// come in.
func (c *initCmd) seed(ctx context.Context, p *program, a *app.App, address string) error {
	var failed error
	personas, err := a.Seed(ctx, func(line string) {
		if _, err := fmt.Fprintln(p.out, "sample", line); err != nil {
			failed = err
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return err
	}
	for _, w := range personas {
		if _, err := fmt.Fprintf(p.out, "Come in as %s (a sample): %s/signin/%s\n", w.Name, address, w.Link); err != nil {
			return err
		}
	}
	return nil
}
