package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Revisions lists the revisions of an entry, newest first, without those that
// changed nothing which the actor may read.
func (r *Registry) Revisions(ctx context.Context, by pollen.Actor, id pollen.EntryID, limit int, cursor string) (p pollen.Page[Revision], err error) {
	defer pollen.Wrap(&err, "registry.Revisions", id)
	before := int64(1) << 62
	if err := pollen.ReadCursor(cursor, &before); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		e, err := r.entryFor(tx, by, id)
		if err != nil {
			return err
		}
		seen := 0
		err = tx.Each(`
			SELECT `+revisionColumns+`, content FROM revisions
			WHERE entry_id = $1 AND n < $2 ORDER BY n DESC LIMIT $3`, []any{id, before, limit + 1}, func(rows *sql.Rows) error {
			if seen++; seen > limit {
				p.Next = pollen.Cursor(before)
				return nil
			}
			var content []byte
			rev, err := scanRevision(rows, &content)
			if err != nil {
				return err
			}
			before = int64(rev.N)
			hidden, err := rev.tell(by, e, content)
			if err == nil && !hidden {
				p.Items = append(p.Items, rev)
			}
			return err
		})
		return err
	})
	return p, err
}

// Revision reads one revision of an entry. It fails with NotFound when it
// changed nothing which the actor may read.
func (r *Registry) Revision(ctx context.Context, by pollen.Actor, id pollen.EntryID, n int) (rev Revision, err error) {
	defer pollen.Wrap(&err, "registry.Revision", id, n)
	p, err := r.Revisions(ctx, by, id, 1, pollen.Cursor(int64(n)+1))
	if err == nil && (len(p.Items) == 0 || p.Items[0].N != n) {
		return rev, noRevision(n)
	}
	if err != nil {
		return rev, err
	}
	return p.Items[0], nil
}

// tell says which fields a revision changed. It is hidden when it changed only
// what the actor may not read.
func (rev *Revision) tell(by pollen.Actor, e *Entry, content []byte) (hidden bool, err error) {
	if content == nil { // erased: who did something, and when, is still told
		return false, nil
	}
	then, err := decode(content)
	if err != nil {
		return false, damaged(e.ID, rev.N, err)
	}
	if rev.N > 1 {
		rev.sees(by, e, then.Since)
		return len(rev.Fields) == 0 && !rev.Body && slices.Contains(slices.Collect(maps.Values(then.Since)), rev.N), nil
	}
	for i := range e.Collection.Schema.Fields {
		if f := &e.Collection.Schema.Fields[i]; then.Values[f.ID] != nil && e.Collection.FieldReadable(by, f, e.ID) {
			rev.Fields = append(rev.Fields, f.ID)
		}
	}
	rev.Body = then.Body != ""
	return false, nil
}

// revisionColumns are what [scanRevision] reads.
const revisionColumns = `entry_id, n, act_id, kind, persona_id, at, batch_id, note`

func scanRevision(rows *sql.Rows, more ...any) (rev Revision, err error) {
	var at int64
	err = rows.Scan(append([]any{&rev.Entry, &rev.N, &rev.Act, &rev.Kind, &rev.By, &at, &rev.Batch, &rev.Note}, more...)...)
	rev.At = sqldb.Time(at)
	return rev, err
}

// Diff tells two revisions of an entry apart, in the fields that the actor may
// read.
func (r *Registry) Diff(ctx context.Context, by pollen.Actor, id pollen.EntryID, from, to int) (out []FieldDiff, err error) {
	defer pollen.Wrap(&err, "registry.Diff", id, from, to)
	var e *Entry
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		if e, err = r.entryFor(tx, by, id); err != nil {
			return err
		}
		old, err := r.content(tx, e.Collection, id, from)
		if err != nil {
			return err
		}
		next, err := r.content(tx, e.Collection, id, to)
		if err != nil {
			return err
		}
		for _, d := range Compare(&e.Collection.Schema, &old, &next) {
			if d.Field == nil || e.Collection.FieldReadable(by, d.Field, id) {
				out = append(out, d)
			}
		}
		return nil
	})
	return out, err
}

// Reversal says what to return to what it was.
type Reversal struct {
	To     int      // the revision to return to; 0 is before the entry had any value
	Fields []string // the values to return, "body" is the body; none is all that the actor may read
	// Base is the revision that the actor looked at. A value that was changed
	// after it is not returned: the reversal fails with Conflict. 0 does not ask.
	Base int
	Note string
}

