package registry

import (
	"context"
	"database/sql"
	"slices"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Reference is how an entry that an actor may read refers to a content.
type Reference struct {
	Entry pollen.EntryID
	Type  schema.Type // of the field: an image or an attachment
}

// Refers finds an entry that refers to a content, in any of its revisions, by
// a field that the actor may read. It fails with NotFound when there is none: a
// hash alone opens nothing.
func (r *Registry) Refers(ctx context.Context, by pollen.Actor, hash string) (ref Reference, err error) {
	defer pollen.Wrap(&err, "registry.Refers", hash)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		found := false
		if ref, found, err = r.refers(tx, by, hash); err == nil && !found {
			err = absent()
		}
		return err
	})
	return ref, err
}

func (r *Registry) refers(tx *sqldb.Tx, by pollen.Actor, hash string) (Reference, bool, error) {
	type place struct {
		ref        Reference
		field      pollen.FieldID
		collection pollen.CollectionID
	}
	var places []place
	err := tx.Each(`SELECT b.field_id, b.entry_id, e.collection_id FROM entry_blobs b JOIN entries e ON e.id = b.entry_id
		WHERE b.hash = $1 ORDER BY b.field_id, b.entry_id LIMIT 1000`, []any{hash}, func(rows *sql.Rows) error {
		var p place
		err := rows.Scan(&p.field, &p.ref.Entry, &p.collection)
		places = append(places, p)
		return err
	})
	if err != nil {
		return Reference{}, false, err
	}
	for _, p := range places {
		c, err := r.collectionBy(tx, `c.id = $1`, p.collection)
		if err != nil {
			return Reference{}, false, err
		}
		f := c.Schema.ByID(p.field)
		if f == nil || !c.Readable(by).OK || !c.FieldReadable(by, f, p.ref.Entry) {
			continue
		}
		p.ref.Type = f.Type
		return p.ref, true, nil
	}
	return Reference{}, false, nil
}

// Keeps reports whether any revision refers to a content, for the sweep of
// those that none does.
func Keeps(tx *sqldb.Tx, hash string) (bool, error) {
	return tx.Get(`SELECT 1 FROM entry_blobs WHERE hash = $1 LIMIT 1`, []any{hash}, new(int))
}

// refer notes the contents that next refers to and e did not. A content may be
// named by whoever gave it or may read it already; one that is not here yet
// only by an import, whose file speaks of what stands elsewhere.
func (w *writer) refer(d *writeSet, e *Entry, next *Content) error {
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if f.Type != schema.Image && f.Type != schema.Attachment || string(e.Values[f.ID]) == string(next.Values[f.ID]) {
			continue
		}
		held := f.Blobs(e.Values[f.ID])
		for _, b := range f.Blobs(next.Values[f.ID]) {
			if slices.ContainsFunc(held, func(h schema.Blob) bool { return h.Hash == b.Hash && h.Type == b.Type && h.Size == b.Size }) {
				continue
			}
			w.loose = true // a content that nobody refers to may be swept
			if err := w.mayName(f, b); err != nil {
				return err
			}
			d.add(&blobRows, nil, b.Hash, int64(f.ID), e.ID)
		}
	}
	return nil
}

// mayName decides whether the actor may put a content into an entry.
func (w *writer) mayName(f *schema.Field, b schema.Blob) error {
	unknown := pollen.Errorf(pollen.Invalid, "registry.blob", "The content of “{name}” is not here. Send the file first.", "name", b.Name).On(f.Name)
	info, found, err := blob.Stat(w.tx, b.Hash)
	switch {
	case err != nil:
		return err
	case !found && (w.batch != nil || w.by.System()):
		return nil
	case !found || info.Type != b.Type || info.Size != b.Size:
		return unknown
	case w.by.System():
		return nil
	}
	if given, err := blob.GivenBy(w.tx, b.Hash, w.by.Persona); err != nil || given {
		return err
	}
	if _, found, err = w.r.refers(w.tx, w.by, b.Hash); err == nil && !found {
		err = unknown
	}
	return err
}
