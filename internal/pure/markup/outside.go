package markup

import "github.com/yuin/goldmark/ast"

// Outside lists the addresses to which a text links that are no path of this
// site, each once and in their order. Those of mail and of telephones are none.
func Outside(markdown string) (out []string) {
	source := clean(markdown)
	if len(source) > MaxSize || plainly(source) {
		return nil // shown as plain text
	}
	w := &writer{source: []byte(source), o: &Options{}}
	seen := map[string]bool{}
	add := func(address string) {
		if href, outside := w.safe(address); outside && !seen[href] {
			seen[href] = true
			out = append(out, href)
		}
	}
	var read func(ast.Node)
	read = func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Link:
			add(unescape(string(n.Destination)))
		case *ast.Image:
			add(unescape(string(n.Destination)))
		case *ast.AutoLink:
			add(string(n.URL(w.source))) // without a scheme where it is one of mail
		}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			read(c)
		}
	}
	read(parse(w.source, &state{o: w.o}))
	return out
}
