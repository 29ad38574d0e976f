package transfer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/base/tabular"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func file(name, text string) transfer.File {
	return transfer.File{Name: name, Content: strings.NewReader(text), Size: int64(len(text))}
}

var sites = schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
	{Name: "code", Type: schema.Code, Unique: true, Indexed: true},
	{Name: "name", Type: schema.Text, Label: map[string]string{"fr": "Nom du site"}},
	{Name: "phone", Type: schema.Phone},
	{Name: "tags", Type: schema.Text, Many: true},
	{Name: "label", Type: schema.Localized},
	{Name: "parent", Type: schema.Reference, Target: "sites"},
	{Name: "notes", Type: schema.LongText},
}}

type world struct {
	*pollentest.World
	t   *testing.T
	x   *transfer.Transfer
	ana pollen.Actor
}

func newWorld(t *testing.T) *world {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudienceMembers, sites)
	return &world{World: w, t: t, x: transfer.New(w.DB, w.Registry, w.Personas), ana: w.Actor("Ana")}
}

func (w *world) run(text string, o transfer.Options) *transfer.Report {
	w.t.Helper()
	return must(w.x.Run(w.t.Context(), w.ana, "sites", file("sites.csv", text), o))(w.t)
}

// entry finds a site by its code.
func (w *world) entry(code string) *registry.Entry {
	w.t.Helper()
	p := must(w.Registry.List(w.t.Context(), w.ana, "sites", registry.Listing{Limit: 1000}))(w.t)
	for _, e := range p.Items {
		if text(e, "code") == code {
			return e
		}
	}
	w.t.Fatalf("there is no site %s", code)
	return nil
}

func text(e *registry.Entry, field string) string {
	f := e.Collection.Schema.Field(field)
	return f.Text(e.Values[f.ID])
}

// correct is what a person does to a value.
func (w *world) correct(code, field, value string) {
	w.t.Helper()
	w.Clock.Advance(time.Minute)
	must(w.Registry.Revise(w.t.Context(), w.ana, w.entry(code).ID, registry.Change{Texts: map[string][]string{field: strings.Split(value, "|")}}))(w.t)
}

func TestAFileBecomesEntriesAndTheSameFileNothingMore(t *testing.T) {
	w := newWorld(t)
	csv := "code;Nom du site;phone;label_fr;label_en\nA1;Dépôt nord;01 99 00 12 34;Dépôt;Depot\nB2;Siège;;;Head office\n"
	r := must(w.x.Preview(t.Context(), w.ana, "sites", file("sites.csv", csv), transfer.Options{}))(t)
	if r.Created != 2 || r.Rows != 2 || len(r.Examples) != 2 || r.Key != "code" {
		t.Fatalf("preview: %+v", r)
	}
	if n := must(w.Registry.Count(t.Context(), w.ana, "sites", nil, 10))(t); n != 0 {
		t.Fatalf("showing made %d entries", n)
	}
	r = w.run(csv, transfer.Options{})
	if r.Created != 2 || r.Batch == 0 {
		t.Fatalf("run: %+v", r)
	}
	e := w.entry("A1")
	if text(e, "name") != "Dépôt nord" || text(e, "phone") != "+33199001234" || text(e, "label") != "en: Depot\nfr: Dépôt" {
		t.Errorf("values: %s %s %s", text(e, "name"), text(e, "phone"), text(e, "label"))
	}
	r = w.run(csv, transfer.Options{})
	if r.Unchanged != 2 || r.Created+r.Changed+r.Refused != 0 || w.entry("A1").Revision != 1 {
		t.Errorf("again: %+v", r.Counts)
	}
	u := must(w.Registry.Undo(t.Context(), w.ana, must(w.Registry.Batches(t.Context(), w.ana, "sites", 10, ""))(t).Items[1].ID, ""))(t)
	if u.Retired != 2 {
		t.Errorf("undone: %+v", u)
	}
}

