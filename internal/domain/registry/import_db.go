package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// meeting is a row with the entry that it is about.
type meeting struct {
	e       *Entry
	next    Content
	out     Outcome
	settled bool // there is nothing to write
	source  origin
	values  map[pollen.FieldID]json.RawMessage // what the row says, for the base of the next import
}

// origin is what the rule finds out about an entry.
type origin struct {
	base  schema.Values // what the source said last
	known bool
	noted bool // import_seen holds it
}

// meet finds the entry that a row is about and works out what it becomes.
func (r *Registry) meet(tx *sqldb.Tx, by pollen.Actor, c *Collection, env *schema.Env, row *Row, rule *Rule) (m meeting, err error) {
	if row.Past != nil {
		return r.meetPast(tx, c, env, row)
	}
	id := row.Entry
	if id == 0 && row.Key != "" {
		if id, err = r.byKey(tx, by, c, env, row); err != nil {
			return m, err
		}
	}
	if id == 0 {
		m.e = &Entry{Collection: c, Slug: row.Slug}
		m.next = Content{Values: schema.Values{}}
		m.out.Postponed, err = row.read(&c.Schema, &m.next, env)
		m.values = m.next.Values
		return m, err
	}
	e, collection, err := r.bare(tx, `e.id = $1`, id)
	switch {
	case err != nil:
		return m, err
	case collection != c.ID:
		return m, pollen.Errorf(pollen.Conflict, "registry.elsewhere", "This entry is in another collection.")
	}
	e.Collection = c
	if err := standing(e); err != nil {
		return m, err
	}
	m.e, m.out.Entry = e, id
	wished := e.Content.clone()
	if m.out.Postponed, err = row.read(&c.Schema, &wished, env); err != nil {
		return m, err
	}
	if rule == nil {
		m.next = wished
		return m, nil
	}
	return m, r.weigh(tx, &m, row, wished, rule)
}

// read reads the row's change into content. References to what is not there
// are put aside when the row may be postponed.
func (row *Row) read(s *schema.Schema, c *Content, env *schema.Env) (postponed []string, err error) {
	ch := row.Change
	if row.Postpone {
		missing := map[string]bool{}
		look := *env
		look.Resolve = func(target, text string) (pollen.EntryID, error) {
			id, err := env.Resolve(target, text)
			if pollen.Is(err, pollen.NotFound) {
				missing[target+"\x00"+text] = true
			}
			return id, err
		}
		for i := range s.Fields {
			f := &s.Fields[i]
			if f.Type != schema.Reference {
				continue
			}
			texts, inTexts := ch.Texts[f.Name]
			raw, inValues := ch.Values[f.Name]
			clear(missing)
			if inTexts {
				_, err = f.FromTexts(texts, &look)
			} else if inValues {
				_, err = f.FromJSON(raw, &look)
			} else {
				continue
			}
			if len(missing) == 0 {
				continue // the change itself tells any other error
			}
			if len(postponed) == 0 {
				ch.Texts, ch.Values = maps.Clone(ch.Texts), maps.Clone(ch.Values)
			}
			delete(ch.Texts, f.Name)
			delete(ch.Values, f.Name)
			postponed = append(postponed, f.Name)
		}
	}
	return postponed, ch.apply(s, c, env)
}

// byKey finds the entry that has the row's key; 0 when none has it. It fails
// with Invalid when the row has no key, and with Conflict when several live
// entries have it.
func (r *Registry) byKey(tx *sqldb.Tx, by pollen.Actor, c *Collection, env *schema.Env, row *Row) (id pollen.EntryID, err error) {
	f := c.Schema.Field(row.Key)
	if f == nil || !f.Searchable() || !c.FieldReadable(by, f, 0) {
		return 0, pollen.Errorf(pollen.Invalid, "registry.key", "“{name}” cannot tell entries apart: name a field that is unique or can be filtered.", "name", row.Key).On("key")
	}
	var v json.RawMessage
	if texts, ok := row.Texts[f.Name]; ok {
		v, err = f.FromTexts(texts, env)
	} else {
		v, err = f.FromJSON(row.Values[f.Name], env)
	}
	if err != nil {
		return 0, err
	}
	keys := f.Keys(v)
	if len(keys) != 1 {
		return 0, pollen.Errorf(pollen.Invalid, "registry.key-missing", "The row has no “{name}”, by which entries are told apart.", "name", row.Key).On(row.Key)
	}
	if f.Unique {
		_, err = tx.Get(`SELECT entry_id FROM entry_uniques WHERE field_id = $1 AND key = $2`, []any{int64(f.ID), keys[0]}, &id)
		return id, err
	}
	n := 0
	err = tx.Each(`SELECT entry_id FROM entry_keys WHERE field_id = $1 AND key = $2 LIMIT 2`, []any{int64(f.ID), keys[0]}, func(rows *sql.Rows) error {
		n++
		return rows.Scan(&id)
	})
	if err == nil && n > 1 {
		err = pollen.Errorf(pollen.Conflict, "registry.key-twice", "Several entries have {value} as “{name}”. Choose a key that only one has.", "value", f.Text(v), "name", row.Key).On(row.Key)
	}
	return id, err
}

