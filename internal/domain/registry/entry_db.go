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
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
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
		c, err := r.collectionBy(tx, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		if !c.Readable(by).OK {
			return absent()
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

// damaged is the error of a revision that cannot be read.
func damaged(id pollen.EntryID, n int, err error) error {
	return fmt.Errorf("revision %d of entry %s: %w", n, id, err)
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
		if err := access.Write(by, c.object()).Err(by, c.Readable(by)); err != nil {
			return err
		}
		w := &writer{r: r, tx: tx, by: by, kind: pollen.ActCreate, note: ch.Note, causes: ch.Causes}
		e = &Entry{ID: pollen.EntryID(tx.DB.Mint.Ordered()), Collection: c, Slug: ch.Slug}
		next := Content{Values: schema.Values{}}
		if err := ch.apply(&c.Schema, &next, r.env(tx)); err != nil {
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
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		if e, err = r.writable(tx, by, id); err != nil {
			return err
		}
		if ch.Expect != 0 && ch.Expect != e.Revision {
			return r.stale(tx, by, e, ch)
		}
		base := e.Content
		if ch.Base != 0 && ch.Base != e.Revision {
			if base, err = r.content(tx, e.Collection, id, ch.Base); err != nil {
				return err
			}
		}
		mine := base.clone()
		if err := ch.apply(&e.Collection.Schema, &mine, r.env(tx)); err != nil {
			return err
		}
		next, conflicts := merge(&e.Collection.Schema, &base, &mine, &e.Content)
		if len(conflicts) > 0 {
			return conflict(e, by, conflicts)
		}
		w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevise, note: ch.Note, causes: ch.Causes}
		return w.save(e, next)
	})
	if err != nil {
		return nil, err
	}
	return e.visible(by), nil
}

// stale is the error for a change that expected another revision: it shows the
// values that it would have changed, as they were, as wished, and as they are.
func (r *Registry) stale(tx *sqldb.Tx, by pollen.Actor, e *Entry, ch Change) error {
	base, err := r.content(tx, e.Collection, e.ID, ch.Expect)
	if err != nil {
		return err
	}
	mine := base.clone()
	if err := ch.apply(&e.Collection.Schema, &mine, r.env(tx)); err != nil {
		return err
	}
	var fields []FieldConflict
	for _, id := range changed(&base, &mine) {
		if f := e.Collection.Schema.ByID(id); f != nil && e.Collection.FieldReadable(by, f, e.ID) {
			fields = append(fields, FieldConflict{f.Name, base.Values[id], mine.Values[id], e.Values[id]})
		}
	}
	return pollen.Errorf(pollen.Stale, "registry.stale", "The entry changed since you read it. Read it again, or let your change be merged.").
		Because(&Conflicts{Revision: e.Revision, Fields: fields})
}

// conflict is the error that shows both values to the second person, without
// those they may not read.
func conflict(e *Entry, by pollen.Actor, fields []FieldConflict) error {
	fields = slices.DeleteFunc(fields, func(c FieldConflict) bool {
		f := e.Collection.Schema.Field(c.Field)
		return f != nil && !e.Collection.FieldReadable(by, f, e.ID)
	})
	return pollen.Errorf(pollen.Conflict, "registry.conflict", "Somebody changed the same value a moment ago. Look at both and choose.").
		Because(&Conflicts{Revision: e.Revision, Fields: fields})
}

