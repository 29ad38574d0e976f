package web

import (
	"net/http"
	"net/url"

	"pollen"
	"pollen/internal/domain/persona"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

// authorData is what is said of who an author of imported history was.
type authorData struct {
	By       part.Link // whoever claims it; Href "" for nobody
	ClaimIt  string    // where one says that one is it
	Settled  bool      // a claim was contested: the operator alone says who it was
	Contests []contestLine
	Why      *part.Input // to contest the claim; nil where the reader may not
	Action   string
	Open     bool // the form was refused
}

// contestLine tells how one claim ended.
type contestLine struct {
	By, Whom part.Author
	When     part.When
	Note     string
}

// contestDraft is what was typed to contest a claim, and why it was refused.
type contestDraft struct {
	note, problem string
}

// author finds what is said of who an author of imported history was.
func (s *server) author(r *http.Request, v *view, who *persona.Persona, d *contestDraft) (*authorData, error) {
	a := &authorData{ClaimIt: "/settings?claim=" + url.QueryEscape(who.Handle) + "#claim", Action: "/p/" + who.Handle + "/contest", Open: d.problem != ""}
	contests, err := s.Personas.Contests(r.Context(), v.By, who.ID)
	if err != nil {
		return nil, err
	}
	ids := []pollen.PersonaID{who.Claimed}
	for _, c := range contests {
		ids = append(ids, c.By, c.Claimer)
	}
	names, err := s.Personas.Names(r.Context(), ids)
	if err != nil {
		return nil, err
	}
	a.Settled = len(contests) > 0
	for _, c := range contests {
		a.Contests = append(a.Contests, contestLine{By: v.author(names[c.By]), Whom: v.author(names[c.Claimer]), When: part.When{At: c.At, Words: v.Ago(c.At, s.Now())}, Note: c.Note})
	}
	if by := names[who.Claimed]; who.Claimed != 0 {
		a.By = part.Link{Text: by.Name, Href: "/p/" + by.Handle}
	}
	may, err := s.Personas.MayContest(r.Context(), v.By, who.ID)
	switch {
	case err != nil:
		return nil, err
	case may:
		a.Why = &part.Input{ID: "why", Name: "note", Type: schema.Text, Required: true, Label: v.T("web.contest-why", "Why, in a sentence"), Rows: []part.Row{{Text: d.note}}, Error: d.problem}
	case d.problem != "":
		v.Page.Notice = &part.Notice{Tone: part.Problem, Text: d.problem}
	}
	return a, nil
}

// contest ends the claim of an author of imported history.
func (s *server) contest(w http.ResponseWriter, r *http.Request, v *view) error {
	who, err := s.Personas.ByHandle(r.Context(), r.PathValue("handle"))
	if err != nil {
		return err
	}
	note := r.PostFormValue("note")
	err = s.Personas.Contest(r.Context(), v.By, who.ID, note)
	if again(err) {
		return s.showPersona(w, r, v, &who, statuses[pollen.KindOf(err)], &contestDraft{note, v.Error(err)})
	}
	if err != nil {
		return err
	}
	return see(w, r, "/p/"+who.Handle)
}
