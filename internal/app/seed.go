package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"pollen"
	"pollen/internal/app/sample"
	"pollen/internal/domain/instance"
	"pollen/internal/domain/registry"
)

// Welcome is a sample persona with the link that signs in as it.
type Welcome struct {
	sample.Persona
	Link string // the secret of the link
}

// seedRows is how many sample rows one transaction writes.
const seedRows = 1000

// sampleOf is the sample's definition of a collection.
func sampleOf(slug string) (n registry.NewCollection) {
	for _, c := range sample.Collections() {
		if c.Slug == slug {
			n = registry.NewCollection{Slug: c.Slug, Name: c.Name, Purpose: c.Purpose, Licence: c.Licence, Source: c.Source, Audience: c.Audience, Schema: c.Schema, Await: true}
		}
	}
	if slug == pollen.People { // never public by default, the sample's no more than others
		n.Audience = pollen.AudienceMembers
	}
	return n
}

// Seed fills a new instance with the sample community: open reference data, an
// invented organisation marked as such, and a little life, all by the
// product's own operations, at the times that its story tells: the clock stands
// back meanwhile, so nobody else may use the instance yet. It returns the
// personas to try it as. Where the sample is already it makes new links and
// nothing else; an instance in other use it refuses with Conflict, unchanged, and
// likewise one in which the sample was cut off on its way.
func (a *App) Seed(ctx context.Context, tell func(string)) (out []Welcome, err error) {
	defer pollen.Wrap(&err, "app.Seed")
	switch seeded, err := a.seeded(ctx); {
	case err != nil:
		return nil, err
	case seeded:
		return a.welcome(ctx)
	}
	start, err := storyStart()
	if err != nil {
		return nil, err
	}
	if err := a.Instance.Begin(ctx, "sample"); err != nil {
		return nil, err
	}
	a.back(start)
	defer a.back(0)
	for _, set := range []Setting{{instance.Reading, string(instance.Everyone)}, {instance.Name, sample.Organisation}} {
		if err := a.Set(ctx, set.Name, set.Value); err != nil {
			return nil, err
		}
	}
	ids := map[string]map[string]pollen.EntryID{}
	for _, c := range sample.Collections() {
		if c.Slug != pollen.People && c.Slug != pollen.Units {
			n := sampleOf(c.Slug)
			n.Community = a.Commons.ID
			if _, err := a.Registry.Found(ctx, a.System, n); err != nil {
				return nil, err
			}
		}
		ids[c.Slug] = map[string]pollen.EntryID{}
		if err := a.seedRows(ctx, c, ids); err != nil {
			return nil, fmt.Errorf("sample collection %s: %w", c.Slug, err)
		}
		tell(fmt.Sprintf("%s: %d", c.Slug, len(ids[c.Slug])))
	}
	for _, c := range sample.Collections() {
		if err := a.seedLater(ctx, c, ids); err != nil {
			return nil, fmt.Errorf("sample collection %s: %w", c.Slug, err)
		}
	}
	for _, p := range sample.Personas() {
		if _, err := a.Invite(ctx, Invitation{Email: p.Email, Name: p.Name}); err != nil {
			return nil, err
		}
		who, err := a.Personas.ByHandle(ctx, p.Handle)
		if err != nil {
			return nil, err
		}
		if _, err := a.Personas.Describe(ctx, a.System, who.ID, ids[pollen.People][p.Entry]); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(a.live(ctx, ids), a.Instance.End(ctx)); err != nil {
		return nil, err
	}
	out, err = a.welcome(ctx) // links from now on, not from when their story began
	return out, errors.Join(err, a.Settle(ctx))
}

// seeded reports whether the instance is the sample's. It fails with Conflict
// when it is somebody else's, or the sample is not whole.
func (a *App) seeded(ctx context.Context) (bool, error) {
	switch half, err := a.Instance.Unfinished(ctx); {
	case err != nil:
		return false, err
	case half != "":
		return false, pollen.Errorf(pollen.Conflict, "app.sample-cut", "The sample was cut off on its way in, and is not whole. Remove this instance, or choose another place, and start again.")
	}
	_, err := a.Personas.ByHandle(ctx, sample.Personas()[0].Handle)
	if !pollen.Is(err, pollen.NotFound) {
		return err == nil, err
	}
	founded, err := a.Registry.Collections(ctx, a.System)
	if err != nil {
		return false, err
	}
	people, err := a.Registry.Count(ctx, a.System, pollen.People, nil, 1)
	if err == nil && (len(founded) > 2 || people > 0) {
		err = pollen.Errorf(pollen.Conflict, "app.sample-in-use", "This instance is in use: the sample goes into a new one. Choose another directory.")
	}
	return false, err
}

// welcome makes a link for each persona that the sample is to be tried as.
func (a *App) welcome(ctx context.Context) (out []Welcome, err error) {
	for _, p := range sample.Personas() {
		if len(p.Try) == 0 {
			continue
		}
		in, err := a.Invite(ctx, Invitation{Email: p.Email, Name: p.Name})
		if err != nil {
			return nil, err
		}
		out = append(out, Welcome{p, in.Secret})
	}
	return out, nil
}

// seedRows writes the rows of a sample collection, without the values that
// refer to rows that come later.
func (a *App) seedRows(ctx context.Context, c sample.Collection, ids map[string]map[string]pollen.EntryID) error {
	later := map[string]bool{}
	for _, name := range c.Later {
		later[name] = true
	}
	batch, err := a.Registry.Begin(ctx, a.System, c.Slug, registry.Batch{Kind: registry.BatchImport, Source: c.From})
	if err != nil {
		return err
	}
	var rows []seedRow
	written := 0
	report := func() string { return fmt.Sprintf(`{"created":%d}`, written) } // as that of an import
	flush := func() error {
		written += len(rows)
		made, err := a.seedPart(ctx, batch.ID, rows, report())
		for i, id := range made {
			ids[c.Slug][rows[i].key] = id
		}
		rows = rows[:0]
		return err
	}
	err = c.Rows(func(key string, values map[string]any) error {
		ch, err := change(c, values, ids, func(name string) bool { return !later[name] })
		if err != nil {
			return err
		}
		rows = append(rows, seedRow{key: key, change: ch})
		if len(rows) < seedRows {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	if err := flush(); err != nil {
		return err
	}
	return a.Registry.End(ctx, a.System, batch.ID, report())
}

// seedRow is one row of the sample: an entry to make, or to add values to.
type seedRow struct {
	key    string
	entry  pollen.EntryID
	change registry.Change
}

// seedPart writes rows as one part of a batch, all or none, and what the batch
// has done by then.
func (a *App) seedPart(ctx context.Context, batch pollen.BatchID, rows []seedRow, report string) (ids []pollen.EntryID, err error) {
	err = a.Registry.Work(ctx, a.System, batch, func(p *registry.Work) error {
		ids = ids[:0]
		for i := range rows {
			e, err := p.Put(rows[i].entry, &rows[i].change)
			if err != nil {
				return fmt.Errorf("%s: %w", rows[i].key, err)
			}
			ids = append(ids, e.ID)
		}
		return p.Advance(p.Batch.Position, p.Batch.Position+int64(len(rows)), report)
	})
	return ids, err
}

// seedLater writes the values that refer to rows that came later.
func (a *App) seedLater(ctx context.Context, c sample.Collection, ids map[string]map[string]pollen.EntryID) error {
	if len(c.Later) == 0 {
		return nil
	}
	later := map[string]bool{}
	for _, name := range c.Later {
		later[name] = true
	}
	var rows []seedRow
	err := c.Rows(func(key string, values map[string]any) error {
		ch, err := change(c, values, ids, func(name string) bool { return later[name] })
		if err == nil && len(ch.Values) > 0 {
			rows = append(rows, seedRow{key, ids[c.Slug][key], ch})
		}
		return err
	})
	if err != nil {
		return err
	}
	batch, err := a.Registry.Begin(ctx, a.System, c.Slug, registry.Batch{Kind: registry.BatchImport, Source: c.From})
	if err != nil {
		return err
	}
	report := fmt.Sprintf(`{"changed":%d}`, len(rows))
	if _, err := a.seedPart(ctx, batch.ID, rows, report); err != nil {
		return err
	}
	return a.Registry.End(ctx, a.System, batch.ID, report)
}

// change makes a change of the sample's values whose field is wanted. A
// reference is a key of its target, known by now.
func change(c sample.Collection, values map[string]any, ids map[string]map[string]pollen.EntryID, wanted func(string) bool) (ch registry.Change, err error) {
	ch.Values = map[string]json.RawMessage{}
	for name, v := range values {
		if name == sample.Body {
			if wanted(name) {
				body := fmt.Sprint(v)
				ch.Body = &body
			}
			continue
		}
		f := c.Schema.Field(name)
		if f == nil || !wanted(name) {
			continue
		}
		if target := ids[f.Target]; f.Target != "" && target != nil {
			v = referred(v, target)
		}
		if ch.Values[name], err = json.Marshal(v); err != nil {
			return ch, err
		}
	}
	return ch, nil
}

// referred replaces keys by identifiers, where they are known.
func referred(v any, ids map[string]pollen.EntryID) any {
	switch v := v.(type) {
	case string:
		if id, ok := ids[v]; ok {
			return id.String()
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = referred(v[i], ids)
		}
		return out
	case []string:
		out := make([]any, len(v))
		for i := range v {
			out[i] = referred(v[i], ids)
		}
		return out
	}
	return v
}
