package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/diff"
	"pollen/internal/pure/schema"
)

// PlanEdit tells what an edit of many entries would do, and changes nothing:
// at most show of the entries with their differences, the rest counted. It
// fails with Invalid when the edit cannot be made at all.
func (r *Registry) PlanEdit(ctx context.Context, by pollen.Actor, collection string, s Selection, d Edit, show int) (p EditPlan, err error) {
	defer pollen.Wrap(&err, "registry.PlanEdit", collection)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionBy(tx, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		if err := c.Writable(by); err != nil {
			return err
		}
		p, err = r.planEdit(tx, by, c, s, d, show)
		return err
	})
	return p, err
}

func (r *Registry) planEdit(tx *sqldb.Tx, by pollen.Actor, c *Collection, s Selection, d Edit, show int) (p EditPlan, err error) {
	f, given, err := r.edited(tx, by, c, d)
	if err != nil {
		return p, err
	}
	p.Field, p.collection = f, c.ID
	ids, more, err := r.selected(tx, by, c, s)
	if err != nil {
		return p, err
	}
	if p.More = more; f.Unique && d.How == EditSet && len(ids) > 1 {
		return p, pollen.Errorf(pollen.Invalid, "registry.unique-many", "“{field}” is different in every entry: it cannot be the same in several.", "field", f.Name).On(f.Name)
	}
	load, sum := r.Loader(tx), sha256.New()
	fmt.Fprintf(sum, "%s %s %s\n", d.Field, d.How, given)
	for _, id := range ids {
		e, err := load(id)
		if pollen.Is(err, pollen.NotFound) || err == nil && (!e.Live() || e.Collection.ID != c.ID) {
			continue // gone since it was picked
		}
		if err != nil {
			return p, err
		}
		one, changes := planOne(by, e, f, d, given)
		since := 0
		if one.Refused == nil { // the digest tells nothing of a value that is hidden
			since = e.SinceOf(f.ID)
		}
		fmt.Fprintf(sum, "%s %d %t\n", e.ID, since, changes)
		switch {
		case one.Refused != nil:
			p.Refused++
		case changes:
			p.Changed++
			p.rows = append(p.rows, plannedRow{e.ID, e.Revision})
		default:
			p.Unchanged++
			continue
		}
		if len(p.Shown) < show {
			one.Entry = e.visible(by)
			if one.Refused == nil && f.Type != schema.Reference {
				one.Words = diff.Words(f.Text(one.Old), f.Text(one.New))
			}
			p.Shown = append(p.Shown, one)
		}
	}
	p.Digest = hex.EncodeToString(sum.Sum(nil))[:32]
	return p, nil
}

// edited is the field of an edit, and the value it gives.
func (r *Registry) edited(tx *sqldb.Tx, by pollen.Actor, c *Collection, d Edit) (*schema.Field, json.RawMessage, error) {
	f := c.Schema.Field(d.Field)
	if f == nil || !c.FieldReadable(by, f, by.Entry) {
		return nil, nil, unknownField(d.Field)
	}
	if _, err := cleanNote(d.Note); err != nil {
		return nil, nil, err
	}
	given, err := d.value(f, r.env(tx, by))
	return f, given, err
}

