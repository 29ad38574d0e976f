package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/talk"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) contributionRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /contributions/{id}", s.page(s.contribution))
	mux.HandleFunc("POST /contributions/{id}/thanks", s.page(s.onContribution(s.thank)))
	mux.HandleFunc("POST /contributions/{id}/helped", s.page(s.onContribution(func(r *http.Request, v *view, id pollen.ActID) error {
		_, err := s.Talk.Mark(r.Context(), v.By, id, talk.Helped(r.FormValue("say")))
		return err
	})))
	mux.HandleFunc("POST /contributions/{id}/edit", s.page(s.onContribution(func(r *http.Request, v *view, id pollen.ActID) error {
		_, err := s.Talk.Edit(r.Context(), v.By, id, r.FormValue("body"))
		return err
	})))
	mux.HandleFunc("POST /contributions/{id}/withdraw", s.page(s.onContribution(func(r *http.Request, v *view, id pollen.ActID) error {
		return s.Talk.Withdraw(r.Context(), v.By, id)
	})))
	mux.HandleFunc("POST /contributions/{id}/report", s.page(s.onContribution(func(r *http.Request, v *view, id pollen.ActID) error {
		_, err := s.Talk.Report(r.Context(), v.By, id, talk.Reason(r.FormValue("reason")), r.FormValue("note"))
		return err
	})))
}

// onContribution runs an act on a contribution and goes back to where it was
// asked for, or to the page of the contribution. What was wrong with what one
// typed is told on that page, with the words kept.
func (s *server) onContribution(run func(*http.Request, *view, pollen.ActID) error) func(http.ResponseWriter, *http.Request, *view) error {
	return func(w http.ResponseWriter, r *http.Request, v *view) error {
		id, err := contributionID(r)
		if err != nil {
			return err
		}
		err = run(r, v, id)
		if again(err) {
			v.Page.Notice = &part.Notice{Tone: part.Problem, Text: v.Error(err)}
			return s.showContribution(w, r, v, id, statuses[pollen.KindOf(err)])
		}
		if err != nil {
			return err
		}
		if back := r.FormValue("back"); back != "" {
			return see(w, r, part.Inside(back))
		}
		return see(w, r, "/contributions/"+id.String())
	}
}

func contributionID(r *http.Request) (id pollen.ActID, err error) {
	if err := id.UnmarshalText([]byte(r.PathValue("id"))); err != nil || id == 0 {
		return 0, absent()
	}
	return id, nil
}

func (s *server) thank(r *http.Request, v *view, id pollen.ActID) error {
	if r.FormValue("take") == "back" {
		return s.Thanks.Withdraw(r.Context(), v.By, id)
	}
	_, err := s.Thanks.Thank(r.Context(), v.By, id, r.FormValue("note"))
	return err
}

type version struct {
	When part.When
	Text templ.Component
}

type contributionData struct {
	Line     changeLine
	Where    []part.Link // where one sees it: the change, the talk, the entry
	From     []changeLine
	Post     []part.Post // one, where it is words
	Own      *part.Input // to edit one's own words
	Page     string
	Reasons  *part.Input // to report somebody's words
	Typed    typedNotes
	Versions []version
	Thanks   []thanked
	Looks    []part.Act // of a second pair of eyes
	Diff     []part.DiffField
	Return   string // address of returning a collection to what it was before
	Mine     bool   // the reader thanked
	CanThank bool
	Gift     bool // it is one that can be thanked for, by whoever it may be
}

// typedNotes are the sentences that came with a form which was refused.
type typedNotes struct {
	Thanks, Report string
}

// typedBelow is what was typed into a form that posts below the page.
func typedBelow(r *http.Request, below, name string) string {
	if !strings.HasSuffix(r.URL.Path, below) {
		return ""
	}
	return r.PostFormValue(name)
}

func (s *server) contribution(w http.ResponseWriter, r *http.Request, v *view) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	return s.showContribution(w, r, v, id, http.StatusOK)
}

func (s *server) showContribution(w http.ResponseWriter, r *http.Request, v *view, id pollen.ActID, status int) error {
	a, err := s.Registry.Contribution(r.Context(), v.By, id)
	if err != nil {
		return err
	}
	lines, err := s.tell(r, v, []journal.Act{a})
	if err != nil {
		return err
	}
	v.Page.Section = part.Changes
	v.Page.Title = v.T("web.contribution-of", "Contribution of {who}", "who", lines[0].By.Name)
	p := &contributionData{Line: lines[0], Page: "/contributions/" + id.String(),
		Typed: typedNotes{Thanks: typedBelow(r, "/thanks", "note"), Report: typedBelow(r, "/report", "note")}}
	if err := s.causes(r, v, p, a.Causes); err != nil {
		return err
	}
	given, err := s.given(r, v, []pollen.ActID{id})
	if err != nil {
		return err
	}
	p.Thanks = given[id]
	for _, t := range p.Thanks {
		p.Mine = p.Mine || t.Mine
	}
	p.CanThank, p.Gift = lines[0].CanThank, a.Kind.Contribution() && a.Kind != pollen.ActThank
	if a.Held == journal.Waiting && a.Persona != v.By.Persona {
		if may, err := s.mayLook(r, v); err != nil {
			return err
		} else if may {
			p.Looks = v.looks(&a, p.Page)
		}
	}
	if a.Object.Kind == pollen.ObjectEntry {
		if err := s.onEntry(r, v, p, &a); err != nil {
			return err
		}
	}
	if err := s.onCollection(r, v, p, &a); err != nil {
		return err
	}
	if a.Batch != 0 {
		p.Where = append(p.Where, part.Link{Text: v.T("web.whole-batch", "See the whole batch"), Href: "/batches/" + a.Batch.String()})
	}
	return show(w, r, v, status, contributionPage(v, p))
}

