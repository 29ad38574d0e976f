package guard_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/guard"
	"pollen/internal/domain/notify"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/thanks"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// square is a town with somebody who has been there for long, bob, and somebody
// new, ana.
type square struct {
	*pollentest.World
	t        *testing.T
	guard    *guard.Guard
	talk     *talk.Talk
	notices  *notify.Notices
	ana, bob pollen.Actor
}

const link = "https://elsewhere.example/offer"

func inhabited(t *testing.T) *square {
	w := pollentest.NewWorld(t)
	o := &square{World: w, t: t, guard: w.Brake(1000), talk: talk.New(w.DB, w.Journal, w.Registry, w.Personas)}
	o.notices = notify.New(w.DB, notify.Sources{Journal: w.Journal, Personas: w.Personas, Communities: w.Communities, Registry: w.Registry,
		Talk: o.talk, Thanks: thanks.New(w.DB, w.Journal, w.Registry, w.Personas)})
	for _, slug := range []string{"people", "sites"} {
		w.Collection(slug, pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text},
			{Name: "web", Type: schema.URL}, {Name: "about", Type: schema.LongText}, {Name: "safe", Type: schema.URL, Audience: pollen.AudienceCommunity}}})
	}
	o.bob = w.Actor("Bob")
	w.Clock.Advance(10 * 24 * time.Hour)
	o.ana = w.Actor("Ana")
	return o
}

func (o *square) create(by pollen.Actor, collection, name string) *registry.Entry {
	o.t.Helper()
	e, err := o.Registry.Create(o.t.Context(), by, collection, registry.Change{Texts: map[string][]string{"name": {name}}})
	if err != nil {
		o.t.Fatal(err)
	}
	return e
}

func (o *square) set(by pollen.Actor, e *registry.Entry, field, value string) pollen.ActID {
	o.t.Helper()
	o.Clock.Advance(time.Second)
	if _, err := o.Registry.Revise(o.t.Context(), by, e.ID, registry.Change{Texts: map[string][]string{field: {value}}}); err != nil {
		o.t.Fatal(err)
	}
	return o.last()
}

func (o *square) last() pollen.ActID {
	o.t.Helper()
	return o.Acts(journal.Query{Descending: true, Limit: 1})[0].ID
}

func (o *square) say(by pollen.Actor, e *registry.Entry, body string) pollen.ActID {
	o.t.Helper()
	p, err := o.talk.Say(o.t.Context(), by, e.ID, talk.Words{Body: body})
	if err != nil {
		o.t.Fatal(err)
	}
	return p.Act
}

// listed reports whether an act is in the list of changes of somebody.
func (o *square) listed(by pollen.Actor, id pollen.ActID) bool {
	o.t.Helper()
	o.Settle()
	p, err := o.Registry.Changes(o.t.Context(), by, journal.Query{Limit: 1000}, "")
	if err != nil {
		o.t.Fatal(err)
	}
	for _, a := range p.Items {
		if a.ID == id {
			return true
		}
	}
	return false
}

// held checks that an act is in the list of its author alone, or of everybody.
func (o *square) held(what string, id pollen.ActID, want bool) {
	o.t.Helper()
	if !o.listed(o.ana, id) || o.listed(o.bob, id) == want {
		o.t.Errorf("%s: listed for its author %v, for others %v; want held %v", what, o.listed(o.ana, id), o.listed(o.bob, id), want)
	}
}

// waiting lists what awaits a look of somebody.
func (o *square) waiting(by pollen.Actor) (ids []pollen.ActID) {
	o.t.Helper()
	p, err := o.guard.Waiting(o.t.Context(), by, 0, "")
	if err != nil {
		o.t.Fatal(err)
	}
	for _, a := range p.Items {
		ids = append(ids, a.ID)
	}
	return ids
}

