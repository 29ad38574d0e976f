package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Get returns an entry by its identifier, with the values that the actor may
// read. A merged entry is returned as it was, with Into set. It fails with
// NotFound when the entry is absent or not for the actor.
func (r *Registry) Get(ctx context.Context, by pollen.Actor, id pollen.EntryID) (e *Entry, err error) {
	defer pollen.Wrap(&err, "registry.Get", id)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		e, err = r.entryFor(tx, by, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.visible(by), nil
}

// At returns an entry by its address. When the address is a former one, moved
// is true and the entry tells its present one.
func (r *Registry) At(ctx context.Context, by pollen.Actor, collection, slug string) (e *Entry, moved bool, err error) {
	defer pollen.Wrap(&err, "registry.At", collection, slug)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		e, _, err = r.bare(tx, `e.collection_id = $1 AND e.slug = $2`, c.ID, slug)
		if pollen.Is(err, pollen.NotFound) {
			moved = true
			e, _, err = r.bare(tx, `e.id = (SELECT entry_id FROM former_slugs WHERE collection_id = $1 AND slug = $2)`, c.ID, slug)
		}
		if err != nil {
			return err
		}
		r.of(c, e)
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	return e.visible(by), moved, nil
}

// entryFor reads an entry whose collection the actor may read.
func (r *Registry) entryFor(tx *sqldb.Tx, by pollen.Actor, id pollen.EntryID) (*Entry, error) {
	e, err := r.entry(tx, id)
	if err == nil && !e.Collection.Readable(by).OK {
		return nil, absent()
	}
	return e, err
}

func (r *Registry) entry(tx *sqldb.Tx, id pollen.EntryID) (*Entry, error) {
	e, collection, err := r.bare(tx, `e.id = $1`, id)
	if err != nil {
		return nil, err
	}
	c, err := r.collectionBy(tx, `c.id = $1`, collection)
	if err != nil {
		return nil, err
	}
	return r.of(c, e), nil
}

// ErrDamaged is in the chain of the error of a revision that cannot be read.
var ErrDamaged = errors.New("it cannot be read")

func damaged(id pollen.EntryID, n int, err error) error {
	return fmt.Errorf("revision %d of entry %s: %w: %w", n, id, ErrDamaged, err)
}

// Create makes an entry. It fails with Invalid when a value is wrong or a
// required one is missing, and with Conflict when a unique value is taken.
func (r *Registry) Create(ctx context.Context, by pollen.Actor, collection string, ch Change) (e *Entry, err error) {
	defer pollen.Wrap(&err, "registry.Create", collection)
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionBy(tx, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		if err := c.Writable(by); err != nil {
			return err
		}
		w := &writer{r: r, tx: tx, by: by, kind: pollen.ActCreate, note: ch.Note, causes: ch.Causes}
		e = &Entry{ID: pollen.EntryID(tx.DB.Mint.Ordered()), Collection: c, Slug: ch.Slug}
		next := Content{Values: schema.Values{}}
		if err := ch.apply(by, e, &next, r.env(tx, by)); err != nil {
			return err
		}
		return w.save(e, next)
	})
	if err != nil {
		return nil, err
	}
	return e.visible(by), nil
}

// Revise changes the values and the body that are given, and nothing else. A
// change that makes no difference makes no revision. It fails with Conflict,
// its cause [Conflicts], when somebody else changed the same value since
// ch.Base in another way.
func (r *Registry) Revise(ctx context.Context, by pollen.Actor, id pollen.EntryID, ch Change) (e *Entry, err error) {
	defer pollen.Wrap(&err, "registry.Revise", id)
	return r.carry(ctx, by, func(tx *sqldb.Tx) (*writeSet, error) { return r.revise(tx, by, id, ch) })
}

// ReviseIn does as [Registry.Revise], in a transaction under way.
func (r *Registry) ReviseIn(tx *sqldb.Tx, by pollen.Actor, id pollen.EntryID, ch Change) (*Entry, error) {
	d, err := r.revise(tx, by, id, ch)
	if err == nil {
		err = d.write(tx, r.journal)
	}
	if err != nil {
		return nil, err
	}
	return d.entry.visible(by), nil
}