// weigh applies the rule to every value that the row says.
func (r *Registry) weigh(tx *sqldb.Tx, m *meeting, row *Row, wished Content, rule *Rule) (err error) {
	if m.source, err = r.origin(tx, m.e, rule); err != nil {
		return err
	}
	m.next, m.values = m.e.Content.clone(), map[pollen.FieldID]json.RawMessage{}
	s := &m.e.Collection.Schema
	for i := range s.Fields {
		f := &s.Fields[i]
		_, inTexts := row.Texts[f.Name]
		_, inValues := row.Values[f.Name]
		if !inTexts && !inValues || slices.Contains(m.out.Postponed, f.Name) {
			continue
		}
		x := said{current: m.e.Values[f.ID], incoming: wished.Values[f.ID], base: m.source.base[f.ID], known: m.source.known}
		m.values[f.ID] = x.incoming
		if !x.known && len(x.current) > 0 && string(x.current) != string(x.incoming) {
			if x.byPeople, err = byPeople(tx, m.e.ID, m.e.SinceOf(f.ID)); err != nil {
				return err
			}
		}
		next, kept := x.decide(shape(f), rule.Overwrite)
		set(m.next.Values, f.ID, next)
		if kept {
			m.out.Kept = append(m.out.Kept, Kept{Field: f, Current: x.current, Incoming: x.incoming})
		}
	}
	if row.Body != nil {
		m.next.Body = wished.Body
	}
	return nil
}

// origin finds what the source of an import last said of an entry: what was
// noted of it, or else what its last batch wrote, or else the entry as it was on
// the day of the rule.
func (r *Registry) origin(tx *sqldb.Tx, e *Entry, rule *Rule) (o origin, err error) {
	var b []byte
	found, err := tx.Get(`SELECT content FROM import_seen WHERE source = $1 AND entry_id = $2`, []any{rule.Source, e.ID}, &b)
	if err != nil {
		return o, err
	}
	o.noted = found
	if !found {
		found, err = tx.Get(`
			SELECT v.content FROM revisions v JOIN batches b ON b.id = v.batch_id
			WHERE v.entry_id = $1 AND b.kind = $2 AND b.source = $3 AND b.state IN ($4, $5) ORDER BY v.n DESC LIMIT 1`,
			[]any{e.ID, BatchImport, rule.Source, BatchDone, BatchInProgress}, &b)
	}
	if err == nil && !found && !rule.AsOf.IsZero() {
		found, err = tx.Get(`SELECT content FROM revisions WHERE entry_id = $1 AND at <= $2 ORDER BY n DESC LIMIT 1`,
			[]any{e.ID, sqldb.Millis(rule.AsOf)}, &b)
	}
	if err != nil || !found || b == nil {
		return o, err
	}
	content, err := decode(b)
	if err != nil {
		return o, damaged(e.ID, e.Revision, err)
	}
	o.base, o.known = content.Values, true
	return o, nil
}

// byPeople reports whether a revision was made by hand, not by an import.
func byPeople(tx *sqldb.Tx, id pollen.EntryID, n int) (bool, error) {
	var one int
	imported, err := tx.Get(`
		SELECT 1 FROM revisions v JOIN batches b ON b.id = v.batch_id WHERE v.entry_id = $1 AND v.n = $2 AND b.kind = $3`,
		[]any{id, n, BatchImport}, &one)
	return !imported, err
}

