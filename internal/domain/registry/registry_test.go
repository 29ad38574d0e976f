package registry_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// sites is the collection of most tests: places where people work.
var sites = schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
	{Name: "code", Type: schema.Code, Unique: true},
	{Name: "name", Type: schema.Text, Required: true, Indexed: true},
	{Name: "phone", Type: schema.Phone, Indexed: true},
	{Name: "tags", Type: schema.Text, Many: true},
	{Name: "access", Type: schema.LongText},
	{Name: "parent", Type: schema.Reference, Target: "sites"},
	{Name: "alarm", Type: schema.Text, Audience: pollen.AudienceCommunity},
}}

func values(pairs ...string) registry.Change {
	ch := registry.Change{Texts: map[string][]string{}}
	for i := 0; i < len(pairs); i += 2 {
		ch.Texts[pairs[i]] = append(ch.Texts[pairs[i]], pairs[i+1])
	}
	return ch
}

// must is for steps that are not what the test is about.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// text is a value of an entry as text.
func text(e *registry.Entry, field string) string {
	f := e.Collection.Schema.Field(field)
	return f.Text(e.Values[f.ID])
}

func wants(t *testing.T, err error, kind pollen.Kind) {
	t.Helper()
	if !pollen.Is(err, kind) {
		t.Errorf("error %v, want one of kind %s", err, kind)
	}
}

func TestCreate(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")

	e := must(w.Registry.Create(ctx, ana, "sites", values("code", "S1", "name", "Dépôt de la Gravière", "phone", "04 65 71 12 77")))(t)
	if e.Slug != "depot-de-la-graviere" || e.Title != "Dépôt de la Gravière" || e.Revision != 1 || text(e, "phone") != "+33465711277" {
		t.Errorf("created %+v", e)
	}
	again := must(w.Registry.Create(ctx, ana, "sites", values("code", "S2", "name", "Depot de la graviere")))(t)
	if again.Slug == e.Slug || !strings.HasPrefix(again.Slug, e.Slug) {
		t.Errorf("a second of the same name got the address %q", again.Slug)
	}
	for name, c := range map[string]struct {
		by   pollen.Actor
		coll string
		ch   registry.Change
		kind pollen.Kind
	}{
		"without the required name": {ana, "sites", values("code", "S3"), pollen.Invalid},
		"with an unknown field":     {ana, "sites", values("name", "X", "colour", "red"), pollen.Invalid},
		"with a wrong telephone":    {ana, "sites", values("name", "X", "phone", "call me"), pollen.Invalid},
		"with a taken key":          {ana, "sites", values("code", "s1", "name", "X"), pollen.Conflict},
		"in no collection":          {ana, "places", values("name", "X"), pollen.NotFound},
		"without signing in":        {pollen.Actor{}, "sites", values("name", "X"), pollen.Unauthenticated},
		"at a wrong address":        {ana, "sites", registry.Change{Texts: map[string][]string{"name": {"X"}}, Slug: "../x"}, pollen.Invalid},
	} {
		_, err := w.Registry.Create(ctx, c.by, c.coll, c.ch)
		if !pollen.Is(err, c.kind) {
			t.Errorf("%s: %v, want %s", name, err, c.kind)
		}
	}
	if acts := w.Acts(journal.Query{Kinds: []pollen.ActKind{pollen.ActCreate}}); len(acts) != 2 {
		t.Errorf("%d acts of creation for 2 entries: a refused change left a trace", len(acts))
	}
}