// Revert returns an entry, or some values of it, to what they were at an earlier
// revision, as a new one. The other values, and those that the actor may not
// read, stay as they are.
func (r *Registry) Revert(ctx context.Context, by pollen.Actor, id pollen.EntryID, v Reversal) (e *Entry, err error) {
	defer pollen.Wrap(&err, "registry.Revert", id, v.To)
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		if e, err = r.writable(tx, by, id); err != nil {
			return err
		}
		then := Content{}
		if v.To != 0 {
			if then, err = r.content(tx, e.Collection, id, v.To); err != nil {
				return err
			}
		}
		next, err := v.apply(by, e, &then)
		if err != nil {
			return err
		}
		w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevert, note: v.Note, to: v.To}
		return w.save(e, next)
	})
	if err != nil {
		return nil, err
	}
	return e.visible(by), nil
}

// apply gives what an entry holds after the reversal to then.
func (v *Reversal) apply(by pollen.Actor, e *Entry, then *Content) (next Content, err error) {
	next = e.Content.Clone()
	names := v.Fields
	if len(names) == 0 {
		names = e.names(by)
	}
	for _, name := range names {
		field := bodyField
		if name == "body" {
			next.Body = then.Body
		} else {
			f, err := e.field(by, name)
			if err != nil {
				return next, err
			}
			field = f.ID
			set(next.Values, field, then.Values[field])
		}
		if v.Base != 0 && e.SinceOf(field) > v.Base {
			return next, pollen.Errorf(pollen.Conflict, "registry.changed-since", "Somebody changed “{field}” after you looked. Look again before you take it back.", "field", name).On(name)
		}
	}
	return next, nil
}

// names lists what the actor may read of an entry: its fields and the body.
func (e *Entry) names(by pollen.Actor) (names []string) {
	for i := range e.Collection.Schema.Fields {
		if f := &e.Collection.Schema.Fields[i]; e.Collection.FieldReadable(by, f, e.ID) {
			names = append(names, f.Name)
		}
	}
	return append(names, "body")
}

// Saying is one value in the history of a field: what it was made, and by
// which revision.
type Saying struct {
	Revision Revision
	Value    json.RawMessage // of the body, a JSON string; nil when it was taken away
}

// Sayings tells the history of one value of an entry, newest first: "body" is
// the body. It reads one revision for each change of the value, however many
// the entry has. It fails with NotFound when the field is not for the actor.
func (r *Registry) Sayings(ctx context.Context, by pollen.Actor, id pollen.EntryID, field string, limit int, cursor string) (p pollen.Page[Saying], err error) {
	defer pollen.Wrap(&err, "registry.Sayings", id, field)
	n := 0
	if err := pollen.ReadCursor(cursor, &n); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		e, err := r.entryFor(tx, by, id)
		if err != nil {
			return err
		}
		fid := bodyField
		if field != "body" {
			f := e.Collection.Schema.Field(field)
			if f == nil || !e.Collection.FieldReadable(by, f, id) {
				return absent()
			}
			fid = f.ID
		}
		if n <= 0 || n > e.Revision {
			n = e.SinceOf(fid)
		}
		for n > 0 {
			if len(p.Items) == limit {
				p.Next = pollen.Cursor(n)
				return nil
			}
			said := Saying{}
			then := Content{}
			if said.Revision, then, err = revision(tx, id, n); err != nil {
				return err
			}
			r.lift(e.Collection, &then)
			if said.Value = then.Values[fid]; fid == bodyField && then.Body != "" {
				said.Value = quote(then.Body)
			}
			if n > 1 || said.Value != nil { // the first revision may not have said it at all
				p.Items = append(p.Items, said)
			}
			if n--; n > 0 {
				before, err := r.content(tx, e.Collection, id, n)
				if err != nil {
					return err
				}
				n = before.SinceOf(fid)
			}
		}
		return nil
	})
	return p, err
}

// revision reads one revision with its content.
func revision(tx *sqldb.Tx, id pollen.EntryID, n int) (rev Revision, c Content, err error) {
	found := false
	err = tx.Each(`SELECT `+revisionColumns+`, content FROM revisions WHERE entry_id = $1 AND n = $2`,
		[]any{id, n}, func(rows *sql.Rows) error {
			var content []byte
			if rev, err = scanRevision(rows, &content); err != nil {
				return err
			}
			found = content != nil
			if !found {
				return nil
			}
			if c, err = decode(content); err != nil {
				return damaged(id, n, err)
			}
			return nil
		})
	if err == nil && !found {
		err = noRevision(n)
	}
	return rev, c, err
}