// remember writes what the row leaves behind: references put aside, values kept
// aside, and what the source said where that differs from what it wrote.
func (m *meeting) remember(tx *sqldb.Tx, batch pollen.BatchID, row *Row, rule *Rule, o Outcome) error {
	if len(o.Postponed) > 0 {
		if _, err := tx.Exec(`INSERT INTO import_later (batch_id, line, entry_id) VALUES ($1, $2, $3) ON CONFLICT (batch_id, line) DO NOTHING`,
			batch, row.Line, o.Entry); err != nil {
			return err
		}
	}
	for _, k := range o.Kept {
		if _, err := tx.Exec(`
			INSERT INTO import_conflicts (batch_id, entry_id, field_id, incoming) VALUES ($1, $2, $3, $4)
			ON CONFLICT (batch_id, entry_id, field_id) DO UPDATE SET incoming = excluded.incoming, decided_at = NULL`,
			batch, o.Entry, int64(k.Field.ID), string(k.Incoming)); err != nil {
			return err
		}
	}
	if rule == nil || row.Past != nil || o.Created {
		return nil
	}
	same := o.Changed
	for id, v := range m.values {
		if o.Changed {
			same = same && string(m.next.Values[id]) == string(v)
		} else if !m.source.known || string(m.source.base[id]) != string(v) {
			same = false
			break
		} else {
			same = true
		}
	}
	switch {
	case same && o.Changed && m.source.noted:
		_, err := tx.Exec(`DELETE FROM import_seen WHERE source = $1 AND entry_id = $2`, rule.Source, o.Entry)
		return err
	case same || len(m.values) == 0:
		return nil
	}
	seen := Content{Values: m.values}
	for id, v := range m.source.base { // what the file does not speak of this time
		if _, ok := seen.Values[id]; !ok {
			seen.Values[id] = v
		}
	}
	maps.DeleteFunc(seen.Values, func(_ pollen.FieldID, v json.RawMessage) bool { return len(v) == 0 })
	_, err := tx.Exec(`
		INSERT INTO import_seen (source, entry_id, content) VALUES ($1, $2, $3)
		ON CONFLICT (source, entry_id) DO UPDATE SET content = excluded.content`, rule.Source, o.Entry, string(seen.encode()))
	return err
}

// meetPast works out one revision of an imported history. What is there already
// is left alone, so that the same file can be imported again.
func (r *Registry) meetPast(tx *sqldb.Tx, c *Collection, env *schema.Env, row *Row) (m meeting, err error) {
	past := row.Past
	e, collection, err := r.bare(tx, `e.id = $1`, past.ID)
	switch {
	case pollen.Is(err, pollen.NotFound):
		e = &Entry{ID: past.ID, Slug: row.Slug}
	case err != nil:
		return m, err
	case collection != c.ID:
		return m, pollen.Errorf(pollen.Conflict, "registry.elsewhere", "This entry is in another collection.")
	}
	e.Collection = c
	m.e, m.next = e, Content{Values: schema.Values{}, Since: maps.Clone(e.Since)}
	m.out.Entry = past.ID
	// A history may speak of entries that come later, or never: their
	// identifiers stay as they are.
	trust := *env
	trust.Resolve = nil
	if err := row.apply(&c.Schema, &m.next, &trust); err != nil {
		return m, err
	}
	if e.Revision >= past.N {
		then, err := r.content(tx, past.ID, past.N)
		if err == nil && len(changed(&then, &m.next)) > 0 {
			err = pollen.Errorf(pollen.Conflict, "registry.other-history", "The entry has another history here. Import it into an empty directory.")
		}
		m.settled = true
		return m, err
	}
	if e.Revision != past.N-1 {
		return m, pollen.Errorf(pollen.Invalid, "registry.history-gap", "Revision {n} comes after {last}: those between are missing.", "n", past.N, "last", e.Revision)
	}
	return m, nil
}

// Preview works out what rows would do, and writes nothing: rows do not see
// each other.
func (r *Registry) Preview(ctx context.Context, by pollen.Actor, collection string, rows []Row, rule *Rule) (out []Outcome, err error) {
	defer pollen.Wrap(&err, "registry.Preview", collection)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionBy(tx, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		if err := access.Write(by, c.object()).Err(by, c.Readable(by)); err != nil {
			return err
		}
		env := r.env(tx)
		for i := range rows {
			m, err := r.meet(tx, by, c, env, &rows[i], rule)
			if err == nil && !m.settled {
				err = r.foresee(tx, by, &m)
			}
			if pollen.KindOf(err) == pollen.Internal && err != nil {
				return err
			}
			m.out.Err = err
			out = append(out, m.out)
		}
		return nil
	})
	return out, err
}

