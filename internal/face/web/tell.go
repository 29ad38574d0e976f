package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/talk"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/markup"
)

// changeLine is one or several acts of the journal as a sentence.
type changeLine struct {
	Acts []pollen.ActID // newest first
	Kind pollen.ActKind
	By   part.Author
	Text templ.Component // the sentence, without its time
	When part.When
	At   time.Time
	Diff string // where one sees what it changed
	Said string // the beginning of the words that were said
	Page string // of the contribution
	Held bool   // the reader's own, and listed for nobody else yet

	CanThank bool
	Thank    *part.Act // nil where no thanks are offered
}

// story is an act with those beside it that tell the same: parts of a batch, or
// several corrections of one entry by one hand.
type story struct {
	journal.Act
	acts []pollen.ActID
	from int // of corrections: the first revision they made
}

// lines tells what happened, as sentences, and where to go on: also where none of
// what was looked at is for the reader.
func (s *server) lines(r *http.Request, v *view, q journal.Query, cursor string) ([]changeLine, string, error) {
	p, err := s.acts(r, v, q, cursor)
	if err != nil || len(p.Items) == 0 {
		return nil, p.Next, err
	}
	out, err := s.tell(r, v, p.Items)
	return out, p.Next, err
}

// latest tells the last few things that happened.
func (s *server) latest(r *http.Request, v *view, q journal.Query, lines int) ([]changeLine, error) {
	var acts []journal.Act
	q.Limit = 3 * lines // several corrections by one hand make one line
	for cursor := ""; ; {
		p, err := s.acts(r, v, q, cursor)
		if err != nil {
			return nil, err
		}
		acts = append(acts, p.Items...)
		if cursor = p.Next; cursor == "" || len(p.Items) == 0 || len(joined(acts, v.Zone())) >= lines {
			break
		}
	}
	out, err := s.tell(r, v, acts)
	return out[:min(lines, len(out))], err
}

// acts reads a page of what happened. A batch in which it ends is read to its
// own end, so that it is told once, with all its entries.
func (s *server) acts(r *http.Request, v *view, q journal.Query, cursor string) (pollen.Page[journal.Act], error) {
	p, err := s.Registry.Changes(r.Context(), v.By, q, cursor)
	q.Limit = pollen.MaxLimit
	for err == nil && p.Next != "" && len(p.Items) > 0 && p.Items[len(p.Items)-1].Object.Kind == pollen.ObjectBatch {
		last := p.Items[len(p.Items)-1]
		more, err := s.Registry.Changes(r.Context(), v.By, q, p.Next)
		if err != nil {
			return p, err
		}
		if n := slices.IndexFunc(more.Items, func(a journal.Act) bool { return !sameBatch(&a, &last) }); n >= 0 { // it ends here
			if n > 0 {
				p.Items, p.Next = append(p.Items, more.Items[:n]...), pollen.Cursor(more.Items[n-1].Number)
			}
			return p, nil
		}
		p.Items, p.Next = append(p.Items, more.Items...), more.Next
	}
	return p, err
}

// sameBatch reports whether two acts are parts of one batch.
func sameBatch(a, b *journal.Act) bool {
	return a.Object.Kind == pollen.ObjectBatch && a.Object == b.Object && a.Kind == b.Kind
}

// tell makes sentences of acts that the reader may see.
func (s *server) tell(r *http.Request, v *view, acts []journal.Act) ([]changeLine, error) {
	t, err := s.teller(r, v, acts)
	if err != nil {
		return nil, err
	}
	return s.lineUp(v, t, acts), nil
}

// lineUp makes sentences of some of the acts that the teller read about.
func (s *server) lineUp(v *view, t *teller, acts []journal.Act) (out []changeLine) {
	for _, x := range joined(acts, v.Zone()) {
		l := changeLine{Acts: x.acts, Kind: x.Kind, By: v.author(t.names[x.Persona]), At: x.At, When: part.When{At: x.At, Words: v.Ago(x.At, s.Now())},
			Page: "/contributions/" + x.ID.String(), Held: x.Held == journal.Waiting && x.Persona == v.By.Persona, CanThank: v.thankable(&x.Act, t.names[x.Persona])}
		l.Text, l.Diff = t.tell(v, &x)
		if p, ok := t.posts[x.ID]; ok && p.Act == x.ID && p.Folded.IsZero() {
			l.Said = markup.Set(markup.Excerpt(p.Body, 120), v.Tag())
		}
		out = append(out, l)
	}
	return out
}

