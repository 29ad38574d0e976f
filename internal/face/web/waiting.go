package web

import (
	"net/http"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/face/web/part"
)

func (s *server) waitingRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /changes/waiting", s.page(s.waiting))
	mux.HandleFunc("POST /contributions/{id}/seen", s.page(s.onContribution(func(r *http.Request, v *view, id pollen.ActID) error {
		return s.Guard.See(r.Context(), v.By, id)
	})))
	mux.HandleFunc("POST /contributions/{id}/take-back", s.page(s.onContribution(s.takeBack)))
}

// perWaiting is how many acts one page shows of those that await a look.
const perWaiting = 30

// look is what a second pair of eyes is shown of one act, and can do about it.
type look struct {
	Line changeLine
	Acts []part.Act
}

type waitingData struct {
	Looks []look
	More  part.Pager
}

// mayLook reports whether the reader may be a second pair of eyes.
func (s *server) mayLook(r *http.Request, v *view) (bool, error) {
	if !v.By.SignedIn() {
		return false, nil
	}
	err := s.Guard.MayLook(r.Context(), v.By)
	if pollen.Is(err, pollen.Forbidden) {
		return false, nil
	}
	return err == nil, err
}

// waiting lists what newcomers gave that awaits a second pair of eyes.
func (s *server) waiting(w http.ResponseWriter, r *http.Request, v *view) error {
	list, err := s.Guard.Waiting(r.Context(), v.By, perWaiting, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	v.Page.Title, v.Page.Section = v.T("web.to-look-at", "To look at"), part.Changes
	v.Page.Crumbs = []part.Link{{Text: v.T("web.changes-nav", "Recent changes"), Href: "/changes"}}
	p := &waitingData{More: v.more("/changes/waiting?", list.Next)}
	t, err := s.teller(r, v, list.Items)
	if err != nil {
		return err
	}
	for i := range list.Items { // one by one: each is let through by itself
		p.Looks = append(p.Looks, look{s.lineUp(v, t, list.Items[i:i+1])[0], v.looks(&list.Items[i], "/changes/waiting")})
	}
	return show(w, r, v, http.StatusOK, waitingPage(v, p))
}

// looks is what a second pair of eyes can do about an act: let it through, or
// take it back where that is done. back is where one goes on after acting.
func (v *view) looks(a *journal.Act, back string) []part.Act {
	page, hidden := "/contributions/"+a.ID.String(), []part.Hidden{{Name: "back", Value: back}}
	see := part.Act{Text: v.T("web.let-through", "Let it through"), Icon: "check", Action: page + "/seen", Hidden: hidden}
	switch {
	case a.Batch != 0:
		return []part.Act{see, {Text: v.T("web.whole-batch", "See the whole batch"), Href: "/batches/" + a.Batch.String()}}
	case a.Object.Kind == pollen.ObjectCollection:
		return []part.Act{see, {Text: v.T("web.return-fields", "Return to the fields as they were"), Icon: "revert", Href: returnPath(a.Detail.Name, a.Detail.Revision-1)}}
	case a.Detail.Post != 0:
		return []part.Act{see, {Text: v.T("web.whole-words", "See the words"), Href: page}}
	}
	return []part.Act{see, {Text: v.T("web.take-it-back", "Take it back"), Icon: "revert", Action: page + "/take-back", Hidden: hidden}}
}

// held says to the author of what awaits a second pair of eyes where it stands.
func (v *view) held() string {
	return v.T("web.held", "Live for everyone. Lists and notices show it once somebody else has looked at it.")
}

// takeBack undoes what one contribution did to its entry.
func (s *server) takeBack(r *http.Request, v *view, id pollen.ActID) error {
	a, err := s.Registry.Contribution(r.Context(), v.By, id)
	if err != nil {
		return err
	}
	if a.Object.Kind != pollen.ObjectEntry {
		return absent()
	}
	_, err = s.Registry.TakeBack(r.Context(), v.By, id, pollen.EntryID(a.Object.ID), r.FormValue("note"))
	return err
}
