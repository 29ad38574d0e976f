package app_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/app"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
)

func opened(t *testing.T) *app.App {
	t.Helper()
	return speaking(t, "")
}

func speaking(t *testing.T, language string) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), app.Options{Data: t.TempDir(), Create: true, Language: language})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func put(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file that is not what it should be is one clear error, or loses the rows
// at fault alone.
func TestBadFilesGoInAsFarAsTheyAreGood(t *testing.T) {
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	w, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		if _, err := w.Write(bytes.Repeat([]byte("<row/>"), 20_000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file, content string
		created, refused    int64
		kind                pollen.Kind // of the one error, "" for none
	}{
		{"ragged rows", "a.csv", "code,name\nA1,One\nA2\nA3,Three,3\nA4,Four\n", 2, 2, ""},
		{"NUL bytes", "b.csv", "code,name\nB1,One\nB2,T\x00wo\nB3,Three\n", 2, 1, ""},
		{"Windows-1252", "c.csv", "code;name\r\nC1;Caf\xe9\r\nC2;\x80uro\r\n", 2, 0, ""},
		{"UTF-16 with its mark", "d.csv", "\xff\xfec\x00o\x00d\x00e\x00,\x00n\x00a\x00m\x00e\x00\n\x00D\x001\x00,\x00\xe9\x00\n\x00", 1, 0, ""},
		{"one row of another encoding", "e.csv", "code,name\nE1,Café\nE2,Thé\nE3,Élan\nE4,Été\nE5,Blé\nE6,Pré\nE7,Clé\nE8,Gué\nE9,Dé\nE10,Ré\nE11,Né\nE12,Caf\xe9 noir\n", 11, 1, ""},
		{"a line of 40 MB", "f.csv", "code,name\nF1,One\nF2," + strings.Repeat("x", 40<<20) + "\nF3,Three\n", 2, 1, ""},
		{"a formula", "g.csv", "code,name\nG1,\"=HYPERLINK(\"\"http://x\"\")\"\n", 1, 0, ""},
		{"an unknown column", "h.csv", "code,name,colour\nH1,One,red\n", 0, 0, pollen.Invalid},
		{"nothing", "i.csv", "", 0, 0, pollen.Invalid},
		{"a picture", "j.csv", "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x01", 400), 0, 0, pollen.Invalid},
		{"half a workbook", "k.xlsx", bomb.String()[:bomb.Len()/2], 0, 0, pollen.Invalid},
		{"a workbook that is a bomb", "l.xlsx", bomb.String(), 0, 0, pollen.Invalid},
		{"JSON cut off", "m.jsonl", "{\"code\":\"M1\",\"name\":\"One\"}\n{\"code\":\"M2\",\"na", 1, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := opened(t)
			first := put(t, "first.csv", "code,name\nOLD,Old\n")
			if _, err := a.Import(t.Context(), first, nil, app.Importing{Collection: "sites", Create: true, Key: "code", Lang: "en"}); err != nil {
				t.Fatal(err)
			}
			out, err := a.Import(t.Context(), put(t, c.file, c.content), nil, app.Importing{Collection: "sites", Key: "code", Lang: "en"})
			if c.kind != "" {
				if !pollen.Is(err, c.kind) || strings.Count(pollen.MessageOf(err).String(), "\n") > 0 {
					t.Errorf("%v, want one error of kind %s", err, c.kind)
				}
			} else if err != nil || out.Created != c.created || out.Refused != c.refused {
				t.Errorf("created %d, refused %d, %v; want %d and %d", out.Created, out.Refused, err, c.created, c.refused)
				for _, b := range out.Bad {
					t.Log(b.Line, b.Reason)
				}
			}
			if e, _, err := a.Registry.At(t.Context(), a.System, "sites", "old"); err != nil || e.Title != "Old" {
				t.Errorf("what was there: %+v, %v", e, err)
			}
		})
	}
}

// What a dry run says of a new collection is what founding it does.
func TestADryRunRefusesWhatTheImportWould(t *testing.T) {
	a := opened(t)
	path := put(t, "prices.jsonl", `{"code":"0001","price":1.5,"open":true}`+"\n"+`{"code":"0002","price":"on request","open":"often"}`+"\n"+`{"code":"0003","pri`)
	o := app.Importing{Collection: "prices", Create: true, Lang: "en", DryRun: true}
	looked, err := a.Import(t.Context(), path, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Registry.Collection(t.Context(), a.System, "prices"); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("a dry run founded it: %v", err)
	}
	o.DryRun = false
	done, err := a.Import(t.Context(), path, nil, o)
	if err != nil || done.Created != 2 || done.Refused != 1 || looked.Counts != done.Counts || len(looked.Bad) != 1 {
		t.Errorf("%+v, then %+v, %v", looked.Counts, done.Counts, err)
	}
	var out strings.Builder
	if _, err := a.Transfer.Export(t.Context(), a.System, "prices", &out, transfer.Exporting{Format: tabular.JSONL}); err != nil || !strings.Contains(out.String(), `"price":"1.5","open":"true"`) {
		t.Errorf("%s, %v", &out, err)
	}
}

