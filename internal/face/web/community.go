package web

import (
	"net/http"
	"strconv"
	"strings"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/community"
	"pollen/internal/domain/persona"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/schema"

	"github.com/a-h/templ"
)

func (s *server) communityRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /g", s.page(s.communities))
	mux.HandleFunc("GET /g/+new", s.page(s.newCommunity))
	mux.HandleFunc("POST /g/+new", s.page(s.foundCommunity))
	mux.HandleFunc("GET /g/{community}", s.page(s.community))
	mux.HandleFunc("POST /g/{community}/join", s.page(s.join))
	mux.HandleFunc("POST /g/{community}/leave", s.page(s.leaveCommunity))
	mux.HandleFunc("POST /g/{community}/invite", s.page(s.inviteMember))
	mux.HandleFunc("POST /g/{community}/answer", s.page(s.answerRequest))
	mux.HandleFunc("GET /g/{community}/+collection", s.page(s.newCollection))
	mux.HandleFunc("POST /g/{community}/+collection", s.page(s.foundCollection))
}

func (s *server) communities(w http.ResponseWriter, r *http.Request, v *view) error {
	v.Page.Title, v.Page.Section = v.T("web.communities", "Communities"), part.Communities
	all, err := s.Communities.List(r.Context())
	if err != nil {
		return err
	}
	return show(w, r, v, http.StatusOK, communitiesPage(v, all))
}

// foundData is what the form of founding holds.
type foundData struct {
	Name, Slug, Purpose string
	Join                community.JoinRule
	Problem             string
}

func (s *server) showNewCommunity(w http.ResponseWriter, r *http.Request, v *view, status int, d foundData) error {
	if !v.By.SignedIn() {
		return signInFirst()
	}
	v.Page.Title, v.Page.Section = v.T("web.found-community", "Found a community"), part.Communities
	v.Page.Crumbs = []part.Link{{Text: v.T("web.communities", "Communities"), Href: "/g"}}
	return show(w, r, v, status, newCommunityPage(v, &d))
}

func (s *server) newCommunity(w http.ResponseWriter, r *http.Request, v *view) error {
	return s.showNewCommunity(w, r, v, http.StatusOK, foundData{Join: community.Open})
}

func (s *server) foundCommunity(w http.ResponseWriter, r *http.Request, v *view) error {
	d := foundData{Name: strings.TrimSpace(r.PostFormValue("name")), Slug: strings.TrimSpace(r.PostFormValue("slug")),
		Purpose: r.PostFormValue("purpose"), Join: community.JoinRule(r.PostFormValue("join"))}
	if d.Name == "" {
		d.Problem = v.T("web.no-name", "Give it a name.")
		return s.showNewCommunity(w, r, v, http.StatusBadRequest, d)
	}
	slug := d.Slug
	if slug == "" {
		slug = registry.Slug(d.Name)
	}
	c, err := s.Communities.Found(r.Context(), v.By, community.Community{Slug: slug, Name: map[string]string{v.Tag(): d.Name}, Purpose: d.Purpose, Join: d.Join})
	if again(err) {
		d.Problem = v.Error(err)
		return s.showNewCommunity(w, r, v, statuses[pollen.KindOf(err)], d)
	}
	if err != nil {
		return err
	}
	return see(w, r, "/g/"+c.Slug)
}

// communityData is what the page of a community shows.
type communityData struct {
	*community.Community
	Stands      community.Standing
	Rule        string // how one joins, in words
	Purpose     templ.Component
	Follow      []part.Act
	Collections []*registry.Collection
	Members     []persona.Persona
	More        part.Pager // of the members
	Pending     []pending
	Lines       []changeLine
	Problem     string
	Handle      string // of whom one would invite, as it was typed
}

// pending is somebody who waits for an answer, or has one to give.
type pending struct {
	persona.Persona
	Asked bool // they asked; otherwise they are invited
}

// perMembers is how many members one page shows.
const perMembers = 48

func (s *server) community(w http.ResponseWriter, r *http.Request, v *view) error {
	return s.showCommunity(w, r, v, http.StatusOK, &communityData{})
}

// onCommunity leads back to a community after an act, or says there why the act
// was refused.
func (s *server) onCommunity(w http.ResponseWriter, r *http.Request, v *view, d *communityData, failed error) error {
	if again(failed) {
		d.Problem = v.Error(failed)
		return s.showCommunity(w, r, v, statuses[pollen.KindOf(failed)], d)
	}
	if failed != nil {
		return failed
	}
	return see(w, r, "/g/"+r.PathValue("community"))
}

