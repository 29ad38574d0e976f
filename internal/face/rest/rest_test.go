package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pollen"
	"pollen/client"
	"pollen/internal/base/blob"
	"pollen/internal/base/once"
	"pollen/internal/domain/freshness"
	"pollen/internal/domain/notify"
	"pollen/internal/domain/search"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/thanks"
	"pollen/internal/domain/transfer"
	"pollen/internal/face/rest"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// served is a world behind a real server. A token is the handle of a persona.
type served struct {
	*pollentest.World
	url     string
	search  *search.Search
	notices *notify.Notices
	actors  map[string]pollen.Actor
}

func serve(t *testing.T) *served {
	w := pollentest.NewWorld(t)
	s := &served{World: w, search: search.New(w.DB, w.Registry), actors: map[string]pollen.Actor{}}
	mux := http.NewServeMux()
	words, gifts := talk.New(w.DB, w.Journal, w.Registry, w.Personas), thanks.New(w.DB, w.Journal, w.Registry, w.Personas)
	s.notices = notify.New(w.DB, notify.Sources{Journal: w.Journal, Personas: w.Personas, Communities: w.Communities, Registry: w.Registry, Talk: words, Thanks: gifts})
	o := rest.Options{Transfer: transfer.New(w.DB, w.Registry, w.Personas), Blobs: blob.New(w.DB), Registry: w.Registry, Communities: w.Communities, Personas: w.Personas, Search: s.search,
		Talk: words, Thanks: gifts, Notices: s.notices, Freshness: freshness.New(w.DB, w.Journal, w.Registry), Guard: w.Brake(1000), Log: slog.Default(),
		Actor: func(_ context.Context, token string) (pollen.Actor, error) {
			if a, ok := s.actors[token]; ok || token == "" {
				return a, nil
			}
			return pollen.Actor{}, pollen.Errorf(pollen.Unauthenticated, "identity.token", "This API token is unknown or was revoked. Make a new one.")
		}}
	rest.Register(mux, o)
	server := httptest.NewServer(rest.Idempotent(o, once.New(w.DB), mux))
	t.Cleanup(server.Close)
	s.url = server.URL
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
		{Name: "code", Type: schema.Code, Unique: true}, {Name: "name", Type: schema.Text, Required: true},
		{Name: "phone", Type: schema.Phone, Indexed: true}, {Name: "access", Type: schema.LongText}, {Name: "page", Type: schema.URL}}})
	return s
}

func (s *served) as(name string) *client.Client {
	if _, ok := s.actors[name]; !ok && name != "" {
		s.actors[name] = s.Actor(name)
	}
	return &client.Client{Base: s.url, Token: name}
}

func status(t *testing.T, err error, want int) *client.Problem {
	t.Helper()
	p, ok := errors.AsType[*client.Problem](err)
	if !ok || p.Status != want {
		t.Fatalf("%v (%+v), want status %d", err, p, want)
	}
	return p
}

func TestCorrectSeeItEverywhereRevert(t *testing.T) {
	s := serve(t)
	ctx, ana, bob := t.Context(), s.as("Ana"), s.as("Bob")
	e, err := ana.Create(ctx, "sites", map[string]any{"code": "S1", "name": "Dépôt", "phone": "04 65 71 12 77"})
	if err != nil {
		t.Fatal(err)
	}
	if e, err = bob.Revise(ctx, e.ID, e.Revision, map[string]any{"phone": "04 65 71 12 90"}); err != nil || e.Text("phone") != "+33465711290" {
		t.Fatalf("%+v, %v", e, err)
	}
	s.Settle(s.search.Index())
	if found, err := s.as("").Search(ctx, "0465711290"); err != nil || len(found.Items) != 1 || found.Items[0].Title != "Dépôt" {
		t.Errorf("search %+v, %v", found, err)
	}
	if revs, err := s.as("").Revisions(ctx, e.ID); err != nil || len(revs.Items) != 2 || revs.Items[0].By != "bob" {
		t.Errorf("history %+v, %v", revs, err)
	}
	if acts, err := s.as("").Journal(ctx, ""); err != nil || acts.Items[0].Kind != "revise" || acts.Items[0].Object.ID != e.ID || !slices.Equal(acts.Items[0].Detail.Fields, []string{"phone"}) {
		t.Errorf("journal %+v, %v", acts, err)
	}
	_, err = ana.Revert(ctx, e.ID, 1, 1)
	status(t, err, http.StatusConflict) // it changed since
	if e, err = ana.Revert(ctx, e.ID, 1, 2); err != nil || e.Text("phone") != "+33465711277" || e.Revision != 3 {
		t.Errorf("reverted %+v, %v", e, err)
	}
	if p, err := ana.List(ctx, "sites", url.Values{"filter": {`phone = "04 65 71 12 77"`}}); err != nil || len(p.Items) != 1 {
		t.Errorf("filtered %+v, %v", p, err)
	}
	if p, err := ana.List(ctx, "sites", url.Values{"q": {"depot"}}); err != nil || len(p.Items) != 1 {
		t.Errorf("words %+v, %v", p, err)
	}
}

