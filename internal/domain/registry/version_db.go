package registry

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// definition is how one version of a collection is stored.
type definition struct {
	schema.Schema
	Settings settings `json:"collection"`
	Operator bool     `json:"operator,omitempty"` // made it, by the command line
}

// Versions lists the versions of a collection, newest first, each with what it
// changed as far as the actor may read it.
func (r *Registry) Versions(ctx context.Context, by pollen.Actor, slug string, limit int, cursor string) (p pollen.Page[Version], err error) {
	defer pollen.Wrap(&err, "registry.Versions", slug)
	before := int64(1) << 31
	if err := pollen.ReadCursor(cursor, &before); err != nil {
		return p, err
	}
	limit = pollen.Limit(limit)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, slug)
		if err != nil {
			return err
		}
		last := min(int(before)-1, c.Version)
		all, err := r.past(tx, by, c, max(last-limit, 0), last)
		for i := len(all) - 1; i >= 0 && len(p.Items) < limit; i-- {
			p.Items = append(p.Items, all[i])
		}
		if n := len(p.Items); n > 0 && p.Items[n-1].N > 1 {
			p.Next = pollen.Cursor(int64(p.Items[n-1].N))
		}
		return err
	})
	return p, err
}

// Version returns one version of a collection, with what it changed as far as
// the actor may read it. It fails with NotFound.
func (r *Registry) Version(ctx context.Context, by pollen.Actor, slug string, n int) (v Version, err error) {
	defer pollen.Wrap(&err, "registry.Version", slug, n)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, slug)
		if err != nil {
			return err
		}
		v, err = r.version(tx, by, c, n)
		return err
	})
	return v, err
}

func (r *Registry) version(tx *sqldb.Tx, by pollen.Actor, c *Collection, n int) (Version, error) {
	all, err := r.past(tx, by, c, n-1, n)
	if err == nil && (len(all) == 0 || all[len(all)-1].N != n) {
		err = pollen.Errorf(pollen.NotFound, "registry.no-version", "This collection has no version {n}.", "n", strconv.Itoa(n))
	}
	if err != nil {
		return Version{}, err
	}
	return all[len(all)-1], nil
}

// past reads the versions of a collection from one number to another.
func (r *Registry) past(tx *sqldb.Tx, by pollen.Actor, c *Collection, from, to int) (out past, err error) {
	err = tx.Each(`SELECT n, definition, persona_id, at FROM schemas WHERE collection_id = $1 AND n >= $2 AND n <= $3 ORDER BY n`, []any{c.ID, from, to},
		func(rows *sql.Rows) error {
			var v Version
			var text string
			var at int64
			if err := rows.Scan(&v.N, &text, &v.By, &at); err != nil {
				return err
			}
			var d definition
			if err := json.Unmarshal([]byte(text), &d); err != nil {
				return fmt.Errorf("schema %d of collection %s: %w", v.N, c.Slug, err)
			}
			then := *c
			then.Version, then.Schema = v.N, d.Schema
			then.Name, then.Purpose, then.Licence, then.Source, then.Audience = d.Settings.Name, d.Settings.Purpose, d.Settings.Licence, d.Settings.Source, d.Settings.Audience
			v.At, v.operator = sqldb.Time(at), d.Operator
			var before *Collection
			if len(out) > 0 {
				before = out[len(out)-1].then
			}
			v.then, v.Difference = &then, differ(by, before, &then)
			out = append(out, v)
			return nil
		})
	return out, err
}

// PlanReturn tells what returning a collection to an earlier version would
// change, and what [Registry.PlanAmend] tells of that. It fails as
// [Registry.Amend] does.
func (r *Registry) PlanReturn(ctx context.Context, by pollen.Actor, slug string, to int) (d Difference, p *AmendPlan, err error) {
	defer pollen.Wrap(&err, "registry.PlanReturn", slug, to)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		w, err := r.amend(tx, by, slug, Amendment{To: to})
		if err == nil {
			d, p = differ(by, w.old, w.next), w.plan
		}
		return err
	})
	return d, p, err
}

// Returnable tells to which versions the actor may return a collection, as far
// as that is theirs to decide: values may yet stand in the way.
func (r *Registry) Returnable(ctx context.Context, by pollen.Actor, slug string) (ns map[int]bool, err error) {
	defer pollen.Wrap(&err, "registry.Returnable", slug)
	ns = map[int]bool{}
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		c, err := r.collectionFor(tx, by, `c.slug = $1`, slug)
		if err != nil || !access.Amend(by, c.object()).OK {
			return err
		}
		all, err := r.past(tx, by, c, 1, c.Version)
		for i := range all {
			a := Amendment{To: all[i].N}
			a.restore(by, c, all[i].then)
			_, _, refused := a.amended(by, c, all)
			ns[all[i].N] = refused == nil && all[i].N < c.Version
		}
		return err
	})
	return ns, err
}

// amenders lists who made the versions of a collection between two, both left
// out: their work is taken back.
func amenders(tx *sqldb.Tx, c pollen.CollectionID, after, before int) (out []pollen.PersonaID, err error) {
	err = tx.Each(`SELECT DISTINCT persona_id FROM schemas WHERE collection_id = $1 AND n > $2 AND n < $3 ORDER BY persona_id`, []any{c, after, before},
		func(rows *sql.Rows) error {
			var who pollen.PersonaID
			err := rows.Scan(&who)
			out = append(out, who)
			return err
		})
	return out, err
}