func TestTheRuleOfThreeWays(t *testing.T) {
	for _, c := range []struct {
		name                string
		first, second       string // what the source says of the name
		person              string // what a person makes of it in between; "" leaves it
		options             transfer.Options
		want                string
		changed, kept, open int64
	}{
		{"nobody changed it", "One", "Two", "", transfer.Options{}, "Two", 1, 0, 0},
		{"the source says the same", "One", "One", "Better", transfer.Options{}, "Better", 0, 1, 0},
		{"both say the same", "One", "Two", "Two", transfer.Options{}, "Two", 0, 0, 0},
		{"both changed it", "One", "Two", "Better", transfer.Options{}, "Better", 0, 0, 1},
		{"both changed it, overwriting", "One", "Two", "Better", transfer.Options{Overwrite: true}, "Two", 1, 0, 0},
		{"the person alone, overwriting", "One", "One", "Better", transfer.Options{Overwrite: true}, "One", 1, 0, 0},
		{"the source empties it", "One", "", "", transfer.Options{}, "", 1, 0, 0},
		{"the person fills it", "", "", "Better", transfer.Options{}, "Better", 0, 0, 0},
		{"an empty cell overwrites no gift", "", "", "Better", transfer.Options{Overwrite: true}, "Better", 0, 0, 0},
		{"another source, after a person", "One", "Two", "Better", transfer.Options{Source: "other"}, "Better", 0, 0, 1},
		{"another source, after an import", "One", "Two", "", transfer.Options{Source: "other"}, "Two", 1, 0, 0},
		{"as of the day before the correction", "One", "Two", "Better", transfer.Options{Source: "other", AsOf: pollentest.Start.Add(30 * time.Second)}, "Better", 0, 0, 1},
		{"as of the day after the correction", "One", "Two", "Better", transfer.Options{Source: "other", AsOf: pollentest.Start.Add(time.Hour)}, "Two", 1, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.run("code,name,notes\nA1,"+c.first+",x\n", transfer.Options{})
			if c.person != "" {
				w.correct("A1", "name", c.person)
			}
			w.Clock.Advance(2 * time.Hour)
			csv := "code,name,notes\nA1," + c.second + ",x\n"
			shown := must(w.x.Preview(t.Context(), w.ana, "sites", file("sites.csv", csv), c.options))(t)
			r := w.run(csv, c.options)
			if shown.Counts != r.Counts {
				t.Errorf("shown %+v, done %+v", shown.Counts, r.Counts)
			}
			if got := text(w.entry("A1"), "name"); got != c.want || r.Changed != c.changed || r.Kept != c.kept || r.Conflicts != c.open {
				t.Errorf("%q: %+v", got, r.Counts)
			}
			before := w.entry("A1").Revision
			if again := w.run(csv, c.options); again.Changed != 0 || again.Conflicts != 0 && c.options.Source == "" || w.entry("A1").Revision != before {
				t.Errorf("the same file again: %+v", again.Counts)
			}
		})
	}
}

func TestListsAndLanguagesMerge(t *testing.T) {
	w := newWorld(t)
	w.run("code,tags,label_fr,label_en\nA1,a|b,Un,One\n", transfer.Options{})
	w.correct("A1", "tags", "a|b|mine")
	w.correct("A1", "label", "fr: Un meilleur\nen: One\nde: Eins")
	r := w.run("code,tags,label_fr,label_en\nA1,a|b|c,Un,Uno\n", transfer.Options{})
	e := w.entry("A1")
	if text(e, "tags") != "a|b|mine|c" || text(e, "label") != "de: Eins\nen: Uno\nfr: Un meilleur" || r.Conflicts != 0 {
		t.Errorf("%s %q %+v", text(e, "tags"), text(e, "label"), r.Counts)
	}
}

func TestConflictsAreDecided(t *testing.T) {
	w := newWorld(t)
	w.run("code,name,phone\nA1,One,\nB2,Deux,\n", transfer.Options{})
	w.correct("A1", "name", "Mine")
	w.correct("B2", "name", "Mien")
	w.run("code,name,phone\nA1,Theirs,\nB2,Leur,\n", transfer.Options{})
	p := must(w.x.Conflicts(t.Context(), w.ana, "sites", 1, ""))(t)
	if len(p.Items) != 1 || p.Next == "" {
		t.Fatalf("first page: %+v", p)
	}
	first := p.Items[0]
	here, there := first.Texts()
	if here != "Mine" || there != "Theirs" || first.Name() != "name" {
		t.Errorf("%s, %s, %s", here, there, first.Name())
	}
	choice := transfer.Choice{Batch: first.Batch, Entry: first.Entry.ID, Field: "name", Take: true}
	if err := w.x.Decide(t.Context(), pollen.Actor{}, "sites", choice); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("a stranger: %v", err)
	}
	if err := w.x.Decide(t.Context(), w.ana, pollen.People, choice); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("in another collection: %v", err)
	}
	// What cannot be taken is not decided either.
	bob := w.Actor("Bob")
	if _, err := w.Registry.Retire(t.Context(), bob, first.Entry.ID, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.x.Decide(t.Context(), w.ana, "sites", choice); !pollen.Is(err, pollen.Conflict) {
		t.Errorf("of a retired entry: %v", err)
	}
	if _, err := w.Registry.Restore(t.Context(), bob, first.Entry.ID, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.x.Decide(t.Context(), w.ana, "sites", choice); err != nil || text(w.entry("A1"), "name") != "Theirs" {
		t.Errorf("taken: %v, %s", err, text(w.entry("A1"), "name"))
	}
	if err := w.x.Decide(t.Context(), w.ana, "sites", choice); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("decided twice: %v", err)
	}
	second := must(w.x.Conflicts(t.Context(), w.ana, "sites", 10, ""))(t).Items[0]
	if err := w.x.Decide(t.Context(), w.ana, "sites", transfer.Choice{Batch: second.Batch, Entry: second.Entry.ID, Field: "name"}); err != nil || text(w.entry("B2"), "name") != "Mien" {
		t.Errorf("kept: %v", err)
	}
	if left := must(w.x.Conflicts(t.Context(), w.ana, "sites", 10, ""))(t); len(left.Items) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func TestRefusedRowsComeBackWithTheirReasons(t *testing.T) {
	w := newWorld(t)
	csv := "code,name,phone\nA1,One,01 99 00 12 34\nB2,Two,nonsense\n,Three,\nA1,Four,\nD4,\"Five, six\"\n"
	r := w.run(csv, transfer.Options{})
	if r.Created != 1 || r.Refused != 4 || r.Rows != 5 {
		t.Fatalf("%+v\n%+v", r.Counts, r.Bad)
	}
	for i, want := range []struct {
		line int64
		key  string
	}{{3, "schema.value.phone"}, {4, "transfer.keyless"}, {5, "transfer.repeated"}, {6, "tabular.ragged"}} {
		if r.Bad[i].Line != want.line || r.Bad[i].Reason.Key != want.key {
			t.Errorf("%d: %+v", i, r.Bad[i])
		}
	}
	var out bytes.Buffer
	n := must(w.x.Refused(t.Context(), w.ana, r.Batch, &out, tabular.CSV, pollen.Message.String))(t)
	if n != 4 || !strings.Contains(out.String(), "B2,Two,nonsense,3,") {
		t.Fatalf("%d\n%s", n, out.String())
	}
	fixed := strings.Replace(out.String(), "nonsense", "+33199001235", 1)
	if r := must(w.x.Run(t.Context(), w.ana, "sites", file("refused.csv", fixed), transfer.Options{Source: "sites.csv"}))(t); r.Created != 1 || r.Refused != 2 || r.Changed != 1 {
		t.Errorf("again: %+v %+v", r.Counts, r.Bad)
	}
	if _, err := w.x.Refused(t.Context(), w.Actor("Bo"), r.Batch, &out, tabular.CSV, pollen.Message.String); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("another's rows: %v", err)
	}
}

