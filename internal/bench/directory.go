package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"pollen/internal/app"
	"pollen/internal/domain/transfer"
)

// directory measures what is done with a great many entries: importing them,
// searching among them, editing them, starting with them.
func (b *bench) directory() error {
	file := filepath.Join(b.dir, "people.csv")
	if err := write(file, b.rows); err != nil {
		return err
	}
	a, err := b.open("crowd", false)
	if err != nil {
		return err
	}
	took, err := b.imported(a, file)
	if err != nil {
		return err
	}
	if b.wants("import") {
		bare, err := b.bareImport(a)
		if err != nil {
			return err
		}
		ratio := bare.Seconds() / took.Seconds()
		b.add("import, share of a bare loop of prepared statements", fmt.Sprintf("%.2f", ratio), "≥ 0.60", ratio >= 0.6)
		b.note("    rows a second: Pollen, the bare loop", perSecond(b.rows, took)+", "+perSecond(b.rows, bare))
	}
	if b.wants("search") {
		if err := b.searching(a); err != nil {
			return err
		}
	}
	if b.wants("edit") {
		if err := b.editing(a); err != nil {
			return err
		}
	}
	if err := a.Close(); err != nil {
		return err
	}
	if !b.wants("start") {
		return nil
	}
	return b.starting()
}

// imported imports the file, with search, and says how long it took. What a run
// before left in a directory that was kept serves again, unless importing is
// to be measured.
func (b *bench) imported(a *app.App, path string) (took time.Duration, err error) {
	if _, err := a.Registry.Collection(b.ctx, a.System, slug); err == nil && !b.wants("import") {
		return 0, a.Settle(b.ctx)
	}
	if _, err := a.Registry.Found(b.ctx, a.System, crowd(a.Commons.ID)); err != nil {
		return 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	b.tell("importing %d people", b.rows)
	start := time.Now()
	var rows, index time.Duration
	most, err := watched(func() error {
		r, err := a.Transfer.Run(b.ctx, a.System, slug, transfer.File{Name: "people.csv", Content: f, Size: info.Size()}, transfer.Options{Key: "code"})
		if err == nil && r.Created != int64(b.rows) {
			err = fmt.Errorf("%d of %d rows were imported: %+v", r.Created, b.rows, r.Bad)
		}
		if err != nil {
			return err
		}
		rows = time.Since(start)
		err = a.Settle(b.ctx)
		index = time.Since(start) - rows
		return err
	})
	took = time.Since(start)
	if b.wants("import") {
		b.note("    of which the rows, then the index", fmt.Sprintf("%.1f s, %.1f s", rows.Seconds(), index.Seconds()))
		b.add("import, most memory held", mib(most), "< 1024 MiB", most < 1<<30)
	}
	return took, err
}

// starting measures how long it takes from nothing, and from a full directory,
// to answering.
func (b *bench) starting() error {
	for _, x := range []struct {
		name, dir string
		aim       time.Duration
	}{{"start, an empty directory to its first page", "empty", time.Second}, {fmt.Sprintf("start, %d entries to the first page", b.rows), "crowd", 3 * time.Second}} {
		start := time.Now()
		a, err := b.open(x.dir, false)
		if err != nil {
			return err
		}
		a.Start()
		if err := a.Set(b.ctx, "readers", "everyone"); err != nil {
			return err
		}
		if _, err := get(a.Handler(), "/", ""); err != nil {
			return err
		}
		took := time.Since(start)
		b.add(x.name, ms(took), fmt.Sprintf("< %v", x.aim), took < x.aim)
		if err := a.Close(); err != nil {
			return err
		}
	}
	return nil
}
