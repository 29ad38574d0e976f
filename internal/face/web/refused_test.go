package web_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/domain/desk"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// refusal is a form as one sends it, and the status it is refused with.
type refusal struct {
	name   string
	path   string
	form   []string // what is typed and chosen, in pairs
	press  []string // the button, in a pair: it is no part of what is kept
	file   string   // name of the field of a photograph that is sent along
	status int
	kept   string // the field under which the form has the photograph
}

// refused are the forms that were tried, by their pattern.
var refused = map[string]bool{}

// tries remembers that a form is tried.
func (r *reader) tries(path string) {
	r.t.Helper()
	_, pattern := r.site.mux.Handler(httptest.NewRequest(http.MethodPost, path, nil))
	refused[pattern] = true
}

// keepsWhatWasTyped sends a form that is refused, and checks that the answer
// holds the same form with all of it, and leads to pages that exist.
func (r *reader) keepsWhatWasTyped(c refusal) {
	r.t.Helper()
	r.tries(c.path)
	var resp *http.Response
	var page string
	if all := slices.Concat(c.form, c.press); c.file != "" {
		resp, page = r.send(c.path, c.file, "portrait.png", photograph(r.t), all...)
	} else {
		resp, page = r.post(c.path, all...)
	}
	if resp.StatusCode != c.status {
		r.t.Errorf("%d, want %d", resp.StatusCode, c.status)
	}
	if !slices.ContainsFunc(pollentest.FormsTo(r.t, page, c.path), func(form url.Values) bool { return holds(form, c.form) && (c.kept == "" || form.Has(c.kept)) }) {
		r.t.Errorf("no form holds %q any more: %v", c.form, pollentest.FormsTo(r.t, page, c.path))
	}
	for _, form := range pollentest.FormsTo(r.t, page, "/settings") {
		if back := form.Get("back"); form.Has("back") {
			if resp, _ := r.get(back); resp.StatusCode != http.StatusOK {
				r.t.Errorf("language and theme lead to %s: %d", back, resp.StatusCode)
			}
		}
	}
}

// holds reports whether a form holds what was sent, in pairs.
func holds(form url.Values, sent []string) bool {
	for i := 0; i < len(sent); i += 2 {
		if !slices.Contains(form[sent[i]], sent[i+1]) {
			return false
		}
	}
	return true
}

func photograph(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unkept are the forms of which nothing has to stand again when they are refused.
var unkept = map[string]string{
	"POST /c/{collection}/+revert":        "a button: the version was chosen by a link",
	"POST /c/{collection}/{slug}/restore": "a button",
	"POST /contributions/{id}/helped":     "a button",
	"POST /contributions/{id}/seen":       "a button",
	"POST /contributions/{id}/take-back":  "a button",
	"POST /contributions/{id}/withdraw":   "a button",
	"POST /follows":                       "a button",
	"POST /g/{community}/answer":          "buttons beside a name",
	"POST /g/{community}/join":            "a button",
	"POST /g/{community}/leave":           "a button",
	"POST /notices/read":                  "a button",
	"POST /notices/{id}/undo":             "a button",
	"POST /settings":                      "refuses nothing: what it does not know changes nothing",
	"POST /imports/{id}":                  "what is chosen is kept with the file, before anything is done with it",
}

// Whatever is refused, and why ever, stands in its form again as it was typed.
// Every form of the pages is tried, or it is said above why not.
func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	clear(refused)
	ran := 0
	all := map[string]func(*testing.T){
		"edits": refusedEdits, "words": refusedWords, "acts": brakedActs, "report": refusedReport,
		"invitation": refusedInvitation, "decisions": refusedDecisions, "table": refusedTable, "contest": refusedContest,
	}
	for name, try := range all {
		t.Run(name, func(t *testing.T) { ran++; try(t) })
	}
	if ran < len(all) {
		return // only some were asked for
	}
	forms := slices.DeleteFunc(append(pollentest.Routes(t, "."), web.TakesTables...), func(p string) bool { return !strings.HasPrefix(p, "POST ") })
	for _, p := range forms {
		if refused[p] == (unkept[p] != "") {
			t.Errorf("%s: tried %v, said not to be kept %q: it is to be either", p, refused[p], unkept[p])
		}
	}
	for p := range unkept {
		if !slices.Contains(forms, p) {
			t.Errorf("there is no %s", p)
		}
	}
}

