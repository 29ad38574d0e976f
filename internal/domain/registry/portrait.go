package registry

import (
	"bytes"
	"encoding/json"
	"slices"

	"pollen"
	"pollen/internal/pure/access"
	"pollen/internal/pure/schema"
)

// portraits holds the rule of photographs in the directory of persons: a person
// sets and removes their own; whoever else sets one says that the person
// agrees. Going back to an earlier state never brings a photograph back, save
// for its person: what they took away stays away.
func (w *writer) portraits(e *Entry, next *Content) error {
	if e.Collection.Slug != pollen.People || w.by.System() {
		return nil
	}
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if f.Type != schema.Image || bytes.Equal(e.Values[f.ID], next.Values[f.ID]) {
			continue
		}
		was, is := f.Blobs(e.Values[f.ID]), f.Blobs(next.Values[f.ID])
		own := w.by.Entry != 0 && w.by.Entry == e.ID
		if w.kind == pollen.ActRevert && !own {
			set(next.Values, f.ID, e.Values[f.ID])
			continue
		}
		p := access.Portrait{Subject: e.ID, Consent: true}
		for _, b := range is {
			if !slices.ContainsFunc(was, sameAs(b)) {
				p.Added = true
				p.Consent = p.Consent && b.Consent
			}
		}
		for _, b := range was {
			p.Removed = p.Removed || b.Consent && !p.Added && !slices.ContainsFunc(is, sameAs(b))
		}
		if err := access.Photograph(w.by, p).Err(w.by, access.Decision{OK: true}); err != nil {
			return err.(*pollen.Error).On(f.Name)
		}
		if own {
			if err := consent(f, next, is); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameAs finds the same picture with the same consent.
func sameAs(b schema.Blob) func(schema.Blob) bool {
	return func(x schema.Blob) bool { return x.Hash == b.Hash && x.Consent == b.Consent }
}

// consent records that the person agrees to pictures they set themself.
func consent(f *schema.Field, next *Content, all []schema.Blob) error {
	if len(all) == 0 {
		return nil
	}
	for i := range all {
		all[i].Consent = true
	}
	b, err := json.Marshal(all)
	if !f.Many && err == nil {
		b, err = json.Marshal(all[0])
	}
	if err != nil {
		return err
	}
	v, err := f.FromJSON(b, nil)
	set(next.Values, f.ID, v)
	return err
}