func (o *square) awaits(what string, want ...pollen.ActID) {
	o.t.Helper()
	if got := o.waiting(o.bob); fmt.Sprint(got) != fmt.Sprint(want) {
		o.t.Errorf("%s: %v await a look, want %v", what, got, want)
	}
}

func TestLinksOfNewcomersAreLiveAndHeldBack(t *testing.T) {
	o := inhabited(t)
	e := o.create(o.ana, "sites", "Depot")
	o.held("no link", o.last(), false)
	web := o.set(o.ana, e, "web", link)
	o.held("a web address", web, true)
	if now, err := o.Registry.Get(t.Context(), o.bob, e.ID); err != nil || string(now.Values[now.Collection.Schema.Field("web").ID]) != `"`+link+`"` {
		t.Errorf("the entry does not show it at once: %v %v", now, err)
	}
	if a, err := o.Registry.Contribution(t.Context(), o.bob, web); err != nil || a.Held != journal.Waiting {
		t.Errorf("the contribution by its address: %v %v", a.Held, err)
	}
	about := o.set(o.ana, e, "about", "See [this]("+link+").")
	o.held("a link in a long text", about, true)
	o.held("the same link again", o.set(o.ana, e, "about", "Do see [this]("+link+")."), false)
	o.held("a name", o.set(o.ana, e, "name", "www"), false)
	o.held("a link taken away", o.set(o.ana, e, "web", ""), false)
	o.awaits("the first one is gone, and so is the wording of the second")
	o.held("by somebody who is not new", o.set(o.bob, e, "web", link), false)
	o.held("by the operator", o.set(o.System, e, "web", link+"/2"), false)
	o.Clock.Advance(guard.NewDays * 24 * time.Hour)
	o.held("no longer new", o.set(o.ana, e, "web", link+"/3"), false)
}

