package transfer

import (
	"context"
	"database/sql"
	"errors"
	"io"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// stagedRows is how many names one transaction keeps.
const stagedRows = 500

// staged is a name by which other rows may refer to a row.
type staged struct {
	names []string
	calls []string // by which rows imported earlier may refer to it
	line  int64
}

// stage reads the file once for the names of its rows, and keeps an identifier
// for each that is not here yet: a row may refer to one that comes later, and
// then says so from its first revision on.
func (j *job) stage(ctx context.Context, f File) (err error) {
	rd, _, err := reopen(f, j.o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rd.Close()) }()
	var rec tabular.Record
	var part []staged
	for {
		r, err := j.next(ctx, rd, &rec)
		if err != nil && err != io.EOF {
			return err
		}
		if err == nil && r.fault == nil && r.n <= 1 {
			part = append(part, staged{j.names(r), j.calls(r), r.line})
		}
		if len(part) == stagedRows || err == io.EOF {
			if err := j.keep(ctx, part); err != nil {
				return err
			}
			part = part[:0]
		}
		if err == io.EOF {
			return nil
		}
	}
}

// names are the texts that a reference to a row may be: its key, its address,
// its identifier where it comes from, its title. The first is the one that
// tells it for sure.
func (j *job) names(r *row) (names []string) {
	if j.key != nil {
		for _, k := range j.key.Keys(r.said[j.key.ID]) {
			names = append(names, "k"+k)
		}
	}
	if r.slug != "" {
		names = append(names, "s"+r.slug)
	}
	if r.id != "" {
		names = append(names, "i"+r.id)
	}
	if f := j.c.Schema.Field(j.c.Schema.Key); f != nil && j.key == nil { // matched on another: references may be by the key all the same
		for _, k := range f.Keys(r.said[f.ID]) {
			names = append(names, "k"+k)
		}
	}
	if title := schema.Fold(j.c.TitleOf(r.said)); title != "" {
		names = append(names, "t"+title)
	}
	return names
}

// keep stores the names of some rows. A title that two rows have means neither.
func (j *job) keep(ctx context.Context, part []staged) error {
	return j.db.Write(ctx, func(tx *sqldb.Tx) error {
		for _, s := range part {
			id, err := j.expected(tx, s.calls)
			if err != nil {
				return err
			}
			if id == 0 {
				id = pollen.EntryID(tx.DB.Mint.Ordered())
			}
			for i, name := range s.names {
				if i == 0 { // a run that goes on keeps what the first one kept
					if _, err := tx.Get(`SELECT entry_id FROM import_targets WHERE run_id = $1 AND name = $2`, []any{j.run, name}, &id); err != nil {
						return err
					}
				}
				if _, err := tx.Exec(`
					INSERT INTO import_targets (run_id, name, entry_id, line) VALUES ($1, $2, $3, $4)
					ON CONFLICT (run_id, name) DO UPDATE SET entry_id = CASE WHEN import_targets.line = excluded.line THEN import_targets.entry_id
					  WHEN import_targets.name LIKE 't%' THEN 0 ELSE import_targets.entry_id END`, j.run, name, int64(id), s.line); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// kept is the identifier that was kept for a new row; 0 when none was, or when
// an entry has it already.
func (j *job) kept(p *registry.Work, r *row, _ string) (id pollen.EntryID, err error) {
	names := j.names(r)
	if len(names) == 0 {
		return 0, nil
	}
	var line int64
	_, err = p.Tx.Get(`SELECT entry_id, line FROM import_targets WHERE run_id = $1 AND name = $2`, []any{j.run, names[0]}, &id, &line)
	if err != nil || id == 0 || line != r.line {
		return 0, err
	}
	if _, err := p.Any(id); !pollen.Is(err, pollen.NotFound) {
		return 0, err
	}
	return id, nil
}

// resolver finds what a reference means: an entry that is here, a row of the same
// file, or an entry that is waited for.
func (j *job) resolver(p *registry.Work, s *step) func(target, text string) (pollen.EntryID, error) {
	here := p.Env.Resolve
	return func(target, text string) (pollen.EntryID, error) {
		id, err := here(target, text)
		if !pollen.Is(err, pollen.NotFound) {
			return id, err
		}
		collection, name, ok := meant(target, text)
		if !ok {
			return 0, err
		}
		if j.self && collection == j.c.Slug {
			if id, e := j.sibling(p, name); e != nil || id != 0 {
				return id, e
			}
		}
		if !j.o.Await || len(name) > maxAwaited {
			return 0, err
		}
		s.counts.Awaited++
		return j.await(p, collection, name)
	}
}

// sibling is the identifier kept for the row of the same file that a reference
// means; 0 is none.
func (j *job) sibling(p *registry.Work, text string) (id pollen.EntryID, err error) {
	names := []string{"s" + text, "i" + text, "t" + schema.Fold(text)}
	if f := j.c.Schema.Field(j.c.Schema.Key); f != nil {
		if key, err := f.KeyOf(text, p.Env); err == nil && key != "" {
			names = append([]string{"k" + key}, names...)
		}
	}
	for _, name := range names {
		_, err := p.Tx.Get(`SELECT entry_id FROM import_targets WHERE run_id = $1 AND name = $2 AND entry_id <> 0`, []any{j.run, name}, &id)
		if err != nil || id != 0 {
			return id, err
		}
	}
	return 0, nil
}

// settle takes away the references to rows that were refused in the end, and
// forgets the names. Those to a row that earlier imports wait for go on waiting:
// they are not this import's to take away.
func (j *job) settle(ctx context.Context, batch pollen.BatchID) error {
	for {
		type dangling struct {
			from  pollen.EntryID
			to    pollen.EntryID
			field pollen.FieldID
		}
		done := false
		err := j.registry.Work(ctx, j.by, batch, func(p *registry.Work) error {
			var all []dangling
			err := p.Tx.Each(`
				SELECT DISTINCT r.from_id, r.to_id, r.field_id FROM import_targets t JOIN entry_refs r ON r.to_id = t.entry_id
				WHERE t.run_id = $1 AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.id = t.entry_id)
				  AND NOT EXISTS (SELECT 1 FROM import_awaited w WHERE w.collection = $2 AND w.entry_id = t.entry_id)
				ORDER BY 1, 2, 3 LIMIT 200`,
				[]any{j.run, j.c.Slug}, func(rows *sql.Rows) error {
					var d dangling
					err := rows.Scan(&d.from, &d.to, &d.field)
					all = append(all, d)
					return err
				})
			if err != nil {
				return err
			}
			for _, d := range all {
				e, err := p.Any(d.from)
				if err != nil {
					return err
				}
				f := j.c.Schema.ByID(d.field)
				var left []string
				for _, id := range f.Refs(e.Values[d.field]) {
					if id != d.to {
						left = append(left, id.String())
					}
				}
				v, err := f.FromTexts(left, nil)
				if err != nil {
					return err
				}
				next := e.Content.Clone()
				if err := next.SetValue(d.field, v); err != nil {
					return err
				}
				if _, err := p.Save(e, next, registry.Hand{}); err != nil {
					return err
				}
			}
			done = len(all) == 0
			return nil
		})
		if err != nil {
			return err
		}
		if done {
			return j.forget(ctx, j.run)
		}
	}
}
