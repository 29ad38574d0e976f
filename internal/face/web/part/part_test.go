package part_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"pollen"
	"pollen/internal/face/web/part"
	"pollen/internal/pure/i18n"
	"pollen/internal/pure/schema"
)

func render(t testing.TB, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestStory renders every component in both languages and checks what holds for
// every page. With POLLEN_STORY=folder the pages stay there to be looked at.
func TestStory(t *testing.T) {
	folder := os.Getenv("POLLEN_STORY")
	if folder == "" {
		folder = t.TempDir()
	}
	for _, l := range i18n.Locales {
		for _, theme := range []part.Theme{part.Auto, part.Dark} {
			page := render(t, story(l, theme))
			name := fmt.Sprintf("story-%s%s.html", l.Tag(), map[part.Theme]string{part.Dark: "-dark"}[theme])
			if err := os.WriteFile(filepath.Join(folder, name), []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
			check(t, name, page)
		}
	}
}

// check reads a page as a browser does and finds what no page may have.
func check(t *testing.T, name, page string) {
	t.Helper()
	ids, refs := map[string]bool{}, map[string]string{}
	z := html.NewTokenizer(strings.NewReader(page))
	var open []string
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			break
		}
		token := z.Token()
		switch kind {
		case html.StartTagToken:
			if !void[token.Data] {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("%s: </%s> closes %v", name, token.Data, open)
			}
			open = open[:len(open)-1]
		}
		if token.Data == "style" || token.Data == "script" && kind == html.StartTagToken && !strings.Contains(token.String(), "src=") {
			t.Errorf("%s: %s is inline", name, token)
		}
		for _, a := range token.Attr {
			switch {
			case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("%s: %s is inline", name, token)
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("%s: the id %q stands twice", name, a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			case a.Key == "for" || a.Key == "aria-labelledby" || a.Key == "aria-describedby" || a.Key == "list":
				for ref := range strings.FieldsSeq(a.Val) {
					refs[ref] = token.String()
				}
			case a.Key == "href" && strings.HasPrefix(a.Val, "about:"):
				t.Errorf("%s: %s leads nowhere", name, token)
			}
		}
	}
	if len(open) > 0 {
		t.Errorf("%s: %v stays open", name, open)
	}
	for ref, from := range refs {
		if !ids[ref] {
			t.Errorf("%s: %s names %q, which is not on the page", name, from, ref)
		}
	}
	if strings.Count(page, "<h1") != 1 {
		t.Errorf("%s: a page has one first heading", name)
	}
}

var void = map[string]bool{"meta": true, "link": true, "input": true, "br": true, "hr": true, "img": true}

func TestTextIsEscaped(t *testing.T) {
	const evil = `"><script>alert('&')</script>`
	l := i18n.English
	for name, c := range map[string]templ.Component{
		"text":  part.Text(evil),
		"link":  part.Anchor(part.Link{Text: evil, Href: "/" + evil}),
		"value": part.Values(l, part.Home{Path: evil, Base: evil}, []part.Value{{ID: evil, Label: evil, Help: evil, Shown: []part.Shown{{Text: evil, Href: evil, Lang: evil}}, Life: part.Text(evil)}}),
		"field": part.Field(l, part.Input{Name: evil, Label: evil, Help: evil, Error: evil, Unit: evil, Hint: evil, Rows: []part.Row{{Text: evil}}}),
		"long":  part.Field(l, part.Input{Name: evil, Type: schema.LongText, Rows: []part.Row{{Text: "</textarea>" + evil}}}),
		"table": part.TableOf(l, part.Table{Name: evil, Caption: evil, Columns: []part.Column{{Label: evil, Href: evil}}, Rows: []part.TableRow{{Title: part.Link{Text: evil, Href: evil}, Pick: evil}}}),
		"face":  part.Face(evil, pollen.PersonaNamed, part.Big),
		"say":   part.Say(l, "", "{x} and "+evil, "x", evil),
		"diff":  part.Diff(l, []part.DiffField{{Label: evil, Pieces: []part.DiffPiece{{part.Insert, evil}}}}),
	} {
		if got := render(t, c); strings.Contains(got, "<script") || strings.Contains(got, "</textarea>\"") {
			t.Errorf("%s lets markup through: %s", name, got)
		}
	}
}

func TestAddressesThatRunScriptAreMadeHarmless(t *testing.T) {
	for _, c := range []struct {
		href string
		kept bool
	}{
		{"/c/people", true}, {"?sort=name", true}, {"#office", true}, {"https://pollen.example/", true}, {"tel:+33199001234", true}, {"mailto:a@pollen.example", true},
		{"javascript:alert(1)", false}, {"JaVaScRiPt:alert(1)", false}, {"data:text/html,x", false}, {" javascript:alert(1)", false}, {"", false},
	} {
		if got := render(t, part.Anchor(part.Link{Text: "x", Href: c.href})); strings.Contains(got, "about:invalid") == c.kept {
			t.Errorf("%q became %s", c.href, got)
		}
	}
}

func TestSentencesHoldComponents(t *testing.T) {
	for _, c := range []struct {
		c    templ.Component
		want string
	}{
		{part.Say(i18n.English, "", "{who} wrote <{what}>", "who", part.Anchor(part.Link{Text: "A&B", Href: "/p"}), "what", 12000), `<a href="/p">A&amp;B</a> wrote &lt;12,000&gt;`},
		{part.Say(i18n.English, "", "{nobody} { open"), "{nobody} { open"},
		{part.Say(i18n.English, "", "{a} and {b}", "a", "\u05d0\u05d1 (1)", "b", part.Anchor(part.Link{Text: "\u0645", Href: "/m"})), "<bdi>\u05d0\u05d1 (1)</bdi> and <a href=\"/m\" dir=\"auto\">\u0645</a>"},
		{part.ShownAll([]part.Shown{{Text: "\u0645"}, {Text: "\u0645", Lang: "ar", Note: "arabe"}, {Text: "\u05d0", Href: "/x"}, {Text: "b"}}),
			"<bdi>\u0645</bdi>, <bdi lang=\"ar\">\u0645</bdi> <span class=\"faint xs\">arabe</span>, <a href=\"/x\" dir=\"auto\">\u05d0</a>, b"},
		{part.SayN(i18n.French, "part.unread", 1, "{n} new notice", "{n} new notices"), "1 nouvel avis"},
		{part.SayN(i18n.French, "part.unread", 2, "{n} new notice", "{n} new notices"), "2 nouveaux avis"},
	} {
		if got := render(t, c.c); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestEmblemsTellCommunitiesApart(t *testing.T) {
	seen := map[string]string{}
	for _, slug := range []string{"commons", "mobility", "networks", "purchasing"} {
		e := render(t, part.Emblem(slug))
		if other, twice := seen[e]; twice {
			t.Errorf("%s and %s have one emblem", slug, other)
		}
		if seen[e] = slug; e != render(t, part.Emblem(slug)) {
			t.Errorf("%s has two emblems", slug)
		}
	}
}

// TestWhatIsTypedComesBack fills a field's input and reads it as the browser
// would send it.
func TestWhatIsTypedComesBack(t *testing.T) {
	for _, c := range []struct {
		name  string
		field schema.Field
		value string
		typed func(url.Values) // what the person changes
		want  string           // "" is no value
	}{
		{"text", schema.Field{Type: schema.Text}, `"B 2.14 & <3>"`, nil, `"B 2.14 & <3>"`},
		{"long text", schema.Field{Type: schema.LongText}, `"\nfirst\n\nlast"`, nil, ""},
		{"number", schema.Field{Type: schema.Number, Unit: "MW"}, `12.5`, nil, `12.5`},
		{"yes", schema.Field{Type: schema.Boolean}, `true`, nil, `true`},
		{"no longer known", schema.Field{Type: schema.Boolean}, `true`, func(f url.Values) { f.Set("x", "") }, ""},
		{"no", schema.Field{Type: schema.Boolean}, `false`, nil, `false`},
		{"date", schema.Field{Type: schema.Date}, `"2026-11-24"`, nil, `"2026-11-24"`},
		{"choice", schema.Field{Type: schema.Choice, Terms: []schema.Term{{Code: "a"}, {Code: "b", Retired: true}}}, `"b"`, nil, `"b"`},
		{"choices", schema.Field{Type: schema.Choice, Many: true, Terms: []schema.Term{{Code: "a"}, {Code: "b"}}}, `["a","b"]`, nil, `["a","b"]`},
		{"choices unticked", schema.Field{Type: schema.Choice, Many: true, Terms: []schema.Term{{Code: "a"}}}, `["a"]`, func(f url.Values) { f["x"] = []string{""} }, ""},
		{"telephones, one more", schema.Field{Type: schema.Phone, Many: true}, `["+33123456789"]`, func(f url.Values) { f["x"][1] = "01 23 45 67 90" }, `["+33123456789","+33123456790"]`},
		{"place", schema.Field{Type: schema.Place}, `{"address":"12 rue Haute","lat":48.11,"lon":-1.68}`, nil, `{"address":"12 rue Haute","lat":48.11,"lon":-1.68}`},
		{"reference", schema.Field{Type: schema.Reference}, `"0123456789abc"`, nil, `"0123456789abc"`},
		{"another reference typed", schema.Field{Type: schema.Reference}, `"0123456789abc"`, func(f url.Values) { f.Set("x", "0123456789abd") }, `"0123456789abd"`},
		{"references", schema.Field{Type: schema.Reference, Many: true}, `["0123456789abc","0123456789abd"]`, func(f url.Values) { f["x"][0] = "" }, `["0123456789abd"]`},
		{"languages", schema.Field{Type: schema.Localized}, `{"br":"Breizh","fr":"Bretagne"}`, func(f url.Values) { f["x"][0] = "Brittany: the region" }, `{"br":"Breizh","en":"Brittany: the region","fr":"Bretagne"}`},
		{"one more language", schema.Field{Type: schema.Localized}, `{"br":"Breizh","fr":"Bretagne"}`, func(f url.Values) { f["x"][3], f["x.lang"][3] = "Bretagna", "it" }, `{"br":"Breizh","fr":"Bretagne","it":"Bretagna"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := c.field
			f.Name = "x"
			in := part.InputOf(i18n.English, &f, json.RawMessage(c.value), func(id string) string { return "Title of " + id })
			form := sent(t, render(t, part.Field(i18n.English, in)))
			if c.typed != nil {
				c.typed(form)
			}
			got, err := f.FromTexts(part.Texts(part.ReadInput(form, "x", f.Type), f.Type), &schema.Env{Region: "FR"})
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if want == "" && c.typed == nil { // back to what it was, as the schema itself writes it
				v, err := f.FromTexts(f.Texts(json.RawMessage(c.value)), nil)
				if err != nil {
					t.Fatal(err)
				}
				want = string(v)
			}
			if string(got) != want {
				t.Errorf("%s came back from %v, want %s", got, form, want)
			}
		})
	}
}

// Of many languages the reader's own comes first, with those of the pages; the
// others are folded away and counted, and sent all the same.
func TestManyLanguagesAreFoldedAway(t *testing.T) {
	f := schema.Field{Name: "x", Type: schema.Localized}
	value := json.RawMessage(`{"ar":"أ","br":"b","de":"d","en-GB":"e","it":"i","oc":"o","und":"u","zh":"z"}`)
	page := render(t, part.Field(i18n.French, part.InputOf(i18n.French, &f, value, nil)))
	near, rest, ok := strings.Cut(page, `<details class="rest"><summary>Dans 6 autres langues</summary>`)
	folded, blank, closed := strings.Cut(rest, "</details>")
	if !ok || !closed {
		t.Fatalf("not folded: %s", page)
	}
	tags := func(markup string) string { return strings.Join(sent(t, markup)["x.lang"], " ") }
	if tags(near) != "fr en-GB und" || tags(folded) != "ar br de it oc zh" || tags(blank) != "" || len(sent(t, blank)["x.lang"]) != 1 {
		t.Errorf("near %q, folded %q, then %q", tags(near), tags(folded), tags(blank))
	}
	in := part.InputOf(i18n.French, &f, value, nil)
	if !in.Same(i18n.English, part.ReadInput(sent(t, page), "x", f.Type)) {
		t.Error("sent as it was shown, it is another")
	}
	in.Error = "wrong"
	if !strings.Contains(render(t, part.Field(i18n.French, in)), `<details class="rest" open>`) {
		t.Error("what is wrong may be folded away")
	}
}

// sent is what a browser sends of the controls in markup (HTML, section
// 4.10.22.4).
func sent(t *testing.T, markup string) url.Values {
	t.Helper()
	root, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{}
	for n := range root.Descendants() {
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		_, checked := at["checked"]
		switch {
		case n.Data == "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			form.Add(at["name"], text)
		case n.Data == "select":
			chosen := ""
			for o := range n.Descendants() {
				for _, a := range o.Attr {
					if a.Key == "selected" {
						for _, v := range o.Attr {
							if v.Key == "value" {
								chosen = v.Val
							}
						}
					}
				}
			}
			form.Add(at["name"], chosen)
		case n.Data == "input" && (at["type"] == "radio" || at["type"] == "checkbox") && !checked:
		case n.Data == "input" && at["name"] != "":
			form.Add(at["name"], at["value"])
		}
	}
	return form
}

func TestQRRefusesWhatDoesNotFit(t *testing.T) {
	if _, err := part.QR(strings.Repeat("x", 10_000), "x"); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("%v, want Invalid", err)
	}
}

func hundred() []part.Value {
	rows := make([]part.Value, 100)
	for i := range rows {
		name := fmt.Sprintf("field_%d", i)
		rows[i] = part.Value{
			ID: name, Label: "Téléphone", Shown: []part.Shown{{Text: "01 99 00 12 34", Href: "tel:+33199001234", Code: true}},
			Life: part.Text("confirmed on 12 Oct by 3 people"),
			Fix:  &part.Fix{Input: part.Input{Name: "value", Type: schema.Phone, Rows: []part.Row{{Text: "+33199001234"}}}},
		}
	}
	return rows
}

func BenchmarkHundredValues(b *testing.B) {
	p := &part.Page{Locale: i18n.French, Title: "x", Actor: ana, Path: "/c/people/x", Crumbs: []part.Link{{"a", "/"}}}
	rows := hundred()
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		ctx := templ.WithChildren(b.Context(), part.Values(i18n.French, part.Home{Path: "/c/people/x", Base: "43"}, rows))
		if err := part.Shell(p).Render(ctx, &out); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(out.Len()))
}

func BenchmarkTable(b *testing.B) {
	t := part.Table{Columns: make([]part.Column, 6)}
	for range 50 {
		t.Rows = append(t.Rows, part.TableRow{Title: part.Link{Text: "Agence du Pont", Href: "/c/sites/agence"}, Cells: []part.Cell{
			{Shown: []part.Shown{{Text: "Pont-d’Ervel"}}}, {Shown: []part.Shown{{Text: "01 99 00 12 34", Code: true, State: part.Due}}}, {Shown: []part.Shown{{Text: "A"}}}, {Shown: []part.Shown{{Text: "12"}}}, {Shown: []part.Shown{{Text: "12 nov."}}, Soft: true}}})
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := part.TableOf(i18n.French, t).Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// Where a choice is the answer "none", no other is offered.
func TestOneAnswerOfNone(t *testing.T) {
	l := i18n.Locales[0]
	own := part.Choice{Label: "Everything"}
	for name, few := range map[string]bool{"radio": true, "select": false} {
		in := part.Input{Name: "sort", Type: schema.Choice, Choices: []part.Choice{{"a", "A"}, {"b", "B"}}}
		if !few {
			in.Choices = append(in.Choices, part.Choice{"c", "C"}, part.Choice{"d", "D"}, part.Choice{"e", "E"})
		}
		if page := render(t, part.Field(l, in)); strings.Count(page, `value=""`) != 1 {
			t.Errorf("%s: not one answer of none: %s", name, page)
		}
		in.Choices = append([]part.Choice{own}, in.Choices...)
		if page := render(t, part.Field(l, in)); strings.Count(page, `value=""`) != 1 || !strings.Contains(page, own.Label) {
			t.Errorf("%s: the answer of the page's own is not the only one: %s", name, page)
		}
	}
}
