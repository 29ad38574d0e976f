package registry

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Around is what stands around an entry on its page. It is bounded, however
// long the entry has lived and however much leads to it.
type Around struct {
	// Refs are the entries that it refers to and that the actor may read.
	Refs map[pollen.EntryID]Link
	// Said are the revisions that its present values date from, the first one
	// and the latest ones, by number.
	Said map[int]Revision
	// Latest are the numbers of its latest revisions, newest first.
	Latest []int
	// Links are the entries that refer to it, by the field that does.
	Links []LinkGroup
}

// LinkGroup is the entries that refer to another by one field.
type LinkGroup struct {
	Collection *Collection
	Field      *schema.Field
	Links      []Link
	More       bool // there are more: see [Registry.LinksTo]
}

// How much of what stands around an entry is told.
const (
	latestAround = 6
	linksAround  = 6
	groupsAround = 12
	fieldsAround = 200 // by which others refer to it, looked at
)

// Around reads what stands around an entry that the actor has just read.
func (r *Registry) Around(ctx context.Context, by pollen.Actor, e *Entry) (a Around, err error) {
	defer pollen.Wrap(&err, "registry.Around", e.ID)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		var refs []pollen.EntryID
		ns := []int{1}
		for i := range e.Collection.Schema.Fields {
			f := &e.Collection.Schema.Fields[i]
			if e.Values[f.ID] != nil {
				refs = append(refs, f.Refs(e.Values[f.ID])...)
				ns = append(ns, e.SinceOf(f.ID))
			}
		}
		if e.Body != "" {
			ns = append(ns, e.SinceOf(bodyField))
		}
		for n := e.Revision; n > max(0, e.Revision-latestAround); n-- {
			ns = append(ns, n)
		}
		if a.Refs, err = r.titles(tx, by, refs); err != nil {
			return err
		}
		if a.Said, err = revisionsOf(tx, by, e, ns); err != nil {
			return err
		}
		for n := e.Revision; n > max(0, e.Revision-latestAround); n-- {
			if _, ok := a.Said[n]; ok {
				a.Latest = append(a.Latest, n)
			}
		}
		a.Links, err = r.linkGroups(tx, by, e.ID)
		return err
	})
	return a, err
}