// offerThanks puts the thanks that the reader gave, or may give, beside lines.
func (s *server) offerThanks(r *http.Request, v *view, lines []changeLine) error {
	var acts []pollen.ActID
	for _, l := range lines {
		if l.CanThank {
			acts = append(acts, l.Acts[0])
		}
	}
	given, err := s.given(r, v, acts)
	for i := range lines {
		if !lines[i].CanThank {
			continue
		}
		a := v.thankAct(lines[i].Acts[0], given[lines[i].Acts[0]], v.Page.Path)
		a.Gift = a.Done // a list of gifts that one could give is not to glow
		lines[i].Thank = &a
	}
	return err
}

// joined puts acts together that tell one story, newest first.
func joined(acts []journal.Act, zone *time.Location) (out []story) {
	for _, a := range acts {
		if x := storyOf(out, &a, zone); x != nil {
			x.join(&a)
			continue
		}
		out = append(out, story{Act: a, acts: []pollen.ActID{a.ID}, from: a.Detail.Revision})
	}
	return out
}

// storyOf finds the story that an act belongs to, if it has been begun: another
// part of the same batch, also where somebody else wrote in between, or a
// correction of the same entry by the same hand on the same day, as long as nobody
// else changed the entry in between.
func storyOf(begun []story, a *journal.Act, zone *time.Location) *story {
	day := func(t time.Time) string { return t.In(zone).Format(time.DateOnly) }
	if i := slices.IndexFunc(begun, func(x story) bool { return sameBatch(a, &x.Act) }); i >= 0 {
		return &begun[i]
	}
	if a.Kind != pollen.ActRevise || a.Object.Kind != pollen.ObjectEntry {
		return nil
	}
	for i := len(begun) - 1; i >= 0 && day(begun[i].At) == day(a.At); i-- {
		switch x := &begun[i]; {
		case x.Object.Kind == pollen.ObjectBatch:
			return nil // which may have changed the entry
		case x.Object != a.Object || x.Detail.Revision == 0:
		case x.Kind == a.Kind && x.Persona == a.Persona && x.Held == a.Held && x.from == a.Detail.Revision+1:
			return x // no revision in between that is not listed
		default:
			return nil
		}
	}
	return nil
}

// join adds an older act to the story.
func (x *story) join(a *journal.Act) {
	x.acts = append(x.acts, a.ID)
	if a.Object.Kind == pollen.ObjectBatch {
		x.Detail.Count, x.Detail.Again = x.Detail.Count+a.Detail.Count, x.Detail.Again+a.Detail.Again
		return
	}
	for _, f := range a.Detail.Fields {
		if !slices.Contains(x.Detail.Fields, f) {
			x.Detail.Fields = append(x.Detail.Fields, f)
		}
	}
	x.Detail.Body = x.Detail.Body || a.Detail.Body
	x.from = a.Detail.Revision
}

// teller knows the names of what acts are about.
type teller struct {
	names       map[pollen.PersonaID]persona.Persona
	entries     map[pollen.EntryID]registry.Link
	collections map[pollen.CollectionID]*registry.Collection
	communities map[pollen.CommunityID]part.Link
	posts       map[pollen.ActID]talk.Post
	versions    map[pollen.ActID]*registry.Version
	gave        map[pollen.ActID]pollen.PersonaID // whose contribution an act of thanking, or of looking, is about
}

func (s *server) teller(r *http.Request, v *view, acts []journal.Act) (t *teller, err error) {
	var who []pollen.PersonaID
	var what []pollen.EntryID
	t = &teller{gave: map[pollen.ActID]pollen.PersonaID{}}
	for _, a := range acts {
		who = append(who, a.Persona)
		switch a.Object.Kind {
		case pollen.ObjectEntry:
			what = append(what, pollen.EntryID(a.Object.ID))
		case pollen.ObjectPersona:
			who = append(who, pollen.PersonaID(a.Object.ID), a.Detail.Whom)
		}
		if (a.Kind == pollen.ActThank || a.Kind == pollen.ActSeen) && len(a.Causes) > 0 {
			gift, err := s.Registry.Contribution(r.Context(), v.By, a.Causes[0].Act)
			if err != nil && !pollen.Is(err, pollen.NotFound) {
				return t, err
			}
			t.gave[a.ID] = gift.Persona
			who = append(who, gift.Persona)
		}
	}
	if t.posts, err = s.Talk.Of(r.Context(), v.By, acts); err != nil {
		return t, err
	}
	if t.names, err = s.Personas.Names(r.Context(), who); err != nil {
		return t, err
	}
	if t.entries, err = s.Registry.Titles(r.Context(), v.By, what); err != nil {
		return t, err
	}
	all, err := s.Registry.Collections(r.Context(), v.By)
	if err != nil {
		return t, err
	}
	t.collections = map[pollen.CollectionID]*registry.Collection{}
	for _, c := range all {
		t.collections[c.ID] = c
	}
	if t.versions, err = s.amendments(r, v, acts); err != nil {
		return t, err
	}
	t.communities, err = s.communityLinks(r, v)
	return t, err
}