// Who downloads refused rows slowly holds no reading connection: with one left,
// others read between two rows.
func TestRefusedRowsHoldNoReader(t *testing.T) {
	w := newWorld(t)
	r := w.run("code,name,phone\n"+strings.Repeat(",Nothing,\n", 1200), transfer.Options{})
	for range 3 { // of the four connections of a test
		ctx, end := w.DB.Snapshot(t.Context())
		defer end()
		if err := w.DB.Read(ctx, func(*sqldb.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	slow := func(m pollen.Message) string {
		if err := w.DB.Read(ctx, func(*sqldb.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		return m.String()
	}
	if n := must(w.x.Refused(ctx, w.ana, r.Batch, io.Discard, tabular.CSV, slow))(t); n != 1200 {
		t.Errorf("%d rows", n)
	}
}

func TestReferencesWithinAFile(t *testing.T) {
	w := newWorld(t)
	r := w.run("code,name,parent\nA1,One,C3\nB2,Two,Three\nC3,Three,\nD4,Four,E5\nE5,Five,nobody\n", transfer.Options{})
	if r.Created != 4 || r.Refused != 1 {
		t.Fatalf("%+v %+v", r.Counts, r.Bad)
	}
	three := w.entry("C3").ID.String()
	if text(w.entry("A1"), "parent") != three || text(w.entry("B2"), "parent") != three || w.entry("A1").Revision != 1 {
		t.Errorf("%s %s, want %s", text(w.entry("A1"), "parent"), text(w.entry("B2"), "parent"), three)
	}
	if got := text(w.entry("D4"), "parent"); got != "" {
		t.Errorf("a reference to a refused row stays: %s", got)
	}
}

func TestARefusedRowThatOthersWaitForIsWaitedForStill(t *testing.T) {
	w := newWorld(t)
	w.Collection("people", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text},
		{Name: "site", Type: schema.Reference, Target: "sites"},
	}})
	must(w.x.Run(t.Context(), w.ana, "people", file("people.csv", "name,site\nZoe,B9\n"), transfer.Options{Await: true}))(t)
	w.Clock.Advance(time.Minute)
	w.run("code,name,parent\nC3,Three,B9\n", transfer.Options{Await: true})

	w.Clock.Advance(time.Minute)
	r := w.run("code,name,parent\nA1,One,B8\nB8,Eight,nobody\nB9,Nine,nobody\n", transfer.Options{})
	if r.Created != 1 || r.Refused != 2 {
		t.Fatalf("%+v %+v", r.Counts, r.Bad)
	}
	if b := must(w.Registry.Batch(t.Context(), w.ana, r.Batch))(t); b.State != registry.BatchDone {
		t.Errorf("the import is %s", b.State)
	}
	if got := text(w.entry("A1"), "parent"); got != "" {
		t.Errorf("a reference to a refused row that nobody waits for stays: %s", got)
	}

	w.Clock.Advance(time.Minute)
	w.run("code,name\nB9,Nine\n", transfer.Options{})
	nine := w.entry("B9").ID.String()
	zoe := must(w.Registry.List(t.Context(), w.ana, "people", registry.Listing{Limit: 1}))(t).Items[0]
	if text(zoe, "site") != nine || text(w.entry("C3"), "parent") != nine {
		t.Errorf("Zoe has %s and C3 %s, want %s", text(zoe, "site"), text(w.entry("C3"), "parent"), nine)
	}
}

func TestAStoppedImportGoesOn(t *testing.T) {
	w := newWorld(t)
	var csv strings.Builder
	csv.WriteString("code,name,phone\n")
	for i := range 1000 {
		fmt.Fprintf(&csv, "S%04d,Site %d,%s\n", i, i, map[bool]string{true: "bad"}[i%100 == 7])
	}
	f := file("sites.csv", csv.String())
	ctx, cancel := context.WithCancel(t.Context())
	o := transfer.Options{Gentle: true, Tell: func(p transfer.Progress) {
		if p.Rows >= 300 {
			cancel()
		}
	}}
	_, err := w.x.Run(ctx, w.ana, "sites", f, o)
	if err == nil {
		t.Fatal("it was not stopped")
	}
	b := must(w.Registry.Batches(t.Context(), w.ana, "sites", 5, ""))(t).Items
	if len(b) != 1 || b[0].State != registry.BatchInProgress || b[0].Position < 300 || b[0].Position >= 1000 {
		t.Fatalf("%+v", b)
	}
	o.Tell = nil
	r := must(w.x.Run(t.Context(), w.ana, "sites", f, o))(t)
	if !r.Resumed || r.Batch != b[0].ID || r.Rows != 1000 || r.Created != 990 || r.Refused != 10 {
		t.Errorf("%+v %+v", r.Counts, r.Resumed)
	}
	if n := must(w.Registry.Count(t.Context(), w.ana, "sites", nil, 2000))(t); n != 990 {
		t.Errorf("%d entries", n)
	}
	if b := must(w.Registry.Batch(t.Context(), w.ana, r.Batch))(t); b.State != registry.BatchDone || b.Position != 1000 {
		t.Errorf("%+v", b)
	}
}

func TestAStoppedImportIsUndone(t *testing.T) {
	w := newWorld(t)
	f := file("sites.csv", "code,name\nA1,One\n")
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := w.x.Abort(t.Context(), w.ana, "sites", f, transfer.Options{}); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("nothing to abort: %v", err)
	}
	big := "code,name\n"
	for i := range 500 {
		big += fmt.Sprintf("S%d,Site\n", i)
	}
	f = file("sites.csv", big)
	_, err := w.x.Run(ctx, w.ana, "sites", f, transfer.Options{Gentle: true, Tell: func(transfer.Progress) { cancel() }})
	if err == nil {
		t.Fatal("it was not stopped")
	}
	u := must(w.x.Abort(t.Context(), w.ana, "sites", f, transfer.Options{}))(t)
	if u.Retired == 0 || must(w.Registry.Count(t.Context(), w.ana, "sites", nil, 10))(t) != 0 {
		t.Errorf("%+v", u)
	}
}

func TestWithoutAKeyTheSameFileImportsOnce(t *testing.T) {
	w := newWorld(t)
	csv := "name,notes\nOne,x\nTwo,y\n"
	if r := w.run(csv, transfer.Options{}); r.Created != 2 {
		t.Fatalf("%+v", r.Counts)
	}
	if r := w.run(csv, transfer.Options{}); !r.Again || r.Created != 2 {
		t.Errorf("%+v", r)
	}
	if n := must(w.Registry.Count(t.Context(), w.ana, "sites", nil, 10))(t); n != 2 {
		t.Errorf("%d entries", n)
	}
}

// A file that was read in the wrong encoding is another one in the right one.
func TestTheSameFileReadOtherwiseIsAnother(t *testing.T) {
	w := newWorld(t)
	for _, encoding := range []string{"iso-8859-15", "windows-1252"} {
		if r := w.run("name,notes\nCaf\xe9,12 \x80\n", transfer.Options{Read: tabular.Options{Encoding: encoding}}); r.Again {
			t.Errorf("%s: imported before", encoding)
		}
	}
}

func TestWhatPeopleRetiredStaysSo(t *testing.T) {
	w := newWorld(t)
	w.run("code,name\nA1,One\nB2,Two\nC3,Three\n", transfer.Options{})
	must(w.Registry.Retire(t.Context(), w.ana, w.entry("A1").ID, ""))(t)
	must(w.Registry.Merge(t.Context(), w.ana, w.entry("B2").ID, w.entry("C3").ID, ""))(t)
	r := w.run("code,name\nA1,One\nB2,Two\nC3,Three\n", transfer.Options{Note: "again"})
	if r.Created != 0 || r.Refused != 2 || r.Unchanged != 1 || r.Bad[0].Reason.Key != "transfer.retired" || r.Bad[1].Reason.Key != "transfer.merged" {
		t.Errorf("%+v %+v", r.Counts, r.Bad)
	}
}

func TestWhatMakesNoSenseIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		csv  string
		o    transfer.Options
		kind pollen.Kind
		key  string
	}{
		"an unknown column":       {"code,colour\nA1,red\n", transfer.Options{}, pollen.Invalid, "transfer.unknown-column"},
		"a mapped column missing": {"code,name\nA1,x\n", transfer.Options{Targets: []transfer.Target{{Column: "x", Field: "name"}}}, pollen.Invalid, "transfer.no-column"},
		"a field missing":         {"code,name\nA1,x\n", transfer.Options{Targets: []transfer.Target{{Column: "name", Field: "x"}}}, pollen.Invalid, "registry.field"},
		"two columns, one field":  {"code,name,Nom du site\nA1,x,y\n", transfer.Options{}, pollen.Invalid, "transfer.twice"},
		"a key that is not":       {"code,name\nA1,x\n", transfer.Options{Key: "name"}, pollen.Invalid, "transfer.key"},
		"a key without column":    {"name,notes\nx,y\n", transfer.Options{Key: "code"}, pollen.Invalid, "transfer.key-column"},
		"an empty file":           {"", transfer.Options{}, pollen.Invalid, "tabular.empty"},
	} {
		_, err := w.x.Run(t.Context(), w.ana, "sites", file("f.csv", c.csv), c.o)
		if pollen.KindOf(err) != c.kind || pollen.MessageOf(err).Key != c.key {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.x.Run(t.Context(), w.ana, "nowhere", file("f.csv", "code,name\nA1,x\n"), transfer.Options{}); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("nowhere: %v", err)
	}
	w.Collection("open", pollen.AudiencePublic, sites)
	if _, err := w.x.Run(t.Context(), pollen.Actor{}, "open", file("f.csv", "code,name\nA1,x\n"), transfer.Options{}); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("nobody: %v", err)
	}
}

