package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"pollen"
	"pollen/internal/app"
)

type backupCmd struct {
	place
	File string `arg:"" help:"Where to write it; - is standard output."`
}

// Run writes the whole instance into one file, also while it is served.
func (c *backupCmd) Run(ctx context.Context, p *program) error {
	return c.with(ctx, func(a *app.App) (err error) {
		if c.File == "-" {
			_, err := a.Backup(ctx, p.out, nil)
			return err
		}
		if _, err := os.Lstat(c.File); err == nil {
			return pollen.Errorf(pollen.Conflict, "backup.exists", "{path} is there already. Choose another name.", "path", c.File)
		}
		partial := c.File + ".partial"
		f, err := os.OpenFile(partial, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return cannotWrite(c.File, err)
		}
		rows, err := a.Backup(ctx, f, func(rows int64) { fmt.Fprintln(p.out, count(rows, "row", "rows")) })
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return errors.Join(cannotWrite(c.File, err), os.Remove(partial))
		}
		if err := os.Rename(partial, c.File); err != nil {
			return cannotWrite(c.File, err)
		}
		_, err = fmt.Fprintf(p.out, "%s written to %s\n", count(rows, "row", "rows"), c.File)
		return err
	})
}

func cannotWrite(path string, err error) error {
	return pollen.Errorf(pollen.Unavailable, "backup.write", "The backup {path} cannot be written: {reason}.", "path", path, "reason", app.Why(err)).Because(err)
}

type restoreCmd struct {
	place
	File string `arg:"" help:"The backup; - is standard input."`
}

// Run makes an instance of a backup, in an empty place.
func (c *restoreCmd) Run(ctx context.Context, p *program) error {
	info, err := app.Restore(ctx, app.Options{Data: c.Data, Database: c.Database}, c.File, os.Stdin, func(rows int64) { fmt.Fprintln(p.out, count(rows, "row", "rows")) })
	if err != nil {
		return err
	}
	where := c.Data
	if c.Database != "" {
		where = "the database"
	}
	_, err = fmt.Fprintf(p.out, "%s restored into %s\n", count(info.Rows, "row", "rows"), where)
	return err
}
