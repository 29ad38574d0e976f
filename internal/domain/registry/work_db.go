package registry

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Work is one transaction of a batch: what a capability that brings many
// entries by rules of its own reads and writes them with. It is over when the
// function it was given to returns.
type Work struct {
	Tx         *sqldb.Tx
	Collection *Collection
	Batch      Batch // the zero Batch in [Registry.Peek]
	Env        *schema.Env

	r       *Registry
	by      pollen.Actor
	p       *part // nil: nothing may be written
	known   *known
	guarded bool
}

// Hand says how a revision of a batch is signed. The zero Hand is the actor's,
// now.
type Hand struct {
	By   pollen.PersonaID // an imported author
	At   time.Time        // when it was written where it comes from
	Kind pollen.ActKind   // create, revise, revert, retire or restore; "" as it is
	Note string
	ID   pollen.EntryID // of a new entry: the identifier kept for it
	Slug string         // of a new entry: its address; "" derives it
}

// Work runs fn as one transaction and one act of a batch in progress. fn may
// run more than once. It fails with Conflict when the batch has ended, and as
// writing does when the actor may not.
//
// Most parts have no row to refuse, and a savepoint costs as much as the row
// it protects: the part is first written without, and once more with them when
// a row turns out to be refused after it wrote something.
func (r *Registry) Work(ctx context.Context, by pollen.Actor, id pollen.BatchID, fn func(*Work) error) (err error) {
	defer pollen.Wrap(&err, "registry.Work", id)
	err = r.work(ctx, by, id, fn, false)
	if errors.Is(err, errRefused) {
		err = r.work(ctx, by, id, fn, true)
	}
	return err
}

func (r *Registry) work(ctx context.Context, by pollen.Actor, id pollen.BatchID, fn func(*Work) error, guarded bool) error {
	return r.db.Write(ctx, func(tx *sqldb.Tx) error {
		b, err := batch(tx, id)
		if err != nil {
			return err
		}
		c, err := r.collectionBy(tx, `c.id = $1`, b.Collection)
		if err != nil {
			return err
		}
		if err := c.Writable(by); err != nil {
			return err
		}
		if b.State != BatchInProgress {
			return pollen.Errorf(pollen.Conflict, "registry.batch-ended", "This batch has ended. Start a new one.")
		}
		part := newPart(tx, id, guarded)
		p := &Work{Tx: tx, Collection: c, Batch: b, Env: r.partEnv(tx, by, c, part), r: r, by: by, guarded: guarded, p: part, known: part.known}
		if err := fn(p); err != nil {
			return err
		}
		return r.seal(tx, by, c, part, batchAct(b.Kind))
	})
}

// LastOf returns the last batch that was begun with a digest in a collection
// that the actor may read. It fails with NotFound.
func (r *Registry) LastOf(ctx context.Context, by pollen.Actor, collection, digest string) (b Batch, err error) {
	defer pollen.Wrap(&err, "registry.LastOf", collection)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		all, err := batches(tx, `collection_id = $1 AND digest = $2 ORDER BY id DESC LIMIT 1`, c.ID, digest)
		if err == nil && len(all) == 0 {
			err = absent()
		}
		if err == nil {
			b = all[0]
		}
		return err
	})
	return b, err
}

// PlanOf returns how the last import from a source into a collection was
// planned, in the words of who began it; "" when there was none.
func (r *Registry) PlanOf(ctx context.Context, by pollen.Actor, collection, source string) (plan string, err error) {
	defer pollen.Wrap(&err, "registry.PlanOf", collection)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		_, err = tx.Get(`
			SELECT plan FROM batches WHERE source = $2 AND collection_id = $1 AND kind = $3 AND state IN ($4, $5) ORDER BY id DESC LIMIT 1`,
			[]any{c.ID, source, BatchImport, BatchDone, BatchInProgress}, &plan)
		return err
	})
	return plan, err
}

// Peek runs fn on a snapshot of a collection that the actor may write, as
// [Registry.Work] would, for those who show first what they would do.
func (r *Registry) Peek(ctx context.Context, by pollen.Actor, collection string, fn func(*Work) error) (err error) {
	defer pollen.Wrap(&err, "registry.Peek", collection)
	return r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionBy(tx, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		if err := c.Writable(by); err != nil {
			return err
		}
		return fn(&Work{Tx: tx, Collection: c, Env: r.env(tx, by), r: r, by: by, known: newKnown()})
	})
}

