package notify

import (
	"context"
	"database/sql"
	"slices"

	"pollen"
	"pollen/internal/base/sqldb"
)

// Follow is something that a persona follows.
type Follow struct {
	Object pollen.Object
	Slug   string            // in its address
	In     string            // of an entry: the slug of its collection
	Title  string            // of an entry
	Name   map[string]string // of a collection or a community, by language
}

// maxFollows bounds what one persona follows.
const maxFollows = 2000

// Find names what can be followed: an entry by its identifier, a collection or
// a community by its address or its identifier. It fails with NotFound when
// there is no such thing, or not for the actor, and with Invalid when nothing of
// that kind can be followed.
func (n *Notices) Find(ctx context.Context, by pollen.Actor, kind pollen.ObjectKind, name string) (f Follow, err error) {
	defer pollen.Wrap(&err, "notify.Find", kind, name)
	id, _ := pollen.ParseID[struct{}](name)
	f.Object = pollen.Object{Kind: kind, ID: pollen.AnyID(id)}
	switch kind {
	case pollen.ObjectEntry:
		all, err := n.Registry.Titles(ctx, by, []pollen.EntryID{pollen.EntryID(id)})
		t, ok := all[pollen.EntryID(id)]
		if err == nil && !ok {
			err = absent()
		}
		f.Slug, f.In, f.Title = t.Slug, t.Collection, t.Title
		return f, err
	case pollen.ObjectCollection:
		all, err := n.Registry.Collections(ctx, by)
		if err != nil {
			return f, err
		}
		for _, c := range all {
			if c.Slug == name || c.ID == pollen.CollectionID(id) {
				return Follow{Object: pollen.Ref(kind, c.ID), Slug: c.Slug, Name: c.Name}, nil
			}
		}
		return f, absent()
	case pollen.ObjectCommunity:
		all, err := n.Communities.List(ctx)
		if err != nil {
			return f, err
		}
		for i := range all {
			if c := &all[i]; c.Slug == name || c.ID == pollen.CommunityID(id) {
				return Follow{Object: pollen.Ref(kind, c.ID), Slug: c.Slug, Name: c.Name}, nil
			}
		}
		return f, absent()
	}
	return f, pollen.Errorf(pollen.Invalid, "notify.kind", "What can be followed is an entry, a collection or a community. Nobody's acts can be followed.").On("kind")
}

// Follow makes the actor follow something; to follow it twice is to follow it
// once. It fails as [Notices.Find] does, and with Limited past a bound.
func (n *Notices) Follow(ctx context.Context, by pollen.Actor, kind pollen.ObjectKind, name string) (f Follow, err error) {
	defer pollen.Wrap(&err, "notify.Follow", kind, name)
	if err := signedIn(by); err != nil {
		return f, err
	}
	if f, err = n.Find(ctx, by, kind, name); err != nil {
		return f, err
	}
	return f, n.db.Write(ctx, func(tx *sqldb.Tx) error {
		var count int
		if _, err := tx.Get(`SELECT count(*) FROM follows WHERE persona_id = $1`, []any{int64(by.Persona)}, &count); err != nil {
			return err
		}
		if count >= maxFollows {
			return pollen.Errorf(pollen.Limited, "notify.many", "You follow {max} things already. Leave some before you follow more.", "max", maxFollows)
		}
		_, err := tx.Exec(`INSERT INTO follows (persona_id, object_kind, object_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT (persona_id, object_kind, object_id) DO NOTHING`,
			int64(by.Persona), f.Object.Kind, int64(f.Object.ID), sqldb.Millis(tx.Now))
		return err
	})
}

