package registry

import (
	"context"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
)

// Retire takes an entry out of lists and search. Its history, its address and
// its talk stay, and [Registry.Restore] brings it back.
func (r *Registry) Retire(ctx context.Context, by pollen.Actor, id pollen.EntryID, note string) (e *Entry, err error) {
	defer pollen.Wrap(&err, "registry.Retire", id)
	return r.stand(ctx, by, id, func(w *writer, e *Entry) error {
		w.kind, w.note = pollen.ActRetire, note
		return w.save(e, e.Content)
	})
}

// stand runs one change of standing of a live entry.
func (r *Registry) stand(ctx context.Context, by pollen.Actor, id pollen.EntryID, fn func(*writer, *Entry) error) (e *Entry, err error) {
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		if e, err = r.writable(tx, by, id); err != nil {
			return err
		}
		return fn(&writer{r: r, tx: tx, by: by}, e)
	})
	if err != nil {
		return nil, err
	}
	return e.visible(by), nil
}

// Restore brings a retired or merged entry back. It fails with Conflict when
// one of its unique values is taken by now.
func (r *Registry) Restore(ctx context.Context, by pollen.Actor, id pollen.EntryID, note string) (e *Entry, err error) {
	defer pollen.Wrap(&err, "registry.Restore", id)
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		if e, err = r.entryFor(tx, by, id); err != nil {
			return err
		}
		if e.Live() {
			return nil
		}
		if err := mayWrite(by, e); err != nil {
			return err
		}
		e.Into = 0
		w := &writer{r: r, tx: tx, by: by, kind: pollen.ActRestore, note: note}
		return w.save(e, e.Content)
	})
	if err != nil {
		return nil, err
	}
	return e.visible(by), nil
}

// Rename gives an entry another address. The former one leads to it for ever.
func (r *Registry) Rename(ctx context.Context, by pollen.Actor, id pollen.EntryID, slug string) (e *Entry, err error) {
	defer pollen.Wrap(&err, "registry.Rename", id, slug)
	if !ValidSlug(slug) {
		return nil, pollen.Errorf(pollen.Invalid, "registry.slug", "“{slug}” cannot be an address: use lower-case letters, digits and hyphens, for instance power-sites.", "slug", slug).On("slug")
	}
	return r.stand(ctx, by, id, func(w *writer, e *Entry) error {
		if e.Slug == slug {
			return nil
		}
		c := e.Collection.ID
		// An entry may take one of its own former addresses back.
		if _, err := w.tx.Exec(`DELETE FROM former_slugs WHERE collection_id = $1 AND slug = $2 AND entry_id = $3`, c, slug, e.ID); err != nil {
			return err
		}
		if taken, err := w.taken(c, slug); err != nil || taken {
			if err == nil {
				err = pollen.Errorf(pollen.Conflict, "registry.slug-taken", "The address “{slug}” is taken. Choose another.", "slug", slug).On("slug")
			}
			return err
		}
		if _, err := w.tx.Exec(`INSERT INTO former_slugs (collection_id, slug, entry_id) VALUES ($1, $2, $3)`, c, e.Slug, e.ID); err != nil {
			return err
		}
		if _, err := w.tx.Exec(`UPDATE entries SET slug = $2 WHERE id = $1`, e.ID, slug); err != nil {
			return err
		}
		e.Slug = slug
		return r.journal.Append(w.tx, renamed(w, e))
	})
}

// renamed is the act of giving an entry another address.
func renamed(w *writer, e *Entry) *journal.Act {
	return &journal.Act{Persona: w.by.Persona, Kind: pollen.ActRename, Object: pollen.Ref(pollen.ObjectEntry, e.ID),
		Community: e.Collection.Community, Detail: journal.Detail{Collection: e.Collection.ID, Name: e.Slug}}
}
