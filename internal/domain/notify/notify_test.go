package notify_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/notify"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
	"pollen/internal/domain/thanks"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

type town struct {
	*pollentest.World
	t       *testing.T
	talk    *talk.Talk
	box     *thanks.Box
	notices *notify.Notices
}

func found(t *testing.T) *town {
	w := pollentest.NewWorld(t)
	for _, slug := range []string{"people", "sites"} {
		w.Collection(slug, pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
			{Name: "name", Type: schema.Text, Required: true}, {Name: "phone", Type: schema.Text}, {Name: "office", Type: schema.Text},
			{Name: "alarm", Type: schema.Text, Audience: pollen.AudienceCommunity}}})
	}
	o := &town{World: w, t: t, talk: talk.New(w.DB, w.Journal, w.Registry, w.Personas), box: thanks.New(w.DB, w.Journal, w.Registry, w.Personas)}
	o.notices = notify.New(w.DB, notify.Sources{Journal: w.Journal, Personas: w.Personas, Communities: w.Communities, Registry: w.Registry, Talk: o.talk, Thanks: o.box})
	return o
}

// outsider is signed in and belongs to no community.
func (o *town) outsider(name string) pollen.Actor {
	a := o.Actor(name)
	if err := o.DB.Write(o.t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`DELETE FROM memberships WHERE persona_id = $1`, int64(a.Persona))
		return err
	}); err != nil {
		o.t.Fatal(err)
	}
	a.Communities = nil
	return a
}

func (o *town) create(by pollen.Actor, collection, name string) *registry.Entry {
	o.t.Helper()
	e, err := o.Registry.Create(o.t.Context(), by, collection, registry.Change{Texts: map[string][]string{"name": {name}}})
	if err != nil {
		o.t.Fatal(err)
	}
	return e
}

func (o *town) set(by pollen.Actor, e *registry.Entry, field, value string) pollen.ActID {
	o.t.Helper()
	if _, err := o.Registry.Revise(o.t.Context(), by, e.ID, registry.Change{Texts: map[string][]string{field: {value}}}); err != nil {
		o.t.Fatal(err)
	}
	return o.last(e)
}

// last is the last act on an entry.
func (o *town) last(e *registry.Entry) pollen.ActID {
	acts := o.Acts(journal.Query{Object: pollen.Ref(pollen.ObjectEntry, e.ID), Descending: true, Limit: 1})
	return acts[0].ID
}

// described is an actor with their own entry in people.
func (o *town) described(name string) (pollen.Actor, *registry.Entry) {
	o.t.Helper()
	a, e := o.Actor(name), o.create(o.System, "people", name)
	o.Settle(o.notices.Follower())
	if _, err := o.Personas.Describe(o.t.Context(), a, a.Persona, e.ID); err != nil {
		o.t.Fatal(err)
	}
	a.Entry = e.ID
	return a, e
}

func (o *town) follow(by pollen.Actor, kind pollen.ObjectKind, name string) {
	o.t.Helper()
	o.Clock.Advance(time.Minute) // what happened before is not told
	if _, err := o.notices.Follow(o.t.Context(), by, kind, name); err != nil {
		o.t.Fatal(err)
	}
}

// told lists the notices of an actor, oldest first.
func (o *town) told(by pollen.Actor) []notify.Notice {
	o.t.Helper()
	o.Settle(o.notices.Follower())
	p, err := o.notices.List(o.t.Context(), by, notify.Query{})
	if err != nil {
		o.t.Fatal(err)
	}
	slices.Reverse(p.Items)
	return p.Items
}

func (o *town) wantKinds(by pollen.Actor, kinds ...notify.Kind) []notify.Notice {
	o.t.Helper()
	all := o.told(by)
	var got []notify.Kind
	for _, n := range all {
		got = append(got, n.Kind)
	}
	if !slices.Equal(got, kinds) {
		o.t.Fatalf("%s was told %v, want %v", by.Name, got, kinds)
	}
	return all
}

