package markup_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pollen/internal/pure/markup"
)

// site knows one persona, one entry and the images below /file/.
func site(lang string) *markup.Options {
	return &markup.Options{
		Mention: func(handle string) (string, string, bool) {
			return "/p/" + handle, "", handle == "ana" || handle == "ana.b"
		},
		Entry: func(reference string) (string, string, bool) {
			return "/c/communes/rennes", "Rennes", reference == "communes/rennes"
		},
		Image: func(src string) bool { return strings.HasPrefix(src, "/file/") },
		Base:  "https://directory.example",
		Lang:  lang,
	}
}

// renders compares one line of HTML for each case.
func renders(t *testing.T, lang string, cases [][2]string) {
	t.Helper()
	for _, c := range cases {
		got := strings.ReplaceAll(strings.TrimSpace(markup.Render(c[0], site(lang))), "\n", "")
		if got != c[1] {
			t.Errorf("%q\n gives %s\n  want %s", c[0], got, c[1])
		}
	}
}

func TestLanguage(t *testing.T) {
	renders(t, "en", [][2]string{
		{"", ""},
		{"One *two* **three** ~~four~~ `five`", "<p>One <em>two</em> <strong>three</strong> <del>four</del> <code>five</code></p>"},
		{"a\n\nb  \nc", "<p>a</p><p>b<br>c</p>"},
		{"- a\n- b\n\n3. c\n4. d", `<ul><li>a</li><li>b</li></ul><ol start="3"><li>c</li><li>d</li></ol>`},
		{"- [ ] no box", "<ul><li>[ ] no box</li></ul>"},
		{"> said\n\n---", "<blockquote><p>said</p></blockquote><hr>"},
		{"```go\nif a < b {}\n```", "<pre><code>if a &lt; b {}</code></pre>"},
		{"| a | b |  |\n|:-:|--:|--|\n| 1 | 2 | 3 |\n| 4 |", `<table><thead><tr><th class="center">a</th><th class="right">b</th><td></td></tr></thead><tbody>` +
			`<tr><td class="center">1</td><td class="right">2</td><td>3</td></tr><tr><td class="center">4</td><td></td><td></td></tr></tbody></table>`},
		{`AT&amp;T \*not\* &notaname; &copy; \&lt; "q"`, "<p>AT&amp;T *not* &amp;notaname; © &amp;lt; &#34;q&#34;</p>"},
	})
}

func TestHeadingsSkipNoLevel(t *testing.T) {
	renders(t, "en", [][2]string{
		{"# a\n### b\n## c\n# d", "<h3>a</h3><h4>b</h4><h4>c</h4><h3>d</h3>"},
		{"#### a\n\nb\n===", "<h3>a</h3><h3>b</h3>"},
		{"# a\n## b\n### c\n#### d\n##### e", "<h3>a</h3><h4>b</h4><h5>c</h5><h6>d</h6><h6>e</h6>"},
		{"#\n# []()\n## a", "<h3>a</h3>"},
	})
}

func TestLinks(t *testing.T) {
	const rel = ` rel="nofollow noopener ugc"`
	renders(t, "en", [][2]string{
		{"[a](https://b.example/c?d=1&e=2 'f')", `<p><a href="https://b.example/c?d=1&amp;e=2" title="f"` + rel + `>a</a></p>`},
		{"see www.b.example.", `<p>see <a href="http://www.b.example"` + rel + `>www.b.example</a>.</p>`},
		{"<https://b.example> ana@b.example", `<p><a href="https://b.example"` + rel + `>https://b.example</a> <a href="mailto:ana@b.example">ana@b.example</a></p>`},
		{"[call](tel:+33299000000) [here](/c/units)", `<p><a href="tel:+33299000000">call</a> <a href="/c/units">here</a></p>`},
		{"[ours](https://directory.example/c/x) [not](https://directory.example.evil.example)", `<p><a href="https://directory.example/c/x">ours</a> <a href="https://directory.example.evil.example"` + rel + `>not</a></p>`},
		{"[](https://b.example)", `<p><a href="https://b.example"` + rel + `>https://b.example</a></p>`},
		{"[see <https://c.example> and @ana](https://b.example)", `<p><a href="https://b.example"` + rel + `>see https://c.example and @ana</a></p>`},
		{"[a][r] [r]\n\n[r]: https://b.example", `<p><a href="https://b.example"` + rel + `>a</a> <a href="https://b.example"` + rel + `>r</a></p>`},
		{"[a](relative/path) [b](#part) [c](ftp://d.example) [d]()", `<p>a b c d</p>`},
		{"[a](https://bank.example@evil.example)", `<p>a</p>`},
	})
}