// revise works a revision out.
func (r *Registry) revise(tx *sqldb.Tx, by pollen.Actor, id pollen.EntryID, ch Change) (*writeSet, error) {
	e, err := r.writable(tx, by, id)
	if err != nil {
		return nil, err
	}
	if len(ch.Expect) > 0 && !slices.Contains(ch.Expect, e.Revision) {
		return nil, r.stale(tx, by, e, ch)
	}
	base, err := r.base(tx, by, e, &ch)
	if err != nil {
		return nil, err
	}
	w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevise, note: ch.Note, causes: ch.Causes}
	mine := base.Clone()
	if err := ch.apply(by, e, &mine, w.env()); err != nil {
		return nil, err
	}
	next, conflicts := merge(&e.Collection.Schema, &base, &mine, &e.Content)
	if len(conflicts) > 0 {
		return nil, conflict(e, conflicts)
	}
	return w.workOut(e, next)
}

// base is what the author of a change saw of the entry.
func (r *Registry) base(tx *sqldb.Tx, by pollen.Actor, e *Entry, ch *Change) (base Content, err error) {
	base = e.Content
	if ch.Base != 0 && ch.Base != e.Revision {
		if base, err = r.content(tx, e.Collection, e.ID, ch.Base); err != nil {
			return base, err
		}
	}
	if len(ch.Bases) == 0 {
		return base, nil
	}
	base = base.Clone()
	for name, n := range ch.Bases {
		seen, err := r.content(tx, e.Collection, e.ID, n)
		if err != nil {
			return base, err
		}
		if name == "body" {
			base.Body = seen.Body
			continue
		}
		f, err := e.field(by, name)
		if err != nil {
			return base, err
		}
		set(base.Values, f.ID, seen.Values[f.ID])
	}
	return base, nil
}

// stale is the error for a change that expected another revision: it shows the
// values that it would have changed, as they were, as wished, and as they are. Of
// a revision that there is none of it shows nothing.
func (r *Registry) stale(tx *sqldb.Tx, by pollen.Actor, e *Entry, ch Change) error {
	stale := pollen.Errorf(pollen.Stale, "registry.stale", "The entry changed since you read it. Read it again, or let your change be merged.")
	base, err := r.content(tx, e.Collection, e.ID, slices.Max(ch.Expect))
	if pollen.Is(err, pollen.NotFound) {
		return stale.Because(&Conflicts{Revision: e.Revision})
	}
	if err != nil {
		return err
	}
	mine := base.Clone()
	if err := ch.apply(by, e, &mine, r.env(tx, by)); err != nil {
		return err
	}
	var fields []FieldConflict
	for _, id := range changed(&base, &mine) {
		if id == bodyField {
			fields = append(fields, FieldConflict{"body", quote(base.Body), quote(mine.Body), quote(e.Body)})
			continue
		}
		if f := e.Collection.Schema.ByID(id); f != nil {
			fields = append(fields, FieldConflict{f.Name, base.Values[id], mine.Values[id], e.Values[id]})
		}
	}
	return stale.Because(&Conflicts{Revision: e.Revision, Fields: fields})
}

// conflict is the error that shows both values to the second person.
func conflict(e *Entry, fields []FieldConflict) error {
	return pollen.Errorf(pollen.Conflict, "registry.conflict", "Somebody changed the same value a moment ago. Look at both and choose.").
		Because(&Conflicts{Revision: e.Revision, Fields: fields})
}

// writable reads an entry that the actor may change now.
func (r *Registry) writable(tx *sqldb.Tx, by pollen.Actor, id pollen.EntryID) (*Entry, error) {
	e, err := r.entry(tx, id)
	if err != nil {
		return nil, err
	}
	return e, e.Changeable(by)
}

// Changeable says why the actor may not change the entry now, if so.
func (e *Entry) Changeable(by pollen.Actor) error {
	if err := mayWrite(by, e); err != nil {
		return err
	}
	return standing(e)
}

// standing refuses changes to an entry that is not live.
func standing(e *Entry) error {
	switch {
	case e.Into != 0:
		return pollen.Errorf(pollen.Conflict, "registry.merged", "This entry was merged into another. Change that one.")
	case !e.Live():
		return pollen.Errorf(pollen.Conflict, "registry.retired", "This entry is retired. Restore it first.")
	}
	return nil
}

// notUnique is the error for a value that another entry has already.
func notUnique(f *schema.Field, v json.RawMessage) error {
	return pollen.Errorf(pollen.Conflict, "registry.unique", "Another entry already has {value} as “{field}”.", "value", f.Text(v), "field", f.Name).On(f.Name)
}

// notUnique does as [notUnique], and tells nothing of a value that the actor may
// not read.
func (e *Entry) notUnique(by pollen.Actor, f *schema.Field, v json.RawMessage) error {
	if e.readable(by, f.ID) {
		return notUnique(f, v)
	}
	return pollen.Errorf(pollen.Conflict, "registry.unique-hidden", "Another entry has by now what only one may have. The value is not for you: ask those who may read it.")
}