func (s *server) showCommunity(w http.ResponseWriter, r *http.Request, v *view, status int, d *communityData) error {
	ctx, slug := r.Context(), r.PathValue("community")
	c, err := s.Communities.Get(ctx, slug)
	if err != nil {
		return err
	}
	d.Community, d.Rule = c, v.joinRule(c.Join)
	if v.By.SignedIn() {
		if d.Stands, err = s.Communities.Stands(ctx, v.By, slug); err != nil {
			return err
		}
	}
	if c.Purpose != "" {
		d.Purpose = s.markup(r, v).html(c.Purpose)
	}
	v.Page.Title, v.Page.Section = c.LabelIn(v.Tag()), part.Communities
	v.Page.Crumbs = []part.Link{{Text: v.T("web.communities", "Communities"), Href: "/g"}}
	if r.Method == http.MethodGet {
		if d.Follow, err = s.follower(r, v, pollen.Ref(pollen.ObjectCommunity, c.ID)); err != nil {
			return err
		}
	}
	all, err := s.Registry.Collections(ctx, v.By)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Community == c.ID {
			d.Collections = append(d.Collections, x)
		}
	}
	if v.By.SignedIn() {
		if err := s.people(r, d, v); err != nil {
			return err
		}
	}
	if d.Lines, err = s.latest(r, v, journal.Query{Community: c.ID}, 12); err != nil {
		return err
	}
	return show(w, r, v, status, communityPage(v, d))
}

// people adds the members, for who is signed in, and for members who waits.
func (s *server) people(r *http.Request, d *communityData, v *view) error {
	members, err := s.Communities.Members(r.Context(), v.By, d.Slug, perMembers, r.FormValue("cursor"))
	if err != nil {
		return err
	}
	var waiting []community.Membership
	if d.Stands == community.Member && d.Slug != pollen.Commons {
		if waiting, err = s.Communities.Pending(r.Context(), v.By, d.Slug); err != nil {
			return err
		}
	}
	var ids []pollen.PersonaID
	for _, m := range append(members.Items, waiting...) {
		ids = append(ids, m.Persona)
	}
	names, err := s.Personas.Names(r.Context(), ids)
	if err != nil {
		return err
	}
	for _, m := range members.Items {
		d.Members = append(d.Members, names[m.Persona])
	}
	for _, m := range waiting {
		d.Pending = append(d.Pending, pending{names[m.Persona], m.State == community.Requested})
	}
	d.More = v.more("/g/"+d.Slug+"?", members.Next)
	return nil
}

// joinRule says how one joins.
func (v *view) joinRule(j community.JoinRule) string {
	switch j {
	case community.Open:
		return v.T("web.join-open", "Anyone joins")
	case community.Request:
		return v.T("web.join-request", "One asks to join")
	}
	return v.T("web.join-invitation", "One joins by invitation")
}

func (s *server) join(w http.ResponseWriter, r *http.Request, v *view) error {
	_, err := s.Communities.Join(r.Context(), v.By, r.PathValue("community"))
	return s.onCommunity(w, r, v, &communityData{}, err)
}

func (s *server) leaveCommunity(w http.ResponseWriter, r *http.Request, v *view) error {
	return s.onCommunity(w, r, v, &communityData{}, s.Communities.Leave(r.Context(), v.By, r.PathValue("community")))
}

func (s *server) inviteMember(w http.ResponseWriter, r *http.Request, v *view) error {
	d := &communityData{Handle: r.PostFormValue("handle")}
	who, err := s.Personas.ByHandle(r.Context(), strings.TrimSpace(d.Handle))
	if pollen.Is(err, pollen.NotFound) {
		d.Problem = v.Error(err)
		return s.showCommunity(w, r, v, http.StatusNotFound, d)
	}
	if err == nil {
		err = s.Communities.Invite(r.Context(), v.By, r.PathValue("community"), who.ID)
	}
	return s.onCommunity(w, r, v, d, err)
}

// answerRequest lets somebody in who asked, or not; it takes invitations back.
func (s *server) answerRequest(w http.ResponseWriter, r *http.Request, v *view) error {
	who, err := s.Personas.ByHandle(r.Context(), r.PostFormValue("handle"))
	if err != nil {
		return err
	}
	answer := s.Communities.Refuse
	if r.PostFormValue("answer") == "yes" {
		answer = s.Communities.Invite
	}
	return s.onCommunity(w, r, v, &communityData{}, answer(r.Context(), v.By, r.PathValue("community"), who.ID))
}

// newCollectionData is what the form of founding a collection holds.
type newCollectionData struct {
	Community                            *community.Community
	Name, Slug, Purpose, Licence, Source string
	Audience                             pollen.Audience
	Fields                               []newField
	Problem                              string
}

// newField is one field to be.
type newField struct {
	Label    string
	Type     schema.Type
	Required bool
}

// moreFields is how many fields the form offers at once.
const moreFields = 8

// simpleTypes are the types that need nothing but a name. Others are set
// through the API, or proposed by an import.
var simpleTypes = []schema.Type{schema.Text, schema.LongText, schema.Number, schema.Integer, schema.Boolean, schema.Date, schema.DateTime,
	schema.Email, schema.Phone, schema.URL, schema.Place, schema.Code, schema.Localized, schema.Image, schema.Attachment}