func TestWordsWithLinksAreHeldBack(t *testing.T) {
	o := inhabited(t)
	e := o.create(o.bob, "sites", "Depot")
	o.held("plain words", o.say(o.ana, e, "Is it open?"), false)
	first := o.say(o.ana, e, "Buy at "+link)
	o.held("a link", first, true)
	plain := o.say(o.ana, e, "What a depot")
	if _, err := o.talk.Edit(t.Context(), o.ana, plain, "What a depot: "+link); err != nil {
		t.Fatal(err)
	}
	edit := o.last()
	o.held("a link that comes later", edit, true)
	o.awaits("both", edit, first)
	if err := o.talk.Withdraw(t.Context(), o.ana, plain); err != nil {
		t.Fatal(err)
	}
	o.awaits("words that were withdrawn await nobody", first)
	report, err := o.talk.Report(t.Context(), o.bob, first, talk.Spam, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.talk.Answer(t.Context(), o.Actor("Cid"), report, talk.Folded, ""); err != nil {
		t.Fatal(err)
	}
	o.awaits("nor do folded ones")
	o.held("what was folded", first, true)
}

func TestOnesOwnEntryIsOnesOwn(t *testing.T) {
	o := inhabited(t)
	mine, his := o.create(o.System, "people", "Ana"), o.create(o.System, "people", "Bob")
	for who, e := range map[pollen.PersonaID]*registry.Entry{o.ana.Persona: mine, o.bob.Persona: his} {
		if _, err := o.Personas.Describe(t.Context(), pollen.Actor{Persona: who}, who, e.ID); err != nil {
			t.Fatal(err)
		}
	}
	o.Settle(o.notices.Follower())
	o.held("one's own site", o.set(o.ana, mine, "web", link), false)
	o.held("words on one's own entry", o.say(o.ana, mine, link), true)
	act := o.set(o.ana, his, "web", link)
	o.held("somebody else's", act, true)
	if got := o.told(o.bob); fmt.Sprint(got) != fmt.Sprint([]string{"mine " + act.String()}) {
		t.Errorf("whose own entry is changed is told at once: %v", got)
	}
}

// told lists the notices of somebody.
func (o *square) told(by pollen.Actor) (out []string) {
	o.t.Helper()
	o.Settle(o.notices.Follower())
	p, err := o.notices.List(o.t.Context(), by, notify.Query{})
	if err != nil {
		o.t.Fatal(err)
	}
	for _, n := range p.Items {
		out = append(out, string(n.Kind)+" "+n.Act.ID.String())
	}
	return out
}

func TestWhatIsLetThroughIsListedAndTold(t *testing.T) {
	o := inhabited(t)
	ctx, cid := t.Context(), o.Actor("Cid")
	e := o.create(o.bob, "sites", "Depot")
	o.Clock.Advance(time.Second)
	if _, err := o.notices.Follow(ctx, cid, pollen.ObjectEntry, e.ID.String()); err != nil {
		t.Fatal(err)
	}
	web := o.set(o.ana, e, "web", link)
	words := o.say(o.ana, e, "@cid: "+link)
	if got := o.told(cid); got != nil {
		t.Errorf("told before anybody looked: %v", got)
	}
	for _, c := range []struct {
		by   pollen.Actor
		want pollen.Kind
	}{{pollen.Actor{}, pollen.NotFound}, {o.ana, pollen.Forbidden}, {cid, pollen.Forbidden}} {
		if err := o.guard.See(ctx, c.by, web); !pollen.Is(err, c.want) {
			t.Errorf("%s lets it through: %v, want %s", c.by.Name, err, c.want)
		}
		if _, err := o.guard.Waiting(ctx, c.by, 0, ""); err == nil {
			t.Errorf("%s is shown what awaits a look", c.by.Name)
		}
	}
	o.awaits("both", words, web)
	for range 2 { // twice is once
		for _, id := range []pollen.ActID{words, web} {
			if err := o.guard.See(ctx, o.bob, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	o.awaits("nothing is left")
	o.held("what was let through", web, false)
	seen := o.Acts(journal.Query{Kinds: []pollen.ActKind{pollen.ActSeen}})
	if len(seen) != 2 || seen[1].Persona != o.bob.Persona || seen[1].Causes[0].Act != web {
		t.Errorf("the looks are on the journal: %+v", seen)
	}
	if got, want := o.told(cid), []string{"mention " + words.String(), "change " + web.String()}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("then told %v, want %v", got, want)
	}
	if got, want := o.told(o.ana), []string{"seen " + seen[1].ID.String(), "seen " + seen[0].ID.String()}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the author is told %v, want %v", got, want)
	}
	if err := o.guard.See(ctx, o.bob, o.set(o.bob, e, "name", "Depot 2")); !pollen.Is(err, pollen.Conflict) {
		t.Errorf("what awaits nobody: %v, want Conflict", err)
	}
	if err := o.Journal.Rebuild(ctx, o.notices.Follower()); err != nil {
		t.Fatal(err)
	}
	if got := o.told(cid); len(got) != 3 {
		t.Errorf("told again: %v", got)
	}
}

func TestWhatIsTakenBackAwaitsNobody(t *testing.T) {
	o := inhabited(t)
	ctx := t.Context()
	e := o.create(o.bob, "sites", "Depot")
	for what, back := range map[string]func(act pollen.ActID, n int) error{
		"that contribution": func(act pollen.ActID, _ int) error {
			_, err := o.Registry.TakeBack(ctx, o.bob, act, e.ID, "")
			return err
		},
		"an earlier revision": func(_ pollen.ActID, n int) error {
			_, err := o.Registry.Revert(ctx, o.bob, e.ID, registry.Reversal{To: n - 1})
			return err
		},
		"another value": func(pollen.ActID, int) error {
			o.set(o.bob, e, "web", "https://ours.example")
			return nil
		},
		"their own": func(_ pollen.ActID, n int) error {
			_, err := o.Registry.Revert(ctx, o.ana, e.ID, registry.Reversal{To: n - 1})
			return err
		},
	} {
		act := o.set(o.ana, e, "web", link)
		o.awaits(what, act)
		now, err := o.Registry.Get(ctx, o.bob, e.ID)
		if err == nil {
			err = back(act, now.Revision)
		}
		if err != nil {
			t.Fatal(what, err)
		}
		o.awaits(what)
		o.held(what, act, true)
		if err := o.guard.See(ctx, o.bob, act); !pollen.Is(err, pollen.Conflict) {
			t.Errorf("%s, let through after: %v, want Conflict", what, err)
		}
		o.set(o.bob, e, "web", "")
	}
	if _, err := o.Registry.Revert(ctx, o.ana, e.ID, registry.Reversal{To: 2}); err != nil {
		t.Fatal(err)
	}
	o.held("a newcomer brings it back", o.last(), true)
	o.set(o.ana, e, "about", "[x](https://more.example)")
	if _, err := o.Registry.Retire(ctx, o.bob, e.ID, ""); err != nil {
		t.Fatal(err)
	}
	o.awaits("an entry that is out of sight")
}

func TestMassChangesOfNewcomersAreHeldBack(t *testing.T) {
	o := inhabited(t)
	ctx := t.Context()
	put := func(by pollen.Actor, parts ...int) pollen.BatchID {
		t.Helper()
		b, err := o.Registry.Begin(ctx, by, "sites", registry.Batch{Kind: registry.BatchImport})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range parts {
			rows := make([]pollentest.Row, n)
			for i := range rows {
				rows[i].Texts = map[string][]string{"name": {fmt.Sprint("Site ", i)}}
			}
			if _, err := o.Part(by, b.ID, rows...); err != nil {
				t.Fatal(err)
			}
		}
		return b.ID
	}
	first := func(b pollen.BatchID) pollen.ActID { return o.Acts(journal.Query{Batch: b})[0].ID }
	o.held("a few", first(put(o.ana, guard.Few)), false)
	if got := first(put(o.bob, guard.Few+1)); !o.listed(o.ana, got) {
		t.Error("many, by somebody who is not new, are held")
	}
	grown := put(o.ana, guard.Few-1, 1, 1, 30)
	o.held("one too many, part by part", first(grown), true)
	o.held("what follows it", o.last(), true)
	many := put(o.ana, guard.Few+1)
	p, err := o.guard.Waiting(ctx, o.bob, 0, "")
	if err != nil || len(p.Items) != 2 || p.Items[1].Batch != grown || p.Items[1].Detail.Count != guard.Few+31 {
		t.Errorf("a batch is looked at as one: %+v, %v", p.Items, err)
	}
	if err := o.guard.See(ctx, o.bob, first(grown)); err != nil {
		t.Fatal(err)
	}
	o.held("the first part of what was let through", first(grown), false)
	o.held("and the last", o.Acts(journal.Query{Batch: grown})[3].ID, false)
	undone, err := o.Registry.Undo(ctx, o.ana, many, "")
	if err != nil {
		t.Fatal(err)
	}
	o.awaits("undone by its author")
	o.held("undoing one's own", first(undone.Batch.ID), false)
	undone, err = o.Registry.Undo(ctx, o.ana, grown, "")
	if err != nil {
		t.Fatal(err)
	}
	o.held("undoing one's own that was let through", first(undone.Batch.ID), false)
	theirs := put(o.bob, guard.Few+1)
	if _, err := o.Registry.Undo(ctx, o.ana, theirs, ""); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("undoing a mass change of somebody else: %v, want Forbidden", err)
	}
	if b, err := o.Registry.Batch(ctx, o.ana, theirs); err != nil || b.State == registry.BatchReverted || b.State == registry.BatchAborted {
		t.Errorf("a refused undoing left the batch %s, %v", b.State, err)
	}
	if _, err := o.Registry.Undo(ctx, o.bob, theirs, ""); err != nil {
		t.Errorf("by somebody who is not new: %v", err)
	}
	if _, err := o.Registry.Undo(ctx, o.ana, put(o.bob, guard.Few), ""); err != nil {
		t.Errorf("undoing a few of somebody else: %v", err)
	}
	small := put(o.ana)
	if _, err := o.Part(o.ana, small, pollentest.Row{Change: registry.Change{Texts: map[string][]string{"name": {"Depot"}, "web": {link}}}}); err != nil {
		t.Fatal(err)
	}
	o.held("a link in a small batch", first(small), true)
}

func TestNothingIsHeldWhereNobodyCouldLook(t *testing.T) {
	o := inhabited(t)
	w := pollentest.NewWorld(t)
	o.World = w
	w.Brake(1000)
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}, {Name: "web", Type: schema.URL}}})
	o.ana, o.bob = w.Actor("Ana"), w.Actor("Bob")
	o.held("in the first days", o.set(o.ana, o.create(o.ana, "sites", "Depot"), "web", link), false)
}

