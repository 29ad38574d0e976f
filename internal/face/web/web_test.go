package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/domain/desk"
	"pollen/internal/domain/notify"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/search"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/thanks"
	"pollen/internal/domain/transfer"
	"pollen/internal/face/web"
	"pollen/internal/face/web/part"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// site is a world behind its pages. A session is the name of a persona.
type site struct {
	*pollentest.World
	url    string
	mux    *http.ServeMux
	search *search.Search
	actors map[string]pollen.Actor

	notices *notify.Notices
	desk    *desk.Desk
	zone    *time.Location // of the instance; nil is UTC
}

func open(t *testing.T) *site {
	w := pollentest.NewWorld(t)
	s := &site{World: w, search: search.New(w.DB, w.Registry), actors: map[string]pollen.Actor{}}
	s.mux = http.NewServeMux()
	words, gifts := talk.New(w.DB, w.Journal, w.Registry, w.Personas), thanks.New(w.DB, w.Journal, w.Registry, w.Personas)
	s.notices = notify.New(w.DB, notify.Sources{Journal: w.Journal, Personas: w.Personas, Communities: w.Communities, Registry: w.Registry, Talk: words, Thanks: gifts})
	tables := transfer.New(w.DB, w.Registry, w.Personas)
	drafts := desk.New(w.DB, tables, slog.Default(), w.Again)
	s.desk = drafts
	t.Cleanup(drafts.Close)
	web.Register(s.mux, web.Options{Instance: func(context.Context) (part.Instance, error) { return part.Instance{Zone: s.zone}, nil }, Transfer: tables, Desk: drafts, Blobs: blob.New(w.DB), Registry: w.Registry, Personas: w.Personas, Communities: w.Communities, Search: s.search, Talk: words,
		Thanks: gifts, Notices: s.notices, Guard: w.Brake(1000), Now: w.Clock.Now, Log: slog.Default(), Doors: web.Doors{
			Actor: func(_ context.Context, session string) (pollen.Actor, error) {
				if a, ok := s.actors[session]; ok || session == "" {
					return a, nil
				}
				return pollen.Actor{}, pollen.Errorf(pollen.Unauthenticated, "identity.session", "Your session has ended. Sign in again.")
			},
		}})
	server := httptest.NewServer(s.mux)
	t.Cleanup(server.Close)
	s.url = server.URL
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Required: true, Column: true}, {Name: "phone", Type: schema.Phone, Column: true, Indexed: true},
		{Name: "page", Type: schema.URL}, {Name: "near", Type: schema.Reference, Target: "sites", Column: true}}})
	return s
}

// reader is a browser: it keeps cookies and follows redirects.
type reader struct {
	t    *testing.T
	site *site
	http *http.Client
	lang string
}

func (s *site) reader(t *testing.T, name string) *reader {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t: t, site: s, http: &http.Client{Jar: jar}, lang: "fr"}
	if name != "" {
		if _, ok := s.actors[name]; !ok {
			s.actors[name] = s.Actor(name)
		}
		u, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		jar.SetCookies(u, []*http.Cookie{{Name: "pollen_session", Value: name}})
	}
	return r
}

func (r *reader) do(method, path, body string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.site.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", r.lang)
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp, string(b)
}

func (r *reader) get(path string) (*http.Response, string) {
	r.t.Helper()
	return r.do("GET", path, "")
}

func (r *reader) post(path string, pairs ...string) (*http.Response, string) {
	r.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return r.do("POST", path, form.Encode())
}

// asPart posts as the script does, which swaps one row of a page.
func (r *reader) asPart(row, path string, pairs ...string) (*http.Response, string) {
	r.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(r.t.Context(), "POST", r.site.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", r.lang)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Pollen-Part", row)
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp, string(b)
}

func (r *reader) sees(page string, wants ...string) {
	r.t.Helper()
	for _, w := range wants {
		if !strings.Contains(page, w) {
			r.t.Errorf("the page lacks %q", w)
		}
	}
}