// Each collection of the sample, exported with its history and what it is, founds
// the same in an empty directory, entry by entry and revision by revision, although
// collections refer to each other in circles.
func TestTheSampleComesBackElsewhere(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	from, err := app.Open(t.Context(), app.Options{Data: t.TempDir(), Create: true, Sample: true})
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	if _, err := from.Seed(t.Context(), func(string) {}); err != nil {
		t.Fatal(err)
	}
	all, err := from.Registry.Collections(t.Context(), from.System)
	if err != nil {
		t.Fatal(err)
	}
	some := referred(t, from, all, "communes")
	for _, format := range []string{"jsonl", "csv", "xlsx"} {
		t.Run(format, func(t *testing.T) {
			to := speaking(t, "fr")
			whole := func(slug string) bool { return slug != "communes" || format == "jsonl" } // they are many: once is enough
			for _, c := range all {
				x := app.Exporting{Collection: c.Slug, Format: format, History: true}
				table := put(t, "communes.jsonl", some)
				if whole(c.Slug) {
					table = put(t, c.Slug+"."+format, written(t, func(w io.Writer) error { _, err := from.Export(t.Context(), w, x); return err }))
				}
				outline := put(t, c.Slug+".json", written(t, func(w io.Writer) error { return from.Outline(t.Context(), w, x) }))
				out, err := to.Import(t.Context(), table, nil, app.Importing{Collection: c.Slug, Create: true, Schema: outline, Await: true, Lang: "en"})
				if err != nil || out.Refused > 0 {
					t.Fatalf("%s: %v, %+v", c.Slug, err, out)
				}
			}
			for _, c := range all {
				if !whole(c.Slug) {
					continue
				}
				differ(t, c.Slug+", its entries", lines(export(t, from, c.Slug, false)), lines(export(t, to, c.Slug, false)))
				differ(t, c.Slug+", its history", lines(export(t, from, c.Slug, true)), lines(export(t, to, c.Slug, true)))
				differ(t, c.Slug+", its titles", titles(t, from, c.Slug), titles(t, to, c.Slug))
			}
		})
	}
}

// referred is the history of those entries of a collection that others refer to.
func referred(t *testing.T, a *app.App, all []*registry.Collection, slug string) string {
	t.Helper()
	said := map[string]bool{}
	for _, c := range all {
		if c.Slug != slug {
			for text := range strings.SplitSeq(export(t, a, c.Slug, true), `"`) {
				said[text] = true
			}
		}
	}
	var some strings.Builder
	for line := range strings.Lines(export(t, a, slug, true)) {
		_, text, _ := strings.Cut(line, `"slug":"`)
		if text, _, _ = strings.Cut(text, `"`); said[text] {
			some.WriteString(line)
		}
	}
	return some.String()
}

func differ(t *testing.T, what string, want, got []string) {
	t.Helper()
	if len(want) != len(got) || len(want) == 0 {
		t.Errorf("%s: %d became %d", what, len(want), len(got))
		return
	}
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("%s, %d\n%s\nbecame\n%s", what, i+1, want[i], got[i])
			return
		}
	}
}

