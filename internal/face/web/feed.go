package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pollen"
	"pollen/internal/base/journal"
)

// feed is a feed of what happened, by RFC 4287 (Atom).
type feed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Links   []feedLink  `xml:"link"`
	Maker   string      `xml:"generator"`
	Entries []feedEntry `xml:"entry"`
}

type feedLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type feedEntry struct {
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  feedAuthor  `xml:"author"`
	Link    feedLink    `xml:"link"`
	Summary *feedTextOf `xml:"summary"`
}

type feedAuthor struct {
	Name string `xml:"name"`
}

type feedTextOf struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// changesFeed is recent changes as a feed, narrowed as the page is.
func (s *server) changesFeed(w http.ResponseWriter, r *http.Request, v *view) error {
	q, address, err := s.narrowed(r, v)
	if err != nil {
		return err
	}
	page := "/changes"
	if len(address) > 0 {
		page += "?" + address.Encode()
	}
	root, err := s.Communities.Get(r.Context(), pollen.Commons)
	if err != nil {
		return err
	}
	return s.feed(w, r, v, q, feedOf{urn("changes " + root.ID.String() + page), v.T("web.changes-nav", "Recent changes"), page})
}

// entryFeed is what happens to one entry as a feed: its changes and its talk.
func (s *server) entryFeed(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	return s.feed(w, r, v, journal.Query{Object: pollen.Ref(pollen.ObjectEntry, e.ID), Limit: perChanges}, feedOf{urn("entry " + e.ID.String()), e.Title, e.Path()})
}

// feedOf is what a feed tells of.
type feedOf struct{ id, title, page string }

// urn identifies what a name is given to, under whatever host it is asked for: a
// UUID of version 8 (RFC 9562) made of the name.
func urn(name string) string {
	h := sha256.Sum256([]byte("pollen " + name))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

func (s *server) feed(w http.ResponseWriter, r *http.Request, v *view, q journal.Query, of feedOf) error {
	lines, _, err := s.lines(r, v, q, "")
	if err != nil {
		return err
	}
	origin := strings.TrimSuffix(s.Base, "/")
	switch {
	case origin != "":
	case s.Secure || r.TLS != nil:
		origin = "https://" + r.Host
	default:
		origin = "http://" + r.Host
	}
	f := feed{Lang: v.Tag(), ID: of.id, Title: of.title + " · " + cmp.Or(v.Page.Instance.Name, "Pollen"), Updated: time.Unix(0, 0).UTC().Format(time.RFC3339), Maker: "Pollen",
		Links: []feedLink{{"self", "application/atom+xml", origin + r.URL.RequestURI()}, {"alternate", "text/html", origin + of.page}}}
	for i, l := range lines {
		if i == 0 {
			f.Updated = l.At.Format(time.RFC3339)
		}
		title, err := plain(r.Context(), l.Text)
		if err != nil {
			return err
		}
		one := feedEntry{ID: urn("act " + l.Acts[0].String()), Title: title, Updated: l.At.Format(time.RFC3339), Author: feedAuthor{l.By.Name}, Link: feedLink{"alternate", "text/html", origin + l.Page}}
		if l.Said != "" {
			one.Summary = &feedTextOf{"text", l.Said}
		}
		f.Entries = append(f.Entries, one)
	}
	b, err := xml.MarshalIndent(f, "", "\t")
	if err != nil {
		return err
	}
	answer(w, r, http.StatusOK, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), b...))
	return nil
}

// tags are the marks of a sentence, which has links and nothing else.
var tags = regexp.MustCompile(`<[^>]*>`)

// plain is a sentence without links.
func plain(ctx context.Context, text templ.Component) (string, error) {
	var b strings.Builder
	err := text.Render(ctx, &b)
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(b.String(), ""))), " "), err
}
