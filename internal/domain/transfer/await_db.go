package transfer

import (
	"context"
	"strings"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// maxAwaited bounds a name that is waited for, in bytes.
const maxAwaited = 500

// await is the identifier that an entry will have which a reference means, and
// which is not here yet. When its own row is imported, it takes it.
func (j *job) await(p *registry.Work, collection, text string) (id pollen.EntryID, err error) {
	name := schema.Fold(text)
	found, err := p.Tx.Get(`SELECT entry_id FROM import_awaited WHERE collection = $1 AND name = $2`, []any{collection, name}, &id)
	if err != nil || found {
		return id, err
	}
	id = pollen.EntryID(p.Tx.DB.Mint.Ordered())
	if p.Batch.ID == 0 { // it is only shown
		return id, nil
	}
	_, err = p.Tx.Exec(`INSERT INTO import_awaited (collection, name, entry_id) VALUES ($1, $2, $3)`, collection, name, int64(id))
	return id, err
}

// calls are the names by which a reference elsewhere may mean a row: its address
// and its key.
func (j *job) calls(r *row) (names []string) {
	if r.slug != "" {
		names = append(names, schema.Fold(r.slug))
	}
	if f := j.c.Schema.Field(j.c.Schema.Key); f != nil && r.said[f.ID] != nil {
		names = append(names, schema.Fold(f.Text(r.said[f.ID])))
	}
	return names
}

// awaitedBy is whether rows imported earlier refer to entries of a collection
// that were not there.
func (t *Transfer) awaitedBy(ctx context.Context, collection string) (yes bool, err error) {
	err = t.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		yes, err = tx.Get(`SELECT 1 FROM import_awaited WHERE collection = $1 LIMIT 1`, []any{collection}, new(int))
		return err
	})
	return yes, err
}

// expected is the identifier by which others refer to an entry already that has
// some names; 0 is none.
func (j *job) expected(tx *sqldb.Tx, names []string) (id pollen.EntryID, err error) {
	for _, name := range names {
		if !j.awaited || id != 0 {
			break
		}
		if _, err := tx.Get(`SELECT entry_id FROM import_awaited WHERE collection = $1 AND name = $2`, []any{j.c.Slug, name}, &id); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// arrived forgets that somebody waits for an entry, once it is here.
func (j *job) arrived(tx *sqldb.Tx, names []string) error {
	for _, name := range names {
		if !j.awaited {
			break
		}
		if _, err := tx.Exec(`DELETE FROM import_awaited WHERE collection = $1 AND name = $2`, j.c.Slug, name); err != nil {
			return err
		}
	}
	return nil
}

// meant parts a reference into the collection and the name in it; ok is false
// where it says none.
func meant(target, text string) (collection, name string, ok bool) {
	if target != "" {
		return target, text, true
	}
	return strings.Cut(text, "/")
}
