package web

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/thanks"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/markup"
	"pollen/internal/pure/schema"
)

func (s *server) talkRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /c/{collection}/{slug}/talk", s.page(s.talk))
	mux.HandleFunc("POST /c/{collection}/{slug}/talk", s.page(s.say))
}

// perTalk is how many posts one page of a talk shows.
const perTalk = 60

// draft is what somebody wanted to say and what kept it from being said.
type draft struct {
	kind, body, field string
	to                pollen.ActID // the thread that it answers; 0 opens one
	problem           string
}

// thread is one thread of a talk.
type thread struct {
	ID       string // anchor
	N        int    // among those of the page, from 1
	Question bool
	Goes     *part.Link // to its beginning, where that is on an earlier page
	Posts    []part.Post
	To       string // the contribution that a reply answers
	Draft    *draft // a reply that was not kept
}

type talkData struct {
	E       *registry.Entry
	About   *part.Link // the one value that the page is about, with the way to all
	Whole   *part.Link // to all, where one thread stands alone
	Field   string     // its name
	Threads []thread
	More    part.Pager
	CanSay  bool
	Into    *part.Link // where one talks now, of a merged entry
	Kind    part.Input
	Body    part.Input
	Subject part.Input
	Problem string
}

func (s *server) talk(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	return s.showTalk(w, r, v, e, http.StatusOK, &draft{kind: r.FormValue("kind")})
}

// say puts words on the entry. What is wrong with them is told beside them.
func (s *server) say(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	d := &draft{kind: r.FormValue("kind"), body: r.FormValue("body"), field: r.FormValue("field")}
	if to := r.FormValue("to"); to != "" {
		if err := d.to.UnmarshalText([]byte(to)); err != nil {
			return absent()
		}
	}
	p, err := s.Talk.Say(r.Context(), v.By, e.ID, talk.Words{Kind: pollen.ActKind(d.kind), Body: d.body, Field: d.field, To: d.to})
	if again(err) {
		d.problem = v.Error(err)
		return s.showTalk(w, r, v, e, statuses[pollen.KindOf(err)], d)
	}
	if err != nil {
		return err
	}
	return see(w, r, e.Path()+"/talk#"+p.Act.String())
}

// showTalk shows a talk; a reply that was not kept stands with its thread alone,
// on whichever page of the talk that is.
func (s *server) showTalk(w http.ResponseWriter, r *http.Request, v *view, e *registry.Entry, status int, d *draft) error {
	v.Page.Crumbs = append(v.Page.Crumbs, part.Link{Text: e.Title, Href: e.Path()})
	v.Page.Title = v.T("web.talk-of", "Talk about {title}", "title", e.Title)
	p := &talkData{E: e, CanSay: v.By.SignedIn() && (e.Into == 0 || d.problem != "")}
	if r.Method == http.MethodGet {
		p.Field = r.FormValue("field")
	}
	if f := e.Collection.Schema.Field(p.Field); f != nil {
		p.About = &part.Link{Text: f.LabelIn(v.Tag()), Href: e.Path() + "/talk"}
	}
	if e.Into != 0 {
		into, err := s.Registry.Get(r.Context(), v.By, e.Into)
		if err != nil {
			return err
		}
		p.Into = &part.Link{Text: into.Title, Href: into.Path() + "/talk"}
	}
	q := talk.Query{Field: p.Field, Limit: perTalk, Cursor: r.FormValue("cursor")}
	if d.to != 0 {
		q, p.Whole = talk.Query{Thread: d.to, Limit: perTalk}, &part.Link{Text: v.T("web.whole-talk", "The whole talk"), Href: e.Path() + "/talk"}
	}
	list, err := s.Talk.List(r.Context(), v.By, e.ID, q)
	if err != nil {
		return err
	}
	posts, err := s.posts(r, v, e, list.Items)
	if err != nil {
		return err
	}
	for i, said := range list.Items {
		if n := len(p.Threads); n == 0 || p.Threads[n-1].To != said.Thread.String() {
			t := thread{N: len(p.Threads) + 1, ID: "t-" + said.Thread.String(), To: said.Thread.String(), Question: said.Kind != pollen.ActComment}
			if !said.Opens() {
				t.Goes = &part.Link{Text: v.T("web.thread-begins", "The beginning of this thread"), Href: "/contributions/" + t.To}
			}
			if d.to != 0 {
				t.Draft = d
			}
			p.Threads = append(p.Threads, t)
		}
		t := &p.Threads[len(p.Threads)-1]
		t.Posts = append(t.Posts, posts[i])
	}
	again := "?"
	if p.Field != "" {
		again += "field=" + p.Field + "&"
	}
	if p.Whole == nil {
		p.More = v.more(again, list.Next)
	}
	p.form(v, d)
	return show(w, r, v, status, talkPage(v, p))
}