// writable reads an entry that the actor may change now.
func (r *Registry) writable(tx *sqldb.Tx, by pollen.Actor, id pollen.EntryID) (*Entry, error) {
	e, err := r.entry(tx, id)
	if err != nil {
		return nil, err
	}
	if err := mayWrite(by, e); err != nil {
		return nil, err
	}
	return e, standing(e)
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

// mayWrite decides whether the actor may change an entry, whatever its standing.
func mayWrite(by pollen.Actor, e *Entry) error {
	return access.Write(by, e.Collection.object()).Err(by, e.Collection.Readable(by))
}

// env tells values how to find the entries they refer to.
func (r *Registry) env(tx *sqldb.Tx) *schema.Env {
	known := &met{collections: map[string]*Collection{}, homes: map[pollen.EntryID]string{}}
	return &schema.Env{Region: r.region, Resolve: func(target, text string) (pollen.EntryID, error) {
		return r.resolve(tx, known, target, text)
	}}
}

// met is what the references of a change, or of a part of a batch, are read
// with once: the collections they lead to, and in which collection an entry
// is, which never changes.
type met struct {
	collections map[string]*Collection
	homes       map[pollen.EntryID]string
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
			return meant, nil
		}
	}
	if target == "" {
		var ok bool
		if target, text, ok = strings.Cut(text, "/"); !ok {
			return 0, absent()
		}
	}
	if known.collections[target] == nil {
		if known.collections[target], err = r.collectionBy(tx, `c.slug = $1`, target); err != nil {
			return 0, err
		}
	}
	c := known.collections[target]
	if f := c.Schema.Field(c.Schema.Key); f != nil {
		if key, err := f.KeyOf(text, &schema.Env{Region: r.region}); err == nil && key != "" {
			if found, err := tx.Get(`SELECT entry_id FROM entry_uniques WHERE field_id = $1 AND key = $2`, []any{int64(f.ID), key}, &id); err != nil || found {
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
	key := schema.Fold(title)
	if len(key) > 80 {
		key = strings.ToValidUTF8(key[:80], "")
	}
	return key
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

// writer writes revisions on behalf of one act, or of one part of a batch.
type writer struct {
	r      *Registry
	tx     *sqldb.Tx
	by     pollen.Actor
	kind   pollen.ActKind
	note   string
	causes []pollen.Cause
	batch  *part // nil: every revision has an act of its own
	to     int   // the revision gone back to
	into   pollen.EntryID
	name   string
	author pollen.PersonaID // of an imported revision; 0 is the actor
	at     time.Time        // of an imported revision; zero is now
	free   string           // an address that was looked up, and is nobody's
}

// when is the time that the revision shows.
func (w *writer) when() time.Time {
	if w.at.IsZero() {
		return w.tx.Now
	}
	return w.at
}

// who is the persona that the revision shows.
func (w *writer) who() pollen.PersonaID {
	if w.author != 0 {
		return w.author
	}
	return w.by.Persona
}

// save makes next the current content of e, as a revision, with its side
// tables and its act. When nothing differs it does nothing. The kinds retire,
// restore and merge change the standing of the entry instead of its content.
func (w *writer) save(e *Entry, next Content) error {
	if err := w.portraits(e, &next); err != nil {
		return err
	}
	fields := changed(&e.Content, &next)
	standing := w.kind == pollen.ActRetire || w.kind == pollen.ActRestore || w.kind == pollen.ActMerge
	if e.Revision > 0 && len(fields) == 0 && !standing {
		return nil
	}
	s := &e.Collection.Schema
	if err := w.allowed(e, fields); err != nil {
		return err
	}
	isNew := func(id pollen.FieldID) bool { return e.Revision == 0 || slices.Contains(fields, id) }
	if err := s.Check(isNew, next.Values); err != nil && w.batch == nil {
		return err
	}
	n := e.Revision + 1
	if n > 1 && len(fields) > 0 {
		if next.Since == nil {
			next.Since = map[pollen.FieldID]int{}
		}
		for _, id := range fields {
			next.Since[id] = n
		}
	}
	if w.batch != nil {
		w.batch.wrote = true
	}
	wasLive := e.Revision > 0 && e.Live()
	switch w.kind {
	case pollen.ActRetire:
		e.Retired = w.when()
	case pollen.ActMerge:
		e.Retired, e.Into = w.when(), w.into
	case pollen.ActRestore, pollen.ActCreate:
		e.Retired = sqldb.Time(0)
	}
	if err := w.index(e, &next, wasLive); err != nil {
		return err
	}
	if err := w.refer(e, &next); err != nil {
		return err
	}
	actID := pollen.ActID(w.tx.DB.Mint.Ordered())
	if s.Retyped() {
		next.Schema = e.Collection.Version
	}
	content := next.encode()
	salt := make([]byte, journal.SaltSize)
	if _, err := w.tx.DB.Rand.Read(salt); err != nil {
		return fmt.Errorf("reading randomness: %w", err)
	}
	var batch pollen.BatchID
	if w.batch != nil {
		actID, batch = w.batch.act, w.batch.id
	}
	if err := w.point(e, &next, n); err != nil {
		return err
	}
	_, err := w.tx.Exec(`
		INSERT INTO revisions (entry_id, n, act_id, kind, persona_id, at, batch_id, note, content, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.ID, n, actID, w.kind, int64(w.who()), sqldb.Millis(w.when()), batch, w.note, content, salt)
	if err != nil {
		return err
	}
	e.Content, e.Revision = next, n
	detail := journal.Detail{Collection: e.Collection.ID, Revision: n, To: w.to, Into: w.into, Name: w.name,
		Created: truth(!wasLive && e.Live()), Removed: truth(wasLive && !e.Live()), Body: slices.Contains(fields, bodyField),
		Fields: slices.DeleteFunc(fields, func(id pollen.FieldID) bool { return id == bodyField })}
	digest := journal.Seal(salt, content)
	if w.batch != nil {
		w.batch.add(digest, detail)
		return nil
	}
	return w.r.journal.Append(w.tx, &journal.Act{ID: actID, Persona: w.by.Persona, Kind: w.kind, Object: pollen.Ref(pollen.ObjectEntry, e.ID),
		Community: e.Collection.Community, Causes: w.causes, Detail: detail, Content: digest})
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// allowed refuses changes to fields that the actor may not read, as if they
// were not there, and to protected ones.
func (w *writer) allowed(e *Entry, fields []pollen.FieldID) error {
	for _, id := range fields {
		f := e.Collection.Schema.ByID(id)
		if f == nil {
			continue
		}
		if !e.Collection.FieldReadable(w.by, f, e.ID) {
			return unknownField(f.Name)
		}
		if f.Protected && e.Revision > 0 {
			if err := access.Protected(w.by).Err(w.by, access.Decision{OK: true}); err != nil {
				return err.(*pollen.Error).On(f.Name)
			}
		}
	}
	return nil
}

// point writes the row of the entry: title, address, current revision.
func (w *writer) point(e *Entry, next *Content, n int) error {
	e.Title = e.Collection.Schema.TitleOf(next.Values, "fr")
	if e.Title == "" {
		e.Title = e.ID.String()
	}
	var retired any
	if !e.Live() {
		retired = sqldb.Millis(e.Retired)
	}
	if e.Revision > 0 {
		_, err := w.tx.Exec(`UPDATE entries SET slug = $2, title = $3, sort = $4, revision = $5, retired_at = $6, merged_into = $7 WHERE id = $1`,
			e.ID, e.Slug, e.Title, sortKey(e.Title), n, retired, e.Into)
		return err
	}
	if e.Slug != "" && !ValidSlug(e.Slug) {
		return pollen.Errorf(pollen.Invalid, "registry.slug", "“{slug}” cannot be an address: use lower-case letters, digits and hyphens, for instance power-sites.", "slug", e.Slug).On("slug")
	}
	wanted := e.Slug
	if wanted == "" {
		wanted = Slug(e.Title)
	}
	// A taken address gets the end of the identifier, which no other has.
	id := e.ID.String()
	for _, slug := range []string{wanted, strings.Trim(wanted+"-"+id[len(id)-5:], "-"), id} {
		if slug == "" {
			continue
		}
		if slug == w.free {
			e.Slug = slug
			break
		}
		if taken, err := w.taken(e.Collection.ID, slug); err != nil || taken {
			if err != nil {
				return err
			}
			if e.Slug != "" {
				return pollen.Errorf(pollen.Conflict, "registry.slug-taken", "The address “{slug}” is taken. Choose another.", "slug", slug).On("slug")
			}
			continue
		}
		e.Slug = slug
		break
	}
	_, err := w.tx.Exec(`INSERT INTO entries (id, collection_id, slug, title, sort, revision) VALUES ($1, $2, $3, $4, $5, $6)`,
		e.ID, e.Collection.ID, e.Slug, e.Title, sortKey(e.Title), n)
	return err
}

func (w *writer) taken(c pollen.CollectionID, slug string) (bool, error) {
	var one int
	return w.tx.Get(`
		SELECT 1 FROM entries WHERE collection_id = $1 AND slug = $2
		UNION ALL SELECT 1 FROM former_slugs WHERE collection_id = $1 AND slug = $2 LIMIT 1`, []any{c, slug}, &one)
}

// index brings the side tables from the current content to the next. A retired
// entry stands in none of them, so that its unique values are free again.
func (w *writer) index(e *Entry, next *Content, wasLive bool) error {
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		var old, now json.RawMessage
		if wasLive {
			old = e.Values[f.ID]
		}
		if e.Live() {
			now = next.Values[f.ID]
		}
		if string(old) == string(now) {
			continue
		}
		if err := w.indexField(e, f, old, now); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) indexField(e *Entry, f *schema.Field, old, now json.RawMessage) error {
	field, id := int64(f.ID), e.ID
	if f.Searchable() {
		was, is := f.Keys(old), f.Keys(now)
		for _, k := range minus(was, is) {
			if _, err := w.tx.Exec(`DELETE FROM entry_keys WHERE field_id = $1 AND key = $2 AND entry_id = $3`, field, k, id); err != nil {
				return err
			}
		}
		for _, k := range minus(is, was) {
			if _, err := w.tx.Exec(`INSERT INTO entry_keys (field_id, key, entry_id) VALUES ($1, $2, $3)`, field, k, id); err != nil {
				return err
			}
		}
	}
	if f.Unique {
		was, is := f.Keys(old), f.Keys(now)
		for _, k := range minus(was, is) {
			if _, err := w.tx.Exec(`DELETE FROM entry_uniques WHERE field_id = $1 AND key = $2 AND entry_id = $3`, field, k, id); err != nil {
				return err
			}
		}
		for _, k := range minus(is, was) {
			n, err := w.tx.Exec(`INSERT INTO entry_uniques (field_id, key, entry_id) VALUES ($1, $2, $3) ON CONFLICT (field_id, key) DO NOTHING`, field, k, id)
			if err != nil {
				return err
			}
			if n == 0 {
				return notUnique(f, now)
			}
		}
	}
	was, is := f.Refs(old), f.Refs(now)
	for _, to := range minus(was, is) {
		if _, err := w.tx.Exec(`DELETE FROM entry_refs WHERE to_id = $1 AND field_id = $2 AND from_id = $3`, to, field, id); err != nil {
			return err
		}
	}
	for _, to := range minus(is, was) {
		if _, err := w.tx.Exec(`INSERT INTO entry_refs (to_id, field_id, from_id) VALUES ($1, $2, $3)`, to, field, id); err != nil {
			return err
		}
	}
	return nil
}

// minus gives what a holds and b does not, each once.
func minus[T comparable](a, b []T) (out []T) {
	for _, x := range a {
		if !slices.Contains(b, x) && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// ConflictsOf returns what is in conflict when err says so.
func ConflictsOf(err error) *Conflicts {
	if c, ok := errors.AsType[*Conflicts](err); ok {
		return c
	}
	return nil
}