// typeName says a type of field.
func (v *view) typeName(t schema.Type) string {
	switch t {
	case schema.LongText:
		return v.T("web.type-long", "Long text")
	case schema.Number:
		return v.T("web.type-number", "Number")
	case schema.Integer:
		return v.T("web.type-integer", "Whole number")
	case schema.Boolean:
		return v.T("web.type-boolean", "Yes or no")
	case schema.Date:
		return v.T("web.type-date", "Date")
	case schema.DateTime:
		return v.T("web.type-time", "Date and time")
	case schema.Email:
		return v.T("web.type-email", "E-mail address")
	case schema.Phone:
		return v.T("web.type-phone", "Telephone")
	case schema.URL:
		return v.T("web.type-url", "Web address")
	case schema.Place:
		return v.T("web.type-place", "Place")
	case schema.Code:
		return v.T("web.type-code", "Code")
	case schema.Localized:
		return v.T("web.type-localized", "Text by language")
	case schema.Image:
		return v.T("web.type-image", "Image")
	case schema.Attachment:
		return v.T("web.type-attachment", "Attachment")
	case schema.Choice:
		return v.T("web.type-choice", "Choice")
	case schema.Reference:
		return v.T("web.type-reference", "Link")
	}
	return v.T("web.type-text", "Short text")
}

func (s *server) showNewCollection(w http.ResponseWriter, r *http.Request, v *view, status int, d newCollectionData) error {
	if !v.By.SignedIn() {
		return signInFirst()
	}
	c, err := s.Communities.Get(r.Context(), r.PathValue("community"))
	if err != nil {
		return err
	}
	d.Community = c
	for len(d.Fields) < moreFields {
		d.Fields = append(d.Fields, newField{Type: schema.Text})
	}
	v.Page.Title, v.Page.Section = v.T("web.found-collection", "Found a collection"), part.Communities
	v.Page.Crumbs = []part.Link{{Text: v.T("web.communities", "Communities"), Href: "/g"}, {Text: c.LabelIn(v.Tag()), Href: "/g/" + c.Slug}}
	return show(w, r, v, status, newCollectionPage(v, &d))
}

func (s *server) newCollection(w http.ResponseWriter, r *http.Request, v *view) error {
	return s.showNewCollection(w, r, v, http.StatusOK, newCollectionData{Licence: "CC0-1.0", Audience: pollen.AudienceMembers})
}

func (s *server) foundCollection(w http.ResponseWriter, r *http.Request, v *view) error {
	c, err := s.Communities.Get(r.Context(), r.PathValue("community"))
	if err != nil {
		return err
	}
	d := newCollectionData{Name: strings.TrimSpace(r.PostFormValue("name")), Slug: strings.TrimSpace(r.PostFormValue("slug")), Purpose: strings.TrimSpace(r.PostFormValue("purpose")),
		Licence: strings.TrimSpace(r.PostFormValue("licence")), Source: strings.TrimSpace(r.PostFormValue("source")), Audience: pollen.Audience(r.PostFormValue("audience"))}
	var of schema.Schema
	taken := map[string]bool{}
	for i := range moreFields {
		at := strconv.Itoa(i)
		f := newField{Label: strings.TrimSpace(r.PostFormValue("label" + at)), Type: schema.Type(r.PostFormValue("type" + at)), Required: r.PostFormValue("required"+at) != ""}
		if f.Label == "" {
			continue
		}
		d.Fields = append(d.Fields, f)
		of.Fields = append(of.Fields, schema.Field{Name: schema.NameFor(f.Label, taken), Type: f.Type, Required: f.Required, Indexed: f.Type.DefaultIndexed(), Column: len(of.Fields) < 4, Label: map[string]string{v.Tag(): f.Label}})
	}
	switch {
	case d.Name == "":
		d.Problem = v.T("web.no-name", "Give it a name.")
	case len(of.Fields) == 0:
		d.Problem = v.T("web.one-field", "Name at least one field: the first names the entry.")
	}
	if d.Problem != "" {
		return s.showNewCollection(w, r, v, http.StatusBadRequest, d)
	}
	of.Title = []string{of.Fields[0].Name}
	n := registry.NewCollection{Slug: d.Slug, Community: c.ID, Name: map[string]string{v.Tag(): d.Name}, Licence: d.Licence, Source: d.Source, Audience: d.Audience, Schema: of}
	if n.Slug == "" {
		n.Slug = registry.Slug(d.Name)
	}
	if d.Purpose != "" {
		n.Purpose = map[string]string{v.Tag(): d.Purpose}
	}
	made, err := s.Registry.Found(r.Context(), v.By, n)
	if again(err) {
		d.Problem = v.Error(err)
		return s.showNewCollection(w, r, v, statuses[pollen.KindOf(err)], d)
	}
	if err != nil {
		return err
	}
	return see(w, r, "/c/"+made.Slug)
}