func titles(t *testing.T, a *app.App, slug string) (out []string) {
	t.Helper()
	if err := a.Registry.Walk(t.Context(), a.System, slug, registry.Walk{}, func(e *registry.Passed) error { out = append(out, e.Title); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// lines are those of an export without identifiers, which belong to their
// instance.
func lines(text string) []string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range all {
		_, all[i], _ = strings.Cut(line, ",")
	}
	return all
}

func export(t *testing.T, a *app.App, slug string, history bool) string {
	t.Helper()
	var b strings.Builder
	if _, err := a.Transfer.Export(t.Context(), a.System, slug, &b, transfer.Exporting{Format: tabular.JSONL, History: history}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Every table of the folder that POLLEN_TEST_DATA names becomes a collection of
// its own: each row is in or refused with its reason, and the same file again
// makes no revision.
func TestOutsideDataBecomesCollections(t *testing.T) {
	root := os.Getenv("POLLEN_TEST_DATA")
	if root == "" {
		t.Skip("POLLEN_TEST_DATA names no folder of outside data")
	}
	a := opened(t)
	n, rows := 0, int64(0)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".csv", ".tsv", ".dat", ".xlsx", ".jsonl", ".json":
		default:
			return nil
		}
		n++
		o := app.Importing{Collection: fmt.Sprint("c", n), Create: true, Lang: "en"}
		out, err := a.Import(t.Context(), path, nil, o)
		switch {
		case err != nil && pollen.KindOf(err) == pollen.Internal:
			t.Errorf("%s: not one clear error: %v", path, err)
		case err != nil:
			t.Logf("%s: %s", path, pollen.MessageOf(err))
		case out.Created+out.Changed+out.Unchanged+out.Refused != out.Rows || out.Created == 0 && out.Rows > out.Refused:
			t.Errorf("%s: %+v", path, out.Counts)
		default:
			rows += out.Rows
			if out.Refused > 0 {
				t.Logf("%s: %d of %d refused, first %d: %s", path, out.Refused, out.Rows, out.Bad[0].Line, out.Bad[0].Reason)
			}
			o.Create = false
			again, err := a.Import(t.Context(), path, nil, o)
			if err != nil {
				t.Errorf("%s again: %v", path, err)
				return nil
			}
			if err != nil || again.Created+again.Changed > 0 && !again.Again {
				t.Errorf("%s again: %+v, %v", path, again.Counts, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d rows", n, rows)
}

// A token that is revoked while its file arrives imports nothing.
func TestARevokedTokenStopsItsImport(t *testing.T) {
	a := opened(t)
	ctx := t.Context()
	text, err := a.Identity.Token(ctx, a.System, a.System.Persona, a.System.Kind, "nightly")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a.Handler())
	defer server.Close()
	body, sender := io.Pipe()
	go func() {
		_, err := io.WriteString(sender, "given_name,family_name\n"+strings.Repeat("Ana,Martin\n", 1<<20)) // more than a socket holds: the server is at it
		tokens, e := a.Identity.Tokens(ctx, a.System)
		if err = errors.Join(err, e); err == nil {
			err = a.Identity.Revoke(ctx, a.System, tokens[0].ID)
		}
		_ = sender.CloseWithError(err)
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/api/v1/collections/people/import?name=people.csv", body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+text)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusUnauthorized || !strings.Contains(string(said), "Your access ended") {
		t.Errorf("%d %s, %v", answer.StatusCode, said, err)
	}
	if n, err := a.Registry.Count(ctx, a.System, pollen.People, nil, 10); n != 0 || err != nil {
		t.Errorf("%d are in, %v", n, err)
	}
}

// The command line founds as the other doors do: in the community that it is told,
// and nothing for a file whose columns do not fit.
func TestFoundingByTheCommandLine(t *testing.T) {
	a := opened(t)
	ctx := t.Context()
	path := put(t, "prices.csv", "code\tprice\n0001\t1.5\n0002\t2\n")
	o := app.Importing{Collection: "prices", Create: true, Lang: "en", Delimiter: "tab", Key: "nothing"}
	for _, community := range []string{"nowhere", ""} {
		o.Community = community
		if _, err := a.Import(ctx, path, nil, o); err == nil {
			t.Errorf("founded in %q, by a key that is not there", community)
		}
		if _, err := a.Registry.Collection(ctx, a.System, "prices"); !pollen.Is(err, pollen.NotFound) {
			t.Errorf("it is there: %v", err)
		}
	}
	for key, column := range map[string]string{"id": "id", "Réf. client": "Réf. client"} { // a key by its heading
		path := put(t, "clients.csv", column+";name\n7;Ana\n8;Bo\n")
		n := app.Importing{Collection: registry.Slug("clients " + key), Create: true, Lang: "en", Key: key}
		for _, changed := range []int64{2, 0} {
			if done, err := a.Import(ctx, path, nil, n); err != nil || done.Created != changed || done.Unchanged != 2-changed {
				t.Errorf("%s: %+v, %v", key, done, err)
			}
		}
	}
	o.Key, o.Community = "code", pollen.Commons
	if done, err := a.Import(ctx, path, nil, o); err != nil || done.Created != 2 {
		t.Fatalf("%+v, %v", done, err)
	}
	if c, err := a.Registry.Collection(ctx, a.System, "prices"); err != nil || c.Community != a.Commons.ID || c.Name["en"] != "Prices" || c.Schema.Key != "code" {
		t.Errorf("%+v, %v", c, err)
	}
}

// A new collection is called as its file, as on the page; where no one file can lend
// its name, as its address.
func TestANewCollectionIsCalledAsItsFile(t *testing.T) {
	a := opened(t)
	file := put(t, "annuaire_des-sites.csv", "code,name\nA1,One\n")
	outline := put(t, "outline.json", `{"slug": "x", "name": {"en": "As it says"}, "schema": {"title": ["name"], "fields": [{"name": "code", "type": "code"}, {"name": "name", "type": "text"}]}}`)
	for _, c := range []struct {
		slug, path, want string
		o                app.Importing
	}{
		{"one", file, "Annuaire des sites", app.Importing{}},
		{"two", file, "Told", app.Importing{Name: "Told"}},
		{"of-several", file, "of several", app.Importing{Several: true}},
		{"of-none", "-", "of none", app.Importing{}},
		{"as-told", file, "As it says", app.Importing{Schema: outline}},
	} {
		c.o.Collection, c.o.Create, c.o.Lang = c.slug, true, "en"
		if _, err := a.Import(t.Context(), c.path, strings.NewReader("code,name\nA1,One\n"), c.o); err != nil {
			t.Fatal(err)
		}
		got, err := a.Registry.Collection(t.Context(), a.System, c.slug)
		if err != nil || got.Name["en"] != c.want {
			t.Errorf("%s: %v, %v", c.slug, got.Name, err)
		}
	}
}
