package web

import (
	"net/url"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
)

// door is a way out of the page, as a button.
type door struct{ Text, Href, Icon string }

// doors lead to what else one can do with the collection.
func (p *collectionData) doors(v *view) (out []door) {
	if p.Chart != "" {
		out = append(out, door{v.T("web.chart", "Chart"), p.Chart, "group"})
	}
	return out
}

// takeOut are the ways to take along what is found.
func (p *collectionData) takeOut(v *view) (out []part.Link) {
	if p.Cards != "" {
		out = append(out, part.Link{Text: v.T("web.cards", "Contacts (vCard)"), Href: p.Cards})
	}
	q := url.Values{}
	if p.L.filter != "" {
		q.Set("filter", p.L.filter)
	}
	if p.L.q != "" {
		q.Set("q", p.L.q)
	}
	q.Set("facets", "true")
	return append(out, part.Link{Text: v.T("web.as-json", "As JSON (API)"), Href: "/api/v1/collections/" + p.C.Slug + "/entries?" + q.Encode()})
}

// collectionTabs are the pages of a collection.
func (v *view) collectionTabs(c *registry.Collection, current string) []part.Tab {
	return []part.Tab{
		{Text: v.T("web.entries-tab", "Entries"), Count: v.Number(c.Entries), Href: "/c/" + c.Slug, Current: current == "entries"},
		{Text: v.T("web.batches-tab", "Batches"), Href: "/c/" + c.Slug + "/+batches", Current: current == "batches"},
		{Text: v.T("web.changes-nav", "Recent changes"), Href: "/changes?collection=" + c.Slug},
	}
}

// audience says who may read.
func (v *view) audience(a pollen.Audience) string {
	switch a {
	case pollen.AudiencePublic:
		return v.T("web.audience-public", "Everybody")
	case pollen.AudienceMembers:
		return v.T("web.audience-members", "Whoever is signed in")
	case pollen.AudienceCommunity:
		return v.T("web.audience-community", "The members of its community")
	}
	return v.T("web.audience-persona", "Each person for themselves")
}