// form is where one opens a thread.
func (p *talkData) form(v *view, d *draft) {
	kind, field := d.kind, p.Field
	if kind != string(pollen.ActComment) {
		kind = string(pollen.ActAsk)
	}
	p.Kind = part.Input{ID: "say-kind", Name: "kind", Type: schema.Choice, Required: true, Rows: []part.Row{{Text: kind}}, Label: v.T("web.what-to-say", "What would you like to say?"),
		Choices: []part.Choice{{Value: string(pollen.ActAsk), Label: v.T("web.a-question", "A question")}, {Value: string(pollen.ActComment), Label: v.T("web.a-comment", "A comment")}}}
	p.Body = part.Input{ID: "say-body", Name: "body", Type: schema.LongText, Required: true, Lines: 5, Label: v.T("web.your-words", "Your words"),
		Help: v.T("web.words-help", "Markdown. @handle tells somebody; [[collection/address]] leads to an entry.")}
	if d.to == 0 {
		p.Body.Error = d.problem
		if d.body != "" {
			p.Body.Rows = []part.Row{{Text: d.body}}
		}
		if d.field != "" {
			field = d.field
		}
	}
	p.Subject = part.Input{ID: "say-field", Name: "field", Type: schema.Choice, Label: v.T("web.about-what", "About"), Rows: []part.Row{{Text: field}},
		Choices: []part.Choice{{Value: "", Label: v.T("web.whole-entry", "The entry as a whole")}}}
	for i := range p.E.Collection.Schema.Fields {
		f := &p.E.Collection.Schema.Fields[i]
		if p.E.Collection.FieldReadable(v.By, f, p.E.ID) {
			p.Subject.Choices = append(p.Subject.Choices, part.Choice{Value: f.Name, Label: f.LabelIn(v.Tag())})
		}
	}
}

// posts are words as the reader sees them, with what they can do about them.
func (s *server) posts(r *http.Request, v *view, e *registry.Entry, in []talk.Post) ([]part.Post, error) {
	acts := make([]pollen.ActID, len(in))
	who := make([]pollen.PersonaID, len(in))
	asker := map[pollen.ActID]pollen.PersonaID{}
	for i, p := range in {
		acts[i], who[i] = p.Act, p.By
		if _, known := asker[p.Thread]; known {
			continue
		}
		root := p
		if !p.Opens() {
			var err error
			if root, err = s.Talk.Get(r.Context(), v.By, p.Thread); err != nil {
				return nil, err
			}
		}
		asker[p.Thread] = root.By
	}
	given, err := s.given(r, v, acts)
	if err != nil {
		return nil, err
	}
	names, err := s.Personas.Names(r.Context(), who)
	if err != nil {
		return nil, err
	}
	m := s.markup(r, v)
	out := make([]part.Post, len(in))
	for i := range in {
		p := &in[i]
		out[i] = v.post(e, p, names[p.By])
		out[i].When.Words = v.Ago(p.At, s.Now())
		if !p.Edited.IsZero() {
			out[i].Edited = v.T("web.edited", "edited {when}", "when", v.Ago(p.Edited, s.Now()))
		}
		if p.Withdrawn.IsZero() {
			out[i].Body = words(v, m.html(p.Body), !p.Folded.IsZero(), given[p.Act])
			out[i].Acts = v.wordActs(e, p, given[p.Act], asker[p.Thread])
		}
	}
	return out, nil
}

// post is the frame of one post: who, what kind, about what.
func (v *view) post(e *registry.Entry, p *talk.Post, who persona.Persona) part.Post {
	out := part.Post{ID: p.Act.String(), By: v.author(who), When: part.When{At: p.At}, Helped: !p.Helped.IsZero()}
	f := e.Collection.Schema.ByID(p.Field)
	switch {
	case p.Kind == pollen.ActAnswer:
		out.Verb = v.T("web.answers", "gives an answer")
	case p.Kind == pollen.ActAsk && f != nil:
		out.Verb = v.T("web.asks-about", "has a question about")
	case p.Kind == pollen.ActAsk:
		out.Verb = v.T("web.asks", "has a question")
	case p.Opens() && f != nil:
		out.Verb = v.T("web.about", "says a word about")
	case p.Opens() && p.To != 0:
		out.Verb, out.On = v.T("web.about", "says a word about"), &part.Link{Text: v.T("web.a-change", "a change"), Href: "/contributions/" + p.To.String()}
	}
	if f != nil && p.Opens() {
		out.On = &part.Link{Text: f.LabelIn(v.Tag()), Href: e.Path() + "#" + f.Name}
	}
	if !p.Withdrawn.IsZero() {
		out.Gone = v.T("web.words-gone", "These words were withdrawn.")
	}
	return out
}

