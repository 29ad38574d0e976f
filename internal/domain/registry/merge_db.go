package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// Merge retires an entry in favour of another of the same collection, whose
// empty values it fills with what the actor may read. Its address leads there;
// both histories stay. References to it are led there, too, as one batch for each
// collection and in parts, for they may be many: until then they lead to its
// page, which leads on. Where one of both referred to the other nothing is left of
// that, since nothing is to refer to itself.
func (r *Registry) Merge(ctx context.Context, by pollen.Actor, from, into pollen.EntryID, note string) (e *Entry, err error) {
	defer pollen.Wrap(&err, "registry.Merge", from, into)
	if from == into {
		return nil, pollen.Errorf(pollen.Invalid, "registry.merge-self", "An entry cannot be merged into itself.").On("into")
	}
	var begun []Batch
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		gone, err := r.writable(tx, by, from)
		if err != nil {
			return err
		}
		if e, err = r.writable(tx, by, into); err != nil {
			return err
		}
		if gone.Collection.ID != e.Collection.ID {
			return pollen.Errorf(pollen.Invalid, "registry.merge-other", "Only entries of the same collection can be merged.").On("into")
		}
		retire := &writer{r: r, tx: tx, by: by, kind: pollen.ActMerge, note: note, into: into}
		if err := retire.save(gone, gone.Content); err != nil {
			return err
		}
		next, err := mergedInto(by, gone, e)
		if err != nil {
			return err
		}
		w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevise, note: note}
		if err := w.save(e, next); err != nil {
			return err
		}
		begun, err = r.redirect(tx, by, from, into, note)
		return err
	})
	for i := 0; err == nil && i < len(begun); i++ {
		_, err = r.complete(ctx, by, begun[i].ID)
	}
	if err != nil {
		return nil, err
	}
	return e.visible(by), nil
}

// mergedInto is the content of an entry with that of the one that is merged into
// it where its own is empty, as far as the actor may read and change both.
func mergedInto(by pollen.Actor, gone, e *Entry) (next Content, err error) {
	next = e.Content.Clone()
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if !gone.readable(by, f.ID) || !e.readable(by, f.ID) {
			continue
		}
		own, given := next.Values[f.ID], gone.Values[f.ID]
		if f.Type == schema.Reference && (!f.Protected || access.Protected(by).OK) {
			if own, err = withoutRefs(f, own, gone.ID); err != nil {
				return next, err
			}
			if given, err = withoutRefs(f, given, gone.ID, e.ID); err != nil {
				return next, err
			}
		}
		if own == nil {
			own = given
		}
		set(next.Values, f.ID, own)
	}
	if next.Body == "" {
		next.Body = gone.Body
	}
	return next, nil
}

// withoutRefs is a value without its references to some entries.
func withoutRefs(f *schema.Field, v json.RawMessage, ids ...pollen.EntryID) (json.RawMessage, error) {
	refs := f.Refs(v)
	left := slices.DeleteFunc(slices.Clone(refs), func(id pollen.EntryID) bool { return slices.Contains(ids, id) })
	switch len(left) {
	case len(refs):
		return v, nil
	case 0:
		return nil, nil
	}
	b, err := json.Marshal(left)
	if err != nil {
		return nil, err
	}
	return f.FromJSON(b, nil)
}

// redirecting is the task of making the entries of one collection that refer to
// an entry refer to another, each by a revision of its own. It is that of those
// fields that are left; After is how far it came in the first.
type redirecting struct {
	From    pollen.EntryID   `json:"from"`
	To      pollen.EntryID   `json:"to"`
	Fields  []pollen.FieldID `json:"fields"`
	After   pollen.EntryID   `json:"after"`
	Changed int              `json:"changed"`
}

