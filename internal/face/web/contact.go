package web

import (
	"bytes"
	"math"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/contact"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
	"pollen/internal/wire/vcard"
)

func (s *server) contactRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/{slug}/contact", s.page(s.contact))
	mux.HandleFunc("GET /c/{collection}/+contacts.vcf", s.page(s.cards))
}

// reachable makes the contact of an entry, as far as its reader may see it.
func (s *server) reachable(r *http.Request, v *view, e *registry.Entry) (contact.Contact, error) {
	titles, err := s.titles(r, v, e)
	if err != nil {
		return contact.Contact{}, err
	}
	return v.contactOf(e, titles), nil
}

func (v *view) contactOf(e *registry.Entry, titles map[pollen.EntryID]registry.Link) contact.Contact {
	return contact.Of(&e.Collection.Schema, e.Title, e.Values, func(id pollen.EntryID) string { return titles[id].Title }, v.Tag())
}

// portrait is the address of the photograph of a person, as far as its reader
// may see it; "" for none, and for whatever is no person.
func portrait(e *registry.Entry) string {
	if e.Collection.Slug != pollen.People {
		return ""
	}
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if f.Type != schema.Image {
			continue
		}
		for _, b := range f.Blobs(e.Values[f.ID]) {
			return blobHref(b)
		}
	}
	return ""
}

// cardOf is a contact as a vCard.
func cardOf(e *registry.Entry, c contact.Contact) vcard.Card {
	out := vcard.Card{UID: e.ID.String(), Kind: vcard.Organisation, Name: c.Name, Given: c.Given, Family: c.Family, Role: c.Role,
		Units: c.Units, Emails: c.Emails, Pages: c.Pages, Addresses: c.Addresses}
	if c.Given != "" || c.Family != "" {
		out.Kind = vcard.Individual
	}
	for _, p := range c.Phones {
		out.Phones = append(out.Phones, vcard.Phone{Number: p.Number, Type: string(p.Kind)})
	}
	return out
}

// vcf is the end of the address of an entry's vCard.
const vcf = ".vcf"

// card answers with the vCard of an entry, at its address with .vcf behind it.
func (s *server) card(w http.ResponseWriter, r *http.Request, v *view) error {
	e, moved, err := s.Registry.At(r.Context(), v.By, r.PathValue("collection"), strings.TrimSuffix(r.PathValue("slug"), vcf))
	if err != nil {
		return err
	}
	if moved {
		return see(w, r, e.Path()+vcf)
	}
	c, err := s.reachable(r, v, e)
	if err != nil {
		return err
	}
	if !contact.Fits(&e.Collection.Schema) {
		return absent()
	}
	var b bytes.Buffer
	if err := vcard.Write(&b, cardOf(e, c)); err != nil {
		return err
	}
	return download(w, vcard.MediaType, e.Slug+vcf, b.Bytes())
}

// download answers with a file to keep.
func download(w http.ResponseWriter, mediaType, name string, content []byte) error {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if _, err := w.Write(content); err != nil {
		return nil // the reader went away
	}
	return nil
}

// perCards is how many entries of a file of contacts are held at once.
const perCards = 500

// cards answers with the contacts of all the entries that a list finds, page by
// page, so that memory does not grow with the list.
func (s *server) cards(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Registry.Collection(r.Context(), v.By, r.PathValue("collection"))
	if err != nil {
		return err
	}
	if !contact.Fits(&c.Schema) {
		return absent()
	}
	l := registry.Listing{Limit: perCards}
	if text := r.FormValue("filter"); text != "" {
		if l.Filter, err = filter.Parse(text); err != nil {
			return err
		}
	}
	next := s.listed(r, v, c, l)
	if q := strings.TrimSpace(r.FormValue("q")); q != "" {
		next = s.found(r, v, search.Query{Text: q, Collection: c.Slug, Filter: l.Filter, Language: v.Tag()})
	}
	begun := false
	for {
		entries, err := next()
		if err != nil || len(entries) == 0 {
			if err != nil && begun {
				panic(http.ErrAbortHandler) // half a file must not look whole
			}
			if err == nil && !begun {
				return download(w, vcard.MediaType, c.Slug+vcf, nil)
			}
			return err
		}
		titles, err := s.titles(r, v, entries...)
		if err != nil && !begun {
			return err
		}
		var b bytes.Buffer
		for _, e := range entries {
			if x := v.contactOf(e, titles); err == nil && x.Reachable() {
				err = vcard.Write(&b, cardOf(e, x))
			}
		}
		if err != nil && begun {
			panic(http.ErrAbortHandler)
		} else if err != nil {
			return err
		}
		if begun {
			if _, err := w.Write(b.Bytes()); err != nil {
				return nil // the reader went away
			}
			continue
		}
		begun = true
		if err := download(w, vcard.MediaType, c.Slug+vcf, b.Bytes()); err != nil {
			return err
		}
	}
}

