package registry

import (
	"slices"
	"time"

	"pollen"
	"pollen/internal/pure/schema"
)

// Version is one state of a collection: what it said of itself and held, until
// the next. It is numbered from 1.
type Version struct {
	N  int
	By pollen.PersonaID
	At time.Time
	Difference

	then     *Collection // all of it
	operator bool        // the command line made it
}

// Difference is what became of a collection from one version to another, as far
// as the actor may know of the fields.
type Difference struct {
	From, To *Collection // with the fields that the actor may know of; From is nil before the first version
	Fields   []schema.Change
	Settings []string // the names of what else differs: see [AmendPlan]
}

// Empty reports whether the two say the same.
func (d *Difference) Empty() bool { return len(d.Fields) == 0 && len(d.Settings) == 0 }

// differ tells two versions apart. A field is told of to whoever may read it, in
// an entry of their own at least.
func differ(by pollen.Actor, from, to *Collection) Difference {
	d := Difference{To: to.seen(by)}
	if from == nil {
		return d
	}
	d.From = from.seen(by)
	d.Settings = differing(d.From, d.To)
	for _, x := range schema.Compare(&from.Schema, &to.Schema) {
		if from.tells(by, x.ID) && to.tells(by, x.ID) {
			d.Fields = append(d.Fields, x)
		}
	}
	return d
}

// tells reports whether an actor may know of a field; of one that the collection
// does not have there is nothing to know.
func (c *Collection) tells(by pollen.Actor, id pollen.FieldID) bool {
	f, _ := c.Schema.Ever(id)
	return f == nil || c.FieldReadable(by, f, by.Entry)
}

// past are the versions of a collection, the oldest first, the present one last.
type past []Version

// ever reports whether something holds of the collection, or held of it once
// and was ended by its members: what its operator ended stays with the operator.
func (p past) ever(holds func(*Collection) bool) bool {
	for i := len(p) - 1; i >= 0; i-- {
		if holds(p[i].then) {
			return i == len(p)-1 || !p[i+1].operator
		}
	}
	return false
}

// open reports whether a field was not protected once, and members protected it.
func (p past) open(id pollen.FieldID) bool {
	return p.ever(func(c *Collection) bool {
		f := c.Schema.ByID(id)
		return f != nil && !f.Protected
	})
}

// since reports whether all versions after n are those of one persona.
func (p past) since(n int, by pollen.PersonaID) bool {
	return !slices.ContainsFunc(p, func(v Version) bool { return v.N > n && v.By != by })
}

// stands reports whether something that version n changed is still so in next:
// it differs from what was before n.
func (p past) stands(n int, next *Collection) bool {
	if n < 2 || n > len(p) {
		return true
	}
	before, then := p[n-2].then, p[n-1].then
	did, left := differ(operator, before, then), differ(operator, before, next)
	return slices.ContainsFunc(did.Settings, func(s string) bool { return slices.Contains(left.Settings, s) }) ||
		slices.ContainsFunc(did.Fields, func(x schema.Change) bool {
			return slices.ContainsFunc(left.Fields, func(y schema.Change) bool { return x.ID == y.ID })
		})
}

// operator reads everything.
var operator = pollen.Actor{Kind: pollen.PersonaSystem}

// wider reports whether more people may read the collection, or a field of it,
// than before.
func wider(c, next *Collection) bool {
	return next.Audience.Width() < c.Audience.Width() || slices.ContainsFunc(next.Schema.Fields, func(f schema.Field) bool {
		old, _ := c.Schema.Ever(f.ID)
		return f.ID != 0 && old != nil && next.audienceOf(&f).Width() < c.audienceOf(old).Width()
	})
}

// narrower reports whether some may no longer read the collection, or a field of
// it, which nobody may of one that is left out.
func narrower(c, next *Collection) bool {
	return next.Audience.Width() > c.Audience.Width() || slices.ContainsFunc(c.Schema.Fields, func(f schema.Field) bool {
		now := next.Schema.ByID(f.ID)
		return now == nil || next.audienceOf(now).Width() > c.audienceOf(&f).Width()
	})
}