// communityLinks are the communities by identifier.
func (s *server) communityLinks(r *http.Request, v *view) (map[pollen.CommunityID]part.Link, error) {
	all, err := s.Communities.List(r.Context())
	out := map[pollen.CommunityID]part.Link{}
	for i := range all {
		out[all[i].ID] = part.Link{Text: all[i].LabelIn(v.Tag()), Href: "/g/" + all[i].Slug}
	}
	return out, err
}

// tell says an act in one sentence, and where one sees what it changed.
func (t *teller) tell(v *view, x *story) (text templ.Component, diff string) {
	args := []any{"who", by(v.author(t.names[x.Persona]))}
	switch x.Object.Kind {
	case pollen.ObjectEntry:
		return t.tellEntry(v, x, args)
	case pollen.ObjectBatch:
		return t.tellBatch(v, x, args), ""
	case pollen.ObjectCollection:
		what := part.Text(x.Detail.Name)
		if c := t.collections[x.Detail.Collection]; c != nil {
			what = part.Anchor(part.Link{Text: c.LabelIn(v.Tag()), Href: "/c/" + c.Slug})
		}
		args = append(args, "what", what)
		switch x.Kind {
		case pollen.ActSchema:
			return v.tellAmended(x, t.versions[x.ID], args), ""
		case pollen.ActSeen:
			return part.Say(v.Locale, "web.did-see", "{who} looked at what {whom} gave to {what}", append(args, "whom", by(v.author(t.names[t.gave[x.ID]])))...), ""
		}
		return part.Say(v.Locale, "web.did-found-collection", "{who} founded the collection {what}", args...), ""
	case pollen.ObjectCommunity:
		what := part.Text(x.Detail.Name)
		if l, ok := t.communities[pollen.CommunityID(x.Object.ID)]; ok {
			what = part.Anchor(l)
		}
		args = append(args, "what", what)
		switch x.Kind {
		case pollen.ActFound:
			return part.Say(v.Locale, "web.did-found", "{who} founded the community {what}", args...), ""
		case pollen.ActJoin:
			return part.Say(v.Locale, "web.did-join", "{who} joined {what}", args...), ""
		case pollen.ActInvite: // or somebody who had asked is let in
			return part.Say(v.Locale, "web.did-invite", "{who} opened {what} to somebody", args...), ""
		case pollen.ActLeave:
			return part.Say(v.Locale, "web.did-leave", "{who} left {what}", args...), ""
		case pollen.ActSchema:
			return part.Say(v.Locale, "web.did-settings", "{who} changed the settings of {what}", args...), ""
		}
		return part.Say(v.Locale, "web.did-community", "{who} did something in {what}", args...), ""
	case pollen.ObjectPersona:
		return t.tellPersona(v, x, args), ""
	}
	return part.Say(v.Locale, "web.did-other", "{who} did something else", args...), ""
}