// redirect begins to make the entries that refer to one refer to another.
// References in collections that the actor may not write stay.
func (r *Registry) redirect(tx *sqldb.Tx, by pollen.Actor, from, to pollen.EntryID, note string) (begun []Batch, err error) {
	fields, err := referringFields(tx, from, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	var tasks []*redirecting
	in := map[pollen.CollectionID]*redirecting{}
	for _, f := range fields {
		var c pollen.CollectionID
		if _, err := tx.Get(`SELECT collection_id FROM fields WHERE id = $1`, []any{int64(f)}, &c); err != nil {
			return nil, err
		}
		if in[c] == nil {
			in[c] = &redirecting{From: from, To: to}
			begun = append(begun, Batch{Kind: BatchEdit, Collection: c, Note: note})
			tasks = append(tasks, in[c])
		}
		in[c].Fields = append(in[c].Fields, f)
	}
	for i := range begun {
		if err := r.start(tx, by, &begun[i], plan{Redirect: tasks[i]}); err != nil {
			return nil, err
		}
		if begun[i].State == BatchDone && tasks[i].Changed == 0 { // none was for the actor
			if _, err := tx.Exec(`DELETE FROM batches WHERE id = $1`, begun[i].ID); err != nil {
				return nil, err
			}
		}
	}
	return slices.DeleteFunc(begun, func(b Batch) bool { return b.State == BatchDone }), nil
}

func (t *redirecting) report() any { return &EditReport{Changed: t.Changed} }

func (t *redirecting) part(r *Registry, tx *sqldb.Tx, by pollen.Actor, b *Batch) (last bool, err error) {
	c, err := r.collectionBy(tx, `c.id = $1`, b.Collection)
	if err != nil || c.Writable(by) != nil {
		return true, err
	}
	p := &part{id: b.ID, act: pollen.ActID(tx.DB.Mint.Ordered())}
	for pace := newPace(tx.DB); len(t.Fields) > 0; {
		f := c.Schema.ByID(t.Fields[0])
		if f == nil || f.Protected && !access.Protected(by).OK {
			t.Fields, t.After = t.Fields[1:], 0
			continue
		}
		ids, err := referrers(tx, t.From, f.ID, t.After, partRows)
		if err != nil {
			return false, err
		}
		for _, id := range ids {
			if !pace.more() {
				return false, r.seal(tx, by, c, p, pollen.ActRevise)
			}
			if err := t.entry(r, tx, by, p, b.Note, f, id); err != nil {
				return false, err
			}
			t.After = id
			b.Position++
		}
		if len(ids) < partRows {
			t.Fields, t.After = t.Fields[1:], 0
		}
	}
	return true, r.seal(tx, by, c, p, pollen.ActRevise)
}

// entry makes one entry refer to the other, as far as the actor may change it.
func (t *redirecting) entry(r *Registry, tx *sqldb.Tx, by pollen.Actor, p *part, note string, f *schema.Field, id pollen.EntryID) error {
	e, err := r.entry(tx, id)
	if err != nil {
		return err
	}
	if !e.Live() || !e.Collection.FieldReadable(by, f, id) {
		return nil
	}
	next := e.Content.Clone()
	v, err := f.FromJSON(json.RawMessage(strings.ReplaceAll(string(next.Values[f.ID]), t.From.String(), t.To.String())), nil)
	if err != nil {
		return err
	}
	set(next.Values, f.ID, v)
	t.Changed++
	w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevise, note: note, batch: p}
	return w.save(e, next)
}

// referrers lists the next entries that refer to one by a field.
func referrers(tx *sqldb.Tx, to pollen.EntryID, f pollen.FieldID, after pollen.EntryID, limit int) (ids []pollen.EntryID, err error) {
	err = tx.Each(`SELECT from_id FROM entry_refs WHERE to_id = $1 AND field_id = $2 AND from_id > $3 ORDER BY from_id LIMIT $4`,
		[]any{to, int64(f), int64(after), limit}, func(rows *sql.Rows) error {
			var id pollen.EntryID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}
