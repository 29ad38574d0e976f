package main

import (
	"context"
	"fmt"

	"pollen/internal/app"
)

type setCmd struct {
	place
	Collection string  `help:"Address of a collection: set its audience, licence, source or version, which returns it to what it was." placeholder:"SLUG"`
	Setting    string  `arg:"" optional:"" help:"language, logo, name, newcomer-edits, readers, region or zone; without it, all are shown."`
	Value      *string `arg:"" optional:"" help:"The new value: a text for name, a PNG or SVG file for logo, a number for newcomer-edits, members or everyone for readers, two letters for region, a tag such as fr for language, which makes all titles anew, a name such as Europe/Paris for zone. Empty returns to the default."`
}

// Run changes a setting, or shows them. It works beside a running server,
// which knows the change within two seconds.
func (c *setCmd) Run(ctx context.Context, p *program) error {
	return c.with(ctx, func(a *app.App) error {
		if c.Setting != "" && c.Value != nil {
			return c.set(ctx, a)
		}
		all, err := c.settings(ctx, a)
		if err != nil {
			return err
		}
		for _, s := range all {
			if _, err := fmt.Fprintf(p.out, "%s = %s\n", s.Name, s.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *setCmd) set(ctx context.Context, a *app.App) error {
	if c.Collection != "" {
		return a.SetCollection(ctx, c.Collection, c.Setting, *c.Value)
	}
	return a.Set(ctx, c.Setting, *c.Value)
}

func (c *setCmd) settings(ctx context.Context, a *app.App) ([]app.Setting, error) {
	if c.Collection != "" {
		return a.CollectionSettings(ctx, c.Collection, c.Setting)
	}
	return a.Settings(ctx, c.Setting)
}