func want(t *testing.T, what string, err error, kind pollen.Kind) {
	t.Helper()
	if !pollen.Is(err, kind) {
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

func TestOneIsToldOfAChangeToOnesOwnEntryAndUndoesIt(t *testing.T) {
	o := found(t)
	ctx := t.Context()
	ana, entry := o.described("Ana")
	bob := o.Actor("Bob")
	o.set(ana, entry, "phone", "11")
	o.wantKinds(ana) // one's own acts tell nothing
	act := o.set(bob, entry, "phone", "22")
	o.set(bob, entry, "office", "B2")
	all := o.wantKinds(ana, notify.Mine, notify.Mine)
	if !all[0].Undo || all[0].Act.ID != act || all[0].Entry != entry.ID {
		t.Fatalf("%+v", all[0])
	}
	o.wantKinds(bob)
	if n, err := o.notices.Unread(ctx, ana); n != 2 || err != nil {
		t.Fatalf("%d unread, %v", n, err)
	}
	e, err := o.notices.Undo(ctx, ana, act)
	if err != nil {
		t.Fatal(err)
	}
	s := &e.Collection.Schema
	if phone, office := string(e.Values[s.Field("phone").ID]), string(e.Values[s.Field("office").ID]); phone != `"11"` || office != `"B2"` {
		t.Errorf("after the undo: phone %s, office %s; the later change must stay", phone, office)
	}
	if n, _ := o.notices.Unread(ctx, ana); n != 1 {
		t.Errorf("%d unread after the undo, want 1", n)
	}
	o.wantKinds(bob, notify.Reverted) // what Bob gave was taken back
	_, err = o.notices.Undo(ctx, ana, act)
	want(t, "to undo twice", err, pollen.Conflict)
	_, err = o.notices.Undo(ctx, bob, act)
	want(t, "another's notice", err, pollen.NotFound)
	_, err = o.notices.Undo(ctx, pollen.Actor{}, act)
	want(t, "anonymous", err, pollen.Unauthenticated)
	reverted := o.told(bob)[0].Act.ID
	_, err = o.notices.Undo(ctx, bob, reverted)
	want(t, "to undo what is not of one's own entry", err, pollen.Invalid)
}

func TestRetiringOnesOwnEntryIsUndone(t *testing.T) {
	o := found(t)
	ana, entry := o.described("Ana")
	bob := o.Actor("Bob")
	if _, err := o.Registry.Retire(t.Context(), bob, entry.ID, ""); err != nil {
		t.Fatal(err)
	}
	n := o.wantKinds(ana, notify.Mine)
	e, err := o.notices.Undo(t.Context(), ana, n[0].Act.ID)
	if err != nil || !e.Live() {
		t.Fatalf("%+v, %v", e, err)
	}
}

func TestABatchTellsOnce(t *testing.T) {
	o := found(t)
	ctx := t.Context()
	ana, entry := o.described("Ana")
	bob, eve := o.Actor("Bob"), o.Actor("Eve")
	site := o.create(ana, "people", "Other")
	o.follow(eve, pollen.ObjectCollection, "people")
	o.follow(eve, pollen.ObjectEntry, site.ID.String())
	b, err := o.Registry.Begin(ctx, bob, "people", registry.Batch{Kind: registry.BatchEdit})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		rows := []pollentest.Row{
			{Entry: entry.ID, Change: registry.Change{Texts: map[string][]string{"phone": {fmt.Sprint(i)}}}},
			{Entry: site.ID, Change: registry.Change{Texts: map[string][]string{"phone": {fmt.Sprint(i)}}}}}
		if _, err := o.Part(bob, b.ID, rows...); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.Registry.End(ctx, bob, b.ID, ""); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(ana, notify.Mine)
	o.wantKinds(eve, notify.Change)
	if _, err := o.Registry.Undo(ctx, ana, b.ID, ""); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(bob, notify.Undone)
}

func TestWordsTellWhomTheyConcern(t *testing.T) {
	o := found(t)
	ctx := t.Context()
	ana, bob, eve, dan := o.Actor("Ana"), o.Actor("Bob"), o.Actor("Eve"), o.Actor("Dan")
	site := o.create(o.System, "sites", "Dépôt")
	o.follow(eve, pollen.ObjectEntry, site.ID.String())
	o.follow(dan, pollen.ObjectCommunity, pollen.Commons)
	say := func(by pollen.Actor, w talk.Words) talk.Post {
		t.Helper()
		p, err := o.talk.Say(ctx, by, site.ID, w)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	q := say(ana, talk.Words{Kind: pollen.ActAsk, Body: "Who has the key, @bob?"})
	mentioned := o.wantKinds(bob, notify.Mention)
	if mentioned[0].Post == nil || mentioned[0].Post.Body == "" {
		t.Fatalf("%+v", mentioned[0])
	}
	o.wantKinds(eve, notify.Talk)
	o.wantKinds(dan, notify.Talk) // an open question
	answer := say(bob, talk.Words{Kind: pollen.ActAnswer, Body: "I do, @ana.", To: q.Act})
	o.wantKinds(ana, notify.Answered) // once, though it mentions her too
	o.wantKinds(dan, notify.Talk)
	if _, err := o.talk.Mark(ctx, ana, answer.Act, talk.DidHelp); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(bob, notify.Mention, notify.Helped)
	if _, err := o.box.Thank(ctx, ana, answer.Act, "That saved my day."); err != nil {
		t.Fatal(err)
	}
	all := o.wantKinds(bob, notify.Mention, notify.Helped, notify.Thanked)
	if all[2].Note != "That saved my day." {
		t.Errorf("%+v", all[2])
	}
	if err := o.talk.Withdraw(ctx, bob, answer.Act); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(ana) // the words are gone, and so is the notice of them
}

func TestAnAnsweredReportTellsWhoReportedAndWhoWrote(t *testing.T) {
	o := found(t)
	ctx := t.Context()
	ana, bob, eve, dan := o.Actor("Ana"), o.Actor("Bob"), o.Actor("Eve"), o.Actor("Dan")
	words, err := o.talk.Say(ctx, bob, o.create(o.System, "sites", "Dépôt").ID, talk.Words{Kind: pollen.ActComment, Body: "Nobody there can count."})
	if err != nil {
		t.Fatal(err)
	}
	report, err := o.talk.Report(ctx, ana, words.Act, talk.Hurtful, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.talk.Report(ctx, eve, words.Act, talk.OffTopic, ""); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(bob) // reported is not looked at
	if _, err := o.talk.Answer(ctx, dan, report, talk.Kept, "A joke."); err != nil {
		t.Fatal(err)
	}
	for _, who := range []pollen.Actor{ana, eve, bob} {
		o.wantKinds(who, notify.Looked)
	}
	o.wantKinds(dan)
}

func TestNobodyIsToldOfWhatTheyMayNotRead(t *testing.T) {
	o := found(t)
	ctx := t.Context()
	bob, eve := o.Actor("Bob"), o.outsider("Eve")
	site := o.create(bob, "sites", "Dépôt")
	o.follow(eve, pollen.ObjectEntry, site.ID.String())
	o.set(bob, site, "alarm", "1234")
	o.wantKinds(eve)
	b, err := o.Registry.Begin(ctx, bob, "sites", registry.Batch{Kind: registry.BatchEdit})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Part(bob, b.ID, pollentest.Row{Entry: site.ID, Change: registry.Change{Texts: map[string][]string{"alarm": {"99"}}}}); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(eve)
	if _, err := o.talk.Say(ctx, bob, site.ID, talk.Words{Body: "The code changed, @eve.", Field: "alarm"}); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(eve)
	o.set(bob, site, "phone", "11")
	o.wantKinds(eve, notify.Change)
	_, err = o.notices.Follow(ctx, pollen.Actor{}, pollen.ObjectCollection, "sites")
	want(t, "anonymous", err, pollen.Unauthenticated)
	_, err = o.notices.Find(ctx, pollen.Actor{}, pollen.ObjectCollection, "sites")
	want(t, "what one may not read", err, pollen.NotFound)
	_, err = o.notices.Find(ctx, pollen.Actor{}, pollen.ObjectEntry, site.ID.String())
	want(t, "an entry that one may not read", err, pollen.NotFound)
}

func TestFollowing(t *testing.T) {
	o := found(t)
	ctx := t.Context()
	ana := o.Actor("Ana")
	site := o.create(o.System, "sites", "Dépôt")
	o.follow(ana, pollen.ObjectEntry, site.ID.String())
	o.follow(ana, pollen.ObjectEntry, site.ID.String())
	o.follow(ana, pollen.ObjectCollection, "sites")
	o.follow(ana, pollen.ObjectCommunity, pollen.Commons)
	var titles []string
	for cursor := ""; ; {
		p, err := o.notices.Followed(ctx, ana, 2, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Items {
			titles = append(titles, string(f.Object.Kind)+" "+f.Slug)
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if !slices.Equal(titles, []string{"collection sites", "community commons", "entry depot"}) {
		t.Errorf("follows %q", titles)
	}
	_, err := o.notices.Follow(ctx, ana, pollen.ObjectPersona, ana.Persona.String())
	want(t, "a persona", err, pollen.Invalid)
	_, err = o.notices.Follow(ctx, ana, pollen.ObjectCollection, "nothing")
	want(t, "nothing", err, pollen.NotFound)
	if err := o.notices.Leave(ctx, ana, pollen.ObjectEntry, site.ID.String()); err != nil {
		t.Fatal(err)
	}
	want(t, "to leave twice", o.notices.Leave(ctx, ana, pollen.ObjectEntry, site.ID.String()), pollen.NotFound)
	if ok, err := o.notices.Follows(ctx, ana, pollen.Ref(pollen.ObjectEntry, site.ID)); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
	if err := o.notices.Leave(ctx, ana, pollen.ObjectCollection, "sites"); err != nil {
		t.Fatal(err)
	}
}

func TestReadingPagingAndRebuilding(t *testing.T) {
	o := found(t)
	ctx := t.Context()
	ana, bob := o.Actor("Ana"), o.Actor("Bob")
	site := o.create(o.System, "sites", "Dépôt")
	o.Clock.Advance(time.Minute)
	o.follow(ana, pollen.ObjectCollection, "sites")
	for i := range 5 {
		o.Clock.Advance(time.Minute)
		o.set(bob, site, "phone", fmt.Sprint(i))
	}
	all := o.wantKinds(ana, notify.Change, notify.Change, notify.Change, notify.Change, notify.Change)
	if g := notify.Groups(all); len(g) != 1 || len(g[0].Items) != 5 || !g[0].Unread() {
		t.Errorf("grouped %+v", g)
	}
	if err := o.notices.MarkAll(ctx, ana, all[2].Act.ID); err != nil {
		t.Fatal(err)
	}
	if err := o.notices.Mark(ctx, bob, all[4].Act.ID); err != nil { // not Bob's: left alone
		t.Fatal(err)
	}
	count := func(q notify.Query) (n, pages int) {
		for {
			p, err := o.notices.List(ctx, ana, q)
			if err != nil {
				t.Fatal(err)
			}
			n, pages = n+len(p.Items), pages+1
			if q.Cursor = p.Next; q.Cursor == "" {
				return n, pages
			}
		}
	}
	if n, pages := count(notify.Query{Limit: 2}); n != 5 || pages != 3 {
		t.Errorf("%d notices on %d pages", n, pages)
	}
	if n, _ := count(notify.Query{Unread: true}); n != 2 {
		t.Errorf("%d unread", n)
	}
	if err := o.Journal.Rebuild(ctx, o.notices.Follower()); err != nil {
		t.Fatal(err)
	}
	if n, _ := count(notify.Query{}); n != 5 {
		t.Errorf("%d notices after a rebuild", n)
	}
	if n, err := o.notices.Unread(ctx, ana); n != 2 || err != nil {
		t.Errorf("%d unread after a rebuild, %v", n, err)
	}
	o.Clock.Advance(notify.Fresh + time.Hour)
	if err := o.Journal.Rebuild(ctx, o.notices.Follower()); err != nil {
		t.Fatal(err)
	}
	if n, _ := count(notify.Query{}); n != 0 {
		t.Errorf("%d notices of long ago", n)
	}
	if _, err := o.notices.List(ctx, pollen.Actor{}, notify.Query{}); !pollen.Is(err, pollen.Unauthenticated) {
		t.Errorf("anonymous: %v", err)
	}
	if _, err := o.notices.List(ctx, ana, notify.Query{Cursor: "?"}); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("a damaged cursor: %v", err)
	}
}

func TestNoticesAreBounded(t *testing.T) {
	o := found(t)
	ctx := t.Context()
	ana, bob := o.Actor("Ana"), o.Actor("Bob")
	site := o.create(o.System, "sites", "Dépôt")
	o.follow(ana, pollen.ObjectEntry, site.ID.String())
	for i := range notify.Kept + 20 {
		if _, err := o.Registry.Revise(ctx, bob, site.ID, registry.Change{Texts: map[string][]string{"phone": {fmt.Sprint(i)}}}); err != nil {
			t.Fatal(err)
		}
	}
	o.Settle(o.notices.Follower())
	p, err := o.notices.List(ctx, ana, notify.Query{Limit: 1000})
	if err != nil || len(p.Items) != notify.Kept {
		t.Errorf("%d notices, want %d, %v", len(p.Items), notify.Kept, err)
	}
}

// An import that makes one's own entry is no change to it: there is nothing to
// take it back to.
func TestWhatMadeOnesOwnEntryTellsNothing(t *testing.T) {
	o := found(t)
	ctx := t.Context()
	ana, bob := o.Actor("Ana"), o.Actor("Bob")
	b, err := o.Registry.Begin(ctx, bob, "people", registry.Batch{Kind: registry.BatchImport})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Part(bob, b.ID, pollentest.Row{Change: registry.Change{Texts: map[string][]string{"name": {"Ana"}}}}); err != nil {
		t.Fatal(err)
	}
	if err := o.Registry.End(ctx, bob, b.ID, ""); err != nil {
		t.Fatal(err)
	}
	e, _, err := o.Registry.At(ctx, o.System, "people", "ana")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Personas.Describe(ctx, ana, ana.Persona, e.ID); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(ana)
	o.set(bob, e, "phone", "22")
	o.wantKinds(ana, notify.Mine)
}

func TestManyFollowersAreToldInParts(t *testing.T) {
	o := found(t)
	ana := o.Actor("Ana")
	const many = 450 // more than two transactions tell
	var all []pollen.Actor
	for i := range many {
		all = append(all, o.Actor(fmt.Sprint("Follower ", i)))
	}
	o.Clock.Advance(time.Minute)
	for _, who := range all {
		if _, err := o.notices.Follow(t.Context(), who, pollen.ObjectCollection, "sites"); err != nil {
			t.Fatal(err)
		}
	}
	o.Settle(o.notices.Follower())
	o.create(ana, "sites", "Depot")
	o.Settle()
	for again := range 2 {
		if parts, err := o.Journal.Step(t.Context(), o.notices.Follower()); err != nil || again == 0 && parts != 3 {
			t.Errorf("one act was told in %d parts, %v", parts, err)
		}
		for _, who := range all {
			p, err := o.notices.List(t.Context(), who, notify.Query{})
			if err != nil || len(p.Items) != 1 || p.Items[0].Kind != notify.Change {
				t.Fatalf("%s was told %+v, %v", who.Name, p.Items, err)
			}
		}
		if err := o.Journal.Rebuild(t.Context(), o.notices.Follower()); err != nil {
			t.Fatal(err)
		}
	}
}

// What a collection holds concerns whom its entries describe, at once, and those
// who follow it, once somebody looked where a newcomer did it.
func TestAnAmendmentTellsWhomTheCollectionHolds(t *testing.T) {
	o := found(t)
	old := o.Actor("Old")
	zoe, _ := o.described("Zoe")
	o.follow(old, pollen.ObjectCollection, "people")
	o.Clock.Advance(10 * 24 * time.Hour)
	g := o.Brake(1000)
	ana := o.Actor("Ana")
	if _, _, err := o.Registry.Amend(t.Context(), ana, "people", registry.Amendment{Licence: new("MIT")}); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(zoe, notify.Holding)
	o.wantKinds(old)
	acts := o.Acts(journal.Query{Kinds: []pollen.ActKind{pollen.ActSchema}, Descending: true, Limit: 1})
	if err := g.See(t.Context(), old, acts[0].ID); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(old, notify.Change)
	if _, _, err := o.Registry.Amend(t.Context(), old, "people", registry.Amendment{To: 1}); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(ana, notify.Seen, notify.Reverted)
	o.wantKinds(zoe, notify.Holding, notify.Holding)
}

// Whoever has a token acts under the name of its persona, who is told of one that
// the operator made, and of no other.
func TestAPersonaIsToldOfATokenThatTheOperatorMade(t *testing.T) {
	o := found(t)
	ana, bob := o.Actor("Ana"), o.Actor("Bob")
	of := pollen.Ref(pollen.ObjectPersona, ana.Persona)
	for _, a := range []journal.Act{
		{Persona: o.System.Persona, Kind: pollen.ActToken, Object: of, Detail: journal.Detail{Name: "nightly"}},
		{Persona: ana.Persona, Kind: pollen.ActToken, Object: of, Detail: journal.Detail{Name: "laptop"}},
	} {
		if err := o.DB.Write(t.Context(), func(tx *sqldb.Tx) error { return o.Journal.Append(tx, &a) }); err != nil {
			t.Fatal(err)
		}
	}
	o.wantKinds(ana, notify.Self)
	o.wantKinds(bob)
}

// Whose claim of an imported author ends by the word of another is told why, and
// so is of whom the operator says that they were one.
func TestAClaimerIsToldWhyTheirClaimEnds(t *testing.T) {
	o := found(t)
	ctx, ana, bob := t.Context(), o.Actor("Ana"), o.Actor("Bob")
	sites, err := o.Registry.Collection(ctx, o.System, "sites")
	if err != nil {
		t.Fatal(err)
	}
	var author pollen.PersonaID
	if err := o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		p, err := o.Personas.Imported(tx, "wiki", "A. Lima", sites.ID)
		author = p.ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := o.Personas.Claim(ctx, ana, author); err != nil {
		t.Fatal(err)
	}
	o.wantKinds(ana)
	if err := o.Personas.Contest(ctx, bob, author, "She came in 2020."); err != nil {
		t.Fatal(err)
	}
	if told := o.wantKinds(ana, notify.Self); told[0].Note != "She came in 2020." || told[0].Act.Persona != bob.Persona {
		t.Errorf("%+v", told[0])
	}
	if err := o.Personas.Ascribe(ctx, o.System, author, bob.Persona); err != nil {
		t.Fatal(err)
	}
	if told := o.wantKinds(bob, notify.Self); told[0].Note != "" || told[0].Act.Kind != pollen.ActClaim {
		t.Errorf("%+v", told[0])
	}
	o.wantKinds(ana, notify.Self)
}

// What the operator says of whom an entry describes is told to the one and to
// the other; what one says of oneself, to nobody.
func TestBothAreToldWhomAnEntryDescribes(t *testing.T) {
	o := found(t)
	ana, entry := o.described("Ana")
	bob := o.Actor("Bob")
	o.wantKinds(ana)
	if _, err := o.Personas.Describe(t.Context(), o.System, bob.Persona, entry.ID); err != nil {
		t.Fatal(err)
	}
	for _, who := range []pollen.Actor{ana, bob} {
		if told := o.wantKinds(who, notify.Self); len(told) == 1 && told[0].Entry != entry.ID {
			t.Errorf("%s is told of entry %s", who.Name, told[0].Entry)
		}
	}
}
