package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// reads asks for a page as a browser with these headers does.
func reads(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func kept(w *httptest.ResponseRecorder) bool { return w.Header().Get("Cache-Status") != "" }

// again reads a page until it comes kept. On a PostgreSQL server that others use,
// what they commit is taken for a change here as well, so it may take a few times.
func again(h http.Handler, path string, header ...string) (w *httptest.ResponseRecorder) {
	for range 200 {
		if w = reads(h, path, header...); kept(w) {
			break
		}
	}
	return w
}

// nodes opens two nodes of one instance, with a site that everybody may read.
func nodes(t *testing.T) (a, b *app.App, clock *pollentest.Clock, site *registry.Entry) {
	t.Helper()
	ctx := t.Context()
	clock = pollentest.NewClock()
	o := app.Options{Data: t.TempDir() + "/data", Create: true, Clock: clock.Now}
	if pollentest.Postgres() {
		o.Database = pollentest.URL(t)
	}
	var all []*app.App
	for range 2 {
		x, err := app.Open(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := x.Close(); err != nil {
				t.Error(err)
			}
		})
		all = append(all, x)
	}
	a, b = all[0], all[1]
	if err := a.Set(ctx, "readers", "everyone"); err != nil {
		t.Fatal(err)
	}
	_, err := a.Registry.Found(ctx, a.System, registry.NewCollection{Slug: "sites", Community: a.Commons.ID, Audience: pollen.AudiencePublic,
		Name: map[string]string{"en": "Sites"}, Schema: schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}}}})
	if err != nil {
		t.Fatal(err)
	}
	return a, b, clock, named(t, a, 0, "Tain")
}

// named gives a site its name; 0 makes one.
func named(t *testing.T, a *app.App, id pollen.EntryID, name string) *registry.Entry {
	t.Helper()
	text, err := json.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	ch := registry.Change{Values: map[string]json.RawMessage{"name": text}}
	var e *registry.Entry
	if id == 0 {
		e, err = a.Registry.Create(context.WithoutCancel(t.Context()), a.System, "sites", ch)
	} else {
		e, err = a.Registry.Revise(context.WithoutCancel(t.Context()), a.System, id, ch)
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAnonymousPagesAreKeptUntilAnythingIsCommitted(t *testing.T) {
	a, b, clock, site := nodes(t)
	h, path := a.Handler(), site.Path()
	fresh := func(why, want string) {
		t.Helper()
		w := reads(h, path)
		if kept(w) || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: kept %v, %d, want %q on the page", why, kept(w), w.Code, want)
		}
		again := again(h, path)
		if !kept(again) || again.Body.String() != w.Body.String() {
			t.Errorf("%s: the page is not kept as it was sent", why)
		}
		for _, name := range []string{"Content-Type", "Content-Security-Policy", "Cache-Control", "Etag", "Vary", "X-Content-Type-Options"} {
			if got, want := again.Header().Values(name), w.Header().Values(name); strings.Join(got, ";") != strings.Join(want, ";") {
				t.Errorf("%s: %s is %q when kept, %q when not", why, name, got, want)
			}
		}
	}
	fresh("at first", "Tain")
	named(t, a, site.ID, "Tournon")
	fresh("edited here", "Tournon")
	named(t, b, site.ID, "Valence")
	fresh("edited by another node", "Valence")
	clock.Advance(time.Minute)
	fresh("later, when it says how long ago", "Valence")

	if w := reads(h, path, "If-None-Match", reads(h, path).Header().Get("Etag")); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("a reader who has the page gets %d and %d bytes", w.Code, w.Body.Len())
	}
	if _, err := b.Registry.Retire(t.Context(), b.System, site.ID, ""); err != nil {
		t.Fatal(err)
	}
	if w := reads(h, path); kept(w) {
		t.Error("a page of an entry that is retired since is kept")
	}
}

func TestOnlyWhatIsEverybodysIsKept(t *testing.T) {
	a, _, _, site := nodes(t)
	h, path := a.Handler(), site.Path()
	first := reads(h, path, "Accept-Language", "en").Body.String()
	for _, x := range []struct {
		why    string
		header []string
		same   bool
	}{
		{"the same again", []string{"Accept-Language", "en"}, true},
		{"another language", []string{"Accept-Language", "fr"}, false},
		{"a language chosen", []string{"Accept-Language", "en", "Cookie", "pollen_lang=fr"}, false},
		{"the dark theme", []string{"Accept-Language", "en", "Cookie", "pollen_theme=dark"}, false},
		{"a session", []string{"Accept-Language", "en", "Cookie", "pollen_session=none"}, false},
		{"a token", []string{"Accept-Language", "en", "Authorization", "Bearer none"}, false},
		{"one row of the page", []string{"Accept-Language", "en", "Pollen-Part", "name"}, false},
		{"compressed", []string{"Accept-Language", "en", "Accept-Encoding", "gzip"}, false},
	} {
		read := reads
		if x.same {
			read = again
		}
		if w := read(h, path, x.header...); kept(w) != x.same || x.same && w.Body.String() != first {
			t.Errorf("%s: kept %v, want %v", x.why, kept(w), x.same)
		}
	}
	if reads(h, "/nothing"); kept(reads(h, "/nothing")) {
		t.Error("a page that says that there is nothing is kept")
	}
	if reads(h, "/api/v1/collections"); kept(reads(h, "/api/v1/collections")) {
		t.Error("an answer of the API is kept")
	}
	// The instance closes: what everybody could read goes away at once.
	if err := a.Set(t.Context(), "readers", "members"); err != nil {
		t.Fatal(err)
	}
	if w := reads(h, path, "Accept-Language", "en"); kept(w) || strings.Contains(w.Body.String(), "Tain") {
		t.Errorf("an outsider still reads the page: %d, kept %v", w.Code, kept(w))
	}
}