func TestReviseOnlyWhatIsGiven(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	e := must(w.Registry.Create(ctx, ana, "sites", values("code", "S1", "name", "Depot", "phone", "04 65 71 12 77")))(t)

	w.Clock.Advance(time.Hour)
	e = must(w.Registry.Revise(ctx, bob, e.ID, values("phone", "04 65 71 12 90")))(t)
	if text(e, "name") != "Depot" || text(e, "phone") != "+33465711290" || e.Revision != 2 {
		t.Errorf("revised to %+v", e)
	}
	phone, name := e.Collection.Schema.Field("phone"), e.Collection.Schema.Field("name")
	if e.SinceOf(phone.ID) != 2 || e.SinceOf(name.ID) != 1 {
		t.Errorf("phone dates from revision %d, name from %d", e.SinceOf(phone.ID), e.SinceOf(name.ID))
	}
	same := must(w.Registry.Revise(ctx, bob, e.ID, values("phone", "+33 4 65 71 12 90")))(t)
	if same.Revision != 2 {
		t.Errorf("writing the same value made revision %d", same.Revision)
	}
	revs := must(w.Registry.Revisions(ctx, ana, e.ID, 0, ""))(t)
	if len(revs.Items) != 2 || revs.Items[0].By != bob.Persona || !revs.Items[0].At.Equal(w.Clock.Now()) {
		t.Errorf("history %+v", revs.Items)
	}
	acts := w.Acts(journal.Query{Object: pollen.Ref(pollen.ObjectEntry, e.ID)})
	if len(acts) != 2 || acts[1].Kind != pollen.ActRevise || fmt.Sprint(acts[1].Detail.Fields) != fmt.Sprint([]pollen.FieldID{phone.ID}) {
		t.Errorf("journal %+v", acts)
	}
	_, err := w.Registry.Revise(ctx, ana, 12345, values("name", "x"))
	wants(t, err, pollen.NotFound)
	_, err = w.Registry.Revise(ctx, pollen.Actor{}, e.ID, values("name", "x"))
	wants(t, err, pollen.Unauthenticated)
	_, err = w.Registry.Revise(ctx, ana, e.ID, values("name", ""))
	wants(t, err, pollen.Invalid)
}

func TestTwoPeopleEditTheSameEntry(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	long := "By the gate.\n\nAsk for the key.\n\nHours: 8 to 17."
	e := must(w.Registry.Create(ctx, ana, "sites", values("name", "Depot", "access", long, "tags", "a", "tags", "b")))(t)

	with := func(ch registry.Change, base int) registry.Change { ch.Base = base; return ch }
	must(w.Registry.Revise(ctx, ana, e.ID, with(values("name", "Old depot", "access", strings.Replace(long, "gate", "north gate", 1), "tags", "a", "tags", "b", "tags", "c"), 1)))(t)
	got := must(w.Registry.Revise(ctx, bob, e.ID, with(values("phone", "04 65 71 12 77", "access", strings.Replace(long, "17", "19", 1), "tags", "b"), 1)))(t)

	if text(got, "name") != "Old depot" || text(got, "phone") != "+33465711277" {
		t.Errorf("different fields did not merge: %s, %s", text(got, "name"), text(got, "phone"))
	}
	if want := "By the north gate.\n\nAsk for the key.\n\nHours: 8 to 19."; text(got, "access") != want {
		t.Errorf("paragraphs merged to %q", text(got, "access"))
	}
	if text(got, "tags") != "b|c" {
		t.Errorf("lists merged to %q", text(got, "tags"))
	}

	_, err := w.Registry.Revise(ctx, bob, e.ID, with(values("name", "New depot", "phone", "04 65 71 12 90"), 1))
	wants(t, err, pollen.Conflict)
	c := registry.ConflictsOf(err)
	if c == nil || c.Revision != 3 || len(c.Fields) != 2 {
		t.Fatalf("conflicts %+v", c)
	}
	for _, f := range c.Fields {
		if f.Field == "name" && (string(f.Base) != `"Depot"` || string(f.Mine) != `"New depot"` || string(f.Theirs) != `"Old depot"`) {
			t.Errorf("conflict %+v", f)
		}
	}
	if now := must(w.Registry.Get(ctx, bob, e.ID))(t); now.Revision != 3 {
		t.Errorf("a conflict wrote revision %d", now.Revision)
	}

	// What Bob settles is based on the revision that he was shown; the rest of his
	// change is merged as before.
	settled := with(values("name", "New depot", "tags", "a", "tags", "d"), 1)
	settled.Bases = map[string]int{"name": c.Revision}
	got = must(w.Registry.Revise(ctx, bob, e.ID, settled))(t)
	if text(got, "name") != "New depot" || text(got, "tags") != "c|d" {
		t.Errorf("settled as %s, tags %s", text(got, "name"), text(got, "tags"))
	}
	settled.Texts["name"] = []string{"Third depot"}
	_, err = w.Registry.Revise(ctx, ana, e.ID, settled)
	wants(t, err, pollen.Conflict)
	settled.Bases["nowhere"] = 1
	_, err = w.Registry.Revise(ctx, ana, e.ID, settled)
	wants(t, err, pollen.Invalid)
}

