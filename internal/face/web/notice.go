package web

import (
	"cmp"
	"net/http"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/notify"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
)

func (s *server) noticeRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /notices", s.page(s.notices))
	mux.HandleFunc("POST /notices/read", s.page(s.readNotices))
	mux.HandleFunc("POST /notices/{id}/undo", s.page(s.undoNotice))
	mux.HandleFunc("GET /follows", s.page(s.follows))
	mux.HandleFunc("POST /follows", s.page(s.follow))
}

// perNotices is how many notices one page shows.
const perNotices = 50

// noticeLine is what notices tell of one object for one reason.
type noticeLine struct {
	ID     string // anchor
	Why    string
	Icon   string
	Unread bool
	Lines  []changeLine
	About  *part.Link // the entry through which it concerns the reader, where the lines do not name it
	Note   string     // the sentence that came with thanks
	Undo   string     // address of undoing it; "" where nothing is to undo
	Acts   []pollen.ActID
}

type noticesData struct {
	Groups []noticeLine
	UpTo   string // the newest notice on the page, where any is unread
	More   part.Pager
	Unread bool // those alone
}

// why says why one is told, and by which picture.
func (v *view) why(k notify.Kind) (words, icon string) {
	switch k {
	case notify.Mine:
		return v.T("web.notice-mine", "Your own entry"), "persona"
	case notify.Self:
		return v.T("web.notice-self", "Your digital identity"), "lock"
	case notify.Undone:
		return v.T("web.notice-undone", "Your batch was undone"), "revert"
	case notify.Reverted:
		return v.T("web.notice-reverted", "Something you gave was taken back"), "revert"
	case notify.Thanked:
		return v.T("web.notice-thanked", "Thanks for you"), "thanks"
	case notify.Seen:
		return v.T("web.notice-seen", "Shown in lists now"), "check"
	case notify.Answered:
		return v.T("web.notice-answered", "An answer for you"), "talk"
	case notify.Helped:
		return v.T("web.notice-helped", "Your answer helped"), "check"
	case notify.Mention:
		return v.T("web.notice-mention", "You are mentioned"), "talk"
	case notify.Looked:
		return v.T("web.notice-looked", "Reported words were looked at"), "check"
	case notify.Holding:
		return v.T("web.notice-holding", "What your entry may hold"), "persona"
	case notify.Talk:
		return v.T("web.notice-talk", "Words on what you follow"), "talk"
	}
	return v.T("web.notice-change", "A change of what you follow"), "follow"
}

func (s *server) notices(w http.ResponseWriter, r *http.Request, v *view) error {
	unread := r.FormValue("show") == "unread"
	p, err := s.Notices.List(r.Context(), v.By, notify.Query{Unread: unread, Limit: perNotices, Cursor: r.FormValue("cursor")})
	if err != nil {
		return err
	}
	v.Page.Title = v.T("web.notices", "Notices")
	d := &noticesData{Unread: unread}
	address := "/notices?"
	if unread {
		address += "show=unread&"
	}
	d.More = v.more(address, p.Next)
	var mine []pollen.EntryID
	var acts []journal.Act
	for i := range p.Items {
		acts = append(acts, p.Items[i].Act)
		mine = append(mine, p.Items[i].Entry)
		if p.Items[i].Read.IsZero() && d.UpTo == "" {
			d.UpTo = p.Items[0].Act.ID.String()
		}
	}
	titles, err := s.Registry.Titles(r.Context(), v.By, mine)
	if err != nil {
		return err
	}
	t, err := s.teller(r, v, acts)
	if err != nil {
		return err
	}
	for _, g := range notify.Groups(p.Items) {
		d.Groups = append(d.Groups, s.noticeLine(v, t, &g, titles))
	}
	return show(w, r, v, http.StatusOK, noticesPage(v, d))
}

// noticeLine tells one group of notices.
func (s *server) noticeLine(v *view, t *teller, g *notify.Group, titles map[pollen.EntryID]registry.Link) (l noticeLine) {
	first := &g.Items[0]
	l = noticeLine{ID: "n-" + first.Act.ID.String(), Unread: g.Unread(), Note: first.Note}
	l.Why, l.Icon = v.why(g.Kind)
	var acts []journal.Act
	for i := range g.Items {
		acts = append(acts, g.Items[i].Act)
		l.Acts = append(l.Acts, g.Items[i].Act.ID)
	}
	l.Lines = s.lineUp(v, t, acts)
	if at, ok := titles[first.Entry]; ok && first.Act.Object.Kind != pollen.ObjectEntry {
		l.About = &part.Link{Text: at.Title, Href: "/c/" + at.Collection + "/" + at.Slug}
	}
	if first.Undo {
		l.Undo = "/notices/" + first.Act.ID.String() + "/undo"
	}
	return l
}