func (s *site) create(t *testing.T, values ...string) *registry.Entry {
	t.Helper()
	ch := registry.Change{Texts: map[string][]string{}}
	for i := 0; i < len(values); i += 2 {
		ch.Texts[values[i]] = []string{values[i+1]}
	}
	e, err := s.Registry.Create(t.Context(), s.System, "sites", ch)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// revise changes values of an entry as somebody else does; of many, each is named.
func (s *site) revise(t *testing.T, e *registry.Entry, values ...string) {
	t.Helper()
	ch := registry.Change{Texts: map[string][]string{}}
	for i := 0; i < len(values); i += 2 {
		if values[i] == "body" {
			ch.Body = &values[i+1]
			continue
		}
		ch.Texts[values[i]] = append(ch.Texts[values[i]], values[i+1])
	}
	if _, err := s.Registry.Revise(t.Context(), s.System, e.ID, ch); err != nil {
		t.Fatal(err)
	}
}

func TestReadInBothLanguages(t *testing.T) {
	s := open(t)
	s.create(t, "name", "Agence", "phone", "04 65 71 12 77")
	s.create(t, "name", "Dépôt", "near", "agence")
	s.Settle(s.search.Index(), s.Registry.Counts())
	r := s.reader(t, "")
	for path, wants := range map[string][]string{
		"/":                         {"Que cherchez-vous", "/c/sites", "2 fiches"},
		"/search?q=depot":           {"1 résultat", "<mark>Dépôt</mark>"},
		"/c/sites":                  {"04 65 71 12 77", `href="/c/sites/agence">Agence</a>`},
		"/c/sites?filter=phone+%3D": {"Le filtre n’a plus de sens", "Agence"},
		"/c/sites/agence":           {"tel:+33465711277", "Ce qui mène ici", "Dépôt", "dit par Pollen"},
		"/c/sites/agence/history":   {"Historique", "a ajouté"},
		"/changes":                  {"Dernières modifications", "Dépôt"},
		"/complete?q=ag":            {`"title":"Agence"`},
	} {
		resp, page := r.get(path)
		if resp.StatusCode != 200 {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if strings.Contains(page, "<script>") || strings.Contains(page, "style=") || strings.Contains(page, "onclick") {
			t.Errorf("%s has inline script or style", path)
		}
		r.sees(page, wants...)
	}
	r.post("/settings", "lang", "en", "back", "/")
	_, page := r.get("/")
	r.sees(page, "What are you looking for?", "2 entries", `lang="en"`)
	if resp, page := r.get("/c/sites/nowhere"); resp.StatusCode != 404 || !strings.Contains(page, "There is nothing here") {
		t.Errorf("a missing entry: %d", resp.StatusCode)
	}
}

// From reading to saved: open the row, publish.
func TestCorrectInPlaceAndRevert(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence", "phone", "04 65 71 12 77")
	ana, bob := s.reader(t, "Ana"), s.reader(t, "Bob")

	_, page := ana.get(e.Path())
	ana.sees(page, `name="base" value="1"`, "Corriger")
	resp, page := ana.post(e.Path(), "field", "phone", "value", "04 65 71 12 90", "base", "1", "note", "appelé ce matin")
	if resp.StatusCode != 200 || resp.Request.URL.Path != e.Path() {
		t.Errorf("after publishing: %d %s", resp.StatusCode, resp.Request.URL)
	}
	ana.sees(page, "04 65 71 12 90", "dit par Ana")

	resp, page = bob.post(e.Path(), "field", "phone", "value", "04 65 71 40 00", "base", "1")
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("a conflict: %d", resp.StatusCode)
	}
	bob.sees(page, "04 65 71 40 00", "+33465711290", "Entre-temps")
	resp, page = bob.post(e.Path(), "field", "phone", "value", "appelez-moi", "base", "2")
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a wrong value: %d", resp.StatusCode)
	}
	bob.sees(page, "n’est pas un numéro de téléphone", "appelez-moi")

	_, page = bob.get(e.Path() + "/history?from=1&to=2")
	bob.sees(page, "appelé ce matin", "<del>", "<ins>", "Revenir à la révision 1")
	_, page = bob.post(e.Path()+"/revert", "to", "1")
	bob.sees(page, "Annulé")
	if now, err := s.Registry.Get(t.Context(), s.System, e.ID); err != nil || now.Revision != 3 {
		t.Errorf("reverted to %+v, %v", now, err)
	}
}

// A try that was refused stays based on what its author saw, so that the next
// overwrites nothing that they were not shown.
func TestACorrectionStaysBasedOnWhatWasSeen(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence", "phone", "04 65 71 12 77")
	ana := s.reader(t, "Ana")
	s.revise(t, e, "phone", "04 65 71 99 99")
	resp, page := ana.post(e.Path(), "field", "phone", "value", "x", "base", "1")
	if resp.StatusCode != http.StatusBadRequest {
		t.Fatalf("a wrong value: %d", resp.StatusCode)
	}
	form := pollentest.Form(t, page, "phone")
	form.Set("value", "04 65 71 12 90")
	resp, page = ana.do("POST", e.Path(), form.Encode())
	if resp.StatusCode != http.StatusConflict {
		t.Fatalf("over what somebody else wrote: %d", resp.StatusCode)
	}
	ana.sees(page, "+33465719999", "04 65 71 12 90")
	base := s.create(t, "name", "Base")
	s.create(t, "name", "Dépôt")
	s.revise(t, e, "near", "base")
	_, other := ana.post(e.Path(), "field", "near", "value", "depot", "base", "1")
	if ana.sees(other, "</b> Base<"); strings.Contains(other, "</b> "+base.ID.String()) {
		t.Error("what somebody else refers to is told by an identifier")
	}
	form = pollentest.Form(t, page, "phone")
	if resp, page = ana.do("POST", e.Path(), form.Encode()); resp.Request.Method != http.MethodGet {
		t.Fatalf("once both were seen: %d", resp.StatusCode)
	}
	ana.sees(page, "04 65 71 12 90")
}

