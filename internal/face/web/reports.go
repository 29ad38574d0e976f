package web

import (
	"net/http"

	"pollen"
	"pollen/internal/domain/talk"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"
)

func (s *server) reportsRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /g/{community}/reports", s.page(s.reports))
	mux.HandleFunc("POST /g/{community}/reports/{id}", s.page(s.answerReport))
}

// perReports is how many reports one page shows.
const perReports = 30

// report is one report, with the words that it asks to look at.
type report struct {
	Why    string
	Note   string
	When   part.When
	Post   []part.Post // one
	Where  part.Link
	Answer *reportAnswer
	Action string
	Choice part.Input
	Words  part.Input // why
	Open   bool       // to be answered: by anybody yet, or once more after a refusal
	Can    bool       // somebody else than who reported and who wrote
}

// reportAnswer is what the community made of a report.
type reportAnswer struct {
	By   part.Author
	Said string
	Note string
	When part.When
}

type reportsData struct {
	Reports []report
	Cursor  string // of the page, to come back to it
	More    part.Pager
}

// reportDraft is an answer to a report that was not kept.
type reportDraft struct {
	id                      pollen.ActID
	outcome, words, problem string
}

func (s *server) reports(w http.ResponseWriter, r *http.Request, v *view) error {
	return s.showReports(w, r, v, http.StatusOK, &reportDraft{})
}

func (s *server) showReports(w http.ResponseWriter, r *http.Request, v *view, status int, d *reportDraft) error {
	c, err := s.Communities.Get(r.Context(), r.PathValue("community"))
	if err != nil {
		return err
	}
	list, err := s.Talk.Reports(r.Context(), v.By, c.ID, perReports, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	name := c.LabelIn(v.Tag())
	v.Page.Title, v.Page.Section = v.T("web.reports-of", "Reports · {community}", "community", name), part.Communities
	v.Page.Crumbs = []part.Link{{Text: v.T("web.communities-nav", "The communities"), Href: "/g"}, {Text: name, Href: "/g/" + c.Slug}}
	p := &reportsData{Cursor: r.FormValue("cursor"), More: v.more("/g/"+c.Slug+"/reports?", list.Next)}
	for i := range list.Items {
		one, err := s.report(r, v, &list.Items[i])
		if err != nil {
			return err
		}
		if list.Items[i].ID == d.id {
			one.reopen(d)
		}
		one.Action = "/g/" + c.Slug + "/reports/" + list.Items[i].ID.String()
		p.Reports = append(p.Reports, one)
	}
	return show(w, r, v, status, reportsPage(v, p))
}

// reopen shows an answer again as it was given.
func (x *report) reopen(d *reportDraft) {
	x.Open, x.Choice.Rows, x.Words.Rows, x.Words.Error = true, []part.Row{{Text: d.outcome}}, []part.Row{{Text: d.words}}, d.problem
}

func (s *server) report(r *http.Request, v *view, in *talk.Report) (out report, err error) {
	e, err := s.Registry.Get(r.Context(), v.By, in.Post.Entry)
	if err != nil {
		return out, err
	}
	id := in.ID.String()
	out = report{Why: v.reasonLabel(in.Reason), Note: in.Note, When: part.When{At: in.At, Words: v.Ago(in.At, s.Now())}, Open: in.Outcome == "",
		Words: part.Input{ID: "w-" + id, Name: "words", Type: schema.Text, Label: v.T("web.report-words", "Why, in a few words")},
		Where: part.Link{Text: e.Title, Href: e.Path() + "/talk#" + in.Post.Act.String()}, Can: !in.Concerns}
	if out.Post, err = s.posts(r, v, e, []talk.Post{in.Post}); err != nil {
		return out, err
	}
	out.Post[0].Acts, out.Post[0].ID = nil, "p-"+id
	outcome := in.Outcome
	if outcome == "" {
		outcome = talk.Kept
	}
	out.Choice = part.Input{ID: "o-" + id, Name: "outcome", Type: schema.Choice, Required: true, Label: v.T("web.report-outcome", "What shall become of them?"), Rows: []part.Row{{Text: string(outcome)}},
		Choices: []part.Choice{{Value: string(talk.Kept), Label: v.outcome(talk.Kept)}, {Value: string(talk.Folded), Label: v.outcome(talk.Folded)}}}
	if in.Outcome == "" {
		return out, nil
	}
	names, err := s.Personas.Names(r.Context(), []pollen.PersonaID{in.By})
	out.Answer = &reportAnswer{By: v.author(names[in.By]), Said: v.lookedAt(in.Outcome), Note: in.Answer, When: part.When{At: in.Answered, Words: v.Ago(in.Answered, s.Now())}}
	return out, err
}

// outcome says what a community makes of a report.
func (v *view) outcome(o talk.Outcome) string {
	if o == talk.Folded {
		return v.T("web.report-folded", "Fold them: one more click shows them")
	}
	return v.T("web.report-kept", "Keep them as they are")
}

// lookedAt says what somebody made of a report.
func (v *view) lookedAt(o talk.Outcome) string {
	if o == talk.Folded {
		return v.T("web.report-was-folded", "folded them.")
	}
	return v.T("web.report-was-kept", "kept them as they are.")
}

func (s *server) answerReport(w http.ResponseWriter, r *http.Request, v *view) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	d := &reportDraft{id: id, outcome: r.FormValue("outcome"), words: r.FormValue("words")}
	_, err = s.Talk.Answer(r.Context(), v.By, id, talk.Outcome(d.outcome), d.words)
	if again(err) {
		d.problem = v.Error(err)
		return s.showReports(w, r, v, statuses[pollen.KindOf(err)], d)
	}
	if err != nil {
		return err
	}
	return see(w, r, "/g/"+r.PathValue("community")+"/reports")
}
