package main

import (
	"context"
	"fmt"
	"os"

	"pollen"
	"pollen/internal/app"
)

type checkCmd struct {
	place
	Against    string `type:"path" help:"A checkpoint kept elsewhere: proves that no act before it was altered or removed." placeholder:"FILE"`
	Checkpoint string `type:"path" help:"Where to write a checkpoint of the journal, to be kept elsewhere." placeholder:"FILE"`
}

// Run verifies that no act of the journal is missing or altered, and that
// entries, images and attachments are what was written.
func (c *checkCmd) Run(ctx context.Context, p *program) error {
	return c.with(ctx, func(a *app.App) error {
		if _, err := c.journal(ctx, p, a); err != nil {
			return err
		}
		entries, wrong, err := a.Registry.Verify(ctx)
		if err != nil {
			return err
		}
		for _, f := range wrong {
			if _, err := fmt.Fprintln(p.out, f); err != nil {
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
			return pollen.Errorf(pollen.Invalid, "check.damaged", "Damaged: {entries} and {contents}. Restore a backup.",
				"entries", pollen.Count("check.entries", len(wrong), "{n} entry or part of a batch", "{n} entries or parts of batches"),
				"contents", pollen.Count("check.contents", len(bad), "{n} image or attachment", "{n} images or attachments"))
		}
		_, err = fmt.Fprintf(p.out, "%s, %s verified\n",
			count(entries, "entry", "entries"), count(blobs, "image or attachment", "images and attachments"))
		return err
	})
}

// journal verifies the journal.
func (c *checkCmd) journal(ctx context.Context, p *program, a *app.App) (proof app.Proof, err error) {
	kept, err := c.against()
	if err != nil {
		return proof, err
	}
	if proof, err = a.Check(ctx, kept); err != nil {
		return proof, err
	}
	for _, f := range proof.Faults {
		if _, err := fmt.Fprintf(p.out, "act %d: %s\n", f.Number, f.What); err != nil {
			return proof, err
		}
	}
	if n := len(proof.Faults); n > 0 {
		return proof, pollen.ErrorN(pollen.Invalid, "check.faults", n,
			"The journal does not verify: {n} act of {all} is at fault. Restore a backup.",
			"The journal does not verify: {n} acts of {all} are at fault. Restore a backup.", "all", proof.Number)
	}
	erased := ""
	if proof.Erased > 0 {
		erased = fmt.Sprintf(", the names in %d of them erased", proof.Erased)
	}
	if _, err := fmt.Fprintf(p.out, "%s verified%s\n", count(proof.Number, "act", "acts"), erased); err != nil || c.Checkpoint == "" {
		return proof, err
	}
	if err := os.WriteFile(c.Checkpoint, []byte(proof.Checkpoint().String()), 0o600); err != nil {
		return proof, pollen.Errorf(pollen.Unavailable, "app.write", "{path} cannot be written: {reason}.", "path", c.Checkpoint, "reason", app.Why(err))
	}
	return proof, nil
}

// maxCheckpoint bounds a checkpoint, in bytes.
const maxCheckpoint = 1 << 16

// against reads the checkpoint that was kept elsewhere.
func (c *checkCmd) against() (*app.Checkpoint, error) {
	if c.Against == "" {
		return nil, nil
	}
	b, err := os.ReadFile(c.Against)
	if err != nil || len(b) > maxCheckpoint {
		reason := "it is too large"
		if err != nil {
			reason = err.Error()
		}
		return nil, pollen.Errorf(pollen.NotFound, "app.no-file", "{path} cannot be read: {reason}.", "path", c.Against, "reason", reason)
	}
	kept, err := app.ParseCheckpoint(string(b))
	return &kept, err
}

type rebuildCmd struct {
	place
	Names []string `arg:"" optional:"" help:"What to make again: counts, search, notices. All unless told."`
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
