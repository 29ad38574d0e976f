package main

import (
	"context"
	"fmt"

	"pollen"
	"pollen/internal/app"
)

type checkCmd struct{ place }

// Run verifies that no act of the journal is missing or altered, and that
// entries, images and attachments are what was written.
func (c *checkCmd) Run(ctx context.Context, p *program) error {
	return c.with(ctx, func(a *app.App) error {
		n, faults, err := a.Check(ctx)
		if err != nil {
			return err
		}
		for _, f := range faults {
			if _, err := fmt.Fprintf(p.out, "act %d: %s\n", f.Number, f.What); err != nil {
				return err
			}
		}
		if len(faults) > 0 {
			return pollen.Errorf(pollen.Invalid, "check.faults", "The journal does not verify: {n} of {all} acts. Restore a backup.", "n", len(faults), "all", n)
		}
		if _, err := fmt.Fprintf(p.out, "%d acts verified\n", n); err != nil {
			return err
		}
		entries, wrong, err := a.Registry.Verify(ctx)
		if err != nil {
			return err
		}
		for _, f := range wrong {
			if _, err := fmt.Fprintf(p.out, "entry %s, revision %d: %s\n", f.Entry, f.N, f.What); err != nil {
				return err
			}
		}
		blobs, bad, err := a.Blobs.Verify(ctx)
		if err != nil {
			return err
		}
		for _, f := range bad {
			if _, err := fmt.Fprintf(p.out, "content %s: %s\n", f.Hash, f.What); err != nil {
				return err
			}
		}
		if len(wrong)+len(bad) > 0 {
			return pollen.Errorf(pollen.Invalid, "check.damaged", "{entries} entries and {contents} images or attachments are damaged. Restore a backup.", "entries", len(wrong), "contents", len(bad))
		}
		_, err = fmt.Fprintf(p.out, "%d entries, %d images and attachments verified\n", entries, blobs)
		return err
	})
}

type rebuildCmd struct {
	place
	Names []string `arg:"" optional:"" help:"What to make again: search, counts. All unless told."`
}

// Run makes again what follows the journal.
func (c *rebuildCmd) Run(ctx context.Context, p *program) error {
	return c.with(ctx, func(a *app.App) error {
		return a.Rebuild(ctx, c.Names, func(name string) error {
			_, err := fmt.Fprintln(p.out, "rebuilt:", name)
			return err
		})
	})
}
