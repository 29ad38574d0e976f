package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/domain/community"
	"pollen/internal/domain/instance"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/transfer"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// Whatever text is written into whatever takes a text, it is refused kindly or
// kept, and what is kept then goes into a backup and comes out of it.
func TestNoTextEndsTheBackups(t *testing.T) {
	a, ctx := open(t, pollentest.NewClock()), t.Context()
	if _, err := a.Invite(ctx, app.Invitation{Email: "ana@example.org", Name: "Ana"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Set(ctx, instance.Brake, "5000"); err != nil {
		t.Fatal(err)
	}
	p, err := a.Personas.ByHandle(ctx, "ana")
	if err != nil {
		t.Fatal(err)
	}
	ana, err := a.Actor(ctx, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	entry := func() *registry.Entry {
		e, err := a.Registry.Create(ctx, ana, pollen.People, registry.Change{Texts: map[string][]string{"given_name": {"Zoé"}}})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	e, n := entry(), 0
	slug := func() string { n++; return fmt.Sprintf("s%d", n) }
	names := func(s string) map[string]string { return map[string]string{"en": s} }
	found := func(c registry.NewCollection) error {
		c.Slug, c.Community = slug(), ana.Communities[0]
		if c.Name == nil {
			c.Name = names("S")
		}
		c.Schema = schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}}
		_, err := a.Registry.Found(ctx, ana, c)
		return err
	}
	file := func(name, text string, o transfer.Options) error {
		_, err := a.Transfer.Run(ctx, ana, pollen.People, transfer.File{Name: name, Content: strings.NewReader(text), Size: int64(len(text))}, o)
		return err
	}
	do := map[string]func(text string) error{
		"a value": func(s string) error {
			return second(a.Registry.Revise(ctx, ana, e.ID, registry.Change{Texts: map[string][]string{"given_name": {s}}}))
		},
		"a body":     func(s string) error { return second(a.Registry.Revise(ctx, ana, e.ID, registry.Change{Body: &s})) },
		"an address": func(s string) error { return second(a.Registry.Rename(ctx, ana, e.ID, s)) },
		"a note": func(s string) error {
			return second(a.Registry.Revise(ctx, ana, e.ID, registry.Change{Texts: map[string][]string{"given_name": {slug()}}, Note: s}))
		},
		"of retiring": func(s string) error { return second(a.Registry.Retire(ctx, ana, entry().ID, s)) },
		"of merging":  func(s string) error { return second(a.Registry.Merge(ctx, ana, entry().ID, entry().ID, s)) },
		"of reverting": func(s string) error {
			return second(a.Registry.Revert(ctx, ana, e.ID, registry.Reversal{To: 1, Note: s}))
		},
		"of a batch": func(s string) error {
			return second(a.Registry.Begin(ctx, ana, pollen.People, registry.Batch{Kind: registry.BatchImport, Note: s}))
		},
		"a source": func(s string) error {
			return second(a.Registry.Begin(ctx, ana, pollen.People, registry.Batch{Kind: registry.BatchImport, Source: s}))
		},
		"a file name": func(s string) error { return file(s, "given_name\nA"+slug()+"\n", transfer.Options{}) },
		"an import": func(s string) error {
			return file("a.csv", "given_name\n"+s+"\n", transfer.Options{Source: s, Note: s})
		},
		"an author": func(s string) error {
			b, _ := json.Marshal(s)
			return file("h.jsonl", `{"slug":"x","revision":1,"given_name":"X","_author":`+string(b)+`,"_note":`+string(b)+"}\n", transfer.Options{})
		},
		"an upload": func(s string) error {
			return second(a.Desk.Receive(ctx, ana, pollen.People, s, strings.NewReader("given_name\nA\n")))
		},
		"a name":  func(s string) error { return a.Personas.Present(ctx, ana, persona.About{Name: s}) },
		"a token": func(s string) error { return second(a.Identity.Token(ctx, ana, ana.Persona, ana.Kind, s)) },
		"a group": func(s string) error {
			return second(a.Communities.Found(ctx, ana, community.Community{Slug: slug(), Name: names(s), Join: community.Open}))
		},
		"its purpose": func(s string) error {
			return second(a.Communities.Found(ctx, ana, community.Community{Slug: slug(), Name: names("C"), Purpose: s, Join: community.Open}))
		},
		"a collection":  func(s string) error { return found(registry.NewCollection{Name: names(s)}) },
		"what it is":    func(s string) error { return found(registry.NewCollection{Purpose: names(s)}) },
		"a licence":     func(s string) error { return found(registry.NewCollection{Licence: s}) },
		"what it is of": func(s string) error { return found(registry.NewCollection{Source: s}) },
		"talk":          func(s string) error { return second(a.Talk.Say(ctx, ana, e.ID, talk.Words{Body: s})) },
		"a setting":     func(s string) error { return a.Instance.Set(ctx, a.System, ana.Communities[0], instance.Name, s) },
		"an invitation": func(s string) error {
			return second(a.Invite(ctx, app.Invitation{Email: slug() + "@example.org", Name: s}))
		},
		"an e-mail": func(s string) error {
			return second(a.Invite(ctx, app.Invitation{Email: s + "@example.org", Name: "B"}))
		},
	}
	hostile := []string{"\xff", "a\x00b", "a\x1b[2Jb", "\xed\xa0\x80", "\u202eevil", strings.Repeat("é", 300_000), "é\u2028'\"\\<script>", ""}
	for name, write := range do {
		if err := write("plain-" + slug()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, text := range hostile {
			if err := write(text); pollen.KindOf(err) == pollen.Internal && err != nil {
				t.Errorf("%s, %.20q: %v", name, text, err)
			}
		}
	}
	// The faces, as bytes that no client of ours would send.
	token, err := a.Identity.Token(ctx, ana, ana.Persona, ana.Kind, "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/collections/people/entries/%FF", "/api/v1/search?q=%FF%00", "/c/people/%FF", "/c/%00", "/search?q=%FF", "/p/%FF",
		"/api/v1/collections/people/entries?filter=given_name%3D%FF", "/b/%FF", "/g/%00", "/changes?by=%FF"} {
		for method, body := range map[string]string{"GET": "", "POST": `{"note":"` + "\xff" + `","values":{"given_name":"` + "\xff" + `"}}`} {
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Idempotency-Key", "\xff"+slug())
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			a.Handler().ServeHTTP(w, r)
			if w.Code >= http.StatusInternalServerError {
				t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
			}
		}
	}

	var b bytes.Buffer
	if _, err := a.Backup(ctx, &b, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Restore(ctx, app.Options{Data: filepath.Join(t.TempDir(), "data")}, path, nil, nil); err != nil {
		t.Error(err)
	}
}

// second is the error of a result that is not looked at.
func second[T any](_ T, err error) error { return err }