// However many parts an import of history takes, its acts tell each entry once.
func TestActsOfAHistoryTellEntries(t *testing.T) {
	w := newWorld(t)
	var text strings.Builder
	text.WriteString("slug,revision,code,name\n")
	for n := range 6000 { // more than one part
		fmt.Fprintf(&text, "one,%d,A1,Name %d\n", n+1, n)
	}
	text.WriteString("two,1,B2,Two\ntwo,2,B2,Second\n")
	r := w.run(text.String(), transfer.Options{})
	if r.Created != 2 || r.Changed != 0 || r.Revisions != 6002 || r.Refused != 0 {
		t.Fatalf("%+v", r.Counts)
	}
	w.Settle()
	parts, entries, revisions := 0, 0, 0
	for _, a := range must(w.Registry.Changes(t.Context(), w.ana, journal.Query{Limit: 100}, ""))(t).Items {
		if a.Kind == pollen.ActImport {
			parts, entries, revisions = parts+1, entries+a.Detail.Entries(), revisions+a.Detail.Count
		}
	}
	if parts < 2 || entries != 2 || revisions != 6002 {
		t.Errorf("%d parts tell %d entries in %d revisions", parts, entries, revisions)
	}
}

// stopped runs an import that stops itself once it has done some rows, and not all.
func (w *world) stopped(f transfer.File, rows int64) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	_, err := w.x.Run(ctx, w.ana, "sites", f, transfer.Options{Gentle: true, Tell: func(p transfer.Progress) {
		if p.Rows >= rows {
			cancel()
		}
	}})
	if err == nil {
		w.t.Fatal("it was not stopped")
	}
}

