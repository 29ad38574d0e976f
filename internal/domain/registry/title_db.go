package registry

import (
	"context"
	"slices"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/schema"
)

// Speak has every collection make titles in a language, and makes those anew
// that there are, for the operator: it fails with Forbidden for others. Addresses
// stay. It goes collection by collection, in parts, and on when it is asked for
// again after it was stopped.
func (r *Registry) Speak(ctx context.Context, by pollen.Actor, language string) (err error) {
	defer pollen.Wrap(&err, "registry.Speak", language)
	if !by.System() {
		return pollen.Errorf(pollen.Forbidden, "instance.operator", "Only the operator sets this, with: pollen set.")
	}
	var all []*Collection
	if err := r.read(ctx, func(tx *sqldb.Tx) (err error) {
		all, err = r.collections(tx, `1 = 1`)
		return err
	}); err != nil {
		return err
	}
	for _, c := range all {
		var begun *Batch
		err := r.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
			begun, err = r.speak(tx, by, c.ID, language)
			return err
		})
		if err == nil && begun != nil {
			_, err = r.complete(ctx, by, begun.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// speak has one collection make titles in a language, and begins to make them
// anew, or finds that begun. begun is nil where that is done already.
func (r *Registry) speak(tx *sqldb.Tx, by pollen.Actor, id pollen.CollectionID, language string) (begun *Batch, err error) {
	c, err := r.collectionBy(tx, `c.id = $1`, id)
	if err != nil {
		return nil, err
	}
	if c.Language == language {
		left, err := batches(tx, `collection_id = $1 AND kind = $2 AND state = $3 ORDER BY id LIMIT 1`, id, BatchSchema, BatchInProgress)
		if err != nil || len(left) == 0 {
			return nil, err
		}
		return &left[0], nil
	}
	if _, err := tx.Exec(`UPDATE collections SET language = $2 WHERE id = $1`, id, language); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(c.Schema.Fields, func(f schema.Field) bool { return f.Speaks() }) {
		return nil, nil
	}
	return r.reindex(tx, by, c, &indexing{Titles: true})
}

// retitled tells those who follow the journal that entries of a collection have
// other titles.
func (r *Registry) retitled(tx *sqldb.Tx, by pollen.Actor, c *Collection) error {
	act := &journal.Act{Persona: by.Persona, Kind: pollen.ActSchema, Object: pollen.Ref(pollen.ObjectCollection, c.ID),
		Community: c.Community, Detail: journal.Detail{Collection: c.ID, Name: c.Slug}}
	for _, f := range c.Schema.TitleFields() {
		act.Detail.Fields = append(act.Detail.Fields, f.ID)
	}
	return r.journal.Append(tx, act)
}
