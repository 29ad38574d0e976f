package web

import (
	"context"
	"encoding/xml"
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
	return s.feed(w, r, v, q, v.T("web.changes-nav", "Recent changes"), page)
}

// entryFeed is what happens to one entry as a feed: its changes and its talk.
func (s *server) entryFeed(w http.ResponseWriter, r *http.Request, v *view) error {
	e, gone, err := s.find(w, r, v)
	if err != nil || gone {
		return err
	}
	return s.feed(w, r, v, journal.Query{Object: pollen.Ref(pollen.ObjectEntry, e.ID), Limit: perChanges}, e.Title, e.Path())
}

func (s *server) feed(w http.ResponseWriter, r *http.Request, v *view, q journal.Query, title, page string) error {
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
	f := feed{Lang: v.Tag(), ID: origin + page, Title: title + " · Pollen", Updated: s.Now().Format(time.RFC3339), Maker: "Pollen",
		Links: []feedLink{{"self", "application/atom+xml", origin + r.URL.RequestURI()}, {"alternate", "text/html", origin + page}}}
	for i, l := range lines {
		if i == 0 {
			f.Updated = l.At.Format(time.RFC3339)
		}
		title, err := plain(r.Context(), l.Text)
		if err != nil {
			return err
		}
		one := feedEntry{ID: origin + l.Page, Title: title, Updated: l.At.Format(time.RFC3339), Author: feedAuthor{l.By.Name}, Link: feedLink{"alternate", "text/html", origin + l.Page}}
		if l.Said != "" {
			one.Summary = &feedTextOf{"text", l.Said}
		}
		f.Entries = append(f.Entries, one)
	}
	b, err := xml.MarshalIndent(f, "", "\t")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	if _, err := w.Write(append([]byte(xml.Header), b...)); err != nil {
		return nil // the reader went away
	}
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