// selected lists the entries of a selection, each once, and tells whether there
// are more than can be edited together.
func (r *Registry) selected(tx *sqldb.Tx, by pollen.Actor, c *Collection, s Selection) (ids []pollen.EntryID, more bool, err error) {
	if !s.All {
		seen := map[pollen.EntryID]bool{}
		for _, id := range s.Entries {
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	} else {
		q := &listQuery{c: c, by: by, env: r.env(tx, by)}
		places, err := q.titles(tx, Listing{Filter: s.Filter}, listCursor{}, MaxEdit+1, nil)
		if err != nil {
			return nil, false, err
		}
		for _, at := range places {
			ids = append(ids, pollen.EntryID(at.ID))
		}
	}
	if len(ids) == 0 {
		return nil, false, pollen.Errorf(pollen.Invalid, "registry.nothing-picked", "Pick at least one entry.").On("pick")
	}
	return ids[:min(len(ids), MaxEdit)], len(ids) > MaxEdit, nil
}

// planOne tells what an edit makes of one entry, and whether it differs.
func planOne(by pollen.Actor, e *Entry, f *schema.Field, d Edit, given json.RawMessage) (p PlannedEdit, changes bool) {
	w := &writer{by: by}
	if p.Refused = w.allowed(e, []pollen.FieldID{f.ID}); p.Refused != nil {
		return p, false
	}
	p.Old = slices.Clone(e.Values[f.ID])
	if p.New, p.Refused = d.apply(f, p.Old, given); p.Refused != nil {
		return p, false
	}
	if string(p.Old) == string(p.New) {
		return p, false
	}
	return p, true
}

// editing is the task of editing many entries.
type editing struct {
	EditReport
	Edit Edit         `json:"edit"`
	Rows []plannedRow `json:"rows"`
}

// EditMany makes an edit of many entries, as one batch. It fails with Stale
// when what was planned under digest is no longer what would happen; nothing is
// changed then. An entry whose value somebody changes while the batch runs is
// left as it is and counted as refused. It is done in parts; to ask for it again,
// when it was stopped on its way, goes on with it.
func (r *Registry) EditMany(ctx context.Context, by pollen.Actor, collection string, s Selection, d Edit, digest string) (b *Batch, did EditReport, err error) {
	defer pollen.Wrap(&err, "registry.EditMany", collection)
	if b, err = r.begunEdit(ctx, by, collection, digest); b == nil && err == nil {
		b, err = r.beginEdit(ctx, by, collection, s, d, digest)
	}
	if err != nil {
		return nil, did, err
	}
	done, err := r.complete(ctx, by, b.ID)
	if err != nil {
		return b, did, err
	}
	return &done, did, json.Unmarshal([]byte(done.Report), &did)
}

// begunEdit finds an edit of the actor's that was stopped on its way; nil is
// none.
func (r *Registry) begunEdit(ctx context.Context, by pollen.Actor, collection, digest string) (*Batch, error) {
	b, err := r.LastOf(ctx, by, collection, digest)
	if pollen.Is(err, pollen.NotFound) {
		return nil, nil
	}
	if err != nil || b.Kind != BatchEdit || b.State != BatchInProgress || b.By != by.Persona {
		return nil, err
	}
	return &b, nil
}

// beginEdit plans an edit and does its first part: there is no batch without.
func (r *Registry) beginEdit(ctx context.Context, by pollen.Actor, collection string, s Selection, d Edit, digest string) (b *Batch, err error) {
	p, err := r.PlanEdit(ctx, by, collection, s, d, 0)
	switch {
	case err != nil:
		return nil, err
	case p.Digest != digest:
		return nil, pollen.Errorf(pollen.Stale, "registry.plan-stale", "Something changed since you looked. Look again, then publish.")
	case p.Changed == 0:
		return nil, pollen.Errorf(pollen.Invalid, "registry.no-change", "This would change nothing.")
	}
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		b = &Batch{Kind: BatchEdit, Collection: p.collection, Note: d.Note, Digest: digest}
		return r.start(tx, by, b, plan{Edit: &editing{EditReport{Unchanged: p.Unchanged, Refused: p.Refused}, d, p.rows}})
	})
	return b, err
}

func (t *editing) report() any { return &t.EditReport }

func (t *editing) part(r *Registry, tx *sqldb.Tx, by pollen.Actor, b *Batch) (last bool, err error) {
	c, err := r.collectionBy(tx, `c.id = $1`, b.Collection)
	if err != nil {
		return false, err
	}
	f, given, err := r.edited(tx, by, c, t.Edit)
	if err != nil {
		return false, err
	}
	p := &part{id: b.ID, act: pollen.ActID(tx.DB.Mint.Ordered())}
	left := t.Rows[b.Position:]
	i := 0
	for pace := newPace(tx.DB); i < len(left) && pace.more(); i++ {
		if err := t.row(r, tx, by, p, left[i], f, given); err != nil {
			return false, err
		}
	}
	b.Position += int64(i)
	return i == len(left), r.seal(tx, by, c, p, pollen.ActRevise)
}

// row edits one entry, unless it is refused.
func (t *editing) row(r *Registry, tx *sqldb.Tx, by pollen.Actor, p *part, row plannedRow, f *schema.Field, given json.RawMessage) error {
	before, changed := *p, false
	err := tx.Nested(func() error {
		e, err := r.writable(tx, by, row.ID)
		if err != nil {
			return err
		}
		if e.SinceOf(f.ID) > row.Revision {
			return errChangedMeanwhile
		}
		next := e.Content.Clone()
		v, err := t.Edit.apply(f, e.Values[f.ID], given)
		if err != nil {
			return err
		}
		set(next.Values, f.ID, v)
		w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevise, note: t.Edit.Note, batch: p}
		was := e.Revision
		err = w.save(e, next)
		changed = e.Revision > was
		return err
	})
	switch {
	case err != nil && pollen.KindOf(err) == pollen.Internal:
		return err
	case err != nil:
		*p = before
		t.Refused++
	case changed:
		t.Changed++
	default:
		t.Unchanged++
	}
	return nil
}

var errChangedMeanwhile = pollen.Errorf(pollen.Conflict, "registry.meanwhile", "Somebody changed this value meanwhile.")