// tellPersona says what was done to a persona. Claims of imported authors are told
// to all members, the rest to that persona alone.
func (t *teller) tellPersona(v *view, x *story, args []any) templ.Component {
	switch {
	case x.Kind == pollen.ActToken && x.Detail.Name != "":
		return part.Say(v.Locale, "web.did-token", "{who} made an API token for you, “{name}”: a program that has it reads and writes under your name. It stands in your settings, where you can revoke it", append(args, "name", x.Detail.Name)...)
	case x.Kind == pollen.ActToken:
		return part.Say(v.Locale, "web.did-revoke", "{who} revoked an API token", args...)
	case x.Kind == pollen.ActRename:
		return part.Say(v.Locale, "web.did-rename-self", "{who} took another name", args...)
	case x.Kind == pollen.ActDisclaim && x.Detail.Into != 0:
		return part.Say(v.Locale, "web.did-part", "{who} ended the link between you and the entry in people that was said to describe you", args...)
	case x.Kind == pollen.ActClaim && x.Detail.Into != 0:
		return part.Say(v.Locale, "web.did-describe", "{who} said which entry describes you", args...)
	case x.Kind == pollen.ActClaim && x.Detail.Whom != 0:
		return part.Say(v.Locale, "web.did-ascribe", "{who} says that {whom} was {author}", t.aboutAuthor(v, x, args)...)
	case x.Kind == pollen.ActClaim:
		return part.Say(v.Locale, "web.did-claim", "{who} says that they were {author}", t.aboutAuthor(v, x, args)...)
	case x.Kind == pollen.ActDisclaim:
		return part.Say(v.Locale, "web.did-disclaim", "{who} says no more that they were {author}", t.aboutAuthor(v, x, args)...)
	case x.Kind == pollen.ActContest:
		return part.Say(v.Locale, "web.did-contest", "{who} contested that {whom} was {author}: the claim has ended", t.aboutAuthor(v, x, args)...)
	case x.Kind == pollen.ActLeave:
		return part.Say(v.Locale, "web.did-close", "{who} closed their account", args...)
	case x.Kind == pollen.ActErase:
		return part.Say(v.Locale, "web.did-erase-persona", "{who} erased what was held about a person", args...)
	}
	return part.Say(v.Locale, "web.did-other", "{who} did something else", args...)
}

// aboutAuthor adds the author of imported history whom a claim is about, and whose
// claim it is.
func (t *teller) aboutAuthor(v *view, x *story, args []any) []any {
	return append(args, "author", by(v.author(t.names[pollen.PersonaID(x.Object.ID)])), "whom", by(v.author(t.names[x.Detail.Whom])))
}

// tellEntry says what was done to one entry.
func (t *teller) tellEntry(v *view, x *story, args []any) (text templ.Component, diff string) {
	l, ok := t.entries[pollen.EntryID(x.Object.ID)]
	what := part.Text(v.T("web.an-entry", "An entry"))
	if ok && l.Title == pollen.EntryID(x.Object.ID).String() { // all that is left of it
		what = part.Text(v.T("web.erased-entry", "an erased entry"))
	} else if ok {
		path := "/c/" + l.Collection + "/" + l.Slug
		what = part.Anchor(part.Link{Text: l.Title, Href: path})
		if x.from > 1 && x.Detail.Revision >= x.from {
			diff = path + "/history?from=" + strconv.Itoa(x.from-1) + "&to=" + strconv.Itoa(x.Detail.Revision)
		}
	}
	args = append(args, "what", what)
	switch x.Kind {
	case pollen.ActCreate:
		return part.Say(v.Locale, "web.did-create", "{who} added {what}", args...), ""
	case pollen.ActRevise:
		if fields := t.fields(v, x); fields != "" {
			return part.Say(v.Locale, "web.did-revise-fields", "{who} improved {fields} of {what}", append(args, "fields", fields)...), diff
		}
		return part.Say(v.Locale, "web.did-revise", "{who} improved {what}", args...), diff
	case pollen.ActRevert:
		return part.Say(v.Locale, "web.did-revert", "{who} took a change of {what} back", args...), diff
	case pollen.ActRetire:
		return part.Say(v.Locale, "web.did-retire", "{who} retired {what}", args...), ""
	case pollen.ActRestore:
		return part.Say(v.Locale, "web.did-restore", "{who} brought {what} back", args...), ""
	case pollen.ActMerge:
		return part.Say(v.Locale, "web.did-merge", "{who} merged {what} into another", args...), ""
	case pollen.ActRename:
		return part.Say(v.Locale, "web.did-rename", "{who} gave {what} another address", args...), ""
	case pollen.ActVerify:
		if fields := t.fields(v, x); fields != "" {
			return part.Say(v.Locale, "web.did-verify-fields", "{who} confirmed {fields} of {what}", append(args, "fields", fields)...), ""
		}
		return part.Say(v.Locale, "web.did-verify", "{who} confirmed {what}", args...), ""
	case pollen.ActErase:
		return part.Say(v.Locale, "web.did-erase", "{who} erased what {what} held", args...), ""
	case pollen.ActSeen:
		return part.Say(v.Locale, "web.did-see", "{who} looked at what {whom} gave to {what}", append(args, "whom", by(v.author(t.names[t.gave[x.ID]])))...), ""
	}
	return t.tellWords(v, x, l, args), ""
}

