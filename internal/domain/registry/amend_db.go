package registry

import (
	"context"
	"database/sql"
	"slices"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// PlanAmend tells what an amendment would do, to each field and to the entries
// that hold a value of it, and changes nothing. It fails as [Registry.Amend]
// does, but for values that stand in the way: these are counted.
func (r *Registry) PlanAmend(ctx context.Context, by pollen.Actor, slug string, a Amendment) (p *AmendPlan, err error) {
	defer pollen.Wrap(&err, "registry.PlanAmend", slug)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		_, _, p, err = r.amend(tx, by, slug, a)
		return err
	})
	return p, err
}

// Amend changes what a collection is called, says of itself and holds, as one
// new version and one act; the members of its community may. A field that is
// left out is retired: its values stay in history, shown to nobody, and return
// with it. Values keep their revisions when the type of their field changes,
// and are read by the new one. It fails with Invalid, with Conflict where
// values stand in the way, with Stale when the collection is of another version
// than expected, and with Forbidden where values would be shown to more people
// than before.
func (r *Registry) Amend(ctx context.Context, by pollen.Actor, slug string, a Amendment) (c *Collection, p *AmendPlan, err error) {
	defer pollen.Wrap(&err, "registry.Amend", slug)
	err = r.db.Write(ctx, func(tx *sqldb.Tx) error {
		old, next, plan, err := r.amend(tx, by, slug, a)
		if err != nil {
			return err
		}
		if c, p = old, plan; len(plan.Fields) == 0 && len(plan.Settings) == 0 {
			plan.Version = old.Version
			return nil
		}
		if err := plan.Err(); err != nil {
			return err
		}
		c = next
		return r.carryOut(tx, by, old, next, plan)
	})
	return c, p, err
}

// amend reads a collection, makes its next state and the plan that leads there.
func (r *Registry) amend(tx *sqldb.Tx, by pollen.Actor, slug string, a Amendment) (old, next *Collection, p *AmendPlan, err error) {
	if old, err = r.collectionBy(tx, `c.slug = $1`, slug); err != nil {
		return nil, nil, nil, err
	}
	if err := access.Amend(by, old.object()).Err(by, old.Readable(by)); err != nil {
		return nil, nil, nil, err
	}
	if a.Expect != 0 && a.Expect != old.Version {
		return nil, nil, nil, pollen.Errorf(pollen.Stale, "registry.collection-stale", "Somebody changed this collection since you read it. Read it again.").
			Because(&Conflicts{Revision: old.Version})
	}
	if next, p, err = a.amended(by, old); err != nil {
		return nil, nil, nil, err
	}
	return old, next, p, r.weigh(tx, by, old, next, p)
}

// state is an entry as an amendment finds it.
type state struct {
	*Entry         // by the old schema
	now    Content // by the new one
	title  string  // by the new one
}

// eachState goes through the entries of a collection that is amended.
func (r *Registry) eachState(tx *sqldb.Tx, old, next *Collection, do func(*state) error) error {
	for after := ""; ; {
		var part []*state
		err := tx.Each(`SELECT e.id, e.slug, e.title, e.revision, e.retired_at, r.content
			FROM entries e JOIN revisions r ON r.entry_id = e.id AND r.n = e.revision
			WHERE e.collection_id = $1 AND e.slug > $2 ORDER BY e.slug LIMIT $3`, []any{old.ID, after, walkRows}, func(rows *sql.Rows) error {
			s := &state{Entry: &Entry{}}
			var retired sql.NullInt64
			var content []byte
			err := rows.Scan(&s.ID, &s.Slug, &s.Title, &s.Revision, &retired, &content)
			if err != nil {
				return err
			}
			s.Retired, after = sqldb.Time(retired.Int64), s.Slug
			if s.Content, err = decode(content); err != nil {
				return damaged(s.ID, s.Revision, err)
			}
			r.of(old, s.Entry)
			part = append(part, s)
			return nil
		})
		if err != nil {
			return err
		}
		for _, s := range part {
			s.now = s.Content.clone()
			s.now.Schema = old.Version
			r.lift(next, &s.now)
			if s.title = next.Schema.TitleOf(s.now.Values, "fr"); s.title == "" {
				s.title = s.ID.String()
			}
			if err := do(s); err != nil {
				return err
			}
		}
		if len(part) < walkRows {
			return nil
		}
	}
}

// weigh counts what an amendment does to entries.
func (r *Registry) weigh(tx *sqldb.Tx, by pollen.Actor, old, next *Collection, p *AmendPlan) error {
	if !p.touches() {
		return nil
	}
	seen := map[pollen.FieldID]map[string]bool{} // the keys of fields that become unique
	return r.eachState(tx, old, next, func(s *state) error {
		if !s.Live() {
			return nil
		}
		if s.title != s.Title {
			p.Titles++
		}
		for i := range p.Fields {
			x := &p.Fields[i]
			v := s.Values[x.ID]
			if x.ID == 0 || v == nil {
				continue
			}
			x.Held++
			if !p.judges(i) {
				continue
			}
			if err := unfit(next, x, s, seen); err != nil {
				x.Unfit++
				if len(x.Examples) < maxExamples {
					x.Examples = append(x.Examples, r.example(by, old, x, s, err))
				}
			}
		}
		return nil
	})
}