func TestOutside(t *testing.T) {
	for in, want := range map[string]string{
		"nobody, [here](/c/units), ana@b.example, [call](tel:+33299000000)":  "[]",
		"[a](https://b.example/c) www.d.example <https://e.example> a:b":     "[https://b.example/c http://www.d.example https://e.example]",
		"![a](https://b.example/x.png) [a](https://b.example/x.png)":         "[https://b.example/x.png]",
		"[a][r] and `https://code.example`\n\n[r]: https://b.example":        "[https://b.example]",
		"[a](javascript:x) [b](//c.example) [d](&#104;ttps://e.example)":     "[https://e.example]",
		"> - **deep [a](HTTPS://B.example)** | www.c.example | [[x]] @ana\n": "[https://B.example http://www.c.example]",
	} {
		if got := fmt.Sprint(markup.Outside(in)); got != want {
			t.Errorf("%q leads to %s, want %s", in, got, want)
		}
	}
}

func TestImagesStayAtHome(t *testing.T) {
	renders(t, "en", [][2]string{
		{"![a plan](/file/abc.png)", `<p><img src="/file/abc.png" alt="a plan"></p>`},
		{"![a *plan*](https://b.example/x.png)", `<p><a href="https://b.example/x.png" rel="nofollow noopener ugc">a plan</a></p>`},
		{"![](//b.example/x.png)", `<p>//b.example/x.png</p>`},
		{"![x](/sign-in/token)", `<p><a href="/sign-in/token">x</a></p>`},
		{"![x](data:image/svg+xml;base64,PHN2Zz4=)", `<p>x</p>`},
		{"[![](/file/a.png)](/c/units)", `<p><a href="/c/units"><img src="/file/a.png" alt="/file/a.png"></a></p>`},
	})
}

func TestPointers(t *testing.T) {
	renders(t, "en", [][2]string{
		{"@ana, @Ana.B. and @bob", `<p><a class="mention" href="/p/ana">@ana</a>, <a class="mention" href="/p/ana.b">@ana.b</a>. and @bob</p>`},
		{"(@ana) `@ana` x@ana @ana@other.example @ana_x @anaé", `<p>(<a class="mention" href="/p/ana">@ana</a>) <code>@ana</code> x@ana @ana@other.example @ana_x @anaé</p>`},
		{"[[communes/rennes]] [[communes/rennes|the *city*]] [[unknown]]", `<p><a class="entry" href="/c/communes/rennes">Rennes</a> <a class="entry" href="/c/communes/rennes">the *city*</a> [[unknown]]</p>`},
	})
	if got := markup.Render("@ana [[x]]", nil); got != "<p>@ana [[x]]</p>\n" {
		t.Errorf("without options: %s", got)
	}
}

