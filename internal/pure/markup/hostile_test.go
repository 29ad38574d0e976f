package markup_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pollen/internal/pure/markup"
)

// allowed is what a page may get, element by element.
var allowed = map[string][]string{
	"p": nil, "br": nil, "h3": nil, "h4": nil, "h5": nil, "h6": nil, "blockquote": nil, "pre": nil, "code": nil,
	"em": nil, "strong": nil, "del": nil, "ul": nil, "ol": {"start"}, "li": nil, "hr": nil,
	"table": nil, "thead": nil, "tbody": nil, "tr": nil, "th": {"class"}, "td": {"class"},
	"a": {"href", "rel", "title", "class"}, "img": {"src", "alt", "title"},
}

// safe parses the output as a browser does, and tells what a page may not get.
func safe(t *testing.T, in, out string) {
	t.Helper()
	nodes, err := html.ParseFragment(strings.NewReader(out), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		t.Fatalf("%.200q gives what cannot be parsed: %v", in, err)
	}
	if !utf8.ValidString(out) || strings.ContainsRune(out, 0) {
		t.Fatalf("%.200q gives invalid UTF-8 or NUL", in)
	}
	var look func(n *html.Node, inLink bool)
	look = func(n *html.Node, inLink bool) {
		switch n.Type {
		case html.TextNode:
		case html.ElementNode:
			attributes, ok := allowed[n.Data]
			if !ok {
				t.Fatalf("%.200q gives the element %s: %.400s", in, n.Data, out)
			}
			if n.Data == "a" && inLink {
				t.Fatalf("%.200q gives a link in a link: %.400s", in, out)
			}
			inLink = inLink || n.Data == "a"
			for _, a := range n.Attr {
				if !slices.Contains(attributes, a.Key) {
					t.Fatalf("%.200q gives %s an attribute %s: %.400s", in, n.Data, a.Key, out)
				}
				value(t, in, n.Data, a)
			}
		default:
			t.Fatalf("%.200q gives a node that is neither text nor element: %.400s", in, out)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			look(c, inLink)
		}
	}
	for _, n := range nodes {
		look(n, false)
	}
}

func value(t *testing.T, in, element string, a html.Attribute) {
	t.Helper()
	switch a.Key {
	case "href":
		u, err := url.Parse(a.Val)
		if err != nil || !slices.Contains([]string{"http", "https", "mailto", "tel", ""}, u.Scheme) || u.Scheme == "" && (u.Host != "" || !strings.HasPrefix(u.Path, "/")) {
			t.Fatalf("%.200q gives a link to %q", in, a.Val)
		}
	case "src":
		if !strings.HasPrefix(a.Val, "/file/") {
			t.Fatalf("%.200q fetches %q", in, a.Val)
		}
	case "class":
		if !slices.Contains([]string{"mention", "entry", "center", "right"}, a.Val) {
			t.Fatalf("%.200q gives %s the class %q", in, element, a.Val)
		}
	case "rel":
		if a.Val != "nofollow noopener ugc" {
			t.Fatalf("%.200q gives rel %q", in, a.Val)
		}
	}
}

var attacks = []string{
	"<script>alert(1)</script>",
	"<scr<script>ipt>alert(1)</scr</script>ipt>",
	"<img src=x onerror=alert(1)>",
	"<svg onload=alert(1)><script xlink:href=data:,alert(1)></script></svg>",
	"<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
	"<a href='javascript:alert(1)'>x</a>",
	"<style>*{display:none}</style><!-- c --><?php ?><![CDATA[x]]>",
	"[x](javascript:alert(1))",
	"[x](JaVaScRiPt:alert(1))",
	"[x](java\tscript:alert(1))",
	"[x](<java\nscript:alert(1)>)",
	"[x](&#106;&#97;vascript&colon;alert(1))",
	"[x](&#x6A;avascript&#58;alert(1))",
	`[x](javascript\:alert(1))`,
	"[x](\x01javascript:alert(1))",
	"[x](&#1;javascript:alert(1))",
	"[x](&nbsp;javascript:alert(1))",
	"[x](vbscript:msgbox(1))",
	"[x](data:text/html;base64,PHNjcmlwdD4=)",
	"[x](//evil.example)",
	`[x](/\evil.example)`,
	`[x](\\evil.example)`,
	"[x](/%5cevil.example)",
	"[x](http:evil.example)",
	"[x](https:///evil.example)",
	"[x](file:///etc/passwd)",
	"[x](blob:https://a.example/b)",
	"![x](javascript:alert(1))",
	"![x](data:image/svg+xml,<svg/onload=alert(1)>)",
	`![x" onerror="alert(1)](/file/x.png)`,
	`![x](/file/x.png" onerror="alert(1))`,
	`[x](https://a.example "t" onmouseover="alert(1)")`,
	`[x](https://a.example 't"onmouseover="alert(1)')`,
	`[x](https://a.example/"onmouseover=alert(1))`,
	"<https://a.example/\"onmouseover=alert(1)>",
	"<javascript:alert(1)>",
	"https://a.example/\"><script>alert(1)</script>",
	"www.a.example/<img/src=x/onerror=alert(1)>",
	"[r]\n\n[r]: javascript:alert(1) \"x\"",
	"```\"><script>alert(1)</script>\nx\n```",
	"``` x\" onclick=\"alert(1)\nx\n```",
	"# x {onclick=alert(1)}",
	"|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
	"@ana\"onclick=alert(1)",
	"[[communes/rennes|<script>alert(1)</script>]]",
	"a\x00<\x00script>",
	"\xff\xfe<script>",
	"\xc0\xbcscript>",
	"&lt;script&gt; &#60;script&#62; \\<script>",
	"<plaintext>", "<xmp>", "<noscript>", "<template>", "<iframe srcdoc='x'>", "<base href=//evil.example>",
	"<meta http-equiv=refresh content=0>", "<form action=//evil.example><button>", "<object data=x>", "<link rel=stylesheet href=x>",
}