func TestRevertAndDiff(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	e := must(w.Registry.Create(ctx, ana, "sites", values("name", "Depot", "phone", "04 65 71 12 77")))(t)
	must(w.Registry.Revise(ctx, ana, e.ID, values("name", "Depot north", "phone", "")))(t)

	d := must(w.Registry.Diff(ctx, ana, e.ID, 1, 2))(t)
	if len(d) != 2 || d[0].Field.Name != "name" || fmt.Sprint(d[0].Words) != "[{same Depot} {insert  north}]" || d[1].New != nil {
		t.Errorf("difference %+v", d)
	}
	e = must(w.Registry.Revert(ctx, ana, e.ID, registry.Reversal{To: 1, Note: "it was right"}))(t)
	if e.Revision != 3 || text(e, "name") != "Depot" || text(e, "phone") != "+33465711277" {
		t.Errorf("reverted to %+v", e)
	}
	_, err := w.Registry.Revert(ctx, ana, e.ID, registry.Reversal{To: 2, Base: 2})
	wants(t, err, pollen.Conflict) // it is not what ana looked at
	_, err = w.Registry.Revert(ctx, ana, e.ID, registry.Reversal{To: 99})
	wants(t, err, pollen.NotFound)
	_, err = w.Registry.Revert(ctx, pollen.Actor{}, e.ID, registry.Reversal{To: 1})
	wants(t, err, pollen.Unauthenticated)
}

func TestRetireRestoreAndUniqueKeys(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	counts := w.Registry.Counts()
	entries := func() int64 {
		w.Settle(counts)
		return must(w.Registry.Collection(ctx, ana, "sites"))(t).Entries
	}
	e := must(w.Registry.Create(ctx, ana, "sites", values("code", "S1", "name", "Depot")))(t)
	if entries() != 1 {
		t.Errorf("%d entries after one is made", entries())
	}
	must(w.Registry.Retire(ctx, ana, e.ID, "closed"))(t)
	if entries() != 0 {
		t.Errorf("%d entries after it is retired", entries())
	}
	_, err := w.Registry.Revise(ctx, ana, e.ID, values("name", "x"))
	wants(t, err, pollen.Conflict)
	other := must(w.Registry.Create(ctx, ana, "sites", values("code", "S1", "name", "New depot")))(t) // its key is free again
	_, err = w.Registry.Restore(ctx, ana, e.ID, "")
	wants(t, err, pollen.Conflict)
	must(w.Registry.Revise(ctx, ana, other.ID, values("code", "S2")))(t)
	back := must(w.Registry.Restore(ctx, ana, e.ID, ""))(t)
	if !back.Live() || text(back, "code") != "S1" || entries() != 2 {
		t.Errorf("restored %+v, %d entries", back, entries())
	}
	if err := w.Journal.Rebuild(ctx, counts); err != nil || entries() != 2 {
		t.Errorf("%d entries counted again (%v)", entries(), err)
	}
}