// revisionsOf reads some revisions of an entry by their numbers. Those that
// changed nothing which the actor may read, as far as one can tell without
// reading them, are left out.
func revisionsOf(tx *sqldb.Tx, by pollen.Actor, e *Entry, ns []int) (map[int]Revision, error) {
	slices.Sort(ns)
	ns = slices.Compact(ns)
	out := make(map[int]Revision, len(ns))
	whole := true
	for i := range e.Collection.Schema.Fields {
		whole = whole && e.Collection.FieldReadable(by, &e.Collection.Schema.Fields[i], e.ID)
	}
	for part := range slices.Chunk(ns, sqldb.Chunk) {
		in, args := sqldb.In(part, 2)
		err := tx.Each(`SELECT `+revisionColumns+` FROM revisions WHERE entry_id = $1 AND n IN (`+in+`)`,
			append([]any{e.ID}, args...), func(rows *sql.Rows) error {
				rev, err := scanRevision(rows)
				if err != nil {
					return err
				}
				rev.sees(by, e, e.Since)
				edit := rev.N > 1 && (rev.Kind == pollen.ActRevise || rev.Kind == pollen.ActRevert)
				if whole || !edit || len(rev.Fields) > 0 || rev.Body {
					out[rev.N] = rev
				}
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Sayer is who last said a value, when, and where they had it from.
type Sayer struct {
	Revision int
	By       pollen.PersonaID
	At       time.Time
	Source   string // of an import: what it came from
}

// Sayers tells of entries that the actor has just read which revisions their
// present values date from, by number; also those that took a value away.
func (r *Registry) Sayers(tx *sqldb.Tx, by pollen.Actor, entries []*Entry) (map[pollen.EntryID]map[int]Sayer, error) {
	out := make(map[pollen.EntryID]map[int]Sayer, len(entries))
	sources := map[pollen.BatchID]string{}
	for _, e := range entries {
		ns := append(slices.Collect(maps.Values(e.Since)), 1)
		said, err := revisionsOf(tx, by, e, ns)
		if err != nil {
			return nil, err
		}
		out[e.ID] = make(map[int]Sayer, len(said))
		for n, rev := range said {
			s := Sayer{Revision: n, By: rev.By, At: rev.At}
			if s.Source, err = sourceOf(tx, rev.Batch, sources); err != nil {
				return nil, err
			}
			out[e.ID][n] = s
		}
	}
	return out, nil
}

// sourceOf tells where the rows of an import came from; "" is of nothing else.
func sourceOf(tx *sqldb.Tx, id pollen.BatchID, known map[pollen.BatchID]string) (string, error) {
	if id == 0 {
		return "", nil
	}
	source, ok := known[id]
	if ok {
		return source, nil
	}
	_, err := tx.Get(`SELECT source FROM batches WHERE id = $1 AND kind = $2`, []any{id, BatchImport}, &source)
	known[id] = source
	return source, err
}

// sees lists the fields that a revision changed and that the actor may read,
// as far as since, the dates of values then or now, still tells.
func (rev *Revision) sees(by pollen.Actor, e *Entry, since map[pollen.FieldID]int) {
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if since[f.ID] == rev.N && e.Collection.FieldReadable(by, f, e.ID) {
			rev.Fields = append(rev.Fields, f.ID)
		}
	}
	rev.Body = since[bodyField] == rev.N
}

// referringFields lists the first fields by which entries refer to one, without
// looking at each of these.
func referringFields(tx *sqldb.Tx, id pollen.EntryID, most int) (fields []pollen.FieldID, err error) {
	err = tx.Each(`
		WITH RECURSIVE referring (field, n) AS (
		  SELECT (SELECT min(field_id) FROM entry_refs WHERE to_id = $1), 1
		  UNION ALL
		  SELECT (SELECT min(x.field_id) FROM entry_refs x WHERE x.to_id = $1 AND x.field_id > r.field), r.n + 1
		  FROM referring r WHERE r.field IS NOT NULL AND r.n < $2)
		SELECT field FROM referring WHERE field IS NOT NULL`, []any{id, most}, func(rows *sql.Rows) error {
		var f int64
		err := rows.Scan(&f)
		fields = append(fields, pollen.FieldID(f))
		return err
	})
	return fields, err
}

// linkGroups finds the fields by which entries refer to one, and the first
// entries of each.
func (r *Registry) linkGroups(tx *sqldb.Tx, by pollen.Actor, id pollen.EntryID) (out []LinkGroup, err error) {
	fields, err := referringFields(tx, id, fieldsAround)
	if err != nil || len(fields) == 0 {
		return nil, err
	}
	readable, err := r.referring(tx, by)
	if err != nil {
		return nil, err
	}
	for _, field := range fields {
		g, ok := readable[field]
		if !ok || len(out) == groupsAround {
			continue
		}
		if g.Links, err = linksBy(tx, g.Collection, id, field, 0, linksAround+1); err != nil {
			return nil, err
		}
		if g.More = len(g.Links) > linksAround; g.More {
			g.Links = g.Links[:linksAround]
		}
		if len(g.Links) > 0 {
			out = append(out, g)
		}
	}
	return out, nil
}

// referring lists the fields of references that the actor may read whatever
// the entry.
func (r *Registry) referring(tx *sqldb.Tx, by pollen.Actor) (map[pollen.FieldID]LinkGroup, error) {
	all, err := r.collections(tx, `1 = 1`)
	out := map[pollen.FieldID]LinkGroup{}
	for _, c := range all {
		if !c.Readable(by).OK {
			continue
		}
		for i := range c.Schema.Fields {
			if f := &c.Schema.Fields[i]; f.Type == schema.Reference && c.FieldReadable(by, f, 0) {
				out[f.ID] = LinkGroup{Collection: c, Field: f}
			}
		}
	}
	return out, err
}

// linksBy lists live entries that refer to one by one field, after another.
func linksBy(tx *sqldb.Tx, c *Collection, to pollen.EntryID, field pollen.FieldID, after pollen.EntryID, limit int) (out []Link, err error) {
	err = tx.Each(`
		SELECT f.from_id, e.slug, e.title FROM entry_refs f JOIN entries e ON e.id = f.from_id
		WHERE f.to_id = $1 AND f.field_id = $2 AND f.from_id > $3 AND e.retired_at IS NULL ORDER BY f.from_id LIMIT $4`,
		[]any{to, int64(field), int64(after), limit}, func(rows *sql.Rows) error {
			l := Link{Collection: c.Slug, Field: field}
			err := rows.Scan(&l.From, &l.Slug, &l.Title)
			out = append(out, l)
			return err
		})
	return out, err
}

// Entries reads some entries with the values that the actor may read. Those
// that are absent, or not for the actor, are left out.
func (r *Registry) Entries(ctx context.Context, by pollen.Actor, ids []pollen.EntryID) (out map[pollen.EntryID]*Entry, err error) {
	defer pollen.Wrap(&err, "registry.Entries")
	out = make(map[pollen.EntryID]*Entry, len(ids))
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		all, err := r.Some(tx, ids)
		for id, e := range all {
			if e.Collection.Readable(by).OK {
				out[id] = e.visible(by)
			}
		}
		return err
	})
	return out, err
}