// touches reports whether an amendment concerns entries at all.
func (p *AmendPlan) touches() bool {
	return slices.Contains(p.Settings, "title") || slices.ContainsFunc(p.Fields, func(x FieldEffect) bool { return x.Kind != schema.FieldAdded })
}

// judges reports whether an effect is the last on its field: there its values
// are looked at, once.
func (p *AmendPlan) judges(i int) bool {
	return p.Fields[i].Kind != schema.FieldRetired && !slices.ContainsFunc(p.Fields[i+1:], func(x FieldEffect) bool { return x.ID == p.Fields[i].ID })
}

// unfit says why the value of an entry stands in the way of a change; nil if it
// does not.
func unfit(next *Collection, x *FieldEffect, s *state, seen map[pollen.FieldID]map[string]bool) error {
	f := next.Schema.ByID(x.ID)
	switch {
	case f == nil:
		return nil // it is retired
	case s.now.Values[x.ID] == nil:
		was := f.Was[len(f.Was)-1]
		_, err := f.Convert(&was, s.Values[x.ID], &schema.Env{})
		if err == nil {
			err = pollen.Errorf(pollen.Invalid, "registry.unfit-value", "This value cannot be read by the new type.")
		}
		return err
	case !f.Unique || !x.Indexed:
		return nil
	}
	if seen[f.ID] == nil {
		seen[f.ID] = map[string]bool{}
	}
	for _, k := range f.Keys(s.now.Values[f.ID]) {
		if seen[f.ID][k] {
			return notUnique(f, s.now.Values[f.ID])
		}
		seen[f.ID][k] = true
	}
	return nil
}

// example is an entry that stands in the way, as far as the actor may know why.
func (r *Registry) example(by pollen.Actor, old *Collection, x *FieldEffect, s *state, why error) Example {
	e := Example{Entry: s.ID, Title: s.Title}
	if f := old.Schema.ByID(x.ID); f != nil && old.FieldReadable(by, f, s.ID) {
		e.Reason = pollen.MessageOf(why)
	}
	return e
}

// carryOut writes the next state of a collection, makes the side tables of its
// entries anew as far as the plan touches them, and appends the act.
func (r *Registry) carryOut(tx *sqldb.Tx, by pollen.Actor, old, next *Collection, p *AmendPlan) error {
	next.Schema.Fields = slices.Clone(next.Schema.Fields)
	if err := r.storeSchema(tx, by, next); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE collections SET name = $2, purpose = $3, licence = $4, source = $5, audience = $6, schema_n = $7 WHERE id = $1`,
		next.ID, texts(next.Name), texts(next.Purpose), next.Licence, next.Source, next.Audience, next.Version); err != nil {
		return err
	}
	var again []pollen.FieldID
	for i := range p.Fields {
		x := &p.Fields[i]
		if x.ID == 0 {
			x.ID = next.Schema.Field(x.Field).ID
		}
		if x.Indexed && !slices.Contains(again, x.ID) {
			again = append(again, x.ID)
		}
	}
	if slices.Contains(p.Settings, "title") {
		for _, name := range next.Schema.Title {
			if id := next.Schema.Field(name).ID; !slices.Contains(again, id) {
				again = append(again, id)
			}
		}
	}
	if len(again) > 0 {
		if err := r.reindex(tx, old, next, again); err != nil {
			return err
		}
	}
	for i := range next.Schema.Fields { // search reads by them: see [Reread]
		if f := &next.Schema.Fields[i]; old.Narrower(f) != next.Narrower(f) && !slices.Contains(again, f.ID) {
			again = append(again, f.ID)
		}
	}
	return r.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActSchema, Object: pollen.Ref(pollen.ObjectCollection, next.ID),
		Community: next.Community, Detail: journal.Detail{Collection: next.ID, Name: next.Slug, Fields: again}})
}

// reindex makes titles and the side tables of some fields anew, by what entries
// hold now.
func (r *Registry) reindex(tx *sqldb.Tx, old, next *Collection, fields []pollen.FieldID) error {
	for _, id := range fields {
		for _, table := range []string{"entry_keys", "entry_uniques", "entry_refs"} {
			if _, err := tx.Exec(`DELETE FROM `+table+` WHERE field_id = $1`, int64(id)); err != nil {
				return err
			}
		}
	}
	return r.eachState(tx, old, next, func(s *state) error {
		if s.title != s.Title {
			if _, err := tx.Exec(`UPDATE entries SET title = $2, sort = $3 WHERE id = $1`, s.ID, s.title, sortKey(s.title)); err != nil {
				return err
			}
		}
		if !s.Live() {
			return nil
		}
		d := &writeSet{}
		for _, id := range fields {
			if f := next.Schema.ByID(id); f != nil {
				d.index(s.ID, f, nil, s.now.Values[id])
			}
		}
		return d.write(tx, r.journal)
	})
}
