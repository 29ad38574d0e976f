package registry

import (
	"context"
	"slices"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/pure/access"
)

// mostLooked bounds how many acts are looked at for one page, about: to a reader
// who may read few of them the page says where to go on, full or not.
const mostLooked = 5000

// Changes lists what happened, newest first, as far as the actor may read what
// it happened to: acts on collections and entries by their audience, those on
// communities for everybody, claims of imported authors for members, other acts on
// personas for themselves alone. What is held is listed for its author. A page may
// hold fewer than there are, even none, and yet have a next.
func (r *Registry) Changes(ctx context.Context, by pollen.Actor, q journal.Query, cursor string) (p pollen.Page[journal.Act], err error) {
	defer pollen.Wrap(&err, "registry.Changes")
	if err := pollen.ReadCursor(cursor, &q.Before); err != nil {
		return p, err
	}
	limit, looked := pollen.Limit(q.Limit), 0
	q.Limit, q.Descending = min(limit+16, pollen.MaxLimit), true // most readers may read most acts
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		all, err := r.collections(tx, `1 = 1`)
		if err != nil {
			return err
		}
		readable := map[pollen.CollectionID]*Collection{}
		for _, c := range all {
			if c.Readable(by).OK {
				readable[c.ID] = c
			}
		}
		for len(p.Items) <= limit {
			acts, err := journal.List(tx, q)
			if err != nil {
				return err
			}
			for i := range acts {
				if listed(by, &acts[i]) && knows(by, &acts[i], readable) {
					withoutHidden(by, &acts[i], readable)
					p.Items = append(p.Items, acts[i])
				}
			}
			if len(acts) < q.Limit {
				break
			}
			if looked += len(acts); looked >= mostLooked {
				p.Next = pollen.Cursor(acts[len(acts)-1].Number)
				break
			}
			q.Before, q.Limit = acts[len(acts)-1].Number, min(4*q.Limit, pollen.MaxLimit)
		}
		return nil
	})
	if len(p.Items) > limit {
		p.Items = p.Items[:limit]
		p.Next = pollen.Cursor(p.Items[limit-1].Number)
	}
	return p, err
}

// listed reports whether an act is in the lists of an actor.
func listed(by pollen.Actor, a *journal.Act) bool {
	return !a.Held.Hidden() || by.SignedIn() && a.Persona == by.Persona
}

// Contribution returns one act as far as the actor may know of it, without the
// fields that they may not read. It fails with NotFound.
func (r *Registry) Contribution(ctx context.Context, by pollen.Actor, id pollen.ActID) (a journal.Act, err error) {
	defer pollen.Wrap(&err, "registry.Contribution", id)
	err = r.read(ctx, func(tx *sqldb.Tx) error {
		a, err = r.Act(tx, by, id)
		return err
	})
	return a, err
}

// Act does as [Registry.Contribution], in a transaction under way: the act as far as the actor may know of it, without the fields
// that they may not read. It fails with NotFound.
func (r *Registry) Act(tx *sqldb.Tx, by pollen.Actor, id pollen.ActID) (a journal.Act, err error) {
	if a, err = journal.Get(tx, id); err != nil {
		return a, err
	}
	readable := map[pollen.CollectionID]*Collection{}
	if a.Detail.Collection != 0 {
		c, err := r.collectionBy(tx, `c.id = $1`, a.Detail.Collection)
		if err != nil {
			return a, err
		}
		if c.Readable(by).OK {
			readable[c.ID] = c
		}
	}
	if !knows(by, &a, readable) {
		return journal.Act{}, absent()
	}
	withoutHidden(by, &a, readable)
	return a, nil
}

// knows decides whether an actor may know of an act.
func knows(by pollen.Actor, a *journal.Act, readable map[pollen.CollectionID]*Collection) bool {
	if !access.Enter(by).OK {
		return false
	}
	if a.Object.Kind == pollen.ObjectPersona {
		return by.System() || by.SignedIn() && (pollen.PersonaID(a.Object.ID) == by.Persona || claims(a))
	}
	if a.Kind == pollen.ActReport && a.Detail.Name == "" && !by.System() && a.Persona != by.Persona {
		return false // who asked for a look at somebody's words is nobody else's affair
	}
	if slices.Contains([]pollen.ActKind{pollen.ActJoin, pollen.ActLeave, pollen.ActInvite}, a.Kind) && !by.SignedIn() && !by.System() {
		return false // who is a member is told to members
	}
	if a.Detail.Collection == 0 {
		return a.Object.Kind == pollen.ObjectCommunity
	}
	c := readable[a.Detail.Collection]
	if c == nil {
		return false
	}
	return len(a.Detail.Fields) == 0 || a.Detail.Body || a.Kind == pollen.ActSchema ||
		slices.ContainsFunc(a.Detail.Fields, func(id pollen.FieldID) bool {
			f, _ := c.Schema.Ever(id)
			return f != nil && c.FieldReadable(by, f, pollen.EntryID(a.Object.ID))
		})
}

// claims reports whether an act says who an author of imported history was, says
// it no more, or contests it. Whoever may be that author is to see it.
func claims(a *journal.Act) bool {
	return a.Detail.Into == 0 && (a.Kind == pollen.ActClaim || a.Kind == pollen.ActDisclaim || a.Kind == pollen.ActContest)
}

// withoutHidden takes the fields out of an act that the actor may not read, and
// those that are retired.
func withoutHidden(by pollen.Actor, a *journal.Act, readable map[pollen.CollectionID]*Collection) {
	c := readable[a.Detail.Collection]
	if c == nil {
		return
	}
	a.Detail.Fields = slices.DeleteFunc(a.Detail.Fields, func(id pollen.FieldID) bool {
		f := c.Schema.ByID(id)
		return f == nil || !c.FieldReadable(by, f, pollen.EntryID(a.Object.ID))
	})
}