func TestAttacks(t *testing.T) {
	for _, in := range attacks {
		for _, lang := range []string{"en", "fr"} {
			safe(t, in, markup.Render(in, site(lang)))
		}
	}
}

func TestRawHTMLIsShownAsText(t *testing.T) {
	renders(t, "en", [][2]string{
		{"<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"},
		{"a <b onclick=x>bold</b>", "<p>a &lt;b onclick=x&gt;bold&lt;/b&gt;</p>"},
		{"a\x00b\xffc\r\nd", "<p>ab\uFFFDcd</p>"},
	})
}

// floods are what makes a careless reader take forever or overflow; most are
// from CommonMark's own test/pathological_tests.py.
func floods(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	half := func(a, b string) string { return strings.Repeat(a, size/2/len(a)) + strings.Repeat(b, size/2/len(b)) }
	staircase := func(mark string) string {
		var b strings.Builder
		for i := 1; b.Len() < size; i++ {
			b.WriteString("e" + strings.Repeat(mark, i))
		}
		return b.String()
	}
	lines := func(line string) string { return fill(line + "\n") }
	return map[string]string{
		"strong in emphasis":     half("*a **a ", "b** b*"),
		"closers without opener": fill("a_ "),
		"openers without closer": fill("_a "),
		"closers of links":       fill("a]"),
		"openers of links":       fill("[a"),
		"openers of images":      fill("![a"),
		"mismatched":             fill("*a_ "),
		"openers and closers":    fill("a**b" + "c* "),
		"links and emphasis":     fill("[ a_"),
		"code":                   staircase("`"),
		"code, closed never":     fill("`a``"),
		"nested brackets":        half("[", "]"),
		"nested images":          half("![", "](x)"),
		"nested quotes":          fill(">") + "a",
		"nested quotes, lines":   lines(strings.Repeat("> ", 400) + "a"),
		"nested lists":           fill("- ") + "a",
		"nested lists, lines":    lines(strings.Repeat("- ", 400) + "a"),
		"list, indented":         fill("* a\n *  b\n  *   c\n"),
		"links, title unclosed":  fill("[a](<b> \""),
		"links, label unclosed":  fill("[a]["),
		"links, address open":    fill("[a](b"),
		"destination":            "[a](" + fill("(") + ")",
		"entries":                fill("[[a|b]]"),
		"entries, unclosed":      fill("[[a"),
		"mentions":               fill("@ana "),
		"addresses":              fill("https://a.example/ "),
		"addresses, brackets":    "https://a.example/" + fill("(") + fill(")")[:10],
		"addresses, e-mail":      fill("a@b"),
		"definitions":            fill("[a]: /b\n"),
		"one definition, used":   "[a]: https://b.example/" + strings.Repeat("c", 1900) + "\n\n" + fill("[a] "),
		"wide table":             strings.Repeat("|a", 5000) + "|\n" + strings.Repeat("|-", 5000) + "|\n" + lines("|"),
		"table of code":          lines("|a|\n|-|") + lines("|`\\|`|"),
		"table of bars":          "|a|\n|-|\n" + lines("|`\\|`|"),
		"strikes":                fill("~~a "),
		"entities":               fill("&"),
		"entities, unknown":      fill("&amptoolongtobeanentity"),
		"backslashes":            fill("\\"),
		"NUL":                    fill("\x00"),
		"invalid UTF-8":          fill("\xff"),
		"headings":               lines("# a *b*"),
		"underlines":             fill("a\n-\n"),
		"rules":                  lines("* * *"),
		"fences":                 lines("```"),
		"blank":                  fill("\n"),
		"French":                 fill("« ! '"),
		"autolinks":              fill("<a:"),
		"comments":               fill("<!--"),
	}
}

func TestFloods(t *testing.T) {
	for name, in := range floods(100_000) {
		t.Run(name, func(t *testing.T) {
			out := markup.Render(in, site("fr"))
			safe(t, name, out)
			if most := 30*len(in) + 1<<20; len(out) > most {
				t.Errorf("%d bytes become %d", len(in), len(out))
			}
			markup.Text(in)
			markup.Excerpt(in, 100)
			markup.Mentions(in)
		})
	}
}

func TestTooLongIsPlain(t *testing.T) {
	in := strings.Repeat("**a** <b>\n\n", markup.MaxSize/10)
	out := markup.Render(in, nil)
	safe(t, "a long text", out)
	if !strings.HasPrefix(out, "<p>**a** &lt;b&gt;</p>\n<p>") {
		t.Errorf("%.100s", out)
	}
}

func FuzzRender(f *testing.F) {
	for _, in := range attacks {
		f.Add(in)
	}
	f.Add(page)
	f.Fuzz(func(t *testing.T, in string) {
		for _, lang := range []string{"en", "fr"} {
			safe(t, in, markup.Render(in, site(lang)))
		}
		markup.Mentions(in)
		if outside := strings.Contains(markup.Render(in, nil), `rel="nofollow`); outside && len(markup.Outside(in)) == 0 {
			t.Fatalf("%q leads outside, and nothing tells it", in)
		}
		if e := markup.Excerpt(in, 20); utf8.RuneCountInString(e) > 20 || strings.Contains(e, "\n") || !utf8.ValidString(e) {
			t.Fatalf("%q has the excerpt %q", in, e)
		}
	})
}

func BenchmarkFloods(b *testing.B) {
	for name, in := range floods(200_000) {
		b.Run(name, func(b *testing.B) {
			o := site("fr")
			for b.Loop() {
				markup.Render(in, o)
			}
		})
	}
}