// foresee tells what writing would do, and refuses what it would refuse.
func (r *Registry) foresee(tx *sqldb.Tx, by pollen.Actor, m *meeting) error {
	fields := changed(&m.e.Content, &m.next)
	m.out.Created = m.e.Revision == 0
	m.out.Changed = m.out.Created || len(fields) > 0
	if !m.out.Changed {
		return nil
	}
	w := &writer{r: r, tx: tx, by: by}
	if err := w.allowed(m.e, fields); err != nil {
		return err
	}
	for _, id := range fields {
		f := m.e.Collection.Schema.ByID(id)
		if f == nil || !f.Unique {
			continue
		}
		for _, k := range f.Keys(m.next.Values[id]) {
			var other pollen.EntryID
			found, err := tx.Get(`SELECT entry_id FROM entry_uniques WHERE field_id = $1 AND key = $2`, []any{int64(id), k}, &other)
			if err != nil {
				return err
			}
			if found && other != m.e.ID {
				return notUnique(f, m.next.Values[id])
			}
		}
	}
	m.out.Diff = Compare(&m.e.Collection.Schema, &m.e.Content, &m.next)
	return nil
}

// Postponed lists the lines of a batch in progress whose references wait, after
// a line, at most limit.
func (r *Registry) Postponed(ctx context.Context, id pollen.BatchID, after int64, limit int) (lines []int64, entries []pollen.EntryID, err error) {
	defer pollen.Wrap(&err, "registry.Postponed", id)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`SELECT line, entry_id FROM import_later WHERE batch_id = $1 AND line > $2 ORDER BY line LIMIT $3`, []any{id, after, limit},
			func(rows *sql.Rows) error {
				var line int64
				var e pollen.EntryID
				err := rows.Scan(&line, &e)
				lines, entries = append(lines, line), append(entries, e)
				return err
			})
	})
	return lines, entries, err
}

// InProgress returns the import that a file began and did not end. It fails
// with NotFound.
func (r *Registry) InProgress(ctx context.Context, by pollen.Actor, collection, source, digest string) (b Batch, err error) {
	defer pollen.Wrap(&err, "registry.InProgress", collection)
	return r.importOf(ctx, by, collection, source, digest, BatchInProgress)
}

// Imported returns the last import of the same file that ended well. It fails
// with NotFound.
func (r *Registry) Imported(ctx context.Context, by pollen.Actor, collection, source, digest string) (b Batch, err error) {
	defer pollen.Wrap(&err, "registry.Imported", collection)
	return r.importOf(ctx, by, collection, source, digest, BatchDone)
}

func (r *Registry) importOf(ctx context.Context, by pollen.Actor, collection, source, digest string, state BatchState) (b Batch, err error) {
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionBy(tx, `c.slug = $1`, collection)
		if err != nil {
			return err
		}
		if !c.Readable(by).OK {
			return absent()
		}
		found := false
		err = tx.Each(`SELECT `+batchColumns+` FROM batches WHERE collection_id = $1 AND kind = $2 AND source = $3 AND digest = $4 AND state = $5 ORDER BY id DESC LIMIT 1`,
			[]any{c.ID, BatchImport, source, digest, state}, func(rows *sql.Rows) error {
				found = true
				b, err = scanBatch(rows)
				return err
			})
		if err == nil && !found {
			err = absent()
		}
		return err
	})
	return b, err
}

// Undecided is a value that an import brought and that waits for somebody to
// decide.
type Undecided struct {
	Batch    pollen.BatchID
	Entry    *Entry
	Field    *schema.Field
	Incoming json.RawMessage
}

// Undecided lists the values of a batch that wait for somebody to decide, in
// the fields that the actor may read.
func (r *Registry) Undecided(ctx context.Context, by pollen.Actor, id pollen.BatchID, limit int, cursor string) (p pollen.Page[Undecided], err error) {
	defer pollen.Wrap(&err, "registry.Undecided", id)
	at := struct{ Entry, Field int64 }{}
	if err := pollen.ReadCursor(cursor, &at); err != nil {
		return p, err
	}
	if _, err := r.Batch(ctx, by, id); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		type row struct {
			entry    pollen.EntryID
			field    pollen.FieldID
			incoming string
		}
		var all []row
		err := tx.Each(`
			SELECT entry_id, field_id, incoming FROM import_conflicts
			WHERE batch_id = $1 AND decided_at IS NULL AND (entry_id > $2 OR entry_id = $2 AND field_id > $3)
			ORDER BY entry_id, field_id LIMIT $4`, []any{id, at.Entry, at.Field, limit + 1}, func(rows *sql.Rows) error {
			var x row
			err := rows.Scan(&x.entry, &x.field, &x.incoming)
			all = append(all, x)
			return err
		})
		if err != nil {
			return err
		}
		if len(all) > limit {
			all = all[:limit]
			at.Entry, at.Field = int64(all[limit-1].entry), int64(all[limit-1].field)
			p.Next = pollen.Cursor(at)
		}
		for _, x := range all {
			e, err := r.entryFor(tx, by, x.entry)
			if err != nil {
				return err
			}
			if f := e.Collection.Schema.ByID(x.field); f != nil && e.Collection.FieldReadable(by, f, e.ID) {
				p.Items = append(p.Items, Undecided{Batch: id, Entry: e.visible(by), Field: f, Incoming: json.RawMessage(x.incoming)})
			}
		}
		return nil
	})
	return p, err
}