func refusedEdits(t *testing.T) {
	s := open(t)
	everyType(s)
	s.Collection(pollen.People, pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Required: true}, {Name: "photo", Type: schema.Image}, {Name: "papers", Type: schema.Attachment, Many: true}}})
	site := s.create(t, "name", "Agence", "phone", "04 65 71 12 77")
	ana := s.reader(t, "Ana")
	ana.post("/c/people/+new", "name", "Bob")
	ana.send("/c/people/bob", "value", "old.txt", []byte("old"), "field", "papers")
	bob, _, err := s.Registry.At(t.Context(), s.System, "people", "bob")
	if err != nil {
		t.Fatal(err)
	}
	papers := bob.Collection.Schema.Field("papers").Blobs(bob.Values[bob.Collection.Schema.Field("papers").ID])[0].Hash
	for _, c := range []refusal{
		{name: "correction", path: "/c/sites/agence", form: []string{"field", "phone", "value", "x", "base", "1", "note", "on me l’a dit"}, status: 400},
		{name: "correction of the body", path: "/c/sites/agence", form: []string{"field", "body", "value", strings.Repeat("é", 600_000), "base", "1", "note", "lu"}, status: 400},
		{name: "photograph without consent", path: "/c/people/bob", file: "value", kept: "value.sent", form: []string{"field", "photo", "base", "2", "value.alt", "Bob sur le quai", "note", "pris hier"}, status: 403},
		{name: "papers of a wrong type", path: "/c/people/bob", file: "nothing", form: []string{"field", "papers", "base", "2", "value.drop", papers, "value.sent", `{"blob":"none","name":"x.txt","type":"text/plain","size":1}`, "note", "vieux"}, status: 400},
		{name: "new entry", path: "/c/things/+new", form: []string{"name", "Dépôt", "floors", "beaucoup", "open", "yes", "kind", "b", "uses", "x", "names", "Nord", "names.lang", "fr", "body", "Un texte.", "-note", "lu"}, status: 400},
		{name: "new entry of a name that is there", path: "/c/people/+new", file: "photo", kept: "photo.sent", form: []string{"name", "Bob", "photo.alt", "Bob à vélo", "photo.consent", "yes", "-note", "lu"}, status: 409},
		{name: "several values", path: "/c/people/bob/edit", file: "photo", kept: "photo.sent", form: []string{"-base", "2", "name", "Bob R.", "photo.alt", "Bob à pied", "papers.drop", papers, "-note", "lu"}, status: 403},
		{name: "a community", path: "/g/+new", form: []string{"name", "Jardin", "slug", "Le Jardin", "purpose", "Des légumes", "join", "request"}, status: 400},
		{name: "a collection", path: "/g/commons/+collection", form: []string{"name", "Outils", "slug", "Les Outils", "purpose", "Où ils sont", "licence", "etalab-2.0", "source", "la remise", "audience", "public", "label0", "Outil", "type0", "text", "required0", "1", "label1", "Pris le", "type1", "date"}, status: 400},
		{name: "many at once", path: "/c/sites/+edit", form: []string{"pick", site.ID.String(), "field", "phone", "how", "set", "value", "x", "note", "lu", "filter", "phone present"}, press: []string{"step", "look"}, status: 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := *ana
			r.t = t
			r.keepsWhatWasTyped(c)
		})
	}
}

