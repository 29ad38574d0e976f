package pollentest

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Form is what a browser would send of a form in a page: the first one inside
// the element of an identifier, left as it is (HTML, section 4.10.22.4).
func Form(t testing.TB, page, id string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	form := first(first(root, func(n *html.Node) bool { return attr(n, "id") == id }), func(n *html.Node) bool { return n.Data == "form" })
	if form == nil {
		t.Fatalf("there is no form in #%s", id)
	}
	return filled(form)
}

// FormsTo are the forms of a page that post to an address, each as [Form] reads
// it; a form without an address of its own posts to that of the page, too.
func FormsTo(t testing.TB, page, address string) (out []url.Values) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || attr(n, "method") != "post" {
			continue
		}
		if to, _, _ := strings.Cut(attr(n, "action"), "#"); to == address || to == "" {
			out = append(out, filled(n))
		}
	}
	return out
}

// filled is what stands in a form.
func filled(form *html.Node) url.Values {
	out := url.Values{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" || has(n, "disabled") {
			continue
		}
		switch n.Data {
		case "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			out.Add(name, strings.ReplaceAll(text, "\n", "\r\n"))
		case "select":
			chosen := first(n, func(o *html.Node) bool { return o.Data == "option" && has(o, "selected") })
			if chosen == nil {
				chosen = first(n, func(o *html.Node) bool { return o.Data == "option" })
			}
			if chosen != nil {
				out.Add(name, attr(chosen, "value"))
			}
		case "input":
			switch kind := attr(n, "type"); {
			case (kind == "radio" || kind == "checkbox") && !has(n, "checked"), kind == "file", kind == "submit":
			default:
				out.Add(name, attr(n, "value"))
			}
		}
	}
	return out
}

func first(n *html.Node, is func(*html.Node) bool) *html.Node {
	if n == nil {
		return nil
	}
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && is(d) {
			return d
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
