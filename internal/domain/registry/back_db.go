package registry

import (
	"context"
	"database/sql"
	"slices"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// TakeBack undoes what one act did to one entry, and nothing else, as a new
// revision: each value that still dates from the act returns to what it was
// before; what was changed later stays, and what the actor may not read. An entry that the act made, and that
// nobody improved since, is retired; one that it retired or merged comes back.
// The act may be a part of a batch. It fails with NotFound when the act did
// nothing to the entry, and with Conflict when nothing is left to take back.
func (r *Registry) TakeBack(ctx context.Context, by pollen.Actor, act pollen.ActID, id pollen.EntryID, note string) (e *Entry, err error) {
	defer pollen.Wrap(&err, "registry.TakeBack", act, id)
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		if e, err = r.entryFor(tx, by, id); err != nil {
			return err
		}
		if err := mayWrite(by, e); err != nil {
			return err
		}
		revs, err := revisionsBy(tx, act, id)
		if err != nil {
			return err
		}
		was := e.Revision
		if err := r.takeBack(tx, by, e, revs, note); err != nil {
			return err
		}
		if e.Revision == was {
			return pollen.Errorf(pollen.Conflict, "registry.nothing-back", "Nothing is left to take back: what it changed was changed again since.")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return e.visible(by), nil
}

// Made reports whether an act made an entry, alone or with others.
func (r *Registry) Made(tx *sqldb.Tx, act pollen.ActID, id pollen.EntryID) (bool, error) {
	var n int
	return tx.Get(`SELECT n FROM revisions WHERE entry_id = $1 AND n = 1 AND act_id = $2`, []any{id, act}, &n)
}

// revisionsBy lists the revisions that an act made of an entry, oldest first. It
// fails with NotFound when there are none.
func revisionsBy(tx *sqldb.Tx, act pollen.ActID, id pollen.EntryID) (revs []Revision, err error) {
	err = tx.Each(`SELECT `+revisionColumns+` FROM revisions WHERE entry_id = $1 AND act_id = $2 ORDER BY n`,
		[]any{id, act}, func(rows *sql.Rows) error {
			rev, err := scanRevision(rows)
			revs = append(revs, rev)
			return err
		})
	if err == nil && len(revs) == 0 {
		err = absent()
	}
	return revs, err
}

func (r *Registry) takeBack(tx *sqldb.Tx, by pollen.Actor, e *Entry, revs []Revision, note string) error {
	w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevert, note: note}
	first, last := revs[0], revs[len(revs)-1]
	switch {
	case (last.Kind == pollen.ActRetire || last.Kind == pollen.ActMerge) && last.N == e.Revision:
		e.Into, w.kind = 0, pollen.ActRestore
		return w.save(e, e.Content)
	case !e.Live():
		return nil
	case last.Kind == pollen.ActRestore && last.N == e.Revision, first.N == 1 && e.Revision == last.N:
		w.kind = pollen.ActRetire
		return w.save(e, e.Content)
	}
	before := Content{}
	if first.N > 1 {
		var err error
		if before, err = r.content(tx, e.Collection, e.ID, first.N-1); err != nil {
			return err
		}
		w.to = first.N - 1
	}
	var ns []int
	for _, rev := range revs {
		ns = append(ns, rev.N)
	}
	next, _, _ := before.back(e, ns, func(f pollen.FieldID) bool { return !e.readable(by, f) })
	return w.save(e, next)
}

// back is what the content of an entry becomes when every value that dates
// from one of the revisions ns returns to what it was before them. kept are the
// values that stay: those that were changed later, and those that are to.
func (before *Content) back(e *Entry, ns []int, stays func(pollen.FieldID) bool) (next Content, returned bool, kept []pollen.FieldID) {
	next = e.Content.Clone()
	ids := append(sortedFields(e.Values), sortedFields(before.Values)...)
	slices.Sort(ids)
	for _, f := range append(slices.Compact(ids), bodyField) {
		same := string(e.Values[f]) == string(before.Values[f])
		if f == bodyField {
			same = e.Body == before.Body
		}
		switch {
		case same, e.SinceOf(f) < ns[0]:
		case !slices.Contains(ns, e.SinceOf(f)), stays(f):
			kept = append(kept, f)
		case f == bodyField:
			next.Body, returned = before.Body, true
		default:
			set(next.Values, f, before.Values[f])
			returned = true
		}
	}
	return next, returned, kept
}

// Shown reports whether the actor may know what an act did to an entry: the
// entry is for them, and so is something that the act changed in it.
func (r *Registry) Shown(tx *sqldb.Tx, by pollen.Actor, act pollen.ActID, id pollen.EntryID) (bool, error) {
	e, err := r.entryFor(tx, by, id)
	if pollen.Is(err, pollen.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	revs, err := revisionsBy(tx, act, id)
	if pollen.Is(err, pollen.NotFound) {
		return true, nil // it made no revision: a talk, a new address
	}
	if err != nil {
		return false, err
	}
	for i := range revs {
		var content []byte
		if _, err := tx.Get(`SELECT content FROM revisions WHERE entry_id = $1 AND n = $2`, []any{id, revs[i].N}, &content); err != nil {
			return false, err
		}
		if hidden, err := revs[i].tell(by, e, content); err != nil || !hidden {
			return !hidden, err
		}
	}
	return false, nil
}

// TakenBack lists whose work an act took back: of a reversal of an entry, those
// who gave the values that it took away; of the undoing of a batch, whose batch
// it was. Of any other act, nobody.
func TakenBack(tx *sqldb.Tx, a *journal.Act) (out []pollen.PersonaID, err error) {
	if a.Kind == pollen.ActSchema && a.Detail.To != 0 {
		return amenders(tx, a.Detail.Collection, a.Detail.To, a.Detail.Revision)
	}
	if a.Kind != pollen.ActRevert {
		return nil, nil
	}
	if a.Object.Kind == pollen.ObjectBatch {
		if a.Detail.Of == 0 {
			return nil, nil
		}
		b, err := batch(tx, a.Detail.Of)
		if err != nil {
			return nil, err
		}
		return []pollen.PersonaID{b.By}, nil
	}
	id, n := pollen.EntryID(a.Object.ID), a.Detail.Revision
	if a.Object.Kind != pollen.ObjectEntry || n < 2 {
		return nil, nil
	}
	_, before, err := revision(tx, id, n-1)
	if pollen.Is(err, pollen.NotFound) {
		return nil, nil // erased
	}
	if err != nil {
		return nil, err
	}
	fields := a.Detail.Fields
	if a.Detail.Body {
		fields = append(slices.Clone(fields), bodyField)
	}
	var ns []int
	for _, f := range fields {
		if since := before.SinceOf(f); !slices.Contains(ns, since) {
			ns = append(ns, since)
		}
	}
	for _, n := range ns {
		var p pollen.PersonaID
		found, err := tx.Get(`SELECT persona_id FROM revisions WHERE entry_id = $1 AND n = $2`, []any{id, n}, &p)
		if err != nil {
			return nil, err
		}
		if found && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out, nil
}