// It is all one whether a history was told at once, or stopped within an entry.
func TestAStoppedHistoryTellsItsEntryOnce(t *testing.T) {
	w := newWorld(t)
	var text strings.Builder
	text.WriteString("slug,revision,code,name\n")
	for n := range 1000 {
		fmt.Fprintf(&text, "one,%d,A1,Name %d\n", n+1, n)
	}
	f := file("sites.csv", text.String())
	w.stopped(f, 1)
	if b := must(w.Registry.Batches(t.Context(), w.ana, "sites", 1, ""))(t).Items[0]; strings.Contains(b.Report, "A1") || strings.Contains(b.Report, "one") {
		t.Errorf("the batch tells values: %s", b.Report)
	}
	r := must(w.x.Run(t.Context(), w.ana, "sites", f, transfer.Options{}))(t)
	if !r.Resumed || r.Created != 1 || r.Changed != 0 || r.Revisions != 1000 || r.Refused != 0 {
		t.Errorf("%+v %+v", r.Counts, r.Bad)
	}
	w.Settle()
	parts, entries, revisions := 0, 0, 0
	for _, a := range must(w.Registry.Changes(t.Context(), w.ana, journal.Query{Limit: 100}, ""))(t).Items {
		if a.Kind == pollen.ActImport {
			parts, entries, revisions = parts+1, entries+a.Detail.Entries(), revisions+a.Detail.Count
		}
	}
	if parts < 2 || entries != 1 || revisions != 1000 {
		t.Errorf("%d parts tell %d entries in %d revisions", parts, entries, revisions)
	}
}

func TestAKeyThatStandsOnBothSidesOfAStopIsRefused(t *testing.T) {
	w := newWorld(t)
	var csv strings.Builder
	csv.WriteString("code,name\n")
	for n := range 1000 {
		fmt.Fprintf(&csv, "S%d,Site %d\n", n, n)
	}
	csv.WriteString("S0,Another\n")
	f := file("sites.csv", csv.String())
	w.stopped(f, 1)
	r := must(w.x.Run(t.Context(), w.ana, "sites", f, transfer.Options{}))(t)
	if !r.Resumed || r.Created != 1000 || r.Refused != 1 || r.Bad[0].Reason.Key != "transfer.repeated" || text(w.entry("S0"), "name") != "Site 0" {
		t.Errorf("%+v %+v", r.Counts, r.Bad)
	}
}

