package registry

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// fieldBefore is a field as it was before an amendment; nil where it was not, or was
// retired.
func (w *weighing) fieldBefore(id pollen.FieldID) *schema.Field { return w.old.Schema.ByID(id) }

// rekeyed reports whether an amendment changes which keys the values of a field
// that is there before and after have.
func rekeyed(old, next *schema.Field) bool { return len(old.Was) != len(next.Was) }

// reindexes reports whether the keys or the references of a field are made anew.
func (w *weighing) reindexes(id pollen.FieldID) bool {
	old, next := w.fieldBefore(id), w.next.Schema.ByID(id)
	return old == nil || next == nil || rekeyed(old, next) || old.Searchable() != next.Searchable()
}

// frees reports whether a field is unique no more.
func (w *weighing) frees(id pollen.FieldID) bool {
	old, next := w.fieldBefore(id), w.next.Schema.ByID(id)
	return old != nil && old.Unique && (next == nil || !next.Unique)
}

// claims lists the fields whose unique keys are to be written anew. Of those
// that were unique before, the present keys hold until the amendment is made.
func (w *weighing) claims(before bool) (ids []pollen.FieldID) {
	for i := range w.next.Schema.Fields {
		f := &w.next.Schema.Fields[i]
		old := w.fieldBefore(f.ID)
		was := old != nil && old.Unique
		if f.ID != 0 && f.Unique && was == before && (!was || rekeyed(old, f)) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// uniqueRowsAtOnce bounds the unique keys of one transaction.
const uniqueRowsAtOnce = 1000

// prepareUniques writes the keys of fields that become unique, in parts. As long
// as a field is not unique, nobody looks at them.
func (r *Registry) prepareUniques(ctx context.Context, w *weighing) error {
	for _, f := range w.claims(false) {
		for n := int64(1); n > 0; {
			if err := r.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
				n, err = freeUniques(tx, f)
				return err
			}); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(w.claimed(f, func(pollen.EntryID) bool { return true }), uniqueRowsAtOnce) {
			if err := r.db.Write(ctx, func(tx *sqldb.Tx) error {
				_, err := tx.Insert(uniqueRows.columns, part, uniqueRows.conflict)
				return err
			}); err != nil {
				return err
			}
			if err := r.db.Yield(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// claimed are the rows of the unique keys that some entries have in a field.
func (w *weighing) claimed(f pollen.FieldID, of func(pollen.EntryID) bool) (rows [][]any) {
	for k, id := range w.keys[f] {
		if of(id) {
			rows = append(rows, []any{int64(f), k, id})
		}
	}
	slices.SortFunc(rows, byKey)
	return rows
}

// freeUniques forgets some of the unique keys of a field, and tells how many.
func freeUniques(tx *sqldb.Tx, f pollen.FieldID) (int64, error) {
	return tx.Exec(`DELETE FROM entry_uniques WHERE field_id = $1 AND key IN (SELECT key FROM entry_uniques WHERE field_id = $1 ORDER BY key LIMIT $2)`,
		int64(f), uniqueRowsAtOnce)
}

// overtaken brings a weighing to the present, in the transaction that carries it
// out: what was written since is weighed, and refuses the amendment as it would
// have before. It fails with errMoved where the collection is another by now, or
// where so much was written that looking at it would make others wait, unless
// however says that they shall.
func (r *Registry) overtaken(tx *sqldb.Tx, by pollen.Actor, w *weighing, however bool) error {
	c, err := r.collectionBy(tx, `c.id = $1`, w.old.ID)
	if err != nil {
		return err
	}
	if err := access.Amend(by, c.object()).Err(by, c.Readable(by)); err != nil {
		return err
	}
	if c.Version != w.old.Version {
		if however {
			return staleCollection(c)
		}
		return errMoved
	}
	if !w.plan.touches() {
		return nil
	}
	ids, err := writtenSince(tx, c.ID, w.head)
	if err != nil {
		return err
	}
	if len(ids) > partRows && !however {
		return errMoved
	}
	for _, keys := range w.keys {
		maps.DeleteFunc(keys, func(_ string, id pollen.EntryID) bool { return ids[id] })
	}
	since := &AmendPlan{Settings: w.plan.Settings}
	for _, x := range w.plan.Fields {
		since.Fields = append(since.Fields, FieldEffect{Change: x.Change})
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		e, _, err := r.bare(tx, `e.id = $1`, id)
		if err != nil {
			return err
		}
		if !e.Live() {
			continue
		}
		w.weigh(by, since, r.stateOf(w, e))
	}
	if err := since.Err(); err != nil {
		return err
	}
	return w.claim(tx, slices.Sorted(maps.Keys(ids)))
}

// writtenSince lists the entries of a collection that were written since the
// journal stood at a number, those whose acts have none yet too.
func writtenSince(tx *sqldb.Tx, c pollen.CollectionID, head int64) (map[pollen.EntryID]bool, error) {
	ids := map[pollen.EntryID]bool{}
	var parts []pollen.ActID
	err := tx.Each(`
		SELECT id, object_kind, object_id FROM acts WHERE collection_id = $1 AND number > $2
		UNION ALL SELECT id, object_kind, object_id FROM acts WHERE number IS NULL AND collection_id = $1`, []any{c, head}, func(rows *sql.Rows) error {
		var act pollen.ActID
		var kind pollen.ObjectKind
		var id pollen.AnyID
		err := rows.Scan(&act, &kind, &id)
		switch kind {
		case pollen.ObjectEntry:
			ids[pollen.EntryID(id)] = true
		case pollen.ObjectBatch:
			parts = append(parts, act)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, act := range parts {
		some, err := entriesOf(tx, act, 0, 1<<30)
		if err != nil {
			return nil, err
		}
		for _, id := range some {
			ids[id] = true
		}
	}
	return ids, nil
}

// claim makes the unique keys that were prepared true to the entries written
// since, and writes those that could not be prepared.
func (w *weighing) claim(tx *sqldb.Tx, since []pollen.EntryID) error {
	for _, f := range w.claims(false) {
		if len(since) == 0 {
			break
		}
		for part := range slices.Chunk(since, sqldb.Chunk) {
			in, args := sqldb.In(part, 2)
			if _, err := tx.Exec(`DELETE FROM entry_uniques WHERE field_id = $1 AND entry_id IN (`+in+`)`, append([]any{int64(f)}, args...)...); err != nil {
				return err
			}
		}
		rows := w.claimed(f, func(id pollen.EntryID) bool { return slices.Contains(since, id) })
		if _, err := tx.Insert(uniqueRows.columns, rows, uniqueRows.conflict); err != nil {
			return err
		}
	}
	for _, f := range w.claims(true) {
		if _, err := tx.Exec(`DELETE FROM entry_uniques WHERE field_id = $1`, int64(f)); err != nil {
			return err
		}
		rows := w.claimed(f, func(pollen.EntryID) bool { return true })
		if _, err := tx.Insert(uniqueRows.columns, rows, uniqueRows.conflict); err != nil {
			return err
		}
	}
	return nil
}

// indexing is the task of making anew, after an amendment, what is made of the
// entries of a collection: the keys and references of Fields, and titles. Free
// are fields that are unique no more. After is the entry that it came to.
type indexing struct {
	Fields []pollen.FieldID `json:"fields,omitempty"`
	Free   []pollen.FieldID `json:"free,omitempty"`
	Titles bool             `json:"titles,omitempty"`
	Told   bool             `json:"told,omitempty"`   // an act of the first part's transaction tells of titles
	Others int              `json:"others,omitempty"` // titles that are others now
	After  pollen.EntryID   `json:"after"`
}

// reindex begins it. begun is nil where it is done already.
func (r *Registry) reindex(tx *sqldb.Tx, by pollen.Actor, c *Collection, t *indexing) (begun *Batch, err error) {
	if len(t.Fields) == 0 && len(t.Free) == 0 && !t.Titles {
		return nil, nil
	}
	begun = &Batch{Kind: BatchSchema, Collection: c.ID}
	if err := r.start(tx, by, begun, plan{Index: t}); err != nil || begun.State == BatchInProgress {
		return begun, err
	}
	_, err = tx.Exec(`DELETE FROM batches WHERE id = $1`, begun.ID) // it was no work worth telling
	return nil, err
}

func (t *indexing) report() any { return struct{}{} }

func (t *indexing) part(r *Registry, tx *sqldb.Tx, by pollen.Actor, b *Batch) (last bool, err error) {
	if len(t.Free) > 0 {
		n, err := freeUniques(tx, t.Free[0])
		if n < uniqueRowsAtOnce {
			t.Free = t.Free[1:]
		}
		return false, err
	}
	c, err := r.collectionBy(tx, `c.id = $1`, b.Collection)
	if err != nil {
		return false, err
	}
	ids, to, more, err := entriesIn(tx, c.ID, t.After, partRows)
	if err != nil {
		return false, err
	}
	first, pace := t.After == 0, newPace(tx.DB)
	for _, id := range ids {
		if !pace.more() {
			return false, nil
		}
		if err := t.entry(r, tx, c, id); err != nil {
			return false, err
		}
		t.After = id
		b.Position++
	}
	t.After = to
	if !more && t.Others > 0 && !(t.Told && first) { // who read the act of the first part may have read old titles
		err = r.retitled(tx, by, c)
	}
	return !more, err
}

// entry makes what is made of one entry anew, by what it holds now.
func (t *indexing) entry(r *Registry, tx *sqldb.Tx, c *Collection, id pollen.EntryID) error {
	e, _, err := r.bare(tx, `e.id = $1`, id)
	if err != nil {
		return err
	}
	d := &writeSet{}
	had, err := t.had(tx, c, e)
	if err != nil {
		return err
	}
	r.of(c, e)
	if title := c.title(id, e.Values); t.Titles && title != e.Title {
		t.Others++
		d.do(`UPDATE entries SET title = $2, sort = $3 WHERE id = $1`, id, title, sortKey(title))
	}
	for _, f := range t.Fields {
		is := sidesOf(c.Schema.ByID(f), e)
		d.side(id, f, had[f], is)
		for _, to := range is.refs { // whether it stood there, its value does not tell
			d.add(&refRows, nil, to, int64(f), id)
		}
	}
	return d.write(tx, r.journal)
}

// sidesOf is what they are to hold; a field that is retired is nil.
func sidesOf(f *schema.Field, e *Entry) (s sides) {
	if f == nil || !e.Live() {
		return s
	}
	if f.Searchable() {
		s.keys = f.Keys(e.Values[f.ID])
	}
	s.refs = f.Refs(e.Values[f.ID])
	return s
}

// had is what they hold, of an entry as it was read: the keys as they stand
// there, and the references that its values mean by any type their fields had.
func (t *indexing) had(tx *sqldb.Tx, c *Collection, e *Entry) (map[pollen.FieldID]sides, error) {
	out := map[pollen.FieldID]sides{}
	for _, id := range t.Fields {
		f, _ := c.Schema.Ever(id)
		s := sides{refs: f.Refs(e.Values[id])}
		for _, was := range f.Was {
			then := schema.Field{Type: was.Type, Many: was.Many}
			s.refs = append(s.refs, then.Refs(e.Values[id])...)
		}
		out[id] = s
	}
	return out, tx.Each(`SELECT field_id, key FROM entry_keys WHERE entry_id = $1`, []any{e.ID}, func(rows *sql.Rows) error {
		var f int64
		var key string
		err := rows.Scan(&f, &key)
		if s, ok := out[pollen.FieldID(f)]; ok {
			s.keys = append(s.keys, key)
			out[pollen.FieldID(f)] = s
		}
		return err
	})
}
