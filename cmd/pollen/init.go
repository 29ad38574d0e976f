package main

import (
	"context"
	"errors"
	"fmt"
)

type initCmd struct{ place }

// Run makes a data directory with the commons, people and units. On one that
// exists already it changes nothing.
func (c *initCmd) Run(ctx context.Context, p *program) (err error) {
	a, err := c.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Settle(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "Ready: %s\nInvite yourself with: pollen invite --data %s YOUR-ADDRESS\n", c.Data, c.Data)
	return err
}