// causes tells what led to a contribution, as far as the reader may see it.
func (s *server) causes(r *http.Request, v *view, p *contributionData, all []pollen.Cause) error {
	var acts []journal.Act
	for _, c := range all {
		a, err := s.Registry.Contribution(r.Context(), v.By, c.Act)
		if pollen.Is(err, pollen.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		acts = append(acts, a)
	}
	var err error
	p.From, err = s.tell(r, v, acts)
	return err
}

// onCollection adds what an amendment made of a collection.
func (s *server) onCollection(r *http.Request, v *view, p *contributionData, a *journal.Act) error {
	made, err := s.amendments(r, v, []journal.Act{*a})
	x := made[a.ID]
	if err != nil || x == nil {
		return err
	}
	p.Diff = v.amended(&x.Difference)
	p.Where = append(p.Where, part.Link{Text: v.T("web.versions", "Versions"), Href: "/c/" + x.To.Slug + "/+versions"})
	may, err := s.Registry.Returnable(r.Context(), v.By, x.To.Slug)
	if may[x.N-1] {
		p.Return = returnPath(x.To.Slug, x.N-1)
	}
	return err
}

// onEntry adds what a contribution to an entry has besides: the change it made,
// or the words it said.
func (s *server) onEntry(r *http.Request, v *view, p *contributionData, a *journal.Act) error {
	e, err := s.Registry.Get(r.Context(), v.By, pollen.EntryID(a.Object.ID))
	if err != nil {
		return err
	}
	v.Page.Crumbs = append(v.crumbs(e.Collection), part.Link{Text: e.Title, Href: e.Path()})
	if n := a.Detail.Revision; n > 1 {
		p.Where = append(p.Where, part.Link{Text: v.T("web.see-change", "See the change"), Href: e.Path() + "/history?from=" + strconv.Itoa(n-1) + "&to=" + strconv.Itoa(n)})
	}
	posts, err := s.Talk.Of(r.Context(), v.By, []journal.Act{*a})
	if err != nil {
		return err
	}
	said, ok := posts[a.ID]
	if !ok {
		return nil
	}
	p.Where = append(p.Where, part.Link{Text: v.T("web.in-talk", "See it in its talk"), Href: e.Path() + "/talk#" + said.Act.String()})
	if said.Act != a.ID {
		return nil // an edit, a mark: the words are a contribution of their own
	}
	if p.Post, err = s.posts(r, v, e, []talk.Post{said}); err != nil {
		return err
	}
	p.Post[0].Acts = nil
	v.ownWords(r, p, said)
	return s.wordings(r, v, p, said)
}

// ownWords adds what the reader can say about words: to edit their own, or to
// report somebody's. Words that were withdrawn take neither; what was typed
// meanwhile still stands in its form.
func (v *view) ownWords(r *http.Request, p *contributionData, said talk.Post) {
	typed, reason := typedBelow(r, "/edit", "body"), typedBelow(r, "/report", "reason")
	if !v.By.SignedIn() || !said.Withdrawn.IsZero() && typed == "" && reason == "" {
		return
	}
	if said.By == v.By.Persona {
		p.Own = &part.Input{ID: "edit-body", Name: "body", Type: schema.LongText, Required: true, Lines: 5, Label: v.T("web.your-words", "Your words"), Rows: []part.Row{{Text: said.Body}}}
		if typed != "" {
			p.Own.Rows[0].Text = typed
		}
	} else {
		p.Reasons = v.reasons(reason)
	}
}

// wordings lists what words said before they were edited.
func (s *server) wordings(r *http.Request, v *view, p *contributionData, said talk.Post) error {
	if said.Edited.IsZero() {
		return nil
	}
	all, err := s.Talk.Versions(r.Context(), v.By, said.Act)
	if err != nil || len(all) == 0 {
		return err
	}
	m := s.markup(r, v)
	for _, x := range all[:len(all)-1] {
		p.Versions = append(p.Versions, version{When: part.When{At: x.At, Words: v.Ago(x.At, s.Now())}, Text: m.html(x.Body)})
	}
	return nil
}

// reasons is the choice of why one reports.
func (v *view) reasons(chosen string) *part.Input {
	in := &part.Input{ID: "report-reason", Name: "reason", Type: schema.Choice, Required: true, Label: v.T("web.report-why", "What is wrong with them?"), Rows: []part.Row{{Text: chosen}}}
	for _, r := range talk.Reasons {
		in.Choices = append(in.Choices, part.Choice{Value: string(r), Label: v.reasonLabel(r)})
	}
	return in
}

// reasonLabel says why somebody reports words.
func (v *view) reasonLabel(r talk.Reason) string {
	switch r {
	case talk.Hurtful:
		return v.T("web.report-hurtful", "They hurt or threaten somebody")
	case talk.Personal:
		return v.T("web.report-personal", "They tell what is nobody’s business")
	case talk.Spam:
		return v.T("web.report-spam", "They advertise, or repeat themselves")
	case talk.OffTopic:
		return v.T("web.report-off-topic", "They belong elsewhere")
	}
	return v.T("web.report-other", "Something else, said in a few words")
}

// thankable reports whether the reader may thank for an act: a contribution of
// somebody else who can be thanked.
func (v *view) thankable(a *journal.Act, who persona.Persona) bool {
	return v.By.SignedIn() && a.Kind.Contribution() && a.Kind != pollen.ActThank && a.Persona != v.By.Persona && who.Kind != pollen.PersonaSystem
}