// readNotices says that one read the notices of the acts given, or all up to
// one.
func (s *server) readNotices(w http.ResponseWriter, r *http.Request, v *view) error {
	if err := r.ParseForm(); err != nil {
		return pollen.Errorf(pollen.Invalid, "web.form", "The form arrived damaged. Send it again.").Because(err)
	}
	var acts []pollen.ActID
	for _, text := range r.PostForm["act"] {
		id, err := pollen.ParseID[struct{}](text)
		if err != nil {
			return absent()
		}
		acts = append(acts, pollen.ActID(id))
	}
	if err := s.Notices.Mark(r.Context(), v.By, acts...); err != nil {
		return err
	}
	if text := r.PostForm.Get("up-to"); text != "" {
		id, err := pollen.ParseID[struct{}](text)
		if err != nil {
			return absent()
		}
		if err := s.Notices.MarkAll(r.Context(), v.By, pollen.ActID(id)); err != nil {
			return err
		}
	}
	return see(w, r, part.Inside(cmp.Or(r.PostForm.Get("back"), "/notices")))
}

// undoNotice takes back what an act did to one's own entry, and shows the entry.
func (s *server) undoNotice(w http.ResponseWriter, r *http.Request, v *view) error {
	id, err := contributionID(r)
	if err != nil {
		return err
	}
	e, err := s.Notices.Undo(r.Context(), v.By, id)
	if err != nil {
		return err
	}
	return see(w, r, e.Path()+"/history")
}

type followsData struct {
	Groups []followGroup
	More   part.Pager
}

// followGroup is what one follows of one kind.
type followGroup struct {
	ID, Title string
	Items     []followed
}

type followed struct {
	Link part.Link
	In   string // of an entry: its collection
	Act  part.Act
}

func (s *server) follows(w http.ResponseWriter, r *http.Request, v *view) error {
	p, err := s.Notices.Followed(r.Context(), v.By, perNotices, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	v.Page.Title = v.T("web.follows", "What you follow")
	v.Page.Crumbs = []part.Link{{Text: v.T("web.notices", "Notices"), Href: "/notices"}}
	all, err := s.Registry.Collections(r.Context(), v.By)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, c := range all {
		names[c.Slug] = c.LabelIn(v.Tag())
	}
	d := &followsData{More: v.more("/follows?", p.Next)}
	for _, f := range p.Items {
		if n := len(d.Groups); n == 0 || d.Groups[n-1].ID != string(f.Object.Kind) {
			d.Groups = append(d.Groups, followGroup{ID: string(f.Object.Kind), Title: v.followKind(f.Object.Kind)})
		}
		x := followed{In: names[f.In], Act: v.followAct(f.Object, true, "/follows")}
		switch f.Object.Kind {
		case pollen.ObjectEntry:
			x.Link = part.Link{Text: f.Title, Href: "/c/" + f.In + "/" + f.Slug}
		case pollen.ObjectCollection:
			x.Link = part.Link{Text: v.in(f.Name), Href: "/c/" + f.Slug}
		default:
			x.Link = part.Link{Text: v.in(f.Name), Href: "/g/" + f.Slug}
		}
		g := &d.Groups[len(d.Groups)-1]
		g.Items = append(g.Items, x)
	}
	return show(w, r, v, http.StatusOK, followsPage(v, d))
}

func (v *view) followKind(k pollen.ObjectKind) string {
	switch k {
	case pollen.ObjectEntry:
		return v.T("web.follows-entries", "Entries")
	case pollen.ObjectCollection:
		return v.T("web.follows-collections", "Collections")
	}
	return v.T("web.follows-communities", "Communities")
}

// followAct is the button by which one follows an object, or no more.
func (v *view) followAct(o pollen.Object, on bool, back string) part.Act {
	a := part.Act{Text: v.T("web.follow", "Follow"), Icon: "follow", Action: "/follows", Done: on,
		Hidden: []part.Hidden{{Name: "kind", Value: string(o.Kind)}, {Name: "id", Value: o.ID.String()}, {Name: "back", Value: back}}}
	if on {
		a.Text = v.T("web.followed", "Followed")
		a.Hidden = append(a.Hidden, part.Hidden{Name: "take", Value: "back"})
	}
	return a
}

// follower gives the button by which a reader follows an object; none to those
// who are not signed in.
func (s *server) follower(r *http.Request, v *view, o pollen.Object) ([]part.Act, error) {
	if !v.By.SignedIn() {
		return nil, nil
	}
	on, err := s.Notices.Follows(r.Context(), v.By, o)
	if err != nil {
		return nil, err
	}
	return []part.Act{v.followAct(o, on, v.Page.Path)}, nil
}

// follow follows an object, or no more.
func (s *server) follow(w http.ResponseWriter, r *http.Request, v *view) error {
	kind, id := pollen.ObjectKind(r.FormValue("kind")), r.FormValue("id")
	if r.FormValue("take") == "back" {
		if err := s.Notices.Leave(r.Context(), v.By, kind, id); err != nil && !pollen.Is(err, pollen.NotFound) {
			return err
		}
	} else if _, err := s.Notices.Follow(r.Context(), v.By, kind, id); err != nil {
		return err
	}
	return see(w, r, part.Inside(r.FormValue("back")))
}
