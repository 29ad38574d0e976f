package transfer

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// Conflict is a value that people changed since its source wrote it, and that
// the source says otherwise: somebody is to decide.
type Conflict struct {
	Batch    pollen.BatchID
	Source   string
	Entry    *registry.Entry
	Field    *schema.Field // nil is the body
	Here     json.RawMessage
	Incoming json.RawMessage
	Said     registry.Sayer // who said what stands here; zero where the actor may not know
	At       time.Time      // when the import began that says otherwise
}

// Name is the name of the field, as the API has it.
func (c *Conflict) Name() string {
	if c.Field == nil {
		return BodyColumn
	}
	return c.Field.Name
}

// Texts writes both values as the field reads them.
func (c *Conflict) Texts() (here, incoming string) {
	d := difference(c.Field, c.Here, c.Incoming)
	return d.Old, d.New
}

// conflictCursor is the place after the last conflict of a page.
type conflictCursor struct {
	Batch pollen.BatchID `json:"b"`
	Entry pollen.EntryID `json:"e"`
	Field pollen.FieldID `json:"f"`
}

// Conflicts lists the values of a collection that wait for somebody to decide,
// as far as the actor may read them.
func (t *Transfer) Conflicts(ctx context.Context, by pollen.Actor, collection string, limit int, cursor string) (p pollen.Page[Conflict], err error) {
	defer pollen.Wrap(&err, "transfer.Conflicts", collection)
	c, err := t.registry.Collection(ctx, by, collection)
	if err != nil {
		return p, err
	}
	var at conflictCursor
	if err := pollen.ReadCursor(cursor, &at); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	err = t.db.Read(ctx, func(tx *sqldb.Tx) error {
		type found struct {
			conflictCursor
			source, incoming string
			at               int64
		}
		var all []found
		err := tx.Each(`
			SELECT x.batch_id, x.entry_id, x.field_id, b.source, x.incoming, b.at FROM import_conflicts x JOIN batches b ON b.id = x.batch_id
			WHERE b.collection_id = $1 AND x.decided_at IS NULL AND (x.batch_id, x.entry_id, x.field_id) > ($2, $3, $4)
			ORDER BY x.batch_id, x.entry_id, x.field_id LIMIT $5`,
			[]any{c.ID, int64(at.Batch), int64(at.Entry), int64(at.Field), limit + 1}, func(rows *sql.Rows) error {
				var f found
				err := rows.Scan(&f.Batch, &f.Entry, &f.Field, &f.source, &f.incoming, &f.at)
				all = append(all, f)
				return err
			})
		if err != nil {
			return err
		}
		for i, f := range all {
			if i == limit {
				p.Next = pollen.Cursor(all[i-1].conflictCursor)
				break
			}
			e, err := t.registry.In(tx, by, f.Entry)
			if err != nil {
				return err
			}
			x := Conflict{Batch: f.Batch, Source: f.source, Entry: e, Field: c.Schema.ByID(f.Field), Here: e.Value(f.Field), Incoming: incoming(f.incoming), At: sqldb.Time(f.at)}
			gone := f.Field != bodyField && (x.Field == nil || !c.FieldReadable(by, x.Field, e.ID))
			if e.Live() && !gone {
				p.Items = append(p.Items, x)
			}
		}
		return t.sayers(tx, by, p.Items)
	})
	return p, err
}

// sayers finds who said what stands.
func (t *Transfer) sayers(tx *sqldb.Tx, by pollen.Actor, all []Conflict) error {
	var entries []*registry.Entry
	for i := range all {
		entries = append(entries, all[i].Entry)
	}
	said, err := t.registry.Sayers(tx, by, entries)
	if err != nil {
		return err
	}
	for i := range all {
		x := &all[i]
		field := bodyField
		if x.Field != nil {
			field = x.Field.ID
		}
		x.Said = said[x.Entry.ID][x.Entry.SinceOf(field)]
	}
	return nil
}

func incoming(s string) json.RawMessage {
	if s == "null" {
		return nil
	}
	return json.RawMessage(s)
}

// Choice decides one conflict.
type Choice struct {
	Batch pollen.BatchID
	Entry pollen.EntryID
	Field string // its name, or body
	Take  bool   // the value of the source; else what stands is kept
}

// Decide keeps what people made of a value, or takes what the source says of it,
// as a revision of the actor. Whoever may change the entry may decide. It fails
// with NotFound when the collection has no such entry, when nothing waits, or
// when somebody decided already.
func (t *Transfer) Decide(ctx context.Context, by pollen.Actor, collection string, d Choice) (err error) {
	defer pollen.Wrap(&err, "transfer.Decide", collection, d.Entry, d.Field)
	return t.db.Write(ctx, func(tx *sqldb.Tx) error {
		e, err := t.registry.In(tx, by, d.Entry)
		if err != nil {
			return err
		}
		field, ok := d.field(by, e)
		if !ok || e.Collection.Slug != collection {
			return pollen.Absent()
		}
		if err := e.Collection.Writable(by); err != nil {
			return err
		}
		var text string
		found, err := tx.Get(`SELECT incoming FROM import_conflicts WHERE batch_id = $1 AND entry_id = $2 AND field_id = $3 AND decided_at IS NULL`,
			[]any{d.Batch, d.Entry, int64(field)}, &text)
		if err == nil && !found {
			err = pollen.Errorf(pollen.NotFound, "transfer.decided", "Nothing waits to be decided here any more.")
		}
		if err == nil && d.Take {
			_, err = t.registry.ReviseIn(tx, by, d.Entry, d.change(text))
		}
		if err != nil {
			return err
		}
		return decided(tx, &d, field)
	})
}

// field is the field of the entry that is decided on, if the actor may read it.
func (d *Choice) field(by pollen.Actor, e *registry.Entry) (id pollen.FieldID, ok bool) {
	if d.Field == BodyColumn {
		return bodyField, true
	}
	f := e.Collection.Schema.Field(d.Field)
	if f == nil || !e.Collection.FieldReadable(by, f, e.ID) {
		return 0, false
	}
	return f.ID, true
}

// change makes the value what the source says.
func (d *Choice) change(text string) (ch registry.Change) {
	if d.Field != BodyColumn {
		ch.Values = map[string]json.RawMessage{d.Field: json.RawMessage(text)}
		return ch
	}
	_, body := (&Conflict{Incoming: incoming(text)}).Texts()
	ch.Body = &body
	return ch
}

func decided(tx *sqldb.Tx, d *Choice, field pollen.FieldID) error {
	_, err := tx.Exec(`UPDATE import_conflicts SET decided_at = $4 WHERE batch_id = $1 AND entry_id = $2 AND field_id = $3`,
		d.Batch, d.Entry, int64(field), sqldb.Millis(tx.Now))
	return err
}

// Erase forgets what sources said of an entry whose content is erased. Rows that
// an import refused belong to no entry: they go with whoever imported them.
func Erase(tx *sqldb.Tx, id pollen.EntryID) error {
	for _, query := range []string{`DELETE FROM import_conflicts WHERE entry_id = $1`, `DELETE FROM import_seen WHERE entry_id = $1`, `DELETE FROM import_targets WHERE entry_id = $1`} {
		if _, err := tx.Exec(query, id); err != nil {
			return err
		}
	}
	return nil
}
