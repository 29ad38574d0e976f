package transfer

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// Founding says what collection an import founds where there is none.
type Founding struct {
	Slug      string
	Community pollen.CommunityID
	Title     string // "" is made of the address
	Purpose   string
	Lang      string // of the title, the purpose and the labels of fields
	Licence   string
	Source    string
	Audience  pollen.Audience
	Text      []string // columns that become text, whatever they look like
	// Outline is what the collection is where that is known; nil proposes a schema
	// from the file.
	Outline *Outline
}

// Collection is the collection to be, without a schema unless its outline has one.
func (n *Founding) Collection() registry.NewCollection {
	if n.Outline != nil {
		return n.Outline.founds(n)
	}
	if n.Title == "" {
		n.Title = strings.ReplaceAll(n.Slug, "-", " ")
	}
	c := registry.NewCollection{Slug: n.Slug, Community: n.Community, Name: map[string]string{n.Lang: n.Title}, Licence: n.Licence, Source: n.Source, Audience: n.Audience}
	if n.Purpose != "" {
		c.Purpose = map[string]string{n.Lang: n.Purpose}
	}
	return c
}

// TitleOf makes a name of a collection of what a file is called.
func TitleOf(name string) string {
	for _, ext := range []string{".gz", path.Ext(strings.TrimSuffix(name, ".gz"))} {
		name = strings.TrimSuffix(name, ext)
	}
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '-' || r == '.' || unicode.IsSpace(r) }), " ")
	first, size := utf8.DecodeRuneInString(name)
	if size == 0 {
		return name
	}
	return string(unicode.ToUpper(first)) + name[size:]
}

// Import imports a file into a collection, which is founded first where n says so,
// with the schema of its outline or the one that the file proposes; or it shows
// what that would do. It fails as founding and [Transfer.Run] do.
func (t *Transfer) Import(ctx context.Context, by pollen.Actor, collection string, n *Founding, f File, o Options) (*Report, error) {
	if n == nil {
		if o.DryRun {
			return t.Preview(ctx, by, collection, f, o)
		}
		return t.Run(ctx, by, collection, f, o)
	}
	c, unfit := n.Collection(), []Unfit(nil)
	if n.Outline == nil {
		p, err := t.Fit(ctx, f, &o, &c, n.Lang)
		if err == nil {
			err = p.plain(n.Text)
		}
		if err != nil {
			return nil, err
		}
		unfit = p.unfit()
	}
	do := t.RunNew
	if o.DryRun {
		do = t.PreviewNew
	}
	r, err := do(ctx, by, c, f, o)
	if r != nil {
		r.Founded, r.Unfit = &c.Schema, unfit
	}
	return r, err
}

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
	o.Key = filledBy(p.Targets, o.Key)
	if field := p.Schema.Field(o.Key); field != nil {
		field.Unique, p.Schema.Key = true, o.Key
	}
	n.Schema = p.Schema
	return p, nil
}

// plain has columns become text. It fails with Invalid where the file has no such
// column, or where it has no field of its own.
func (p *Proposal) plain(columns []string) error {
	for _, column := range columns {
		i := slices.IndexFunc(p.Guesses, func(g schema.Guess) bool { return g.Column == column && g.Plain != "" })
		if i < 0 {
			return pollen.Errorf(pollen.Invalid, "transfer.no-text", "No column “{column}” of this file becomes a field of its own, which could be text.", "column", column).On("text")
		}
		p.Schema.Field(p.Guesses[i].Field).Retype(p.Guesses[i].Plain, "")
	}
	return nil
}

// unfit are the columns with values that the types of their fields refuse.
func (p *Proposal) unfit() (out []Unfit) {
	for i := range p.Guesses {
		g := &p.Guesses[i]
		f := p.Schema.Field(g.Field)
		fills := slices.ContainsFunc(p.Targets, func(t Target) bool { return t.Column == g.Column && t.Field == g.Field })
		if g.Unfit > 0 && fills && f.Type != g.Plain {
			out = append(out, Unfit{g.Column, f.Name, f.Type, g.Unfit})
		}
	}
	return out
}

// PreviewNew shows what importing into a collection that is still to be founded
// would do, and writes nothing. It fails as founding and [Transfer.Run] do.
func (t *Transfer) PreviewNew(ctx context.Context, by pollen.Actor, n registry.NewCollection, f File, o Options) (_ *Report, err error) {
	defer pollen.Wrap(&err, "transfer.PreviewNew", n.Slug)
	c, err := t.registry.Candidate(ctx, n)
	if err != nil {
		return nil, err
	}
	rd, detected, err := headed(c, f, &o)
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
	if err := t.FoundFor(ctx, by, n, f, o); err != nil {
		return nil, err
	}
	return t.Run(ctx, by, n.Slug, f, o)
}

// FoundFor founds a collection when the columns of the file fit it. It fails as
// [Transfer.RunNew] does.
func (t *Transfer) FoundFor(ctx context.Context, by pollen.Actor, n registry.NewCollection, f File, o Options) error {
	c, err := t.registry.Candidate(ctx, n)
	if err != nil {
		return err
	}
	rd, detected, err := headed(c, f, &o)
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