// Choice is what becomes of a value that waits.
type Choice string

// The choices.
const (
	Keep Choice = "keep" // the value in the directory stays
	Take Choice = "take" // the value of the file replaces it
)

// Decide settles one value that an import brought. It fails with NotFound when
// none waits.
func (r *Registry) Decide(ctx context.Context, by pollen.Actor, id pollen.BatchID, entry pollen.EntryID, field string, choice Choice) (e *Entry, err error) {
	defer pollen.Wrap(&err, "registry.Decide", id, entry)
	if choice != Keep && choice != Take {
		return nil, pollen.Errorf(pollen.Invalid, "registry.choice", "Choose keep or take.").On("choice")
	}
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		if e, err = r.writable(tx, by, entry); err != nil {
			return err
		}
		f := e.Collection.Schema.Field(field)
		if f == nil || !e.Collection.FieldReadable(by, f, e.ID) {
			return unknownField(field)
		}
		var incoming string
		found, err := tx.Get(`SELECT incoming FROM import_conflicts WHERE batch_id = $1 AND entry_id = $2 AND field_id = $3 AND decided_at IS NULL`,
			[]any{id, entry, int64(f.ID)}, &incoming)
		if err != nil || !found {
			if err == nil {
				err = absent()
			}
			return err
		}
		if _, err := tx.Exec(`UPDATE import_conflicts SET decided_at = $4 WHERE batch_id = $1 AND entry_id = $2 AND field_id = $3`,
			id, entry, int64(f.ID), sqldb.Millis(tx.Now)); err != nil {
			return err
		}
		if choice == Keep {
			return nil
		}
		next := e.Content.clone()
		set(next.Values, f.ID, json.RawMessage(incoming))
		w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRevise}
		return w.save(e, next)
	})
	if err != nil {
		return nil, err
	}
	return e.visible(by), nil
}

// State is one state of an entry with its content, for those who export
// histories.
type State struct {
	Revision
	Slug    string
	Into    pollen.EntryID
	Content Content
}

// States calls fn for every revision of the entries of a collection, entry by
// entry, oldest first, with the values that the actor may read. Entries that are
// retired or merged are among them.
func (r *Registry) States(ctx context.Context, by pollen.Actor, collection string, fn func(*Collection, *State) error) (err error) {
	defer pollen.Wrap(&err, "registry.States", collection)
	c, err := r.Collection(ctx, by, collection)
	if err != nil {
		return err
	}
	const some = 200
	for after := (pollen.EntryID)(0); ; {
		var states []State
		err := r.read(ctx, func(tx *sqldb.Tx) error {
			states = states[:0]
			return tx.Each(`
				SELECT v.entry_id, v.n, v.act_id, v.kind, v.persona_id, v.at, v.batch_id, v.note, e.slug, e.merged_into, v.content
				FROM (SELECT id, slug, merged_into FROM entries WHERE collection_id = $1 AND id > $2 ORDER BY id LIMIT $3) e
				JOIN revisions v ON v.entry_id = e.id ORDER BY v.entry_id, v.n`, []any{c.ID, int64(after), some}, func(rows *sql.Rows) error {
				var s State
				var at int64
				var content []byte
				if err := rows.Scan(&s.Entry, &s.N, &s.Act, &s.Kind, &s.By, &at, &s.Batch, &s.Note, &s.Slug, &s.Into, &content); err != nil {
					return err
				}
				s.At = sqldb.Time(at)
				if content != nil { // an erased one is empty
					var err error
					if s.Content, err = decode(content); err != nil {
						return damaged(s.Entry, s.N, err)
					}
				}
				states = append(states, s)
				return nil
			})
		})
		if err != nil || len(states) == 0 {
			return err
		}
		for i := range states {
			s := &states[i]
			e := Entry{ID: s.Entry, Collection: c, Content: s.Content}
			s.Content = e.visible(by).Content
			if err := fn(c, s); err != nil {
				return err
			}
		}
		after = states[len(states)-1].Entry
	}
}