func TestAddressesStayWhenRenamedAndMerged(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	a := must(w.Registry.Create(ctx, ana, "sites", values("code", "A", "name", "Alpha")))(t)
	b := must(w.Registry.Create(ctx, ana, "sites", values("code", "B", "name", "Beta", "phone", "04 65 71 12 77")))(t)
	child := must(w.Registry.Create(ctx, ana, "sites", values("code", "C", "name", "Child", "parent", "B")))(t)

	must(w.Registry.Rename(ctx, ana, b.ID, "beta-site"))(t)
	e, moved, err := w.Registry.At(ctx, ana, "sites", "beta")
	if err != nil || !moved || e.Path() != "/c/sites/beta-site" {
		t.Errorf("the former address leads to %v (moved %v, %v)", e, moved, err)
	}
	_, err = w.Registry.Rename(ctx, ana, a.ID, "beta")
	wants(t, err, pollen.Conflict)

	into := must(w.Registry.Merge(ctx, ana, b.ID, a.ID, "the same place"))(t)
	if text(into, "phone") != "+33465711277" || text(into, "code") != "A" {
		t.Errorf("merged into %+v", into)
	}
	gone := must(w.Registry.Get(ctx, ana, b.ID))(t)
	if gone.Live() || gone.Into != a.ID {
		t.Errorf("merged entry %+v", gone)
	}
	if got := text(must(w.Registry.Get(ctx, ana, child.ID))(t), "parent"); got != a.ID.String() {
		t.Errorf("a reference to the merged entry leads to %s, want %s", got, a.ID)
	}
	links := must(w.Registry.LinksTo(ctx, ana, a.ID, 0, 10, ""))(t).Items
	if len(links) != 1 || links[0].Title != "Child" {
		t.Errorf("what links here: %+v", links)
	}
	_, err = w.Registry.Merge(ctx, ana, a.ID, a.ID, "")
	wants(t, err, pollen.Invalid)
}

func TestAudience(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudienceMembers, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	outsider := w.Actor("Olu")
	outsider.Communities = nil
	e := must(w.Registry.Create(ctx, ana, "sites", values("name", "Depot", "alarm", "1234")))(t)

	_, err := w.Registry.Get(ctx, pollen.Actor{}, e.ID)
	wants(t, err, pollen.NotFound)
	_, err = w.Registry.Collection(ctx, pollen.Actor{}, "sites")
	wants(t, err, pollen.NotFound)
	if seen := must(w.Registry.Get(ctx, outsider, e.ID))(t); text(seen, "alarm") != "" {
		t.Errorf("an outsider reads %q", text(seen, "alarm"))
	}
	if seen := must(w.Registry.Get(ctx, ana, e.ID))(t); text(seen, "alarm") != "1234" {
		t.Errorf("a member of the community reads %q", text(seen, "alarm"))
	}
	_, err = w.Registry.Revise(ctx, outsider, e.ID, values("alarm", "0000"))
	wants(t, err, pollen.Invalid)
	must(w.Registry.Revise(ctx, ana, e.ID, values("alarm", "5678")))(t)
	if d := must(w.Registry.Diff(ctx, outsider, e.ID, 1, 2))(t); len(d) != 0 {
		t.Errorf("the difference tells an outsider %+v", d)
	}
	must(w.Registry.Revert(ctx, outsider, e.ID, registry.Reversal{To: 1}))(t)
	if seen := must(w.Registry.Get(ctx, ana, e.ID))(t); text(seen, "alarm") != "5678" {
		t.Errorf("an outsider's revert changed what they may not read to %q", text(seen, "alarm"))
	}
}