// wordActs is what the reader can do about somebody's words.
func (v *view) wordActs(e *registry.Entry, p *talk.Post, given []thanked, asker pollen.PersonaID) (out []part.Act) {
	if !v.By.SignedIn() {
		return nil
	}
	page, back := "/contributions/"+p.Act.String(), e.Path()+"/talk#"+p.Act.String()
	if p.By != v.By.Persona {
		out = append(out, v.thankAct(p.Act, given, back))
	}
	if p.Kind == pollen.ActAnswer && asker == v.By.Persona {
		helped := !p.Helped.IsZero()
		out = append(out, part.Act{Text: v.T("web.it-helped", "This helped"), Icon: "check", Action: page + "/helped", Pressed: &helped, Gift: true,
			Hidden: []part.Hidden{{Name: "back", Value: back}, {Name: "say", Value: string(other(helped))}}})
	}
	if !p.Edited.IsZero() {
		out = append(out, part.Act{Text: v.T("web.earlier-words", "Earlier wording"), Href: page + "#versions"})
	}
	if p.By == v.By.Persona {
		return append(out, part.Act{Text: v.T("web.edit-words", "Edit or withdraw"), Href: page + "#edit"})
	}
	return append(out, part.Act{Text: v.T("web.report", "Report"), Href: page + "#report"})
}

// other is what the asker says next of an answer.
func other(helped bool) talk.Helped {
	if helped {
		return talk.NotYet
	}
	return talk.DidHelp
}

// thanked is one gift in return, as shown.
type thanked struct {
	By   part.Author
	Mine bool
	Note string
	When part.When
}

// given finds the thanks that stand beside contributions.
func (s *server) given(r *http.Request, v *view, acts []pollen.ActID) (map[pollen.ActID][]thanked, error) {
	all, err := s.Thanks.Of(r.Context(), v.By, acts)
	if err != nil {
		return nil, err
	}
	var who []pollen.PersonaID
	for _, list := range all {
		for _, t := range list {
			who = append(who, t.By)
		}
	}
	names, err := s.Personas.Names(r.Context(), who)
	out := make(map[pollen.ActID][]thanked, len(all))
	for act, list := range all {
		for _, t := range list {
			out[act] = append(out[act], s.thankedBy(v, t, names[t.By]))
		}
	}
	return out, err
}

func (s *server) thankedBy(v *view, t thanks.Thanks, who persona.Persona) thanked {
	return thanked{By: v.author(who), Mine: v.By.SignedIn() && t.By == v.By.Persona, Note: t.Note, When: part.When{At: t.At, Words: v.Ago(t.At, s.Now())}}
}

// thankAct thanks for a contribution, or takes the thanks back.
func (v *view) thankAct(act pollen.ActID, given []thanked, back string) part.Act {
	mine := false
	for _, t := range given {
		mine = mine || t.Mine
	}
	a := part.Act{Text: v.T("web.thank", "Thank"), Icon: "thanks", Gift: true, Done: mine, Action: "/contributions/" + act.String() + "/thanks",
		Hidden: []part.Hidden{{Name: "back", Value: back}}}
	if mine {
		a.Text, a.Hidden = v.T("web.thanked", "Thanked"), append(a.Hidden, part.Hidden{Name: "take", Value: "back"})
	}
	return a
}

// thankers names those who thanked, a few at most, and never counts them.
func thankers(v *view, given []thanked) templ.Component {
	const most = 3
	var names []string
	for _, t := range given[:min(len(given), most)] {
		names = append(names, t.By.Name)
	}
	if len(given) > most {
		names = append(names, v.T("web.and-others", "a few others"))
	}
	return part.Say(v.Locale, "web.thanked-by", "Thanked by {who}", "who", v.List(names))
}

// notes are the sentences that came with thanks, a few at most.
func notes(given []thanked) (out []thanked) {
	for _, t := range given {
		if strings.TrimSpace(t.Note) != "" && len(out) < 3 {
			out = append(out, t)
		}
	}
	return out
}

// excerpt is the newest of an entry's talk, for its page.
type excerpt struct {
	By   part.Author
	Verb string
	Text string
	When part.When
	Href string
}

// perExcerpt is how many posts the page of an entry shows.
const perExcerpt = 3

// excerpts are the newest threads of an entry's talk, in a line each.
func (s *server) excerpts(r *http.Request, v *view, e *registry.Entry, list []talk.Post) ([]excerpt, error) {
	if len(list) == 0 {
		return nil, nil
	}
	who := make([]pollen.PersonaID, len(list))
	for i := range list {
		who[i] = list[i].By
	}
	names, err := s.Personas.Names(r.Context(), who)
	out := make([]excerpt, len(list))
	for i := range list {
		p := &list[i]
		shown := v.post(e, p, names[p.By])
		out[i] = excerpt{By: shown.By, Verb: shown.Verb, Text: markup.Set(markup.Excerpt(p.Body, 90), v.Tag()), When: part.When{At: p.At, Words: v.Ago(p.At, s.Now())},
			Href: e.Path() + "/talk#" + shown.ID}
		if shown.On != nil {
			out[i].Verb += " " + shown.On.Text
		}
	}
	return out, err
}