func TestHistoryComesBackElsewhere(t *testing.T) {
	for _, format := range []tabular.Format{tabular.JSONL, tabular.CSV, tabular.XLSX} {
		t.Run(string(format), func(t *testing.T) {
			w := newWorld(t)
			w.run("code,name,parent,tags,label_fr\nA1,=1+1,B2,a|b,Un\nB2,Two,,,\n", transfer.Options{})
			w.correct("A1", "name", "Ökö \"x\"\tÉ")
			w.correct("A1", "phone", "01 99 00 12 34")
			w.correct("A1", "notes", "two\n\nparagraphs")
			must(w.Registry.Retire(t.Context(), w.ana, w.entry("B2").ID, "closed"))(t)
			export := func(w *world, o transfer.Exporting) string {
				var b bytes.Buffer
				must(w.x.Export(t.Context(), w.ana, "sites", &b, o))(t)
				return b.String()
			}
			history := export(w, transfer.Exporting{Format: format, History: true})
			there := newWorld(t)
			there.Clock.Advance(24 * time.Hour)
			name := "history." + string(format)
			r := must(there.x.Run(t.Context(), there.ana, "sites", file(name, history), transfer.Options{}))(t)
			if r.Refused != 0 || r.Created != 2 || r.Changed != 0 || r.Revisions != 6 || r.Rows != 6 {
				t.Fatalf("%+v %+v", r.Counts, r.Bad)
			}
			if again := must(there.x.Run(t.Context(), there.ana, "sites", file(name, history), transfer.Options{Note: "x"}))(t); again.Unchanged != 2 || again.Revisions != 0 {
				t.Errorf("again: %+v %+v", again.Counts, again.Bad)
			}
			one := stripIDs(t, export(w, transfer.Exporting{Format: tabular.JSONL, History: true}))
			two := stripIDs(t, export(there, transfer.Exporting{Format: tabular.JSONL, History: true}))
			if one != two {
				t.Errorf("history differs:\n%s\n%s", one, two)
			}
			p := must(there.Registry.Revisions(t.Context(), there.ana, there.entry("A1").ID, 10, ""))(t)
			who := must(there.Personas.Get(t.Context(), p.Items[0].By))(t)
			if who.Kind != pollen.PersonaImported || who.Name != "Ana" {
				t.Errorf("by %+v", who)
			}
		})
	}
}

// What somebody else imported may be revised by a file of the same source, and is
// not retired by it; whoever imported it goes on with its history.
func TestAHistoryRetiresWhatItsOwnPersonaImported(t *testing.T) {
	w := newWorld(t)
	w.run("slug,revision,code,name\none,1,A1,One\n", transfer.Options{})
	next := file("sites.csv", "slug,revision,_kind,code,name\none,2,revise,A1,Two\none,3,retire,A1,Two\n")
	bo := w.Actor("Bo")
	for what, carry := range map[string]func(context.Context, pollen.Actor, string, transfer.File, transfer.Options) (*transfer.Report, error){"shown": w.x.Preview, "run": w.x.Run} {
		r := must(carry(t.Context(), bo, "sites", file("sites.csv", "slug,revision,_kind,code,name\none,2,retire,A1,One\n"), transfer.Options{}))(t)
		if r.Refused != 1 || r.Bad[0].Reason.Key != "transfer.others" {
			t.Errorf("%s: %+v %+v", what, r.Counts, r.Bad)
		}
	}
	if r := must(w.x.Run(t.Context(), w.ana, "sites", next, transfer.Options{}))(t); r.Refused != 0 || r.Revisions != 2 {
		t.Errorf("%+v %+v", r.Counts, r.Bad)
	}
	if n := must(w.Registry.Count(t.Context(), w.ana, "sites", nil, 10))(t); n != 0 {
		t.Errorf("%d entries are left", n)
	}
}

// stripIDs leaves the identifiers out, which another directory gives anew.
func stripIDs(t *testing.T, jsonl string) string {
	var out strings.Builder
	for line := range strings.Lines(jsonl) {
		var o map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		delete(o, "id")
		b := must(json.Marshal(o))(t)
		out.Write(b)
		out.WriteByte('\n')
	}
	return out.String()
}

// What JSON nests deeper than a table is kept as the JSON it is, and nothing is
// refused for it.
func TestNestedJSONIsKept(t *testing.T) {
	w := newWorld(t)
	in := file("deep.jsonl", `{"code":"A1","who":{"first":"Ada","born":1815},"roles":["poet"],"terms":[{"from":1},{"from":2}]}`+"\n"+
		`{"code":"B2","who":{"first":"Bob"},"roles":["cook","poet"],"terms":[]}`+"\n")
	p := must(w.x.Propose(t.Context(), in, transfer.Options{}, "en"))(t)
	if f := p.Schema.Field("roles"); !f.Many || p.Schema.Field("who").Many || !p.Schema.Field("terms").Many {
		t.Fatalf("%+v", p.Schema.Fields)
	}
	w.Collection("deep", pollen.AudienceMembers, p.Schema)
	r := must(w.x.Run(t.Context(), w.ana, "deep", in, transfer.Options{Targets: p.Targets}))(t)
	if r.Created != 2 || r.Refused != 0 {
		t.Fatalf("%+v", r)
	}
	e := must(w.Registry.List(t.Context(), w.ana, "deep", registry.Listing{}))(t).Items[0]
	if text(e, "who") != `{"first":"Ada","born":1815}` || text(e, "roles") != "poet" || text(e, "terms") != `{"from":1}|{"from":2}` {
		t.Errorf("%q %q %q", text(e, "who"), text(e, "roles"), text(e, "terms"))
	}
}