// tellWords says what was said on an entry, or given in return for something on
// it.
func (t *teller) tellWords(v *view, x *story, on registry.Link, args []any) templ.Component {
	if p, ok := t.posts[x.ID]; ok && on.Slug != "" {
		args[len(args)-1] = part.Anchor(part.Link{Text: on.Title, Href: "/c/" + on.Collection + "/" + on.Slug + "/talk#" + p.Act.String()})
	}
	switch x.Kind {
	case pollen.ActAsk:
		return part.Say(v.Locale, "web.did-ask", "{who} asked something on {what}", args...)
	case pollen.ActAnswer:
		return part.Say(v.Locale, "web.did-answer", "{who} answered on {what}", args...)
	case pollen.ActComment:
		return part.Say(v.Locale, "web.did-comment", "{who} said something on {what}", args...)
	case pollen.ActEdit:
		return part.Say(v.Locale, "web.did-edit", "{who} reworded what they said on {what}", args...)
	case pollen.ActHelp:
		if x.Detail.Name == string(talk.NotYet) {
			return part.Say(v.Locale, "web.did-unhelp", "{who} still seeks help on {what}", args...)
		}
		return part.Say(v.Locale, "web.did-help", "{who} was helped by an answer on {what}", args...)
	case pollen.ActThank:
		if whom := t.gave[x.ID]; whom != 0 {
			return part.Say(v.Locale, "web.did-thank-whom", "{who} thanked {whom} for a gift to {what}", append(args, "whom", by(v.author(t.names[whom])))...)
		}
		return part.Say(v.Locale, "web.did-thank", "{who} thanked for a gift to {what}", args...)
	case pollen.ActWithdraw:
		if x.Detail.Post == 0 {
			return part.Say(v.Locale, "web.did-unthank", "{who} took thanks back on {what}", args...)
		}
		return part.Say(v.Locale, "web.did-withdraw", "{who} withdrew what they said on {what}", args...)
	case pollen.ActReport:
		switch talk.Outcome(x.Detail.Name) {
		case talk.Folded:
			return part.Say(v.Locale, "web.did-fold", "{who} folded words on {what} after a report", args...)
		case talk.Kept:
			return part.Say(v.Locale, "web.did-keep", "{who} kept words on {what} after a report", args...)
		}
		return part.Say(v.Locale, "web.did-report", "{who} reported words on {what}", args...)
	}
	return part.Say(v.Locale, "web.did-entry", "{who} did something with {what}", args...)
}

// tellBatch says what a batch did.
func (t *teller) tellBatch(v *view, x *story, args []any) templ.Component {
	what := part.Text(v.T("web.a-collection", "A collection"))
	if c := t.collections[x.Detail.Collection]; c != nil {
		what = part.Anchor(part.Link{Text: c.LabelIn(v.Tag()), Href: "/c/" + c.Slug})
	}
	if x.Kind == pollen.ActSeen {
		return part.Say(v.Locale, "web.did-see", "{who} looked at what {whom} gave to {what}", append(args, "what", what, "whom", by(v.author(t.names[t.gave[x.ID]])))...)
	}
	n := part.Anchor(part.Link{Text: v.N("web.entries", x.Detail.Entries(), "{n} entry", "{n} entries"), Href: "/batches/" + pollen.BatchID(x.Object.ID).String()})
	args = append(args, "what", what, "entries", n)
	switch x.Kind {
	case pollen.ActImport:
		return part.Say(v.Locale, "web.did-import", "{who} imported {entries} into {what}", args...)
	case pollen.ActRevert:
		return part.Say(v.Locale, "web.did-undo", "{who} undid a batch: {entries} of {what}", args...)
	}
	return part.Say(v.Locale, "web.did-together", "{who} changed {entries} of {what} together", args...)
}

// fields names what an act changed, a few at most.
func (t *teller) fields(v *view, x *story) string {
	c := t.collections[x.Detail.Collection]
	if c == nil {
		return ""
	}
	return v.fieldList(&registry.Entry{Collection: c}, registry.Revision{Fields: x.Detail.Fields, Body: x.Detail.Body})
}