// mayWrite decides whether the actor may change an entry, whatever its standing.
func mayWrite(by pollen.Actor, e *Entry) error {
	return e.Collection.Writable(by)
}

// env tells values how to find the entries they refer to, among those that the
// actor may read: others are absent.
func (r *Registry) env(tx *sqldb.Tx, by pollen.Actor) *schema.Env {
	known := &met{by: by, collections: map[string]*Collection{}, homes: map[pollen.EntryID]string{}}
	return &schema.Env{Region: r.options.Region, Zone: r.zone(), Resolve: func(target, text string) (pollen.EntryID, error) {
		return r.resolve(tx, known, target, text)
	}}
}

// met is what the references of a change, or of a part of a batch, are read
// with once: the collections they lead to, and in which collection an entry
// is, which never changes.
type met struct {
	by          pollen.Actor
	collections map[string]*Collection
	homes       map[pollen.EntryID]string
}

// meet finds a collection that references lead to. It fails with NotFound.
func (r *Registry) meet(tx *sqldb.Tx, known *met, slug string) (c *Collection, err error) {
	if c = known.collections[slug]; c == nil {
		if c, err = r.collectionBy(tx, `c.slug = $1`, slug); err != nil {
			return nil, err
		}
		known.collections[slug] = c
	}
	if !c.Readable(known.by).OK {
		return nil, absent()
	}
	return c, nil
}

// resolve finds the live entry that a text means: its identifier, its address,
// its key, or its title when that is the only one of its name.
func (r *Registry) resolve(tx *sqldb.Tx, known *met, target, text string) (id pollen.EntryID, err error) {
	if parsed, err := pollen.ParseID[struct{}](text); err == nil {
		meant := pollen.EntryID(parsed)
		slug, found := known.homes[meant]
		if !found {
			if found, err = tx.Get(`SELECT c.slug FROM entries e JOIN collections c ON c.id = e.collection_id WHERE e.id = $1`, []any{meant}, &slug); err != nil {
				return 0, err
			}
			if found {
				known.homes[meant] = slug
			}
		}
		if found && (target == "" || slug == target) {
			_, err := r.meet(tx, known, slug)
			return meant, err
		}
	}
	if target == "" {
		var ok bool
		if target, text, ok = strings.Cut(text, "/"); !ok {
			return 0, absent()
		}
	}
	c, err := r.meet(tx, known, target)
	if err != nil {
		return 0, err
	}
	if f := c.Schema.Field(c.Schema.Key); f != nil {
		if key, err := f.KeyOf(text, &schema.Env{Region: r.options.Region}); err == nil && key != "" {
			found, err := tx.Get(`SELECT entry_id FROM entry_uniques WHERE field_id = $1 AND key = $2`, []any{int64(f.ID), key}, &id)
			if err != nil || found && c.FieldReadable(known.by, f, id) {
				return id, err
			}
		}
	}
	if found, err := tx.Get(`SELECT id FROM entries WHERE collection_id = $1 AND slug = $2`, []any{c.ID, text}, &id); err != nil || found {
		return id, err
	}
	n := 0
	err = tx.Each(`SELECT id FROM entries WHERE collection_id = $1 AND sort = $2 AND retired_at IS NULL LIMIT 2`,
		[]any{c.ID, sortKey(text)}, func(rows *sql.Rows) error { n++; return rows.Scan(&id) })
	if err == nil && n != 1 {
		err = absent()
	}
	return id, err
}

// sortKey is the title as lists sort it, bounded so that the index stays small.
func sortKey(title string) string {
	return schema.Bounded(schema.Fold(title), 80)
}

// content reads the content of one revision of an entry of the collection.
func (r *Registry) content(tx *sqldb.Tx, in *Collection, id pollen.EntryID, n int) (Content, error) {
	var b []byte
	found, err := tx.Get(`SELECT content FROM revisions WHERE entry_id = $1 AND n = $2`, []any{id, n}, &b)
	if err == nil && (!found || b == nil) {
		err = noRevision(n)
	}
	if err != nil {
		return Content{}, err
	}
	c, err := decode(b)
	if err != nil {
		return c, damaged(id, n, err)
	}
	r.lift(in, &c)
	return c, nil
}

func noRevision(n int) error {
	return pollen.Errorf(pollen.NotFound, "registry.no-revision", "There is no revision {n} of this entry.", "n", strconv.Itoa(n))
}

// ConflictsOf returns what is in conflict when err says so.
func ConflictsOf(err error) *Conflicts {
	if c, ok := errors.AsType[*Conflicts](err); ok {
		return c
	}
	return nil
}