// A JSON column is what its values are: true and false are a yes or no, lists hold
// many, and what is of several shapes is text. Nothing is refused for its shape.
func TestAJSONColumnIsWhatItsValuesAre(t *testing.T) {
	w := newWorld(t)
	in := file("shapes.jsonl", `{"code":"A1","open":true,"mixed":true,"tags":["a","b"],"said":"x","numbers":[1,2]}`+"\n"+
		`{"code":"B2","open":false,"mixed":"maybe","tags":"c","said":true,"numbers":[]}`+"\n"+
		`{"code":3,"open":null,"mixed":1.5,"tags":[true,null],"said":["y"],"numbers":["x"]}`+"\n")
	p := must(w.x.Propose(t.Context(), in, transfer.Options{}, "en"))(t)
	if p.Schema.Field("open").Type != schema.Boolean || p.Schema.Field("mixed").Many || !p.Schema.Field("tags").Many || !p.Schema.Field("numbers").Many {
		t.Fatalf("%+v", p.Schema.Fields)
	}
	w.Collection("shapes", pollen.AudienceMembers, p.Schema)
	r := must(w.x.Run(t.Context(), w.ana, "shapes", in, transfer.Options{Targets: p.Targets}))(t)
	if r.Created != 3 || r.Refused != 0 {
		t.Fatalf("%+v, %+v", r.Counts, r.Bad)
	}
	got := map[string][]string{}
	for _, e := range must(w.Registry.List(t.Context(), w.ana, "shapes", registry.Listing{}))(t).Items {
		for _, f := range []string{"mixed", "tags", "said", "numbers"} {
			got[text(e, "code")] = append(got[text(e, "code")], text(e, f))
		}
	}
	want := map[string][]string{"A1": {"true", "a|b", "x", "1|2"}, "B2": {"maybe", "c", "true", ""}, "3": {"1.5", "true", "y", "x"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}

// A type that nearly every value fits is proposed; what it refuses is told first,
// kept with its reason afterwards, and text takes it all.
func TestAFoundingTellsWhatDoesNotFit(t *testing.T) {
	w := newWorld(t)
	var b strings.Builder
	b.WriteString("code,opened\n")
	for i := range 60 {
		fmt.Fprintf(&b, "A%d,2024-01-%02d\n", i, i%28+1)
	}
	b.WriteString("B1,soon\n")
	n := transfer.Founding{Slug: "depots", Community: w.Commons.ID, Lang: "en"}
	shown := must(w.x.Import(t.Context(), w.ana, "depots", &n, file("depots.csv", b.String()), transfer.Options{DryRun: true}))(t)
	want := []transfer.Unfit{{Column: "opened", Field: "opened", Type: schema.Date, Values: 1}}
	if shown.Created != 60 || shown.Refused != 1 || !reflect.DeepEqual(shown.Unfit, want) || shown.Bad[0].Line != 62 {
		t.Errorf("shown: %+v", shown)
	}
	none := n
	none.Text = []string{"closed"}
	if _, err := w.x.Import(t.Context(), w.ana, "depots", &none, file("depots.csv", b.String()), transfer.Options{}); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("a column that is not there: %v", err)
	}
	n.Text = []string{"opened"}
	done := must(w.x.Import(t.Context(), w.ana, "depots", &n, file("depots.csv", b.String()), transfer.Options{}))(t)
	if done.Created != 61 || done.Unfit != nil || done.Founded.Field("opened").Type != schema.Text {
		t.Errorf("done: %+v", done)
	}
}

// What founding refuses is refused while it is only shown, too.
func TestACollectionThatNobodyCouldReadIsNotShownEither(t *testing.T) {
	w := newWorld(t)
	n := registry.NewCollection{Slug: "mine", Community: w.Commons.ID, Name: map[string]string{"en": "Mine"}, Audience: pollen.AudiencePersona,
		Schema: schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}}}}
	for what, do := range map[string]func(context.Context, pollen.Actor, registry.NewCollection, transfer.File, transfer.Options) (*transfer.Report, error){
		"shown": w.x.PreviewNew, "imported": w.x.RunNew,
	} {
		if _, err := do(t.Context(), w.ana, n, file("p.csv", "name\nZoe\n"), transfer.Options{}); pollen.MessageOf(err).Key != "registry.for-nobody" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestListsOfNumbersAreManyNumbers(t *testing.T) {
	w := newWorld(t)
	lines := `{"name":"One","seats":[12,3],"open":[true,false],"tags":["a","b"]}` + "\n" + `{"name":"Two","seats":[7],"open":[],"tags":["c"]}` + "\n"
	n := transfer.Founding{Slug: "rooms", Community: w.Commons.ID, Lang: "en"}
	r := must(w.x.Import(t.Context(), w.ana, "rooms", &n, file("rooms.jsonl", lines), transfer.Options{}))(t)
	p := must(w.Registry.List(t.Context(), w.ana, "rooms", registry.Listing{Limit: 10}))(t)
	if r.Created != 2 || len(p.Items) != 2 {
		t.Fatalf("%+v", r)
	}
	for field, want := range map[string]schema.Type{"seats": schema.Integer, "open": schema.Boolean, "tags": schema.Text} {
		if f := r.Founded.Field(field); f.Type != want || !f.Many {
			t.Errorf("%s: %+v", field, f)
		}
	}
	one := p.Items[0]
	if one.Title != "One" {
		one = p.Items[1]
	}
	if text(one, "seats") != "12|3" || text(one, "open") != "yes|no" {
		t.Errorf("%q, %q", text(one, "seats"), text(one, "open"))
	}
}

// A value that is not for whoever imports is neither written nor told, wherever
// in the file it stands.
func TestAnImportTellsNothingThatIsHidden(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("staff", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text},
		{Name: "pay", Type: schema.Integer, Label: map[string]string{"en": "Salary"}, Audience: pollen.AudiencePersona},
	}})
	x, bob, ctx := transfer.New(w.DB, w.Registry, w.Personas), w.Actor("Bob"), t.Context()
	ana := must(w.Registry.Create(ctx, w.System, "staff", registry.Change{Texts: map[string][]string{"name": {"Ana"}, "pay": {"4200"}}}))(t)

	_, err := x.Preview(ctx, bob, "staff", file("staff.csv", "id;pay\n"+ana.ID.String()+";1\n"), transfer.Options{})
	if !pollen.Is(err, pollen.Invalid) {
		t.Errorf("a column: %v", err)
	}
	// What comes after the columns of JSONL were read from its beginning.
	late := strings.Repeat(`{"id":"","name":"n"}`+"\n", 1000) + `{"id":"` + ana.ID.String() + `",` + "%s:1}\n"
	for _, key := range []string{`"pay"`, `"Salary"`} {
		f := file("staff.jsonl", fmt.Sprintf(late, key))
		for name, do := range map[string]func() (*transfer.Report, error){
			"shown": func() (*transfer.Report, error) { return x.Preview(ctx, bob, "staff", f, transfer.Options{Key: "id"}) },
			"run": func() (*transfer.Report, error) {
				return x.Run(ctx, bob, "staff", f, transfer.Options{Key: "id", Overwrite: true})
			},
		} {
			r := must(do())(t)
			if told := string(must(json.Marshal(r))(t)); strings.Contains(told, "4200") || r.Unchanged != 1 || r.Conflicts != 0 {
				t.Errorf("%s, %s tells %s", key, name, told)
			}
		}
		if e := must(w.Registry.Get(ctx, w.System, ana.ID))(t); text(e, "pay") != "4200" {
			t.Errorf("%s wrote %s", key, text(e, "pay"))
		}
	}
}

