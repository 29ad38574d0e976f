package registry

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

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
	loose  bool             // what it writes rests on other entries, or on contents
}

// env tells values how to find the entries they refer to.
func (w *writer) env() *schema.Env {
	env := w.r.env(w.tx, w.by)
	find := env.Resolve
	env.Resolve = func(target, text string) (pollen.EntryID, error) {
		w.loose = true
		return find(target, text)
	}
	return env
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
	d, err := w.workOut(e, next)
	if err != nil || len(d.steps) == 0 {
		return err
	}
	if w.batch != nil {
		return w.batch.put(w.tx, d)
	}
	return d.write(w.tx, w.r.journal)
}

// workOut works out what [writer.save] writes, and makes e what it will be.
func (w *writer) workOut(e *Entry, next Content) (*writeSet, error) {
	d := &writeSet{entry: e}
	note, err := cleanNote(w.note)
	if err != nil {
		return nil, err
	}
	if err := w.portraits(e, &next); err != nil {
		return nil, err
	}
	fields := changed(&e.Content, &next)
	standing := w.kind == pollen.ActRetire || w.kind == pollen.ActRestore || w.kind == pollen.ActMerge
	if e.Revision > 0 && len(fields) == 0 && !standing {
		return d, nil
	}
	s := &e.Collection.Schema
	if err := w.allowed(e, fields); err != nil {
		return nil, err
	}
	isNew := func(id pollen.FieldID) bool { return e.Revision == 0 || slices.Contains(fields, id) }
	if err := s.Check(isNew, next.Values); err != nil && w.batch == nil {
		return nil, err
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
	wasLive := e.Revision > 0 && e.Live()
	switch w.kind {
	case pollen.ActRetire:
		e.Retired = w.when()
	case pollen.ActMerge:
		e.Retired, e.Into = w.when(), w.into
	case pollen.ActRestore, pollen.ActCreate:
		e.Retired = sqldb.Time(0)
	}
	if err := w.point(d, e, &next, n, !standing); err != nil {
		return nil, err
	}
	w.index(d, e, &next, wasLive)
	if err := w.refer(d, e, &next); err != nil {
		return nil, err
	}
	if s.Retyped() {
		next.Schema = e.Collection.Version
	}
	content, salt := next.encode(), make([]byte, journal.SaltSize)
	if len(content) > maxContent {
		return nil, pollen.Errorf(pollen.Invalid, "registry.large", "With this the entry would be too large: {size}, at most {max}. Put long texts into attachments.", "size", pollen.Bytes(int64(len(content))), "max", maxContent)
	}
	if _, err := io.ReadFull(w.tx.DB.Rand, salt); err != nil {
		return nil, fmt.Errorf("reading randomness: %w", err)
	}
	d.proven = proven{e.ID, n, w.who(), w.when(), w.kind, journal.Seal(salt, content)}
	was := Content{}
	if wasLive {
		was = e.Content
	}
	d.links = func() bool { return e.Live() && brings(s, &was, &next) }
	taken, err := w.takes(e, &next, fields, wasLive && !e.Live())
	if err != nil {
		return nil, err
	}
	e.Content, e.Revision = next, n
	d.detail = journal.Detail{Collection: e.Collection.ID, Revision: n, To: w.to, Into: w.into, Name: w.name,
		Created: truth(!wasLive && e.Live()), Removed: truth(wasLive && !e.Live()), Taken: truth(taken), Body: slices.Contains(fields, bodyField),
		Fields: slices.DeleteFunc(fields, func(id pollen.FieldID) bool { return id == bodyField })}
	var act pollen.ActID
	var batch pollen.BatchID
	if w.batch != nil {
		act, batch = w.batch.act, w.batch.id
	} else {
		act = pollen.ActID(w.tx.DB.Mint.Ordered())
		d.act = &journal.Act{ID: act, Persona: w.by.Persona, Kind: w.kind, Object: pollen.Ref(pollen.ObjectEntry, e.ID),
			Community: e.Collection.Community, Causes: w.causes, Detail: d.detail, Content: d.proven.digest,
			Links: d.links, Stands: e.stands}
		if err := w.r.journal.Seal(w.tx, d.act); err != nil {
			return nil, err
		}
	}
	d.add(&revisionRows, nil, e.ID, n, act, w.kind, int64(w.who()), sqldb.Millis(w.when()), batch, note, content, salt)
	d.loose = w.loose
	return d, nil
}

// takes reports whether next takes away what others gave: an entry that goes out
// of sight, or a value, or the text, without another in its place. What describes
// the actor is theirs.
func (w *writer) takes(e *Entry, next *Content, fields []pollen.FieldID, removed bool) (bool, error) {
	if w.by.System() || e.ID == w.by.Entry || w.batch != nil && w.batch.holds(e.ID) {
		return false, nil
	}
	var gave []int // the revisions that gave it
	if removed {
		gave = append(gave, 1)
	}
	for _, id := range fields {
		if e.Revision > 0 && e.holds(id) && !next.holds(id) {
			gave = append(gave, e.SinceOf(id))
		}
	}
	for _, n := range gave {
		own, err := w.tx.Get(`
			SELECT 1 FROM revisions r WHERE entry_id = $1 AND n = $2
			AND (persona_id = $3 OR EXISTS (SELECT 1 FROM batches b WHERE b.id = r.batch_id AND b.persona_id = $3))`,
			[]any{e.ID, n, int64(w.by.Persona)}, new(int))
		if err != nil || !own {
			return true, err
		}
	}
	return false, nil
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

// The tables that a write adds rows to. A unique value, an address, a reference
// to a content may be there already: who is too late learns it from the row
// that was not written. So may a key or a reference while an amendment makes
// them anew: it is what is to be there.
var (
	entryRows    = table{`entries (id, collection_id, slug, title, sort, revision)`, `ON CONFLICT DO NOTHING`, nil}
	revisionRows = table{`revisions (entry_id, n, act_id, kind, persona_id, at, batch_id, note, content, salt)`, ``, nil}
	keyRows      = table{`entry_keys (field_id, key, entry_id)`, `ON CONFLICT DO NOTHING`, byKey}
	uniqueRows   = table{`entry_uniques (field_id, key, entry_id)`, `ON CONFLICT (field_id, key) DO NOTHING`, byKey}
	refRows      = table{`entry_refs (to_id, field_id, from_id)`, `ON CONFLICT DO NOTHING`, nil}
	blobRows     = table{`entry_blobs (hash, field_id, entry_id)`, `ON CONFLICT DO NOTHING`, nil}
)

// point writes the row of the entry: title, address, current revision. It is
// the first step of a write set.
func (w *writer) point(d *writeSet, e *Entry, next *Content, n int, stands bool) error {
	title := e.Collection.title(e.ID, next.Values)
	if e.Revision > 0 {
		d.move(e, title, n, stands)
		return nil
	}
	e.Title = title
	if err := w.address(e); err != nil {
		return err
	}
	if err := w.clash(e, next); err != nil {
		return err
	}
	d.add(&entryRows, errMoved, e.ID, e.Collection.ID, e.Slug, e.Title, sortKey(e.Title), n)
	return nil
}

// clash refuses a new entry whose unique value is known to be another's already,
// where new entries are held: the row would only be missed with all the others.
func (w *writer) clash(e *Entry, next *Content) error {
	if w.batch == nil || w.batch.known == nil {
		return nil
	}
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if !f.Unique {
			continue
		}
		for _, k := range f.Keys(next.Values[f.ID]) {
			if w.batch.known.keys[uniqueKey{int64(f.ID), k}] != 0 {
				return e.notUnique(w.by, f, next.Values[f.ID])
			}
		}
	}
	return nil
}

// whereUnmoved is what a write set of an entry that exists rests on: its revision, its
// address, and the collection with its schema.
const whereUnmoved = ` WHERE id = $1 AND slug = $2 AND revision = $3 - 1
	AND EXISTS (SELECT 1 FROM collections c WHERE c.id = $4 AND c.schema_n = $5 AND c.audience = $6 AND c.language = $7 AND c.community_id = $8)`

// move brings the row of an entry to its next revision. What stays as it is is
// not named: an index is written anew for every column of it that is.
func (d *writeSet) move(e *Entry, title string, n int, stands bool) {
	c := e.Collection
	s := step{missed: errMoved, query: `UPDATE entries SET revision = $3` + whereUnmoved,
		args: []any{e.ID, e.Slug, n, c.ID, c.Version, c.Audience, c.Language, c.Community}}
	if title != e.Title || !stands {
		var retired any
		if !e.Live() {
			retired = sqldb.Millis(e.Retired)
		}
		s.query = `UPDATE entries SET revision = $3, title = $9, sort = $10, retired_at = $11, merged_into = $12` + whereUnmoved
		s.args = append(s.args, title, sortKey(title), retired, e.Into)
	}
	e.Title = title
	d.steps = append(d.steps, s)
}

// address gives a new entry its address: the one that was asked for, or one
// made of its title. A taken one gets the end of the identifier, which no other
// has.
func (w *writer) address(e *Entry) error {
	if e.Slug != "" && !ValidSlug(e.Slug) {
		return pollen.Errorf(pollen.Invalid, "registry.slug", "“{slug}” cannot be an address: use lower-case letters, digits and hyphens, for instance power-sites.", "slug", e.Slug).On("slug")
	}
	wanted := e.Slug
	if wanted == "" {
		wanted = Slug(e.Title)
	}
	id := e.ID.String()
	for _, slug := range []string{wanted, strings.Trim(wanted+"-"+id[len(id)-5:], "-"), id} {
		if slug == "" {
			continue
		}
		taken, err := w.taken(e.Collection.ID, slug)
		switch {
		case err != nil:
			return err
		case taken && e.Slug != "":
			return pollen.Errorf(pollen.Conflict, "registry.slug-taken", "The address “{slug}” is taken. Choose another.", "slug", slug).On("slug")
		case !taken:
			e.Slug = slug
			return nil
		}
	}
	return nil
}

func (w *writer) taken(c pollen.CollectionID, slug string) (bool, error) {
	if w.batch != nil && w.batch.known != nil {
		if h, ok := w.batch.known.slugs[slug]; ok {
			return h.id != 0, nil
		}
	}
	var one int
	return w.tx.Get(`
		SELECT 1 FROM entries WHERE collection_id = $1 AND slug = $2
		UNION ALL SELECT 1 FROM former_slugs WHERE collection_id = $1 AND slug = $2 LIMIT 1`, []any{c, slug}, &one)
}

// index brings the side tables from the current content to the next. A retired
// entry stands in none of them, so that its unique values are free again.
func (w *writer) index(d *writeSet, e *Entry, next *Content, wasLive bool) {
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		var old, now json.RawMessage
		if wasLive {
			old = e.Values[f.ID]
		}
		if e.Live() {
			now = next.Values[f.ID]
		}
		if string(old) != string(now) {
			var taken error
			if f.Unique {
				taken = e.notUnique(w.by, f, now)
			}
			d.index(e.ID, f, old, now, taken)
		}
	}
}