// listed gives the entries of a list, page by page; none when it is at its end.
func (s *server) listed(r *http.Request, v *view, c *registry.Collection, l registry.Listing) func() ([]*registry.Entry, error) {
	ended := false
	return func() ([]*registry.Entry, error) {
		if ended {
			return nil, nil
		}
		p, err := s.Registry.List(r.Context(), v.By, c.Slug, l)
		l.Cursor, ended = p.Next, p.Next == ""
		return p.Items, err
	}
}

// found gives the entries that words find, some at a time: of all of them, their
// identifiers alone are held. None when it is at its end.
func (s *server) found(r *http.Request, v *view, q search.Query) func() ([]*registry.Entry, error) {
	var ids []pollen.EntryID
	asked := false
	return func() (out []*registry.Entry, err error) {
		if !asked {
			if ids, err = s.Search.Entries(r.Context(), v.By, q, math.MaxInt32); err != nil {
				return nil, err
			}
			asked = true
		}
		for len(out) == 0 && len(ids) > 0 { // all of some may be gone since they were indexed
			some := ids[:min(perCards, len(ids))]
			ids = ids[len(some):]
			if out, err = s.readable(r, v, some); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

type contactData struct {
	E     *registry.Entry
	C     contact.Contact
	Lines []contactLine
	QR    templ.Component // nil when the card is too long for one
}

type contactLine struct{ Label, Text, Href string }

// contact shows how to reach somebody, large enough to be tapped, and as a QR
// code that another telephone takes.
func (s *server) contact(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	if !contact.Fits(&e.Collection.Schema) {
		return absent()
	}
	v.Page.Title = v.T("web.contact-of", "How to reach {title}", "title", e.Title)
	p := &contactData{E: e}
	if p.C, err = s.reachable(r, v, e); err != nil {
		return err
	}
	for _, x := range p.C.Phones {
		label := v.T("web.phone", "Telephone")
		switch x.Kind {
		case contact.Cell:
			label = v.T("web.mobile", "Mobile")
		case contact.Fax:
			label = v.T("web.fax", "Fax")
		}
		p.Lines = append(p.Lines, contactLine{label, v.national(e, x.Number), "tel:" + x.Number})
	}
	for _, x := range p.C.Emails {
		p.Lines = append(p.Lines, contactLine{v.T("web.e-mail", "E-mail"), x, "mailto:" + x})
	}
	for _, x := range p.C.Pages {
		p.Lines = append(p.Lines, contactLine{v.T("web.web-page", "Web"), x, x})
	}
	for _, x := range p.C.Addresses {
		p.Lines = append(p.Lines, contactLine{v.T("web.postal", "Address"), x, ""})
	}
	var b bytes.Buffer
	if err := vcard.Write(&b, cardOf(e, p.C)); err != nil {
		return err
	}
	p.QR, err = part.QR(b.String(), v.T("web.qr", "QR code of the contact of {title}", "title", e.Title))
	if err != nil && !pollen.Is(err, pollen.Invalid) {
		return err
	}
	return show(w, r, v, http.StatusOK, contactPage(v, p))
}

// national writes a telephone as the table of the entry does.
func (v *view) national(e *registry.Entry, number string) string {
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		for k, text := range f.Texts(e.Values[f.ID]) {
			if text == number {
				return f.DisplayIn(e.Values[f.ID], v.Tag(), v.Zone())[k]
			}
		}
	}
	return number
}
