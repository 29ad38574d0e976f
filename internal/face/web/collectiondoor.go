package web

import (
	"net/url"
	"slices"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/contact"
)

// door is a way out of the page, as a button.
type door struct{ Text, Href, Icon string }

// doors lead to what else one can do with the collection.
func (p *collectionData) doors(v *view) (out []door) {
	if to := v.charted(p.C, ""); to != "" {
		out = append(out, door{v.T("web.chart", "Chart"), to, "group"})
	}
	return out
}

// takeOut are the ways to take along what is found.
func (p *collectionData) takeOut(v *view) (out []part.Link) {
	if p.L.q == "" { // words are ranked, and a table is whole
		out = v.exports(p.L)
	}
	q := url.Values{}
	if p.L.filter != "" {
		q.Set("filter", p.L.filter)
	}
	if p.L.q != "" {
		q.Set("q", p.L.q)
	}
	if contact.Fits(&p.C.Schema) {
		out = append(out, part.Link{Text: v.T("web.cards", "Contacts (vCard)"), Href: "/c/" + p.C.Slug + "/+contacts.vcf?" + q.Encode()})
	}
	q.Set("facets", "true")
	return append(out, part.Link{Text: v.T("web.as-json", "As JSON (API)"), Href: "/api/v1/collections/" + p.C.Slug + "/entries?" + q.Encode()})
}

// collectionTabs are the pages of a collection.
func (v *view) collectionTabs(c *registry.Collection, current string) []part.Tab {
	tabs := []part.Tab{
		{Text: v.T("web.entries-tab", "Entries"), Count: v.Number(c.Entries), Href: "/c/" + c.Slug, Current: current == "entries"},
		{Text: v.T("web.batches-tab", "Batches"), Href: "/c/" + c.Slug + "/+batches", Current: current == "batches"},
		{Text: v.T("web.changes-nav", "Recent changes"), Href: "/changes?collection=" + c.Slug},
	}
	if to := v.charted(c, ""); to != "" {
		tabs = slices.Insert(tabs, 1, part.Tab{Text: v.T("web.chart", "Chart"), Href: to, Current: current == "chart"})
	}
	return tabs
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