// Candidate is a collection as it would be once founded, for those who show
// first what they would do. Nothing is written, and its fields have identifiers
// that no field has. It fails with Invalid as [Registry.Found] does.
func (r *Registry) Candidate(ctx context.Context, n NewCollection) (c *Collection, err error) {
	defer pollen.Wrap(&err, "registry.Candidate", n.Slug)
	if err := n.foundable(); err != nil {
		return nil, err
	}
	c = &Collection{Slug: n.Slug, Community: n.Community, Name: n.Name, Purpose: n.Purpose, Licence: n.Licence, Source: n.Source, Audience: n.Audience, Schema: n.Schema}
	c.Schema.Fields, c.Schema.Retired = slices.Clone(n.Schema.Fields), nil
	for i := range c.Schema.Fields {
		c.Schema.Fields[i].ID, c.Schema.Fields[i].Was = nobodys+pollen.FieldID(i), nil
	}
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c.Language, err = r.language(tx)
		return err
	})
	return c, err
}

// nobodys is where the identifiers of the fields of candidates begin.
const nobodys pollen.FieldID = 1 << 60

// PeekCandidate does as [Registry.Peek] with a collection that is not founded.
// It fails as [Registry.Found] does where the actor may not.
func (r *Registry) PeekCandidate(ctx context.Context, by pollen.Actor, c *Collection, fn func(*Work) error) (err error) {
	defer pollen.Wrap(&err, "registry.PeekCandidate", c.Slug)
	if err := MayFound(by, c.Community); err != nil {
		return err
	}
	return r.read(ctx, func(tx *sqldb.Tx) error {
		if err := free(tx, c.Slug); err != nil {
			return err
		}
		return fn(&Work{Tx: tx, Collection: c, Env: r.env(tx, by), r: r, by: by})
	})
}

// Row runs what writes one row. A refusal undoes what the row wrote, and the
// part goes on; any other error is to end the part.
func (p *Work) Row(write func() error) (refused, err error) {
	if p.p == nil {
		err = write()
	} else {
		p.p.wrote = false
		if p.guarded {
			before := *p.p
			if err = p.Tx.Nested(write); err != nil {
				*p.p = before
			}
		} else if err = write(); err != nil && p.p.wrote && pollen.KindOf(err) != pollen.Internal {
			return nil, errRefused
		}
	}
	if err != nil && pollen.KindOf(err) != pollen.Internal {
		return err, nil
	}
	return nil, err
}

// Touched tells [Work.Row] that the row wrote something beside its entry, which a
// refusal is to undo.
func (p *Work) Touched() {
	if p.p != nil {
		p.p.wrote = true
	}
}

// After tells that the part before ended with an entry, whose revisions may go on
// in this one: it is the same entry of the batch.
func (p *Work) After(id pollen.EntryID) {
	if p.p != nil {
		p.p.before = id
	}
}

// Advance keeps how far the batch has come, with a report. It fails with
// Conflict when somebody else moved it on from where this part began.
func (p *Work) Advance(from, to int64, report string) error {
	n, err := p.Tx.Exec(`UPDATE batches SET position = $3, report = $4 WHERE id = $1 AND position = $2`, p.Batch.ID, from, to, report)
	if err == nil && n == 0 {
		err = pollen.Errorf(pollen.Conflict, "registry.batch-moved", "Somebody else goes on with this batch at this moment. Let them finish.")
	}
	return err
}

// Entry reads an entry of the collection that can be changed now. It fails
// with NotFound, and with Conflict when the entry is merged or retired.
func (p *Work) Entry(id pollen.EntryID) (*Entry, error) {
	e, err := p.Any(id)
	switch {
	case err != nil:
		return nil, err
	case e.Into != 0:
		return nil, pollen.Errorf(pollen.Conflict, "registry.merged", "This entry was merged into another. Change that one.")
	case !e.Live():
		return nil, pollen.Errorf(pollen.Conflict, "registry.retired", "This entry is retired. Restore it first.")
	}
	return e, nil
}

// Any reads an entry of the collection, whatever its standing.
func (p *Work) Any(id pollen.EntryID) (*Entry, error) {
	if p.p != nil && p.p.holds(id) {
		if err := p.p.flush(p.Tx); err != nil {
			return nil, err
		}
	}
	e, collection, err := p.r.bare(p.Tx, `e.id = $1`, id)
	if err != nil {
		return nil, err
	}
	if collection != p.Collection.ID {
		return nil, absent()
	}
	return p.r.of(p.Collection, e), nil
}

// Content reads the content of one revision.
func (p *Work) Content(id pollen.EntryID, n int) (Content, error) {
	return p.r.content(p.Tx, p.Collection, id, n)
}