// A photograph that came with a refused form need not be sent again: the form
// has it, and publishes it.
func TestAPhotographOfARefusedFormIsPublishedWithIt(t *testing.T) {
	s := open(t)
	s.Collection("rooms", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}, {Name: "view", Type: schema.Image}}})
	ana, eve := s.reader(t, "Ana"), s.reader(t, "Eve")
	ana.post("/c/rooms/+new", "name", "Salle")
	_, page := ana.send("/c/rooms/+new", "view", "view.png", photograph(t), "name", "Salle", "view.alt", "La table")
	form := pollentest.FormsTo(t, page, "/c/rooms/+new")[0]
	if resp, _ := eve.post("/c/rooms/+new", "name", "Autre", "view.sent", form.Get("view.sent")); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("what somebody else sent: %d", resp.StatusCode)
	}
	form.Set("-anyway", "yes")
	resp, page := ana.do("POST", "/c/rooms/+new", form.Encode())
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Request.URL.Path, "/c/rooms/salle-") {
		t.Fatalf("%d at %s", resp.StatusCode, resp.Request.URL)
	}
	ana.sees(page, `alt="La table"`, "/view.png?w=160")
}

// A form shows a moment without its seconds: published as it stands, it changes
// nothing.
func TestAnUntouchedMomentIsNoChange(t *testing.T) {
	s := open(t)
	everyType(s)
	e, err := s.Registry.Create(t.Context(), s.System, "things", registry.Change{Texts: map[string][]string{"name": {"Dépôt"}, "checked": {"2026-11-24T10:00:35Z"}}})
	if err != nil {
		t.Fatal(err)
	}
	ana := s.reader(t, "Ana")
	_, page := ana.get(e.Path())
	form := pollentest.Form(t, page, "checked")
	if form.Get("value") != "2026-11-24T10:00" {
		t.Fatalf("the form shows %q", form.Get("value"))
	}
	_, page = ana.do("POST", e.Path(), form.Encode())
	ana.sees(page, "rien n’a changé")
	now, err := s.Registry.Get(t.Context(), s.System, e.ID)
	if err != nil || now.Revision != 1 {
		t.Errorf("revision %d, %v", now.Revision, err)
	}
	form.Set("value", "2026-11-24T10:01")
	ana.do("POST", e.Path(), form.Encode())
	if now, err = s.Registry.Get(t.Context(), s.System, e.ID); err != nil || now.Revision != 2 {
		t.Errorf("a correction makes revision %d, %v", now.Revision, err)
	}
}

// Words are kept whichever page of a talk they answer on.
func refusedWords(t *testing.T) {
	s := open(t)
	e := s.entry(t, "Val-Clair")
	path := e.Path() + "/talk"
	ana, bob := s.reader(t, "Ana"), s.reader(t, "Bob")
	_, page := bob.post(path, "kind", "ask", "body", "Qui a la clé ?")
	ask := contribution.FindStringSubmatch(page)[1]
	_, page = ana.post(path, "kind", "comment", "body", "Pas moi.")
	mine := contribution.FindAllStringSubmatch(page, -1)[0][1]
	if mine == ask {
		mine = contribution.FindAllStringSubmatch(page, -1)[1][1]
	}
	for range 61 { // the question is on a page of its own
		s.Clock.Advance(time.Minute)
		bob.post(path, "kind", "comment", "body", "Un mot.")
	}
	if _, page := ana.get(path); strings.Contains(page, "la clé") {
		t.Fatal("the talk has one page")
	}
	long := strings.Repeat("é", 20_000)
	ana.post("/contributions/"+ask+"/thanks", "note", "Bien vu.")
	for _, c := range []refusal{
		{name: "a thread", path: path, form: []string{"body", long, "kind", "comment", "field", "phone"}, status: 400},
		{name: "a reply", path: path, form: []string{"body", long, "to", ask}, press: []string{"kind", "answer"}, status: 400},
		{name: "an edit", path: "/contributions/" + mine + "/edit", form: []string{"body", long}, status: 400},
		{name: "thanks", path: "/contributions/" + ask + "/thanks", form: []string{"note", "Encore merci."}, status: 409},
		{name: "a report", path: "/contributions/" + ask + "/report", form: []string{"reason", "spam", "note", strings.Repeat("é", 900)}, status: 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := *ana
			r.t = t
			r.keepsWhatWasTyped(c)
		})
	}
	ana.post("/contributions/" + mine + "/withdraw")
	_, page = ana.post("/contributions/"+mine+"/edit", "body", "Tout de même pas moi.")
	ana.sees(page, "Tout de même pas moi.")
}

