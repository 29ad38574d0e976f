package registry

import (
	"context"
	"database/sql"
	"errors"
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
		w, err := r.amend(tx, by, slug, a)
		if err == nil {
			p = w.plan
		}
		return err
	})
	return p, err
}

// amendTries is how often an amendment is weighed again, because very much was
// written in the collection meanwhile.
const amendTries = 5

// Amend changes what a collection is called, says of itself and holds, as one
// new version and one act; the members of its community may. A field that is
// left out is retired: its values stay in history, shown to nobody, and return
// with it. Values keep their revisions when the type of their field changes,
// and are read by the new one. What lists and filters go by, and titles, follow
// in parts; to be unique is true at once. It can be returned to any version
// that it was of. It fails with Invalid, with Conflict where values stand in the
// way, with Stale when the collection is of another version than expected, with
// NotFound when there is no version to return to, and with Forbidden where values
// would be shown to more people than ever before, or than its operator decided.
func (r *Registry) Amend(ctx context.Context, by pollen.Actor, slug string, a Amendment) (c *Collection, p *AmendPlan, err error) {
	defer pollen.Wrap(&err, "registry.Amend", slug)
	for try := 1; ; try++ {
		w := &weighing{}
		if err := r.read(ctx, func(tx *sqldb.Tx) (err error) {
			w, err = r.amend(tx, by, slug, a)
			return err
		}); err != nil {
			return nil, nil, err
		}
		if p = w.plan; len(p.Fields) == 0 && len(p.Settings) == 0 {
			p.Version = w.old.Version
			return w.old.seen(by), p, nil
		}
		if err := p.Err(); err != nil {
			return nil, nil, err
		}
		if err := r.prepareUniques(ctx, w); err != nil {
			return nil, nil, err
		}
		var begun *Batch
		done := w
		err := r.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
			done = w.again()
			if err = r.overtaken(tx, by, done, try == amendTries); err == nil {
				begun, err = r.carryOut(tx, by, done)
			}
			return err
		})
		if errors.Is(err, errMoved) && try < amendTries {
			continue
		}
		if err == nil && begun != nil {
			_, err = r.complete(ctx, by, begun.ID)
		}
		return done.next.seen(by), done.plan, err
	}
}

// weighing is an amendment with what it would do, as found on one state of the
// database.
type weighing struct {
	old, next *Collection
	plan      *AmendPlan
	head      int64                                        // of the journal
	keys      map[pollen.FieldID]map[string]pollen.EntryID // of fields that will be unique
	before    past                                         // the versions there are
	to        int                                          // the one that it returns to
}

// again is the same for one more try to carry it out: what a try gives out, as
// the identifiers of new fields, counts for nothing when it is undone.
func (w *weighing) again() *weighing {
	out, next, plan := *w, *w.next, *w.plan
	next.Schema.Fields, plan.Fields = slices.Clone(next.Schema.Fields), slices.Clone(plan.Fields)
	out.next, out.plan = &next, &plan
	return &out
}

// own reports whether the actor takes back what is theirs alone.
func (w *weighing) own(by pollen.Actor) bool { return w.to != 0 && w.before.since(w.to, by.Persona) }

// amend reads a collection, makes its next state and the plan that leads there.
func (r *Registry) amend(tx *sqldb.Tx, by pollen.Actor, slug string, a Amendment) (*weighing, error) {
	old, err := r.collectionBy(tx, `c.slug = $1`, slug)
	if err != nil {
		return nil, err
	}
	if err := access.Amend(by, old.object()).Err(by, old.Readable(by)); err != nil {
		return nil, err
	}
	if len(a.Expect) > 0 && !slices.Contains(a.Expect, old.Version) {
		return nil, staleCollection(old)
	}
	w := &weighing{old: old, keys: map[pollen.FieldID]map[string]pollen.EntryID{}, to: a.To}
	if w.before, err = r.past(tx, by, old, 1, old.Version); err != nil {
		return nil, err
	}
	if a.To != 0 {
		then, err := r.version(tx, by, old, a.To)
		if err != nil {
			return nil, err
		}
		a.restore(by, old, then.then)
	}
	if w.next, w.plan, err = a.amended(by, old, w.before); err != nil {
		return w, err
	}
	if !a.Await {
		if err := r.leads(tx, by, w.next, &old.Schema); err != nil {
			return nil, err
		}
	}
	if !w.plan.touches() {
		return w, nil
	}
	if w.head, err = journal.Head(tx); err != nil {
		return nil, err
	}
	return w, r.eachState(tx, w, func(s *state) { w.weigh(by, w.plan, s) })
}

func staleCollection(c *Collection) error {
	return pollen.Errorf(pollen.Stale, "registry.collection-stale", "Somebody changed this collection since you read it. Read it again.").
		Because(&Conflicts{Revision: c.Version})
}

// state is an entry as an amendment finds it.
type state struct {
	*Entry         // by the old schema
	now    Content // by the new one
	title  string  // by the new one
}