func TestFrenchTypography(t *testing.T) {
	renders(t, "fr", [][2]string{
		{"Vrai ? Oui ! L'été : 12:30 ; 5 %", "<p>Vrai\u202f? Oui\u202f! L’été\u00a0: 12:30\u202f; 5\u202f%</p>"},
		{"Bonjour! Note: a", "<p>Bonjour\u202f! Note\u00a0: a</p>"},
		{"« oui » et «non»", "<p>«\u00a0oui\u00a0» et «\u00a0non\u00a0»</p>"},
		{"Quoi ?! a&amp;b; *x* !", "<p>Quoi\u202f?! a&amp;b\u202f; <em>x</em>\u202f!</p>"},
		{"`a ? b` https://b.example/?x=1", "<p><code>a ? b</code> <a href=\"https://b.example/?x=1\" rel=\"nofollow noopener ugc\">https://b.example/?x=1</a></p>"},
		{"localhost:8080 !important", "<p>localhost:8080 !important</p>"},
	})
	renders(t, "en", [][2]string{{"Really ? It's", "<p>Really ? It&#39;s</p>"}})
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"Just words, isn't it?":                       "Just words, isn't it?",
		"# Title\n\nOne *two*\nthree":                 "Title\nOne two\nthree",
		"- a\n- b\n\n> c":                             "a\nb\nc",
		"[words](https://b.example) ![alt](/x.png)":   "words alt",
		"see [[communes/rennes|the city]] [[x]] @ana": "see the city x @ana",
		"`code` &amp; <b>bold</b>":                    "code & <b>bold</b>",
		"|a|b|\n|-|-|\n|1|2|":                         "a\tb\n1\t2",
		"```\nx := 1\ny\n```\nend":                    "x := 1\ny\nend",
		"a\x00b\xff":                                  "ab\uFFFD",
	} {
		if got := markup.Text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for _, c := range []struct {
		in    string
		runes int
		want  string
	}{
		{"# Accès\n\nPar la *grande* porte, au nord.", 100, "Accès Par la grande porte, au nord."},
		{"Par la grande porte, au nord.", 20, "Par la grande porte…"},
		{"Par la grande porte, au nord.", 18, "Par la grande…"},
		{"anticonstitutionnellement", 10, "anticonst…"},
		{"東京都千代田区丸の内", 5, "東京都千…"},
		{"abc", 3, "abc"},
		{"abcd", 0, ""},
		{"", 10, ""},
	} {
		if got := markup.Excerpt(c.in, c.runes); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.in, c.runes, got, c.want)
		}
	}
	long := markup.Excerpt(strings.Repeat("**mot** ", 100_000), 50)
	if n := utf8.RuneCountInString(long); n > 50 || !strings.HasSuffix(long, "mot…") {
		t.Errorf("of a long text: %q (%d runes)", long, n)
	}
}

func TestMentions(t *testing.T) {
	got := markup.Mentions("@bob and @ana, @Bob again, `@code`, mail x@y.example, [@label](/x)\n\n    @block\n\n> @quoted.")
	if fmt.Sprint(got) != "[bob ana quoted]" {
		t.Errorf("mentions %v", got)
	}
	if got := markup.Mentions("nobody"); got != nil {
		t.Errorf("mentions %v of nobody", got)
	}
}

const page = `## Access

By the **north gate**; ask [the reception](https://www.example.org/reception) or @ana for a badge. See [[communes/rennes]].

- Monday to Friday: 8:00 to 18:00
- Saturday: *on demand*

| door | code |
|------|-----:|
| A    | 12   |
| B    | 34   |
`

func BenchmarkRender(b *testing.B) {
	o := site("fr")
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		markup.Render(page, o)
	}
}

func BenchmarkRenderLine(b *testing.B) {
	o := site("fr")
	b.ReportAllocs()
	for b.Loop() {
		markup.Render("Is the north gate open on Saturday? @ana would know.", o)
	}
}

func BenchmarkText(b *testing.B) {
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		markup.Text(page)
	}
}

func BenchmarkTextWords(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		markup.Text("The north gate is open from Monday to Friday, eight to eighteen.")
	}
}

func TestSet(t *testing.T) {
	for _, c := range [][3]string{
		{"Toujours H2V ? L'un ou l'autre : « oui »", "fr", "Toujours H2V\u202f? L’un ou l’autre\u00a0: «\u00a0oui\u00a0»"},
		{"Still H2V ? It's", "en", "Still H2V ? It's"},
	} {
		if got := markup.Set(c[0], c[1]); got != c[2] {
			t.Errorf("%q in %s: %q, want %q", c[0], c[1], got, c[2])
		}
	}
}
