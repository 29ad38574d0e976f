package transfer

import (
	"context"
	"errors"
	"slices"

	"pollen"
	"pollen/internal/domain/registry"
)

// Fit gives a collection that is to be founded the schema that a file proposes,
// with labels in the language lang, and tells what each column fills. What the
// options say of columns and of the key comes first. It fails with Invalid on a
// file that cannot be read, or a key that cannot be one.
func (t *Transfer) Fit(ctx context.Context, f File, o *Options, n *registry.NewCollection, lang string) (p *Proposal, err error) {
	defer pollen.Wrap(&err, "transfer.Fit")
	if p, err = t.Propose(ctx, f, *o, lang); err != nil {
		return nil, err
	}
	given := o.Targets
	o.Targets = p.Targets
	for _, g := range given {
		i := slices.IndexFunc(p.Targets, func(t Target) bool { return t.Column == g.Column })
		if i < 0 { // a column that the file has not: planning says so
			o.Targets = append(o.Targets, g)
			continue
		}
		p.Targets[i] = g
	}
	if field := p.Schema.Field(o.Key); field != nil {
		field.Unique, p.Schema.Key = true, o.Key
	}
	n.Schema = p.Schema
	return p, nil
}

// PreviewNew shows what importing into a collection that is still to be founded
// would do, and writes nothing. It fails as founding and [Transfer.Run] do.
func (t *Transfer) PreviewNew(ctx context.Context, by pollen.Actor, n registry.NewCollection, f File, o Options) (_ *Report, err error) {
	defer pollen.Wrap(&err, "transfer.PreviewNew", n.Slug)
	c, err := registry.Candidate(n)
	if err != nil {
		return nil, err
	}
	rd, detected, err := reopen(f, o)
	if err != nil {
		return nil, err
	}
	j, err := t.job(by, c, f, o, rd, detected, nil)
	if err != nil {
		return nil, errors.Join(err, rd.Close())
	}
	return j.preview(ctx, rd, f, func(fn func(*registry.Work) error) error { return t.registry.PeekCandidate(ctx, by, c, fn) })
}

// RunNew founds a collection and imports a file into it. Nothing is founded for
// a file that could not be imported. It fails as founding and [Transfer.Run] do.
func (t *Transfer) RunNew(ctx context.Context, by pollen.Actor, n registry.NewCollection, f File, o Options) (_ *Report, err error) {
	defer pollen.Wrap(&err, "transfer.RunNew", n.Slug)
	if err := t.foundFor(ctx, by, n, f, o); err != nil {
		return nil, err
	}
	return t.Run(ctx, by, n.Slug, f, o)
}

// foundFor founds a collection when the columns of the file fit it.
func (t *Transfer) foundFor(ctx context.Context, by pollen.Actor, n registry.NewCollection, f File, o Options) error {
	c, err := registry.Candidate(n)
	if err != nil {
		return err
	}
	rd, detected, err := reopen(f, o)
	if err != nil {
		return err
	}
	_, err = t.job(by, c, f, o, rd, detected, nil)
	if err = errors.Join(err, rd.Close()); err != nil {
		return err
	}
	_, err = t.registry.Found(ctx, by, n)
	return err
}