// ByKey finds the live entry that has a key in a unique field; 0 is none.
func (p *Work) ByKey(f *schema.Field, key string) (id pollen.EntryID, err error) {
	if p.known != nil {
		if id, ok := p.known.keys[uniqueKey{int64(f.ID), key}]; ok {
			return id, nil
		}
	}
	_, err = p.Tx.Get(`SELECT entry_id FROM entry_uniques WHERE field_id = $1 AND key = $2`, []any{int64(f.ID), key}, &id)
	return id, err
}

// BySlug finds the entry at an address, a former one too, and whether it is
// live; 0 is none.
func (p *Work) BySlug(slug string) (id pollen.EntryID, live bool, err error) {
	if p.known != nil {
		if h, ok := p.known.slugs[slug]; ok {
			return h.id, h.live, nil
		}
	}
	var retired sql.NullInt64
	_, err = p.Tx.Get(`
		SELECT id, retired_at FROM entries WHERE collection_id = $1 AND slug = $2
		UNION ALL SELECT e.id, e.retired_at FROM former_slugs f JOIN entries e ON e.id = f.entry_id WHERE f.collection_id = $1 AND f.slug = $2 LIMIT 1`,
		[]any{p.Collection.ID, slug}, &id, &retired)
	return id, id != 0 && !retired.Valid, err
}

// Wrote tells which revision of an entry the batches of a source wrote last; 0
// is none.
func (p *Work) Wrote(e *Entry, source string) (n int, err error) {
	_, err = p.Tx.Get(`
		SELECT r.n FROM revisions r JOIN batches b ON b.id = r.batch_id
		WHERE r.entry_id = $1 AND b.source = $2 AND b.kind = $3 ORDER BY r.n DESC LIMIT 1`,
		[]any{e.ID, source, BatchImport}, &n)
	return n, err
}

// BroughtBy tells whose batch wrote a revision; 0 is nobody's.
func (p *Work) BroughtBy(id pollen.EntryID, n int) (who pollen.PersonaID, err error) {
	_, err = p.Tx.Get(`SELECT b.persona_id FROM revisions r JOIN batches b ON b.id = r.batch_id WHERE r.entry_id = $1 AND r.n = $2`, []any{id, n}, &who)
	return who, err
}

// Imported reports whether a revision was written by an import.
func (p *Work) Imported(id pollen.EntryID, n int) (yes bool, err error) {
	return p.Tx.Get(`SELECT 1 FROM revisions r JOIN batches b ON b.id = r.batch_id WHERE r.entry_id = $1 AND r.n = $2 AND b.kind = $3`,
		[]any{id, n, BatchImport}, new(int))
}

// AsOf tells which revision of an entry was current at a moment; 0 is none.
func (p *Work) AsOf(id pollen.EntryID, at time.Time) (n int, err error) {
	var found sql.NullInt64
	_, err = p.Tx.Get(`SELECT max(n) FROM revisions WHERE entry_id = $1 AND at <= $2`, []any{id, sqldb.Millis(at)}, &found)
	return int(found.Int64), err
}

// Save makes next the content of e, or of a new entry when e is nil. Nothing
// is written when nothing differs.
func (p *Work) Save(e *Entry, next Content, h Hand) (*Entry, error) {
	if p.p == nil {
		return nil, errors.New("work that only looks was asked to write")
	}
	w := &writer{r: p.r, tx: p.Tx, by: p.by, kind: pollen.ActRevise, note: h.Note, batch: p.p, author: h.By, at: h.At}
	if e == nil {
		w.kind = pollen.ActCreate
		if h.ID == 0 {
			h.ID = pollen.EntryID(p.Tx.DB.Mint.Ordered())
		}
		e = &Entry{ID: h.ID, Collection: p.Collection, Slug: h.Slug}
	}
	if h.Kind != "" {
		w.kind = h.Kind
	}
	return e, w.save(e, next)
}

// Put makes what a change says of an entry that can be changed now, or of a new
// one when id is 0.
func (p *Work) Put(id pollen.EntryID, ch *Change) (e *Entry, err error) {
	next, about := Content{Values: schema.Values{}}, &Entry{Collection: p.Collection}
	if id != 0 {
		if e, err = p.Entry(id); err != nil {
			return nil, err
		}
		next, about = e.Content.Clone(), e
	}
	if err := ch.apply(p.by, about, &next, p.Env); err != nil {
		return nil, err
	}
	return p.Save(e, next, Hand{Note: ch.Note, Slug: ch.Slug})
}