func TestWithoutSigningInNothingChanges(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence")
	r := s.reader(t, "")
	if _, page := r.get(e.Path()); strings.Contains(page, "<details name=\"fix\"") {
		t.Error("a reader who is not signed in is offered a correction")
	}
	for _, path := range []string{e.Path(), e.Path() + "/revert", "/c/sites/+new"} {
		if resp, _ := r.post(path, "field", "name", "value", "x", "name", "x", "to", "1"); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("posting to %s: %d", path, resp.StatusCode)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", `<script>alert(1)</script>`, "page", "https://example.org/?a=1&b=%22")
	s.Settle(s.search.Index())
	r := s.reader(t, "Ana")
	for _, path := range []string{"/", "/c/sites", e.Path(), e.Path() + "/history", "/search?q=%3Cscript%3Ealert", "/changes"} {
		if _, page := r.get(path); strings.Contains(page, "<script>alert") {
			t.Errorf("%s runs it", path)
		}
	}
	if resp, _ := r.post("/settings", "lang", "en", "back", "//evil.example/"); resp.Request.URL.Host != strings.TrimPrefix(s.url, "http://") {
		t.Errorf("led away to %s", resp.Request.URL)
	}
}

func TestFormerAddressLeadsOn(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence")
	if _, err := s.Registry.Rename(t.Context(), s.System, e.ID, "agence-de-romans"); err != nil {
		t.Fatal(err)
	}
	resp, _ := s.reader(t, "").get("/c/sites/agence")
	if resp.Request.URL.Path != "/c/sites/agence-de-romans" {
		t.Errorf("led to %s", resp.Request.URL.Path)
	}
	ana := s.reader(t, "Ana")
	for _, below := range []string{"/history?field=name", "/talk?field=name", "/links?in=sites&field=near", "/edit", "/retire", "/rename", "/merge", "/revert?to=1", "/changes.atom"} {
		if resp, _ := ana.get("/c/sites/agence" + below); resp.StatusCode != 200 || resp.Request.URL.RequestURI() != e.Path()+"-de-romans"+below {
			t.Errorf("%s led to %s: %d", below, resp.Request.URL.RequestURI(), resp.StatusCode)
		}
	}
}

// What was sent to a former address is done at the present one, note and all.
func TestAFormerAddressLosesNoAct(t *testing.T) {
	s := open(t)
	e, ana := s.create(t, "name", "Agence", "phone", "04 65 71 12 77"), s.reader(t, "Ana")
	s.revise(t, e, "phone", "04 65 71 12 90")
	if _, err := s.Registry.Rename(t.Context(), s.System, e.ID, "agence-nord"); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		below string
		form  []string
	}{
		{"/revert", []string{"to", "1", "note", "le premier était juste"}},
		{"/retire", []string{"note", "fermée en mars"}},
		{"/restore", []string{"note", "rouverte en juin"}},
	} {
		if resp, _ := ana.post("/c/sites/agence"+x.below, x.form...); resp.StatusCode != 200 {
			t.Errorf("%s: %d", x.below, resp.StatusCode)
		}
		_, page := ana.get("/c/sites/agence-nord/history")
		ana.sees(page, x.form[len(x.form)-1])
	}
	if resp, _ := ana.post("/c/sites/agence/rename", "slug", "agence-du-nord"); resp.Request.URL.Path != "/c/sites/agence-du-nord" {
		t.Errorf("renamed at %s", resp.Request.URL.Path)
	}
	twin := s.create(t, "name", "Agence du Pont")
	if resp, _ := ana.post("/c/sites/agence/merge", "into", "Agence du Pont"); resp.Request.URL.Path != twin.Path() {
		t.Errorf("merged at %s", resp.Request.URL.Path)
	}
}

func TestCreate(t *testing.T) {
	s := open(t)
	r := s.reader(t, "Ana")
	resp, page := r.post("/c/sites/+new", "name", "Atelier", "phone", "nope")
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(page, `value="Atelier"`) {
		t.Errorf("a wrong value: %d, and what was typed must stay", resp.StatusCode)
	}
	resp, page = r.post("/c/sites/+new", "name", "Atelier", "phone", "04 65 71 22 48")
	if resp.Request.URL.Path != "/c/sites/atelier" {
		t.Errorf("created at %s", resp.Request.URL.Path)
	}
	r.sees(page, "04 65 71 22 48")
}
