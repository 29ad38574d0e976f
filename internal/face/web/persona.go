package web

import (
	"net/http"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
)

func (s *server) personaRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /p/{handle}", s.page(s.persona))
	mux.HandleFunc("POST /p/{handle}/contest", s.page(s.contest))
	mux.HandleFunc("GET /about", s.open(s.about))
}

// perPersona is how many contributions one page of a persona tells.
const perPersona = 30

// personaData is what the page of a persona shows: what it gave, in the order
// of time. No totals, no ranking: nowhere.
type personaData struct {
	Persona persona.Persona
	Kind    string      // in words
	Entry   part.Link   // that describes it; Href "" for none
	Author  *authorData // nil for who is no author of imported history
	Claims  []part.Link // imported personas that it says are its own
	Lines   []changeLine
	More    part.Pager
	Own     bool
	Left    bool // it closed its account
}

func (s *server) persona(w http.ResponseWriter, r *http.Request, v *view) error {
	who, err := s.Personas.ByHandle(r.Context(), r.PathValue("handle"))
	if err != nil {
		return err
	}
	return s.showPersona(w, r, v, &who, http.StatusOK, &contestDraft{})
}

func (s *server) showPersona(w http.ResponseWriter, r *http.Request, v *view, who *persona.Persona, status int, d *contestDraft) (err error) {
	p := &personaData{Persona: *who, Kind: v.personaKind(who.Kind), Own: who.ID == v.By.Persona}
	v.Page.Title = who.Name
	if who.Kind == pollen.PersonaImported {
		if p.Author, err = s.author(r, v, who, d); err != nil {
			return err
		}
	}
	lines, next, err := s.lines(r, v, journal.Query{Persona: who.ID, Limit: perPersona}, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	if err := s.offerThanks(r, v, lines); err != nil {
		return err
	}
	p.Lines, p.More = lines, v.more("/p/"+who.Handle+"?", next)
	if who.Entry != 0 {
		titles, err := s.Registry.Titles(r.Context(), v.By, []pollen.EntryID{who.Entry})
		if err != nil {
			return err
		}
		if t, ok := titles[who.Entry]; ok {
			p.Entry = part.Link{Text: t.Title, Href: "/c/" + t.Collection + "/" + t.Slug}
		}
	}
	if p.Left, err = s.Personas.Left(r.Context(), who.ID); err != nil {
		return err
	}
	claims, err := s.Personas.Claims(r.Context(), who.ID)
	for _, c := range claims {
		p.Claims = append(p.Claims, part.Link{Text: c.Name + " (" + c.Source + ")", Href: "/p/" + c.Handle})
	}
	if err != nil {
		return err
	}
	return show(w, r, v, status, personaPage(v, p))
}

// personaKind says what a persona is.
func (v *view) personaKind(k pollen.PersonaKind) string {
	switch k {
	case pollen.PersonaNamed:
		return v.T("web.kind-named", "A person, under their name")
	case pollen.PersonaPseudonym:
		return v.T("web.kind-pseudonym", "A pseudonym: nobody can tell whose")
	case pollen.PersonaImported:
		return v.T("web.kind-imported", "An author of imported history")
	}
	return v.T("web.kind-system", "The operator’s command line")
}

// aboutData is what the page about the instance shows.
type aboutData struct {
	Collections []*registry.Collection // that the reader may read
	Open        bool                   // reading takes no account
}

// about tells what this instance is, to whoever comes.
func (s *server) about(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Page.Title = v.T("web.about-instance", "About this directory")
	all, err := s.Registry.Collections(r.Context(), v.By)
	if err != nil {
		return err
	}
	return show(w, r, v, http.StatusOK, aboutPage(v, &aboutData{Collections: all, Open: !v.By.Outsider}))
}