func TestNobodyLooksAtWhatTheyMayNotRead(t *testing.T) {
	o := inhabited(t)
	out := o.bob
	out.Communities = nil
	e := o.create(o.bob, "sites", "Depot")
	act := o.set(o.ana, e, "safe", link)
	if got := o.waiting(out); got != nil {
		t.Errorf("shown %v", got)
	}
	if err := o.guard.See(t.Context(), out, act); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("lets it through: %v, want NotFound", err)
	}
	o.awaits("a member of the community", act)
	if err := o.guard.See(t.Context(), o.bob, act); err != nil {
		t.Fatal(err)
	}
	if seen := o.last(); o.listed(out, seen) || !o.listed(o.bob, seen) {
		t.Error("the look tells of what it looked at")
	}
}

// Another schema, audience or licence is a mass change: it is live, listed once
// somebody looked, and settled by whoever returns the collection to what it was.
func TestAnAmendmentOfANewcomerAwaitsALook(t *testing.T) {
	o := inhabited(t)
	amend := func(by pollen.Actor, a registry.Amendment) pollen.ActID {
		o.t.Helper()
		o.Clock.Advance(time.Second)
		if _, _, err := o.Registry.Amend(t.Context(), by, "sites", a); err != nil {
			t.Fatal(err)
		}
		return o.last()
	}
	e := o.create(o.bob, "sites", "Depot")
	o.set(o.bob, e, "about", "Kept.")
	c, err := o.Registry.Collection(t.Context(), o.ana, "sites")
	if err != nil {
		t.Fatal(err)
	}
	grown := c.Schema
	grown.Fields = append(slices.Clone(grown.Fields), schema.Field{Name: "hours", Type: schema.Text})
	act := amend(o.ana, registry.Amendment{Schema: &grown})
	o.held("a field", act, true)
	o.awaits("a field", act)
	back := amend(o.bob, registry.Amendment{To: 1})
	o.held("returned by somebody who is not new", back, false)
	o.awaits("returned")

	licence := amend(o.ana, registry.Amendment{Licence: new("MIT")})
	o.held("a licence", licence, true)
	if err := o.guard.See(t.Context(), o.bob, licence); err != nil {
		t.Fatal(err)
	}
	o.held("let through", licence, false)
	amend(o.ana, registry.Amendment{Source: new("a book")})
	o.held("one's own taken back", amend(o.ana, registry.Amendment{To: 4}), false)
	o.awaits("one's own taken back")

	// What was shown cannot be taken back: that is for those who know the place.
	amend(o.bob, registry.Amendment{Audience: pollen.AudienceCommunity})
	if _, _, err := o.Registry.Amend(t.Context(), o.ana, "sites", registry.Amendment{Audience: pollen.AudienceMembers}); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("a newcomer widens: %v", err)
	}
	amend(o.bob, registry.Amendment{Audience: pollen.AudienceMembers})
}