func TestConflictShowsBothValues(t *testing.T) {
	s := serve(t)
	ctx, ana, bob := t.Context(), s.as("Ana"), s.as("Bob")
	e, err := ana.Create(ctx, "sites", map[string]any{"name": "Depot"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ana.Revise(ctx, e.ID, 1, map[string]any{"name": "Old depot"}); err != nil {
		t.Fatal(err)
	}
	if got, err := bob.Revise(ctx, e.ID, 1, map[string]any{"phone": "04 65 71 12 77"}); err != nil || got.Text("name") != "Old depot" {
		t.Errorf("different fields: %+v, %v", got, err)
	}
	_, err = bob.Revise(ctx, e.ID, 1, map[string]any{"name": "New depot"})
	p := status(t, err, http.StatusConflict)
	if p.Revision != 3 || len(p.Conflicts) != 1 || string(p.Conflicts[0].Mine) != `"New depot"` || string(p.Conflicts[0].Theirs) != `"Old depot"` {
		t.Errorf("conflict %+v", p)
	}
}

// send makes a raw request, for what the client would never send.
func (s *served) send(t *testing.T, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func TestIfMatchIsStrict(t *testing.T) {
	s := serve(t)
	ctx, ana := t.Context(), s.as("Ana")
	e, err := ana.Create(ctx, "sites", map[string]any{"name": "Depot"})
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/v1/entries/" + e.ID
	patch := []string{"Authorization", "Bearer Ana", "Content-Type", "application/merge-patch+json", "If-Match"}
	if r, body := s.send(t, "PATCH", path, `{"phone": "04 65 71 12 77"}`, append(patch, `"1"`)...); r.StatusCode != 200 || r.Header.Get("ETag") != `"2"` {
		t.Errorf("%d %s %s", r.StatusCode, r.Header.Get("ETag"), body)
	}
	r, body := s.send(t, "PATCH", path, `{"phone": "04 65 71 12 90"}`, append(patch, `"1"`)...)
	if r.StatusCode != http.StatusPreconditionFailed || r.Header.Get("Content-Type") != "application/problem+json" ||
		!strings.Contains(body, "+33465711277") || !strings.Contains(body, "+33465711290") {
		t.Errorf("%d %s: want 412 with both values", r.StatusCode, body)
	}
	for tag, want := range map[string]int{`"99"`: 412, `W/"2"`: 412, `"1", "99"`: 412, `W/"2", "1"`: 412, `"x"`: 412, `two`: 422, `"1", "2"`: 200, `W/"1","2"`: 200, `*`: 200} {
		r, body := s.send(t, "PATCH", path, `{"phone": "04 65 71 12 77"}`, append(patch, tag)...) // as it is: no new revision
		var p client.Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil || r.StatusCode != want || want == 412 && p.Revision != 2 {
			t.Errorf("If-Match: %s: %d %s, want %d", tag, r.StatusCode, body, want)
		}
	}
	for tag, want := range map[string]int{`"99"`: 412, `W/"1"`: 412, `"0"`: 412, `"1", "2"`: 200} {
		if r, body := s.send(t, "PATCH", "/api/v1/collections/sites", `{"licence": "MIT"}`, append(patch, tag)...); r.StatusCode != want {
			t.Errorf("a collection, If-Match: %s: %d %s, want %d", tag, r.StatusCode, body, want)
		}
	}
}

// A merge patch takes the body away by null; to take all values away at once is
// nobody's wish.
func TestNullRemovesTheBody(t *testing.T) {
	s := serve(t)
	e, err := s.as("Ana").Create(t.Context(), "sites", map[string]any{"name": "Depot"})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		patch  string
		status int
		body   string
	}{
		{`{"body": "Behind the hall."}`, 200, "Behind the hall."},
		{`{"values": {"access": "ring"}}`, 200, "Behind the hall."},
		{`{"values": null, "note": "x"}`, 422, "Behind the hall."},
		{`{"values": {"access": null}, "body": null}`, 200, ""},
	} {
		r, text := s.send(t, "PATCH", "/api/v1/entries/"+e.ID, step.patch, "Authorization", "Bearer Ana", "Content-Type", "application/merge-patch+json")
		now, err := s.as("").Get(t.Context(), e.ID)
		if err != nil || r.StatusCode != step.status || now.Body != step.body || now.Text("name") != "Depot" {
			t.Errorf("%s: %d %s, then %+v, %v", step.patch, r.StatusCode, text, now, err)
		}
	}
}

func TestMergedEntryRedirects(t *testing.T) {
	s := serve(t)
	ctx, ana := t.Context(), s.as("Ana")
	a, err := ana.Create(ctx, "sites", map[string]any{"name": "A"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := ana.Create(ctx, "sites", map[string]any{"name": "B"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ana.Merge(ctx, b.ID, a.ID); err != nil {
		t.Fatal(err)
	}
	if r, _ := s.send(t, "GET", "/api/v1/entries/"+b.ID, ""); r.StatusCode != http.StatusPermanentRedirect || r.Header.Get("Location") != "/api/v1/entries/"+a.ID {
		t.Errorf("%d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	if e, err := ana.Get(ctx, b.ID); err != nil || e.ID != a.ID {
		t.Errorf("following leads to %+v, %v", e, err)
	}
}

func TestBadInputGetsOneClearAnswer(t *testing.T) {
	s := serve(t)
	s.as("Ana")
	auth := []string{"Authorization", "Bearer Ana", "Content-Type", "application/json"}
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
	}{
		{"no such page", "GET", "/api/v1/nothing", "", nil, 404},
		{"no identifier", "GET", "/api/v1/entries/xyz", "", nil, 404},
		{"no such entry", "GET", "/api/v1/entries/0000000000001", "", nil, 404},
		{"unknown token", "GET", "/api/v1/collections", "", []string{"Authorization", "Bearer nobody"}, 401},
		{"other scheme", "GET", "/api/v1/collections", "", []string{"Authorization", "Basic eDp5"}, 401},
		{"not signed in", "POST", "/api/v1/collections/sites/entries", `{"values":{"name":"x"}}`, []string{"Content-Type", "application/json"}, 401},
		{"no JSON", "POST", "/api/v1/collections/sites/entries", `{"values":`, auth, 400},
		{"wrong value", "POST", "/api/v1/collections/sites/entries", `{"values":{"name":"x","phone":"call"}}`, auth, 422},
		{"wrong shape", "POST", "/api/v1/collections/sites/entries", `{"values":{"name":{"fr":"x"}}}`, auth, 422},
		{"control character", "POST", "/api/v1/collections/sites/entries", `{"values":{"name":"a\u0000b"}}`, auth, 422},
		{"unknown field", "POST", "/api/v1/collections/sites/entries", `{"values":{"name":"x","colour":"red"}}`, auth, 422},
		{"no type", "POST", "/api/v1/collections/sites/entries", `{"values":{"name":"x"}}`, []string{"Authorization", "Bearer Ana", "Content-Type", "application/x-www-form-urlencoded"}, 415},
		{"damaged cursor", "GET", "/api/v1/collections/sites/entries?cursor=!!", "", nil, 422},
		{"damaged filter", "GET", "/api/v1/collections/sites/entries?filter=phone+%3D", "", nil, 422},
		{"a negative limit", "GET", "/api/v1/collections/sites/entries?limit=-1", "", nil, 422},
	} {
		r, body := s.send(t, c.method, c.path, c.body, c.headers...)
		var p client.Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil || r.StatusCode != c.status || r.Header.Get("Content-Type") != "application/problem+json" || p.Detail == "" {
			t.Errorf("%s: %d %s %s, want a problem of status %d", c.name, r.StatusCode, r.Header.Get("Content-Type"), body, c.status)
		}
		if c.status == 415 && !strings.Contains(p.Detail, "Send application/json") {
			t.Errorf("%s: %s", c.name, p.Detail)
		}
	}
}

// Whoever sends several values that are wrong learns it of all of them at once.
func TestAllValuesThatAreWrongAreTold(t *testing.T) {
	s := serve(t)
	ana := s.as("Ana")
	told := func(err error, want ...string) {
		t.Helper()
		var got []string
		p := status(t, err, http.StatusUnprocessableEntity)
		for _, f := range p.Errors {
			if f.Message == "" {
				t.Errorf("nothing said of %s", f.Location)
			}
			got = append(got, strings.TrimPrefix(f.Location, "body.values."))
		}
		if !slices.Equal(got, want) || len(want) > 0 && p.Field != want[0] {
			t.Errorf("told %v and %q first, want %v", got, p.Field, want)
		}
	}
	_, err := ana.Create(t.Context(), "sites", map[string]any{"page": "nowhere", "nosuch": 1, "name": "", "phone": "abc"})
	told(err, "phone", "page", "nosuch", "name")
	_, err = ana.Create(t.Context(), "sites", map[string]any{"phone": "abc"})
	told(err, "phone", "name")
	_, err = ana.Create(t.Context(), "sites", map[string]any{"name": "Depot", "phone": "abc"})
	told(err) // field and detail say it
	e, err := ana.Create(t.Context(), "sites", map[string]any{"name": "Depot"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ana.Revise(t.Context(), e.ID, 1, map[string]any{"page": "nowhere", "phone": "abc"})
	told(err, "phone", "page")
}

func TestCommunitiesAndCollections(t *testing.T) {
	s := serve(t)
	ctx, ana, bob := t.Context(), s.as("Ana"), s.as("Bob")
	if err := ana.Do(ctx, "POST", "/api/v1/communities", map[string]any{"slug": "night", "name": map[string]string{"en": "Night shift"}, "join": "invitation"}, nil); err != nil {
		t.Fatal(err)
	}
	status(t, bob.Do(ctx, "POST", "/api/v1/communities/night/join", nil, nil), http.StatusForbidden)
	status(t, bob.Do(ctx, "POST", "/api/v1/communities", map[string]any{"slug": "night", "name": map[string]string{"en": "x"}, "join": "open"}, nil), http.StatusConflict)
	status(t, bob.Do(ctx, "POST", "/api/v1/communities/commons/leave", nil, nil), http.StatusForbidden)
	found := map[string]any{"slug": "terms", "name": map[string]string{"en": "Terms"}, "audience": "public",
		"schema": map[string]any{"fields": []any{map[string]any{"name": "term", "type": "text"}}, "title": []string{"term"}}}
	if err := ana.Do(ctx, "POST", "/api/v1/collections", found, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Create(ctx, "terms", map[string]any{"term": "pollen"}); err != nil {
		t.Error(err)
	}
	var list client.Page[struct{ Slug string }]
	if err := s.as("").Do(ctx, "GET", "/api/v1/collections", nil, &list); err != nil || len(list.Items) != 2 {
		t.Errorf("collections %+v, %v", list, err)
	}
}

func TestAParameterThatIsNoneIsRefused(t *testing.T) {
	s := serve(t)
	for path, want := range map[string]int{"entries?filter=code+%3D+AB": http.StatusOK, "entries?key=AB": http.StatusUnprocessableEntity} {
		resp, err := http.Get(s.url + "/api/v1/collections/sites/" + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if e := resp.Body.Close(); err != nil || e != nil {
			t.Fatal(err, e)
		}
		if resp.StatusCode != want || want >= 400 && !strings.Contains(string(body), "“key”") {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
}
