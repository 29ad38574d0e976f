package talk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// town is a world with a public collection that has a value for its community
// alone, one for members, and one entry in it.
type town struct {
	*pollentest.World
	talk  *talk.Talk
	entry *registry.Entry
}

func found(t *testing.T) *town {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Required: true}, {Name: "access", Type: schema.LongText},
		{Name: "alarm", Type: schema.Text, Audience: pollen.AudienceCommunity}}})
	o := &town{World: w, talk: talk.New(w.DB, w.Journal, w.Registry, w.Personas)}
	o.entry = o.create(t, "Dépôt")
	return o
}

func (o *town) create(t *testing.T, name string) *registry.Entry {
	t.Helper()
	e, err := o.Registry.Create(t.Context(), o.System, "sites", registry.Change{Texts: map[string][]string{"name": {name}}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (o *town) say(t *testing.T, by pollen.Actor, w talk.Words) talk.Post {
	t.Helper()
	p, err := o.talk.Say(t.Context(), by, o.entry.ID, w)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// outsider is signed in and belongs to no community.
func (o *town) outsider(name string) pollen.Actor {
	a := o.Actor(name)
	a.Communities = nil
	return a
}

func (o *town) silence(t *testing.T, who pollen.Actor) {
	t.Helper()
	err := o.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`UPDATE personas SET silenced_at = $2 WHERE id = $1`, int64(who.Persona), sqldb.Millis(tx.Now))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, what string, err error, kind pollen.Kind) {
	t.Helper()
	if !pollen.Is(err, kind) {
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

func bodies(posts []talk.Post) string {
	var out []string
	for _, p := range posts {
		out = append(out, p.Body)
	}
	return strings.Join(out, " · ")
}

func TestAskAnswerHelped(t *testing.T) {
	o := found(t)
	ctx, ana, bob := t.Context(), o.Actor("Ana"), o.Actor("Bob")
	ask := o.say(t, ana, talk.Words{Kind: pollen.ActAsk, Body: "Where is the key?", Field: "access"})
	o.say(t, bob, talk.Words{Body: "Another thread."})
	answer := o.say(t, bob, talk.Words{Kind: pollen.ActAnswer, Body: "In the drawer, @ana.", To: ask.Act})
	p, err := o.talk.List(ctx, pollen.Actor{}, o.entry.ID, talk.Query{})
	if err != nil || bodies(p.Items) != "Another thread. · Where is the key? · In the drawer, @ana." {
		t.Errorf("talk %q, %v", bodies(p.Items), err)
	}
	if p.Items[2].Root != ask.ID || answer.Thread != ask.Act || p.Items[2].Thread != ask.Act || p.Items[2].Field != o.entry.Collection.Schema.Field("access").ID {
		t.Errorf("an answer is not in the thread of its question: %+v", p.Items[2])
	}
	if p, err := o.talk.List(ctx, ana, o.entry.ID, talk.Query{Field: "access"}); err != nil || len(p.Items) != 2 {
		t.Errorf("on a value: %q, %v", bodies(p.Items), err)
	}
	if p, err := o.talk.List(ctx, ana, o.entry.ID, talk.Query{Thread: answer.Act}); err != nil || len(p.Items) != 2 {
		t.Errorf("one thread: %q, %v", bodies(p.Items), err)
	}
	_, err = o.talk.Mark(ctx, bob, answer.Act, talk.DidHelp)
	want(t, "marked by another", err, pollen.Forbidden)
	_, err = o.talk.Mark(ctx, ana, ask.Act, talk.DidHelp)
	want(t, "a question marked", err, pollen.Invalid)
	for range 2 {
		if p, err := o.talk.Mark(ctx, ana, answer.Act, talk.DidHelp); err != nil || p.Helped.IsZero() {
			t.Errorf("marked %+v, %v", p, err)
		}
	}
	if p, err := o.talk.Mark(ctx, ana, answer.Act, talk.NotYet); err != nil || !p.Helped.IsZero() {
		t.Errorf("unmarked %+v, %v", p, err)
	}
	acts := o.Acts(journal.Query{Object: pollen.Ref(pollen.ObjectEntry, o.entry.ID)})
	var kinds []string
	for _, a := range acts {
		kinds = append(kinds, string(a.Kind))
	}
	if got := strings.Join(kinds, " "); got != "create ask comment answer help help" {
		t.Errorf("journal %q", got)
	}
	if c := acts[3].Causes; len(c) != 1 || c[0] != (pollen.Cause{Kind: pollen.CauseAnswers, Act: ask.Act}) || acts[3].Content == nil {
		t.Errorf("the act of the answer %+v", acts[3])
	}
}

func TestWhoIsTold(t *testing.T) {
	o := found(t)
	ctx, ana, bob, eve := t.Context(), o.Actor("Ana"), o.Actor("Bob"), o.Actor("Eve")
	told := func(kind pollen.ActKind) (out []talk.Told) {
		t.Helper()
		for _, a := range o.Acts(journal.Query{Kinds: []pollen.ActKind{kind}}) {
			err := o.DB.Read(ctx, func(tx *sqldb.Tx) error {
				d, ok, err := o.talk.Told(tx, &a)
				if ok {
					out = append(out, d)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	ask := o.say(t, ana, talk.Words{Kind: pollen.ActAsk, Body: "Who knows? @BOB @bob @nobody `@eve`"})
	answer := o.say(t, bob, talk.Words{Kind: pollen.ActAnswer, Body: "I do.", To: ask.Act})
	o.say(t, ana, talk.Words{Body: "Thanks!", To: answer.Act})
	if d := told(pollen.ActAsk); len(d) != 1 || !slices.Equal(d[0].Mentions, []pollen.PersonaID{bob.Persona}) || d[0].Answered != 0 {
		t.Errorf("ask %+v", d)
	}
	if d := told(pollen.ActAnswer); len(d) != 1 || d[0].Asked != ana.Persona || d[0].Answered != ana.Persona {
		t.Errorf("answer %+v", d)
	}
	if d := told(pollen.ActComment); len(d) != 1 || d[0].Answered != bob.Persona || d[0].Asked != 0 {
		t.Errorf("comment %+v", d)
	}
	if _, err := o.talk.Edit(ctx, ana, ask.Act, "Who knows? @bob or @eve?"); err != nil {
		t.Fatal(err)
	}
	if d := told(pollen.ActEdit); len(d) != 1 || !slices.Equal(d[0].Mentions, []pollen.PersonaID{eve.Persona}) {
		t.Errorf("edit tells those who are mentioned anew alone: %+v", d)
	}
	if err := o.talk.Withdraw(ctx, ana, ask.Act); err != nil {
		t.Fatal(err)
	}
	if d := told(pollen.ActAsk); len(d) != 0 {
		t.Errorf("withdrawn words tell %+v", d)
	}
}

func TestOwnWords(t *testing.T) {
	o := found(t)
	ctx, ana, bob := t.Context(), o.Actor("Ana"), o.Actor("Bob")
	p := o.say(t, ana, talk.Words{Body: "Frist"})
	o.Clock.Advance(time.Minute)
	_, err := o.talk.Edit(ctx, bob, p.Act, "Mine now")
	want(t, "edit by another", err, pollen.Forbidden)
	want(t, "withdraw by another", o.talk.Withdraw(ctx, bob, p.Act), pollen.Forbidden)
	_, err = o.talk.Edit(ctx, pollen.Actor{}, p.Act, "Mine now")
	want(t, "edit by nobody", err, pollen.Unauthenticated)
	_, err = o.talk.Edit(ctx, ana, p.Act+1, "There")
	want(t, "edit of nothing", err, pollen.NotFound)
	_, err = o.talk.Edit(ctx, ana, p.Act, "  ")
	want(t, "edit to nothing", err, pollen.Invalid)
	for range 2 { // the second time is no edit
		if p, err = o.talk.Edit(ctx, ana, p.Act, "First"); err != nil || p.Body != "First" || p.Edited.IsZero() {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	if vs, err := o.talk.Versions(ctx, bob, p.Act); err != nil || len(vs) != 2 || vs[0].Body != "Frist" || vs[1].Body != "First" {
		t.Errorf("versions %+v, %v", vs, err)
	}
	for range 2 {
		if err := o.talk.Withdraw(ctx, ana, p.Act); err != nil {
			t.Fatal(err)
		}
	}
	list, err := o.talk.List(ctx, ana, o.entry.ID, talk.Query{})
	if err != nil || len(list.Items) != 1 || list.Items[0].Body != "" || list.Items[0].Withdrawn.IsZero() {
		t.Errorf("a withdrawn post keeps its place without its words: %+v, %v", list.Items, err)
	}
	if vs, err := o.talk.Versions(ctx, bob, p.Act); err != nil || len(vs) != 0 {
		t.Errorf("versions of withdrawn words %+v, %v", vs, err)
	}
	_, err = o.talk.Edit(ctx, ana, p.Act, "Back")
	want(t, "edit of withdrawn words", err, pollen.Conflict)
	if n := len(o.Acts(journal.Query{Kinds: []pollen.ActKind{pollen.ActEdit, pollen.ActWithdraw}})); n != 2 {
		t.Errorf("%d acts, want one edit and one withdrawal", n)
	}
}

func TestWhoMaySay(t *testing.T) {
	o := found(t)
	ctx, ana, outsider := t.Context(), o.Actor("Ana"), o.outsider("Oz")
	try := func(what string, by pollen.Actor, id pollen.EntryID, w talk.Words, kind pollen.Kind) {
		t.Helper()
		_, err := o.talk.Say(ctx, by, id, w)
		want(t, what, err, kind)
	}
	ask := o.say(t, ana, talk.Words{Kind: pollen.ActAsk, Body: "Which alarm?", Field: "alarm"})
	comment := o.say(t, ana, talk.Words{Body: "Just a word."})
	try("nobody", pollen.Actor{}, o.entry.ID, talk.Words{Body: "Hello"}, pollen.Unauthenticated)
	try("no entry", ana, o.entry.ID+1, talk.Words{Body: "Hello"}, pollen.NotFound)
	try("nothing", ana, o.entry.ID, talk.Words{Body: " \n "}, pollen.Invalid)
	try("too much", ana, o.entry.ID, talk.Words{Body: strings.Repeat("a", talk.MaxBody+1)}, pollen.Invalid)
	try("NUL", ana, o.entry.ID, talk.Words{Body: "a\x00b"}, pollen.Invalid)
	try("a gift", ana, o.entry.ID, talk.Words{Kind: pollen.ActThank, Body: "Hello"}, pollen.Invalid)
	try("an answer to nothing", ana, o.entry.ID, talk.Words{Kind: pollen.ActAnswer, Body: "Hello"}, pollen.Invalid)
	try("an answer to a comment", ana, o.entry.ID, talk.Words{Kind: pollen.ActAnswer, Body: "Hello", To: comment.Act}, pollen.Invalid)
	try("a question that answers", ana, o.entry.ID, talk.Words{Kind: pollen.ActAsk, Body: "Hello?", To: ask.Act}, pollen.Invalid)
	try("another field", ana, o.entry.ID, talk.Words{Kind: pollen.ActAnswer, Body: "Hello", To: ask.Act, Field: "name"}, pollen.Invalid)
	try("no field", ana, o.entry.ID, talk.Words{Body: "Hello", Field: "fax"}, pollen.Invalid)
	try("a hidden field", outsider, o.entry.ID, talk.Words{Body: "Hello", Field: "alarm"}, pollen.Invalid)
	try("a hidden thread", outsider, o.entry.ID, talk.Words{Kind: pollen.ActAnswer, Body: "Hello", To: ask.Act}, pollen.NotFound)
	try("another entry's thread", ana, o.create(t, "Elsewhere").ID, talk.Words{Body: "Hello", To: comment.Act}, pollen.NotFound)

	p, err := o.talk.List(ctx, outsider, o.entry.ID, talk.Query{})
	if err != nil || bodies(p.Items) != "Just a word." {
		t.Errorf("an outsider reads %q, %v", bodies(p.Items), err)
	}
	_, err = o.talk.Get(ctx, outsider, ask.Act)
	want(t, "get", err, pollen.NotFound)
	_, err = o.talk.List(ctx, outsider, o.entry.ID, talk.Query{Field: "alarm"})
	want(t, "list a hidden field", err, pollen.NotFound)
	for who, want := range map[string]int{"outsider": 1, "ana": 2} {
		by := map[string]pollen.Actor{"outsider": outsider, "ana": ana}[who]
		e, err := o.Registry.Get(ctx, by, o.entry.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := o.talk.Around(ctx, by, e, 5); err != nil || len(got.Latest) != want || len(got.Subjects) != want-1 {
			t.Errorf("the page of the entry for %s: %q, %v, %v", who, bodies(got.Latest), got.Subjects, err)
		}
	}
	acts, err := o.Registry.Changes(ctx, outsider, journal.Query{Kinds: []pollen.ActKind{pollen.ActAsk}}, "")
	if o.Settle(); err != nil || len(acts.Items) != 0 {
		t.Errorf("an outsider learns from the journal: %+v, %v", acts.Items, err)
	}

	o.silence(t, ana)
	try("silenced", ana, o.entry.ID, talk.Words{Body: "Hello"}, pollen.Forbidden)
	_, err = o.talk.Edit(ctx, ana, comment.Act, "Hello")
	want(t, "edit, silenced", err, pollen.Forbidden)
	if err := o.talk.Withdraw(ctx, ana, comment.Act); err != nil {
		t.Errorf("whoever is silenced still takes words back: %v", err)
	}
}

func TestRetiredAndMergedEntries(t *testing.T) {
	o := found(t)
	ctx, ana := t.Context(), o.Actor("Ana")
	o.say(t, ana, talk.Words{Body: "Twice the same."})
	if _, err := o.Registry.Retire(ctx, ana, o.entry.ID, ""); err != nil {
		t.Fatal(err)
	}
	o.say(t, ana, talk.Words{Body: "Why retired?"})
	if _, err := o.Registry.Restore(ctx, ana, o.entry.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Registry.Merge(ctx, ana, o.entry.ID, o.create(t, "The right one").ID, ""); err != nil {
		t.Fatal(err)
	}
	_, err := o.talk.Say(ctx, ana, o.entry.ID, talk.Words{Body: "Too late."})
	want(t, "merged", err, pollen.Conflict)
	if p, err := o.talk.List(ctx, pollen.Actor{}, o.entry.ID, talk.Query{}); err != nil || len(p.Items) != 2 {
		t.Errorf("talk of a merged entry: %q, %v", bodies(p.Items), err)
	}
}

func TestWordsOnAnEdit(t *testing.T) {
	o := found(t)
	ctx, ana, bob := t.Context(), o.Actor("Ana"), o.Actor("Bob")
	if _, err := o.Registry.Revise(ctx, ana, o.entry.ID, registry.Change{Texts: map[string][]string{"access": {"By the bridge"}}}); err != nil {
		t.Fatal(err)
	}
	edit := o.Acts(journal.Query{Kinds: []pollen.ActKind{pollen.ActRevise}})[0]
	p := o.say(t, bob, talk.Words{Body: "Which bridge?", To: edit.ID})
	if p.Root != p.ID || p.To != edit.ID {
		t.Errorf("%+v", p)
	}
	a := o.Acts(journal.Query{Kinds: []pollen.ActKind{pollen.ActComment}})[0]
	if len(a.Causes) != 1 || a.Causes[0].Act != edit.ID {
		t.Errorf("cause %+v", a.Causes)
	}
	in := o.entry.Collection.ID
	if acts := o.Acts(journal.Query{Collection: in, Kinds: []pollen.ActKind{pollen.ActComment}}); len(acts) != 1 {
		t.Errorf("%d acts of the collection, want the comment", len(acts))
	}
	if acts := o.Acts(journal.Query{Collection: in + 1}); len(acts) != 0 {
		t.Errorf("acts of no collection: %+v", acts)
	}
	posts, err := o.talk.Of(ctx, pollen.Actor{}, []journal.Act{edit, a})
	if err != nil || len(posts) != 1 || posts[a.ID].Body != "Which bridge?" {
		t.Errorf("%+v, %v", posts, err)
	}
	_, err = o.talk.Say(ctx, bob, o.create(t, "Elsewhere").ID, talk.Words{Body: "Which?", To: edit.ID})
	want(t, "an edit of another entry", err, pollen.NotFound)
}

func TestAFormSentTwiceIsOnePost(t *testing.T) {
	o := found(t)
	ana := o.Actor("Ana")
	first := o.say(t, ana, talk.Words{Body: "Same words"})
	if again := o.say(t, ana, talk.Words{Body: "Same words"}); again.ID != first.ID {
		t.Error("a second post")
	}
	o.Clock.Advance(time.Minute)
	if later := o.say(t, ana, talk.Words{Body: "Same words"}); later.ID == first.ID {
		t.Error("the same words a minute later are swallowed")
	}
}

func TestPaging(t *testing.T) {
	o := found(t)
	ana := o.Actor("Ana")
	long := o.say(t, ana, talk.Words{Kind: pollen.ActAsk, Body: "q"})
	for _, body := range []string{"1", "2", "3", "4"} {
		o.say(t, ana, talk.Words{Kind: pollen.ActAnswer, Body: body, To: long.Act})
	}
	o.say(t, ana, talk.Words{Body: "new"})
	var got []string
	for cursor, n := "", 0; n < 9; n++ {
		p, err := o.talk.List(t.Context(), ana, o.entry.ID, talk.Query{Limit: 2, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, bodies(p.Items))
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if s := strings.Join(got, " | "); s != "new · q | 1 · 2 | 3 · 4" {
		t.Errorf("pages %q", s)
	}
	_, err := o.talk.List(t.Context(), ana, o.entry.ID, talk.Query{Cursor: "!"})
	want(t, "a damaged cursor", err, pollen.Invalid)
}

func TestReports(t *testing.T) {
	o := found(t)
	ctx, ana, bob, eve, outsider := t.Context(), o.Actor("Ana"), o.Actor("Bob"), o.Actor("Eve"), o.outsider("Oz")
	p := o.say(t, ana, talk.Words{Body: "Something hurtful."})
	report := func(what string, by pollen.Actor, act pollen.ActID, r talk.Reason, note string, kind pollen.Kind) {
		t.Helper()
		_, err := o.talk.Report(ctx, by, act, r, note)
		want(t, what, err, kind)
	}
	report("nobody", pollen.Actor{}, p.Act, talk.Hurtful, "", pollen.Unauthenticated)
	report("no reason", bob, p.Act, "boring", "", pollen.Invalid)
	report("other without words", bob, p.Act, talk.Other, " ", pollen.Invalid)
	report("a control character", bob, p.Act, talk.Other, "a\x00", pollen.Invalid)
	report("nothing there", bob, p.Act+1, talk.Spam, "", pollen.NotFound)
	id, err := o.talk.Report(ctx, outsider, p.Act, talk.Hurtful, "It names somebody.")
	if err != nil {
		t.Fatal(err)
	}
	report("twice", outsider, p.Act, talk.Spam, "", pollen.Conflict)

	_, err = o.talk.Reports(ctx, outsider, o.Commons.ID, 0, "")
	want(t, "reports for an outsider", err, pollen.Forbidden)
	_, err = o.talk.Reports(ctx, pollen.Actor{}, o.Commons.ID, 0, "")
	want(t, "reports for nobody", err, pollen.Unauthenticated)
	list, err := o.talk.Reports(ctx, eve, o.Commons.ID, 0, "")
	if err != nil || len(list.Items) != 1 || list.Items[0].Post.Body != p.Body || list.Items[0].Outcome != "" || list.Items[0].Note != "It names somebody." {
		t.Errorf("reports %+v, %v", list, err)
	}
	o.Settle()
	for _, who := range []pollen.Actor{eve, ana, {}} {
		if acts, err := o.Registry.Changes(ctx, who, journal.Query{Kinds: []pollen.ActKind{pollen.ActReport}}, ""); err != nil || len(acts.Items) != 0 {
			t.Errorf("the journal tells who reported: %+v, %v", acts.Items, err)
		}
	}
	if acts, err := o.Registry.Changes(ctx, outsider, journal.Query{Kinds: []pollen.ActKind{pollen.ActReport}}, ""); err != nil || len(acts.Items) != 1 {
		t.Errorf("whoever reported sees it: %+v, %v", acts.Items, err)
	}

	answer := func(what string, by pollen.Actor, id pollen.ActID, out talk.Outcome, kind pollen.Kind) {
		t.Helper()
		_, err := o.talk.Answer(ctx, by, id, out, "")
		want(t, what, err, kind)
	}
	other, err := o.talk.Report(ctx, bob, p.Act, talk.Personal, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []pollen.ActID{id, other} {
		answer("who reported the same words", bob, r, talk.Folded, pollen.Forbidden)
	}
	if list, err := o.talk.Reports(ctx, bob, o.Commons.ID, 0, ""); err != nil || len(list.Items) != 2 || !list.Items[0].Concerns || !list.Items[1].Concerns {
		t.Errorf("reports for who reported: %+v, %v", list, err)
	}
	if list, err := o.talk.Reports(ctx, eve, o.Commons.ID, 0, ""); err != nil || len(list.Items) != 2 || list.Items[0].Concerns || list.Items[1].Concerns {
		t.Errorf("reports for somebody else: %+v, %v", list, err)
	}
	answer("its author", ana, id, talk.Kept, pollen.Forbidden)
	answer("an outsider", outsider, id, talk.Kept, pollen.Forbidden)
	answer("no outcome", eve, id, "burnt", pollen.Invalid)
	answer("nothing there", eve, other+1, talk.Kept, pollen.NotFound)
	if r, err := o.talk.Answer(ctx, eve, id, talk.Folded, "Say it without the name."); err != nil || r.Outcome != talk.Folded || r.By != eve.Persona {
		t.Errorf("%+v, %v", r, err)
	}
	if p, err := o.talk.Get(ctx, ana, p.Act); err != nil || p.Folded.IsZero() || p.Body == "" {
		t.Errorf("folded words stay readable: %+v, %v", p, err)
	}
	if _, err := o.talk.Answer(ctx, o.Actor("Flo"), id, talk.Kept, "Ana changed it."); err != nil {
		t.Fatal(err)
	}
	if p, err := o.talk.Get(ctx, ana, p.Act); err != nil || !p.Folded.IsZero() {
		t.Errorf("unfolded %+v, %v", p, err)
	}
	if _, err := o.talk.Report(ctx, outsider, p.Act, talk.Spam, ""); err != nil {
		t.Errorf("once answered, it can be reported again: %v", err)
	}
	if err := o.talk.Withdraw(ctx, ana, p.Act); err != nil {
		t.Fatal(err)
	}
	report("withdrawn words", bob, p.Act, talk.Spam, "", pollen.Conflict)
}