// A new persona that made enough changes for now finds in each form what it
// typed there.
func brakedActs(t *testing.T) {
	s := open(t)
	s.create(t, "name", "Agence", "phone", "04 65 71 12 77")
	gone := s.create(t, "name", "Usine")
	if _, err := s.Registry.Retire(t.Context(), s.System, gone.ID, ""); err != nil {
		t.Fatal(err)
	}
	ana, bob := s.reader(t, "Ana"), s.reader(t, "Bob")
	ana.post("/c/sites/agence", "field", "phone", "value", "04 65 71 12 78", "base", "1")
	ana.post("/c/sites/agence", "field", "phone", "value", "04 65 71 12 79", "base", "2")
	batch := bob.massEdit("sites", "agence", "page", "https://agence.example")
	s.Brake(1)
	for _, c := range []refusal{
		{name: "returning to a revision", path: "/c/sites/agence/revert", form: []string{"to", "1", "base", "4", "note", "trop tôt"}, status: 429},
		{name: "retiring", path: "/c/sites/agence/retire", form: []string{"note", "fermée"}, status: 429},
		{name: "merging", path: "/c/sites/agence/merge", form: []string{"into", "usine", "note", "la même"}, status: 400},
		{name: "another address", path: "/c/sites/agence/rename", form: []string{"slug", "Pas Une Adresse", "note", "mieux"}, status: 400},
		{name: "undoing a batch", path: batch + "/revert", form: []string{"note", "trop tôt"}, status: 429},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := *ana
			r.t = t
			r.keepsWhatWasTyped(c)
		})
	}
	for path, form := range map[string][]string{"/c/sites/agence/revert": {"to", "1", "base", "4", "field", "phone"}, "/c/sites/usine/restore": nil} {
		resp, page := ana.post(path, form...)
		if resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
		ana.sees(page, "par heure", `class="values"`)
	}
}

// massEdit sets one value of one entry by the form for many, and gives the
// address of the batch.
func (r *reader) massEdit(collection, slug, field, value string) (batch string) {
	r.t.Helper()
	e, _, err := r.site.Registry.At(r.t.Context(), r.site.System, collection, slug)
	if err != nil {
		r.t.Fatal(err)
	}
	edit := []string{"pick", e.ID.String(), "field", field, "how", "set", "value", value}
	_, page := r.post("/c/"+collection+"/+edit", slices.Concat(edit, []string{"step", "look"})...)
	resp, _ := r.post("/c/"+collection+"/+edit", slices.Concat(edit, []string{"step", "publish", "digest", between(r.t, page, `name="digest" value="`, `"`)})...)
	if !strings.HasPrefix(resp.Request.URL.Path, "/batches/") {
		r.t.Fatalf("the edit ends at %s", resp.Request.URL)
	}
	return resp.Request.URL.Path
}

func refusedReport(t *testing.T) {
	s := open(t)
	e := s.entry(t, "Val-Clair")
	ana, bob, eve := s.reader(t, "Ana"), s.reader(t, "Bob"), s.reader(t, "Eve")
	_, page := bob.post(e.Path()+"/talk", "kind", "comment", "body", "Achetez mes clés !")
	ana.post("/contributions/"+contribution.FindStringSubmatch(page)[1]+"/report", "reason", "spam")
	_, page = eve.get("/g/commons/reports")
	report := "/g/commons/reports/" + between(t, page, `action="/g/commons/reports/`, `"`)
	eve.keepsWhatWasTyped(refusal{path: report, form: []string{"outcome", "folded", "words", strings.Repeat("é", 900)}, status: 400})
}