// What an export adds is told from fields that are called alike.
func TestAnExportComesBackThatHasAFieldCalledKind(t *testing.T) {
	kinds := schema.Schema{Key: "code", Title: []string{"code"}, Fields: []schema.Field{
		{Name: "code", Type: schema.Code, Unique: true, Indexed: true},
		{Name: "kind", Type: schema.Text},
		{Name: "note", Type: schema.Text, Aliases: []string{"id"}},
	}}
	w, there := newWorld(t), newWorld(t)
	w.Collection("kinds", pollen.AudienceMembers, kinds)
	there.Collection("kinds", pollen.AudienceMembers, kinds)
	must(w.x.Run(t.Context(), w.ana, "kinds", file("k.csv", "code,kind,id\nA1,branch,one\n"), transfer.Options{}))(t)
	var history bytes.Buffer
	must(w.x.Export(t.Context(), w.ana, "kinds", &history, transfer.Exporting{Format: tabular.CSV, History: true}))(t)
	r := must(there.x.Run(t.Context(), there.ana, "kinds", file("history.csv", history.String()), transfer.Options{}))(t)
	p := must(there.Registry.List(t.Context(), there.ana, "kinds", registry.Listing{Limit: 9}))(t)
	if r.Created != 1 || len(p.Items) != 1 || text(p.Items[0], "kind") != "branch" || text(p.Items[0], "note") != "one" {
		t.Errorf("%+v of\n%s", r, &history)
	}
}

// Without its schema, an export founds texts by language and places all the same.
func TestTextsByLanguageComeBackWithoutASchema(t *testing.T) {
	for _, format := range []tabular.Format{tabular.JSONL, tabular.CSV, tabular.XLSX} {
		w := newWorld(t)
		w.Collection("terms", pollen.AudienceMembers, schema.Schema{Key: "code", Title: []string{"term"}, Fields: []schema.Field{
			{Name: "code", Type: schema.Code, Unique: true}, {Name: "term", Type: schema.Localized}, {Name: "others", Type: schema.Localized, Many: true}, {Name: "seat", Type: schema.Place}}})
		in := `{"code":"A1","term":{"en":"Directory","fr":"Annuaire"},"others":{"fr":["Bottin","Liste"]},"seat":{"address":"1 rue Haute","lat":48.1,"lon":-1.5}}` + "\n" +
			`{"code":"B2","term":{"fr":"Lot"},"seat":{"lat":1,"lon":2}}` + "\n"
		must(w.x.Run(t.Context(), w.ana, "terms", file("t.jsonl", in), transfer.Options{}))(t)
		export := func(slug string, f tabular.Format) string {
			var b bytes.Buffer
			must(w.x.Export(t.Context(), w.ana, slug, &b, transfer.Exporting{Format: f}))(t)
			return b.String()
		}
		n := &transfer.Founding{Slug: "again", Community: w.Commons.ID, Lang: "en"}
		r := must(w.x.Import(t.Context(), w.ana, "again", n, file("t."+string(format), export("terms", format)), transfer.Options{}))(t)
		if one, two := stripIDs(t, export("terms", tabular.JSONL)), stripIDs(t, export("again", tabular.JSONL)); r.Created != 2 || one != two {
			t.Errorf("%s: %+v %+v\n%s\n%s", format, r.Counts, r.Bad, one, two)
		}
	}
}