func TestUndoABatchValueByValue(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	old := must(w.Registry.Create(ctx, ana, "sites", values("code", "OLD", "name", "Old", "phone", "04 65 71 12 77")))(t)

	b := must(w.Registry.Begin(ctx, ana, "sites", registry.Batch{Kind: registry.BatchImport, Source: "file"}))(t)
	out := must(w.Part(ana, b.ID,
		pollentest.Row{Entry: old.ID, Change: values("phone", "04 65 71 12 90", "tags", "imported")},
		pollentest.Row{Change: values("code", "N1", "name", "Untouched")},
		pollentest.Row{Change: values("code", "N2", "name", "Improved", "phone", "04 65 71 40 00")},
		pollentest.Row{Change: values("code", "OLD", "name", "Taken")},
		pollentest.Row{Change: values("code", "N3", "phone", "nonsense")},
	))(t)
	if err := w.Registry.End(ctx, ana, b.ID, "{}"); err != nil {
		t.Fatal(err)
	}
	wants(t, out[3].Err, pollen.Conflict)
	wants(t, out[4].Err, pollen.Invalid)
	acts := w.Acts(journal.Query{Batch: b.ID})
	if len(acts) != 1 || acts[0].Kind != pollen.ActImport || acts[0].Detail.Count != 3 || acts[0].Detail.Created != 2 {
		t.Fatalf("acts of the batch %+v", acts)
	}

	// Bob improves one value of an old entry and one of a new one.
	must(w.Registry.Revise(ctx, bob, old.ID, values("tags", "seen")))(t)
	must(w.Registry.Revise(ctx, bob, out[2].Entry, values("access", "by the gate")))(t)

	u := must(w.Registry.Undo(ctx, ana, b.ID, "wrong file"))(t)
	if u.Retired != 1 || u.Returned != 2 || u.Kept != 2 {
		t.Errorf("undone %+v", u)
	}
	e := must(w.Registry.Get(ctx, ana, old.ID))(t)
	if text(e, "phone") != "+33465711277" || text(e, "tags") != "seen" {
		t.Errorf("old entry: phone %s, tags %s", text(e, "phone"), text(e, "tags"))
	}
	if e := must(w.Registry.Get(ctx, ana, out[1].Entry))(t); e.Live() {
		t.Error("an entry that only the batch made is still live")
	}
	if e := must(w.Registry.Get(ctx, ana, out[2].Entry))(t); !e.Live() || text(e, "access") != "by the gate" || text(e, "phone") != "" || e.Title != "Improved" || text(e, "code") != "N2" {
		t.Errorf("an entry improved since: live %v, access %q, phone %q, title %q, code %q", e.Live(), text(e, "access"), text(e, "phone"), e.Title, text(e, "code"))
	}
	_, err := w.Registry.Undo(ctx, ana, b.ID, "")
	wants(t, err, pollen.Conflict)
	_, err = w.Part(ana, b.ID)
	wants(t, err, pollen.Conflict)
}

// Undoing is a batch like any other: undone, it gives back what it took away, and
// undone once more, it takes it away again.
func TestAnUndoingIsUndone(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	old := must(w.Registry.Create(ctx, ana, "sites", values("code", "OLD", "name", "Old", "phone", "04 65 71 12 77")))(t)
	b := must(w.Registry.Begin(ctx, ana, "sites", registry.Batch{Kind: registry.BatchImport}))(t)
	out := must(w.Part(ana, b.ID,
		pollentest.Row{Entry: old.ID, Change: values("phone", "04 65 71 12 90")},
		pollentest.Row{Change: values("code", "N1", "name", "Untouched")},
		pollentest.Row{Change: values("code", "N2", "name", "Improved", "phone", "04 65 71 40 00")}))(t)
	if err := w.Registry.End(ctx, ana, b.ID, "{}"); err != nil {
		t.Fatal(err)
	}
	must(w.Registry.Revise(ctx, bob, out[2].Entry, values("access", "by the gate")))(t)
	state := func() string {
		said := ""
		for _, id := range []pollen.EntryID{old.ID, out[1].Entry, out[2].Entry} {
			e := must(w.Registry.Get(ctx, ana, id))(t)
			said += fmt.Sprint(e.Live(), " ", e.Title, " ", text(e, "phone"), " ", text(e, "access"), "; ")
		}
		return said
	}
	whole, last := state(), b.ID
	gone := "true Old +33465711277 ; false Untouched  ; true Improved  by the gate; "
	for i, want := range []string{gone, whole, gone, whole} {
		u := must(w.Registry.Undo(ctx, bob, last, ""))(t)
		if back := i % 2; u.Returned != 2 || u.Retired != 1-back || u.Restored != back {
			t.Errorf("undone %d times: %+v", i+1, u)
		}
		if got := state(); got != want {
			t.Errorf("undone %d times: %s, want %s", i+1, got, want)
		}
		last = u.Batch.ID
	}
}