// eachState goes through the live entries of a collection that is amended.
func (r *Registry) eachState(tx *sqldb.Tx, w *weighing, do func(*state)) error {
	for after := ""; ; {
		var part []*Entry
		err := tx.Each(`SELECT `+bareColumns+`WHERE e.collection_id = $1 AND e.slug > $2 ORDER BY e.slug LIMIT $3`,
			[]any{w.old.ID, after, walkRows}, func(rows *sql.Rows) error {
				e, _, err := scanBare(rows)
				if err == nil {
					part, after = append(part, e), e.Slug
				}
				return err
			})
		if err != nil {
			return err
		}
		for _, e := range part {
			if e.Live() {
				do(r.stateOf(w, e))
			}
		}
		if len(part) < walkRows {
			return nil
		}
	}
}

// stateOf looks at an entry as it was read.
func (r *Registry) stateOf(w *weighing, e *Entry) *state {
	s := &state{now: e.Content.Clone()} // as it is stored: see [schema.Schema.Lift]
	r.lift(w.next, &s.now)
	s.Entry = r.of(w.old, e)
	s.title = w.next.title(e.ID, s.now.Values)
	return s
}

// title is that of an entry with these values.
func (c *Collection) title(id pollen.EntryID, values schema.Values) string {
	if t := c.TitleOf(values); t != "" {
		return t
	}
	return id.String()
}

// weigh counts in p what an amendment does to one live entry.
func (w *weighing) weigh(by pollen.Actor, p *AmendPlan, s *state) {
	if s.title != s.Title {
		p.Titles++
	}
	for i := range p.Fields {
		x := &p.Fields[i]
		if x.ID == 0 || s.Values[x.ID] == nil {
			continue
		}
		old, _ := w.old.Schema.Ever(x.ID)
		f := w.next.Schema.ByID(x.ID)
		reads := w.old.FieldReadable(by, old, s.ID) || f != nil && w.next.FieldReadable(by, f, s.ID)
		if reads {
			x.Held++
		}
		if !p.judges(i) {
			continue
		}
		switch err := w.unfit(x, s); {
		case err == nil:
		case !reads:
			x.Unread = true
		default:
			x.Unfit++
			if len(x.Examples) < maxExamples {
				x.Examples = append(x.Examples, Example{s.ID, s.Title, pollen.MessageOf(err)})
			}
		}
	}
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
// does not. It notes the keys of what will be unique.
func (w *weighing) unfit(x *FieldEffect, s *state) error {
	f := w.next.Schema.ByID(x.ID)
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
	if w.keys[f.ID] == nil {
		w.keys[f.ID] = map[string]pollen.EntryID{}
	}
	for _, k := range f.Keys(s.now.Values[f.ID]) {
		if id, taken := w.keys[f.ID][k]; taken && id != s.ID {
			return notUnique(f, s.now.Values[f.ID])
		}
		w.keys[f.ID][k] = s.ID
	}
	return nil
}

// carryOut writes the next state of a collection, appends the act, and begins to
// make anew what is made of its entries, as far as the plan touches it. begun is
// nil when that is done already.
func (r *Registry) carryOut(tx *sqldb.Tx, by pollen.Actor, w *weighing) (begun *Batch, err error) {
	old, next := w.old, w.next
	if err := r.storeSchema(tx, by, next); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(`UPDATE collections SET name = $2, purpose = $3, licence = $4, source = $5, audience = $6, schema_n = $7 WHERE id = $1`,
		next.ID, texts(next.Name), texts(next.Purpose), next.Licence, next.Source, next.Audience, next.Version); err != nil {
		return nil, err
	}
	t := &indexing{Titles: slices.Contains(w.plan.Settings, "title"), Told: true}
	var again []pollen.FieldID // search reads by them: see [Reread]
	note := func(list *[]pollen.FieldID, id pollen.FieldID) {
		if !slices.Contains(*list, id) {
			*list = append(*list, id)
		}
	}
	for i := range w.plan.Fields {
		x := &w.plan.Fields[i]
		if x.ID == 0 {
			x.ID = next.Schema.Field(x.Field).ID
		}
		if !x.Indexed {
			continue
		}
		note(&again, x.ID)
		if f := next.Schema.ByID(x.ID); f != nil && slices.Contains(next.Schema.Title, f.Name) {
			t.Titles = true
		}
		if w.reindexes(x.ID) {
			note(&t.Fields, x.ID)
		}
		if w.frees(x.ID) {
			note(&t.Free, x.ID)
		}
	}
	if t.Titles {
		for _, name := range next.Schema.Title {
			note(&again, next.Schema.Field(name).ID)
		}
	}
	for i := range next.Schema.Fields {
		if f := &next.Schema.Fields[i]; old.Narrower(f) != next.Narrower(f) {
			note(&again, f.ID)
		}
	}
	if err := r.journal.Append(tx, &journal.Act{Persona: by.Persona, Kind: pollen.ActSchema, Object: pollen.Ref(pollen.ObjectCollection, next.ID),
		Community: next.Community, Detail: journal.Detail{Collection: next.ID, Name: next.Slug, Fields: again, Revision: next.Version, To: w.to},
		Stands: func(n int) bool { return w.before.stands(n, next) },
		Mass:   !w.own(by), Widens: wider(old, next) && !w.own(by), Narrows: narrower(old, next) && !w.own(by) && !w.before.since(0, by.Persona)}); err != nil {
		return nil, err
	}
	return r.reindex(tx, by, next, t)
}