const deleteUnique = `DELETE FROM entry_uniques WHERE field_id = $1 AND key = $2 AND entry_id = $3`

// index brings the side tables from one value to the next; taken is the error
// where the next one is another entry's.
func (d *writeSet) index(id pollen.EntryID, f *schema.Field, old, now json.RawMessage, taken error) {
	was, is := sides{refs: f.Refs(old)}, sides{refs: f.Refs(now)}
	if f.Searchable() {
		was.keys, is.keys = f.Keys(old), f.Keys(now)
	}
	d.side(id, f.ID, was, is)
	if f.Unique {
		for _, k := range minus(was.keys, is.keys) {
			d.do(deleteUnique, int64(f.ID), k, id)
		}
		for _, k := range minus(is.keys, was.keys) {
			d.add(&uniqueRows, taken, int64(f.ID), k, id)
		}
	}
}

// sides is what the side tables hold of a field of an entry, beside unique keys.
type sides struct {
	keys []string
	refs []pollen.EntryID
}

// side brings them from what they hold to what they are to hold.
func (d *writeSet) side(id pollen.EntryID, field pollen.FieldID, was, is sides) {
	f := int64(field)
	for _, k := range minus(was.keys, is.keys) {
		d.do(`DELETE FROM entry_keys WHERE field_id = $1 AND key = $2 AND entry_id = $3`, f, k, id)
	}
	for _, k := range minus(is.keys, was.keys) {
		d.add(&keyRows, nil, f, k, id)
	}
	for _, to := range minus(was.refs, is.refs) {
		d.do(`DELETE FROM entry_refs WHERE to_id = $1 AND field_id = $2 AND from_id = $3`, to, f, id)
	}
	for _, to := range minus(is.refs, was.refs) {
		d.add(&refRows, nil, to, f, id)
	}
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