// A value that cannot return stays, and the rest of the batch is undone.
func TestABatchIsUndoneBesideWhatIsTakenByNow(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	moved := must(w.Registry.Create(ctx, ana, "sites", values("code", "A1", "name", "Depot")))(t)
	b := must(w.Registry.Begin(ctx, ana, "sites", registry.Batch{Kind: registry.BatchImport}))(t)
	out := must(w.Part(ana, b.ID,
		pollentest.Row{Entry: moved.ID, Change: values("code", "A2", "name", "Depot north")},
		pollentest.Row{Change: values("code", "B1", "name", "Gate")}))(t)
	if err := w.Registry.End(ctx, ana, b.ID, "{}"); err != nil {
		t.Fatal(err)
	}
	must(w.Registry.Create(ctx, bob, "sites", values("code", "A1", "name", "Another")))(t)
	u := must(w.Registry.Undo(ctx, bob, b.ID, ""))(t)
	if u.Returned != 1 || u.Retired != 1 || u.Kept != 1 {
		t.Errorf("undone %+v", u)
	}
	if e := must(w.Registry.Get(ctx, ana, moved.ID))(t); text(e, "name") != "Depot" || text(e, "code") != "A2" {
		t.Errorf("name %q, code %q", text(e, "name"), text(e, "code"))
	}
	if got := must(w.Registry.Batch(ctx, ana, b.ID))(t); got.State != registry.BatchReverted {
		t.Errorf("the batch is %s", got.State)
	}

	// An entry that cannot come back stays away, and the rest comes.
	must(w.Registry.Create(ctx, bob, "sites", values("code", "B1", "name", "New gate")))(t)
	u = must(w.Registry.Undo(ctx, bob, u.Batch.ID, ""))(t)
	if u.Returned != 1 || u.Restored != 0 || u.Kept != 1 || u.Batch.State != registry.BatchDone {
		t.Errorf("undone again %+v, %s", u, u.Batch.State)
	}
	if e := must(w.Registry.Get(ctx, ana, out[1].Entry))(t); e.Live() {
		t.Error("two live entries have one key")
	}
}

func TestWrongOldValueNeverBlocksARightNewOne(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	b := must(w.Registry.Begin(ctx, ana, "sites", registry.Batch{Kind: registry.BatchImport}))(t)
	// A batch may bring entries that lack a required value: nothing is lost.
	out := must(w.Part(ana, b.ID, pollentest.Row{Change: values("code", "S9")}))(t)
	if out[0].Err != nil {
		t.Fatal(out[0].Err)
	}
	e := must(w.Registry.Revise(ctx, ana, out[0].Entry, values("phone", "04 65 71 12 77")))(t)
	if text(e, "phone") != "+33465711277" {
		t.Errorf("revised %+v", e)
	}
	_, err := w.Registry.Revise(ctx, ana, e.ID, registry.Change{Values: map[string]json.RawMessage{"name": json.RawMessage("null")}})
	if err != nil {
		t.Errorf("removing what is absent already: %v", err)
	}
}