func refusedInvitation(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	s.reader(t, "Bob")
	ana.post("/g/+new", "name", "Jardin", "join", "invitation")
	ana.keepsWhatWasTyped(refusal{path: "/g/jardin/invite", form: []string{"handle", "personne"}, status: 404})
}

// What cannot be decided stops none of the others, and stays as it was ticked.
func refusedDecisions(t *testing.T) {
	s := open(t)
	s.Collection("badges", pollen.AudiencePublic, schema.Schema{Key: "code", Title: []string{"code"}, Fields: []schema.Field{
		{Name: "code", Type: schema.Code, Unique: true}, {Name: "badge", Type: schema.Code, Unique: true}}})
	ana := s.reader(t, "Ana")
	load := func(table string) {
		resp, page := ana.sendFile("/c/badges/+import", "badges.csv", table)
		ana.press(page, resp.Request.URL.Path, "run")
	}
	load("code,badge\nA,1\nB,2\nC,3\n")
	corrected := s.Actor("Bob")
	for slug, badge := range map[string]string{"a": "91", "b": "92", "c": "93"} {
		e, _, err := s.Registry.At(t.Context(), corrected, "badges", slug)
		if err == nil {
			_, err = s.Registry.Revise(t.Context(), corrected, e.ID, registry.Change{Texts: map[string][]string{"badge": {badge}}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	load("code,badge\nA,11\nB,12\nC,13\n")
	if _, err := s.Registry.Create(t.Context(), corrected, "badges", registry.Change{Texts: map[string][]string{"code": {"D"}, "badge": {"12"}}}); err != nil {
		t.Fatal(err)
	}
	_, page := ana.get("/c/badges/+conflicts")
	form := pollentest.FormsTo(t, page, "/c/badges/+conflicts")[0]
	sent := url.Values{"key": form["key"]}
	for _, key := range form["key"] {
		sent.Set(key, "take")
	}
	s.Brake(1)
	ana.tries("/c/badges/+conflicts")
	resp, page := ana.do("POST", "/c/badges/+conflicts", sent.Encode())
	if left := pollentest.FormsTo(t, page, "/c/badges/+conflicts")[0]; resp.StatusCode != http.StatusTooManyRequests || left.Encode() != sent.Encode() {
		t.Errorf("braked: %d, left to decide: %v", resp.StatusCode, left)
	}
	s.Brake(1000)
	resp, page = ana.do("POST", "/c/badges/+conflicts", sent.Encode())
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("%d", resp.StatusCode)
	}
	ana.sees(page, "Tout n’a pas pu être tranché", `class="err"`)
	left := pollentest.FormsTo(t, page, "/c/badges/+conflicts")[0]
	if len(left["key"]) != 1 || left.Get(left.Get("key")) != "take" {
		t.Errorf("left to decide: %v", left)
	}
}

func refusedTable(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	for range desk.MaxDrafts { // files that are still on their way
		content, way := io.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := s.desk.Receive(t.Context(), s.actors["Ana"], "", "slow.csv", content); pollen.Is(err, pollen.Limited) {
				_ = content.CloseWithError(err) // too many already
			}
		}()
		_, _ = io.WriteString(way, "name\n") // it is taken in, or refused
		t.Cleanup(func() { _ = way.Close(); <-done })
	}
	ana.keepsWhatWasTyped(refusal{path: "/import", file: "none", status: http.StatusTooManyRequests,
		form: []string{"table", "Nom,Code\r\nUn,2\r\n", "name", "Dépôts", "purpose", "Où sont les choses", "licence", "etalab-2.0", "audience", "community"}})
	ana.keepsWhatWasTyped(refusal{path: "/c/sites/+import", file: "none", status: http.StatusTooManyRequests, form: []string{"table", "name,phone\r\nUn,2\r\n"}})
}