// Leave stops following something, whether or not it can still be read. It
// fails with NotFound when the actor did not follow it.
func (n *Notices) Leave(ctx context.Context, by pollen.Actor, kind pollen.ObjectKind, name string) (err error) {
	defer pollen.Wrap(&err, "notify.Leave", kind, name)
	if err := signedIn(by); err != nil {
		return err
	}
	id, err := pollen.ParseID[struct{}](name)
	o := pollen.Object{Kind: kind, ID: pollen.AnyID(id)}
	if err != nil {
		f, err := n.Find(ctx, by, kind, name)
		if err != nil {
			return err
		}
		o = f.Object
	}
	return n.db.Write(ctx, func(tx *sqldb.Tx) error {
		gone, err := tx.Exec(`DELETE FROM follows WHERE persona_id = $1 AND object_kind = $2 AND object_id = $3`, int64(by.Persona), o.Kind, int64(o.ID))
		if err == nil && gone == 0 {
			err = absent()
		}
		return err
	})
}

// Follows reports whether the actor follows an object.
func (n *Notices) Follows(ctx context.Context, by pollen.Actor, o pollen.Object) (ok bool, err error) {
	defer pollen.Wrap(&err, "notify.Follows")
	if !by.SignedIn() {
		return false, nil
	}
	err = n.db.Read(ctx, func(tx *sqldb.Tx) error {
		var one int
		ok, err = tx.Get(`SELECT 1 FROM follows WHERE persona_id = $1 AND object_kind = $2 AND object_id = $3`,
			[]any{int64(by.Persona), o.Kind, int64(o.ID)}, &one)
		return err
	})
	return ok, err
}

// Followed lists what the actor follows and may still read. The order is that
// of kinds and identifiers.
func (n *Notices) Followed(ctx context.Context, by pollen.Actor, limit int, cursor string) (p pollen.Page[Follow], err error) {
	defer pollen.Wrap(&err, "notify.Followed")
	if err := signedIn(by); err != nil {
		return p, err
	}
	var after pollen.Object
	if err := pollen.ReadCursor(cursor, &after); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	var all []pollen.Object
	err = n.db.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.Each(`
			SELECT object_kind, object_id FROM follows
			WHERE persona_id = $1 AND (object_kind > $2 OR object_kind = $2 AND object_id > $3) ORDER BY object_kind, object_id LIMIT $4`,
			[]any{int64(by.Persona), after.Kind, int64(after.ID), limit + 1}, func(r *sql.Rows) error {
				var o pollen.Object
				err := r.Scan(&o.Kind, &o.ID)
				all = append(all, o)
				return err
			})
	})
	if err != nil {
		return p, err
	}
	if len(all) > limit {
		all = all[:limit]
		p.Next = pollen.Cursor(all[limit-1])
	}
	known, err := n.names(ctx, by, all)
	if err != nil {
		return p, err
	}
	for _, o := range all {
		if f, ok := known[o]; ok {
			p.Items = append(p.Items, f)
		}
	}
	return p, nil
}

// names tells objects by name, as far as the actor may read them.
func (n *Notices) names(ctx context.Context, by pollen.Actor, all []pollen.Object) (map[pollen.Object]Follow, error) {
	out := map[pollen.Object]Follow{}
	var entries []pollen.EntryID
	for _, o := range all {
		if o.Kind == pollen.ObjectEntry {
			entries = append(entries, pollen.EntryID(o.ID))
		}
	}
	titles, err := n.Registry.Titles(ctx, by, entries)
	if err != nil {
		return nil, err
	}
	for id, t := range titles {
		o := pollen.Ref(pollen.ObjectEntry, id)
		out[o] = Follow{Object: o, Slug: t.Slug, In: t.Collection, Title: t.Title}
	}
	if len(entries) == len(all) {
		return out, nil
	}
	collections, err := n.Registry.Collections(ctx, by)
	if err != nil {
		return nil, err
	}
	for _, c := range collections {
		if o := pollen.Ref(pollen.ObjectCollection, c.ID); slices.Contains(all, o) {
			out[o] = Follow{Object: o, Slug: c.Slug, Name: c.Name}
		}
	}
	communities, err := n.Communities.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range communities {
		c := &communities[i]
		if o := pollen.Ref(pollen.ObjectCommunity, c.ID); slices.Contains(all, o) {
			out[o] = Follow{Object: o, Slug: c.Slug, Name: c.Name}
		}
	}
	return out, nil
}