func TestACollectionChangedElsewhereIsSeenAtOnce(t *testing.T) {
	w := pollentest.NewWorld(t)
	c := w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, anybody := t.Context(), w.Actor("Ana"), pollen.Actor{}
	e := must(w.Registry.Create(ctx, ana, "sites", values("name", "Base", "phone", "04 65 71 12 77")))(t)
	elsewhere := func(statement string, args ...any) {
		t.Helper()
		if err := w.DB.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(statement, args...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	must(w.Registry.Collection(ctx, anybody, "sites"))(t)

	elsewhere(`UPDATE collections SET name = $2 WHERE id = $1`, c.ID, `{"en":"Places"}`)
	if name := must(w.Registry.Collection(ctx, anybody, "sites"))(t).LabelIn("en"); name != "Places" {
		t.Errorf("its name is %q", name)
	}
	narrow := c.Schema
	narrow.Fields = slices.Clone(narrow.Fields)
	narrow.Field("phone").Audience = pollen.AudienceMembers
	definition := string(must(json.Marshal(&narrow))(t))
	undone := errors.New("undone")
	if err := w.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, statement := range []string{`INSERT INTO schemas (collection_id, n, definition, persona_id, at) VALUES ($1, 2, '{}', 0, 0)`, `UPDATE collections SET schema_n = 2 WHERE id = $1`} {
			if _, err := tx.Exec(statement, c.ID); err != nil {
				return err
			}
		}
		if seen := must(w.Registry.In(tx, anybody, e.ID))(t); len(seen.Collection.Schema.Fields) != 0 {
			t.Errorf("within the change there are still %d fields", len(seen.Collection.Schema.Fields))
		}
		return undone
	}); !errors.Is(err, undone) {
		t.Fatal(err)
	}
	elsewhere(`INSERT INTO schemas (collection_id, n, definition, persona_id, at) VALUES ($1, 2, $2, 0, 0)`, c.ID, definition)
	elsewhere(`UPDATE collections SET schema_n = 2 WHERE id = $1`, c.ID)
	if seen := must(w.Registry.Get(ctx, anybody, e.ID))(t); text(seen, "phone") != "" {
		t.Errorf("anybody reads the telephone %s, now for members", text(seen, "phone"))
	}
	elsewhere(`UPDATE collections SET audience = 'members' WHERE id = $1`, c.ID)
	_, err := w.Registry.Get(ctx, anybody, e.ID)
	wants(t, err, pollen.NotFound)
	_, err = w.Registry.Collection(ctx, anybody, "sites")
	wants(t, err, pollen.NotFound)
	if seen := must(w.Registry.Get(ctx, ana, e.ID))(t); text(seen, "phone") == "" {
		t.Error("a member does not read the telephone")
	}
}

// However many fields a collection has, one entry is no larger than what a
// backup brings back.
func TestAnEntryIsBoundedAsAWhole(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}}}
	ch := values("name", "Depot")
	for i := range 50 {
		name := fmt.Sprintf("text%d", i)
		s.Fields = append(s.Fields, schema.Field{Name: name, Type: schema.LongText})
		ch.Texts[name] = []string{strings.Repeat("é", 99_000)}
	}
	w.Collection("sites", pollen.AudiencePublic, s)
	ctx, ana := t.Context(), w.Actor("Ana")
	_, err := w.Registry.Create(ctx, ana, "sites", ch)
	wants(t, err, pollen.Invalid)
	e := must(w.Registry.Create(ctx, ana, "sites", values("name", "Depot", "text0", "short")))(t)
	_, err = w.Registry.Revise(ctx, ana, e.ID, ch)
	wants(t, err, pollen.Invalid)
}

// Two values, and two titles, that begin alike are two.
func TestWhatBeginsAlikeIsNotTheSame(t *testing.T) {
	w := pollentest.NewWorld(t)
	s := schema.Schema{Title: []string{"name"}, Key: "page", Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "page", Type: schema.URL, Unique: true, Indexed: true}, {Name: "parent", Type: schema.Reference, Target: "sites"}}}
	w.Collection("sites", pollen.AudiencePublic, s)
	ctx, ana := t.Context(), w.Actor("Ana")
	long, page := strings.Repeat("Délégation régionale ", 6), "https://example.org/"+strings.Repeat("x", 120)
	north := must(w.Registry.Create(ctx, ana, "sites", values("name", long+"Nord", "page", page+"/1")))(t)
	_, err := w.Registry.Create(ctx, ana, "sites", values("name", "X", "parent", long+"Sud"))
	wants(t, err, pollen.Invalid)
	if named := must(w.Registry.Named(ctx, ana, "sites", long+"Sud"))(t); len(named) != 0 {
		t.Errorf("%+v are called Sud", named)
	}
	south := must(w.Registry.Create(ctx, ana, "sites", values("name", long+"Sud", "page", page+"/2")))(t)
	_, err = w.Registry.Create(ctx, ana, "sites", values("name", "X", "page", page+"/2"))
	wants(t, err, pollen.Conflict)
	for name, e := range map[string]*registry.Entry{long + "nord": north, long + "SUD": south, page + "/1": north, page + "/2": south} {
		x := must(w.Registry.Create(ctx, ana, "sites", values("name", "X", "parent", name)))(t)
		if text(x, "parent") != e.ID.String() {
			t.Errorf("%s is %s, want %s", name, text(x, "parent"), e.ID)
		}
	}
}
