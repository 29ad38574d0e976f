package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// everyType is a collection with a field of every type that is typed.
func everyType(s *site) {
	s.Collection("things", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Required: true, Column: true}, {Name: "about", Type: schema.LongText},
		{Name: "power", Type: schema.Number, Unit: "MW"}, {Name: "floors", Type: schema.Integer}, {Name: "open", Type: schema.Boolean},
		{Name: "since", Type: schema.Date}, {Name: "checked", Type: schema.DateTime},
		{Name: "kind", Type: schema.Choice, Indexed: true, Column: true, Terms: []schema.Term{{Code: "a", Label: map[string]string{"fr": "Agence"}}, {Code: "b", Label: map[string]string{"fr": "Base"}}}},
		{Name: "uses", Type: schema.Choice, Many: true, Terms: []schema.Term{{Code: "x"}, {Code: "y"}, {Code: "z"}}},
		{Name: "mail", Type: schema.Email}, {Name: "phones", Type: schema.Phone, Many: true}, {Name: "page", Type: schema.URL},
		{Name: "where", Type: schema.Place}, {Name: "near", Type: schema.Reference, Target: "sites"}, {Name: "anything", Type: schema.Reference, Many: true},
		{Name: "names", Type: schema.Localized}, {Name: "siret", Type: schema.Code, Check: "siret"},
		{Name: "secret", Type: schema.Text, Audience: pollen.AudienceMembers},
	}})
}

func TestEveryTypeIsTypedAndShown(t *testing.T) {
	s := open(t)
	s.create(t, "name", "Agence")
	s.Collection("unused", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "x", Type: schema.Text}}})
	everyType(s)
	ana := s.reader(t, "Ana")
	_, page := ana.get("/c/things/+new")
	ana.sees(page, `name="about"`, `inputmode="decimal"`, `type="date"`, `type="datetime-local"`, `data-pick`, `name="names.lang"`, `data-similar="things"`, `name="secret"`)
	resp, page := ana.post("/c/things/+new", "name", "Dépôt", "about", "Un **mot**.\n\n<script>x</script>", "power", "12,5", "floors", "3", "open", "yes", "since", "2026-11-24",
		"checked", "2026-11-24T09:30", "kind", "b", "uses", "x", "uses", "z", "mail", "a@pollen.example", "phones", "04 65 71 12 77", "phones", "04 65 71 12 78",
		"page", "https://pollen.example/x", "where", "12 rue Haute, Rennes (48.11, -1.68)", "near", "agence", "anything", "sites/agence",
		"names", "Dépôt nord", "names.lang", "fr", "names", "مستودع", "names.lang", "ar", "siret", "732 829 320 00074", "body", "Voir [[sites/agence]].", "-note", "vu sur place")
	if resp.Request.URL.Path != "/c/things/depot" {
		t.Fatalf("created at %s: %s", resp.Request.URL, page)
	}
	ana.sees(page, "<strong>mot</strong>", "12,5", "MW", "novembre 2026", "Base", "x, z", `href="mailto:a@pollen.example"`, `href="tel:+33465711277"`, "04 65 71 12 78",
		`href="https://pollen.example/x"`, `href="geo:48.11,-1.68"`, "12 rue Haute, Rennes", `href="/c/sites/agence"`, "Dépôt nord", `lang="ar"`, "arabe", "73282932000074",
		`<a class="entry" href="/c/sites/agence">`, "dit par Ana")
	if said, shown := strings.Count(page, "dit par Ana, "), strings.Count(page, `<dd class="life"><span class="grain"`); said != shown {
		t.Errorf("of %d values %d say who said them", shown, said)
	}
	if strings.Contains(page, "<script>x") {
		t.Error("the text runs script")
	}
	anyone := s.reader(t, "")
	if _, page := anyone.get("/c/things/depot"); strings.Contains(page, "<form class=\"stack tight\"") || strings.Contains(page, `id="secret"`) {
		t.Error("a reader is offered a correction, or told of what is not for them")
	}
	_, page = anyone.get("/c/sites/agence")
	anyone.sees(page, "Ce qui mène ici", "/c/things/depot")
	for _, field := range []string{"secret", "no-such-field"} {
		if resp, _ := anyone.get("/c/sites/agence/links?in=things&field=" + field); resp.StatusCode != http.StatusNotFound {
			t.Errorf("what leads here by %s: %d", field, resp.StatusCode)
		}
	}
}

// Only what differs is published: a value that nobody touched is not looked at
// again.
func TestChangeSeveralValuesAtOnce(t *testing.T) {
	s := open(t)
	everyType(s)
	ana := s.reader(t, "Ana")
	e, err := s.Registry.Create(t.Context(), s.System, "things", registry.Change{Texts: map[string][]string{
		"name": {"Dépôt"}, "checked": {"2026-11-24T09:30:45Z"}, "phones": {"04 65 71 12 77"}, "names": {"fr: Dépôt\nbr: Trevlec’h"}, "uses": {"x"}, "open": {"yes"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, page := ana.get(e.Path() + "/edit")
	form := pollentest.Form(t, page, "page-main")
	form.Set("floors", "4")
	form["phones"] = []string{"04 65 71 12 78"}
	resp, _ := ana.do("POST", e.Path()+"/edit", form.Encode())
	if resp.Request.URL.Path != e.Path() {
		t.Fatalf("after publishing: %d %s", resp.StatusCode, resp.Request.URL)
	}
	now, err := s.Registry.Get(t.Context(), s.System, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	var changed []string
	for i := range now.Collection.Schema.Fields {
		if f := &now.Collection.Schema.Fields[i]; now.SinceOf(f.ID) == 2 {
			changed = append(changed, f.Name)
		}
	}
	if strings.Join(changed, " ") != "floors phones" || now.Revision != 2 {
		t.Errorf("revision %d changed %v", now.Revision, changed)
	}
	// The same form again, for somebody has written since.
	form.Set("floors", "5")
	resp, page = ana.do("POST", e.Path()+"/edit", form.Encode())
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("a conflict: %d", resp.StatusCode)
	}
	ana.sees(page, "Entre-temps, quelqu’un a écrit\u00a0:</b> <span class=\"whole\" dir=\"auto\">4<", `value="5"`, `name="-base" value="2"`, `name="floors.keep"`)
	form.Set("mail", "nowhere")
	form.Set("-base", "2")
	resp, page = ana.do("POST", e.Path()+"/edit", form.Encode())
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(page, `aria-describedby="mail-error"`) {
		t.Errorf("a wrong value: %d, and the field must be marked", resp.StatusCode)
	}
}

// In a conflict one keeps one's own, or theirs, or writes a third; what others
// wrote elsewhere meanwhile is neither lost nor asked about, at the second try
// and at the third.
func TestAConflictInTheLongFormIsSettledFieldByField(t *testing.T) {
	s := open(t)
	everyType(s)
	ana := s.reader(t, "Ana")
	create := func() (*registry.Entry, url.Values) {
		e, err := s.Registry.Create(t.Context(), s.System, "things", registry.Change{Texts: map[string][]string{
			"name": {"Dépôt"}, "floors": {"1"}, "power": {"1"}, "mail": {"a@pollen.example"}, "phones": {"04 65 71 12 77"}, "checked": {"2026-11-24T09:30:45Z"}}})
		if err != nil {
			t.Fatal(err)
		}
		_, page := ana.get(e.Path() + "/edit")
		form := pollentest.Form(t, page, "page-main")
		form.Set("floors", "2")
		form.Set("power", "2")
		form["phones"] = append(form["phones"], "04 65 71 12 78")
		form.Set("body", "Le mien.")
		s.revise(t, e, "floors", "3", "power", "3", "mail", "b@pollen.example", "phones", "04 65 71 12 77", "phones", "04 65 71 12 79", "checked", "2026-11-25T09:30:45Z", "body", "Le leur.")
		return e, form
	}
	for _, x := range []struct {
		name, keep, typed, want string
	}{{"mine", "mine", "", "2"}, {"theirs", "theirs", "", "3"}, {"a third", "mine", "7", "7"}} {
		t.Run(x.name, func(t *testing.T) {
			e, form := create()
			resp, page := ana.do("POST", e.Path()+"/edit", form.Encode())
			if resp.StatusCode != http.StatusConflict {
				t.Fatalf("a conflict: %d", resp.StatusCode)
			}
			again := pollentest.Form(t, page, "page-main")
			if again.Get("floors.keep") != "mine" || again.Get("mail.keep") != "" || again.Get("mail") != "b@pollen.example" {
				t.Errorf("asked about floors: %q, about mail: %q, mail is %q", again.Get("floors.keep"), again.Get("mail.keep"), again.Get("mail"))
			}
			again.Set("power.keep", "theirs")
			again.Set("body.keep", "theirs")
			again.Set("floors.keep", x.keep)
			if x.typed != "" {
				again.Set("floors", x.typed)
			}
			again.Set("page", "nowhere") // something else is wrong, and somebody else is at it again
			s.revise(t, e, "mail", "c@pollen.example")
			resp, page = ana.do("POST", e.Path()+"/edit", again.Encode())
			if resp.StatusCode != http.StatusBadRequest {
				t.Fatalf("a wrong value: %d", resp.StatusCode)
			}
			last := pollentest.Form(t, page, "page-main")
			if last.Has("floors.keep") || last.Get("floors") != x.want || last.Get("power") != "3" {
				t.Errorf("what was settled is shown as %q, %q", last.Get("floors"), last.Get("power"))
			}
			last.Set("page", "")
			if resp, _ = ana.do("POST", e.Path()+"/edit", last.Encode()); resp.Request.URL.Path != e.Path() {
				t.Fatalf("not published: %d", resp.StatusCode)
			}
			now, err := s.Registry.Get(t.Context(), s.System, e.ID)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for i := range now.Collection.Schema.Fields {
				f := &now.Collection.Schema.Fields[i]
				got[f.Name] = f.Text(now.Values[f.ID])
			}
			if got["floors"] != x.want || got["power"] != "3" || got["mail"] != "c@pollen.example" || got["checked"] != "2026-11-25T09:30:45Z" || now.Body != "Le leur." ||
				got["phones"] != "+33465711277|+33465711279|+33465711278" {
				t.Errorf("%v, text %q", got, now.Body)
			}
		})
	}
}

func TestTheScriptGetsTheRowAlone(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence", "phone", "04 65 71 12 77")
	ana := s.reader(t, "Ana")
	resp, row := ana.asPart("phone", e.Path(), "field", "phone", "value", "04 65 71 12 90", "base", "1", "note", "")
	if resp.StatusCode != 200 || strings.Contains(row, "<html") {
		t.Fatalf("%d %s", resp.StatusCode, row)
	}
	ana.sees(row, `id="phone"`, "04 65 71 12 90", `data-notice="done"`, `action="/c/sites/agence/revert"`, `name="to" value="1"`, `name="base" value="2"`)
	_, row = ana.asPart("phone", e.Path()+"/revert", "field", "phone", "to", "1", "base", "2")
	ana.sees(row, "04 65 71 12 77", "Annulé")
	resp, row = ana.asPart("phone", e.Path(), "field", "phone", "value", "x", "base", "3")
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a wrong value: %d", resp.StatusCode)
	}
	ana.sees(row, `<details name="fix" open>`, "n’est pas un numéro")
	_, row = ana.asPart("name", e.Path(), "field", "name", "value", "Agence du Pont", "base", "3")
	ana.sees(row, `<h1 id="page-title" data-also dir="auto">Agence du Pont</h1>`)
	// Somebody wrote since: taking back what they wrote is refused.
	s.reader(t, "Bob").post(e.Path(), "field", "phone", "value", "04 65 71 12 91", "base", "4")
	if resp, _ := ana.post(e.Path()+"/revert", "field", "phone", "to", "1", "base", "4"); resp.StatusCode != http.StatusConflict {
		t.Errorf("taking back what somebody wrote since: %d", resp.StatusCode)
	}
	if resp, _ := ana.post(e.Path()+"/revert", "field", "phone"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("no revision to return to: %d", resp.StatusCode)
	}
}

func TestTheHistoryOfAnEntryThatNeverChanged(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence")
	ana := s.reader(t, "Ana")
	_, page := ana.get(e.Path() + "/history")
	ana.sees(page, "Révision 1<")
	if strings.Contains(page, "disent la même chose") {
		t.Error("one revision is told apart from itself")
	}
}

// A change is told whole by its address, however many came after it.
func TestAnOldChangeSaysWhoMadeIt(t *testing.T) {
	s := open(t)
	e, ana := s.create(t, "name", "Agence"), s.reader(t, "Ana")
	ana.post(e.Path(), "field", "phone", "value", "04 65 71 12 77", "base", "1", "note", "lu sur la porte")
	for n := range 37 {
		s.revise(t, e, "name", "Agence "+strconv.Itoa(n))
	}
	_, page := s.reader(t, "Bob").get(e.Path() + "/history?from=1&to=2")
	s.reader(t, "").sees(page, "<ins>04 65 71 12 77</ins>", ">Ana</a> a amélioré", "<q>lu sur la porte</q>", "/thanks",
		`<input type="hidden" name="from" value="1">`, `<input type="hidden" name="to" value="2">`)
	next := between(t, page, `rel="next" href="`, `"`)
	_, page = ana.get(e.Path() + "/history" + html.UnescapeString(next))
	if strings.Contains(page, `type="hidden" name="to"`) {
		t.Error("what is listed is hidden too")
	}
	cursor := between(t, page, `name="cursor" value="`, `"`)
	_, page = ana.get(e.Path() + "/history?from=3&cursor=" + url.QueryEscape(cursor))
	ana.sees(page, `<input type="hidden" name="to" value="39">`, "De la révision 3 à la révision 39")
	_, page = ana.get(e.Path() + "/history?from=3&to=5&to=39&cursor=" + url.QueryEscape(cursor)) // one was picked beside what the page carries
	ana.sees(page, `name="to" value="5" checked`)
}

func TestWithoutScriptTheNextPageSaysWhatWasSaved(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence")
	ana := s.reader(t, "Ana")
	_, page := ana.post(e.Path(), "field", "body", "value", "Deux **portes**.", "base", "1")
	ana.sees(page, "<strong>portes</strong>", "En ligne.", `name="field" value="body"`)
	if _, page := ana.get(e.Path()); strings.Contains(page, "En ligne.</b>") {
		t.Error("it is said twice")
	}
	_, page = ana.post(e.Path(), "field", "body", "value", "Deux **portes**.", "base", "2")
	ana.sees(page, "C’était déjà ainsi")
}

func TestOtherLanguagesStayWhenOneIsCorrected(t *testing.T) {
	s := open(t)
	everyType(s)
	names := "fr: Dépôt\nen: Depot\nar: مستودع\nbr: Trevlec’h\nde: Lager\nel: Αποθήκη\nes: Depósito\nzh: 仓库"
	e, err := s.Registry.Create(t.Context(), s.System, "things", registry.Change{Texts: map[string][]string{"name": {"Dépôt"}, "names": {names}}})
	if err != nil {
		t.Fatal(err)
	}
	ana := s.reader(t, "Ana")
	_, page := ana.get(e.Path())
	ana.sees(page, "et 6 autres", "Les 8 langues")
	form := pollentest.Form(t, page, "names")
	if tags := strings.Join(form["value.lang"], " "); tags != "fr en " {
		t.Errorf("the correction offers %q", tags)
	}
	form["value"], form["value.lang"] = []string{"Entrepôt", "", "Magazzino"}, []string{"fr", "en", "it"}
	if resp, _ := ana.do("POST", e.Path(), form.Encode()); resp.StatusCode != 200 {
		t.Fatalf("%d", resp.StatusCode)
	}
	now, err := s.Registry.Get(t.Context(), s.System, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := schema.Languages(now.Values[now.Collection.Schema.Field("names").ID])
	if len(got) != 8 || got["fr"] != "Entrepôt" || got["it"] != "Magazzino" || got["en"] != "" || got["zh"] != "仓库" {
		t.Errorf("became %v", got)
	}
}

// Of what a value refers to and the reader may not see, they learn that it is
// there, and not what it is; it stays when they write the rest.
func TestAReferenceToWhatIsNotForTheReader(t *testing.T) {
	s := open(t)
	everyType(s)
	s.Collection("vaults", pollen.AudienceCommunity, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	vault, err := s.Registry.Create(t.Context(), s.System, "vaults", registry.Change{Texts: map[string][]string{"name": {"Coffre"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.create(t, "name", "Agence")
	e, err := s.Registry.Create(t.Context(), s.System, "things", registry.Change{Texts: map[string][]string{"name": {"Dépôt"}, "anything": {"vaults/coffre"}}})
	if err != nil {
		t.Fatal(err)
	}
	ana := s.reader(t, "Ana")
	outsider := s.actors["Ana"]
	outsider.Communities = nil
	s.actors["Ana"] = outsider
	_, page := ana.get(e.Path())
	ana.sees(page, "1 fiche qui n’est pas pour vous")
	row := page[strings.Index(page, `id="anything"`):]
	if row = row[:strings.Index(row, "<form")]; strings.Contains(row, "Qui le sait") || strings.Contains(page, "Coffre") {
		t.Errorf("it is said to be absent, or shown: %s", row)
	}
	_, page = ana.get(e.Path() + "/edit")
	ana.sees(page, `value="1 fiche qui n’est pas pour vous"`)
	form := pollentest.Form(t, page, "page-main")
	form.Set("floors", "2")
	form["anything"], form["anything.ref"] = append(form["anything"], "sites/agence"), append(form["anything.ref"], "")
	if resp, page := ana.do("POST", e.Path()+"/edit", form.Encode()); resp.Request.URL.Path != e.Path() {
		t.Fatalf("%d: %s", resp.StatusCode, page)
	}
	now, err := s.Registry.Get(t.Context(), s.System, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if f := now.Collection.Schema.Field("anything"); len(f.Refs(now.Values[f.ID])) != 2 || f.Refs(now.Values[f.ID])[0] != vault.ID {
		t.Errorf("refers to %s", now.Values[f.ID])
	}
}

func TestHistoryOfAValueAndRevertWithPreview(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence", "phone", "04 65 71 12 77", "near", "")
	other := s.create(t, "name", "Base")
	ana := s.reader(t, "Ana")
	ana.post(e.Path(), "field", "phone", "value", "04 65 71 12 90", "base", "1", "note", "appelé")
	ana.post(e.Path(), "field", "near", "value", "base", "base", "2")
	_, page := ana.get(e.Path() + "/history?field=phone")
	ana.sees(page, "04 65 71 12 90", "04 65 71 12 77", "appelé", "Remettre cette valeur", "from=1&amp;to=2")
	_, page = ana.get(e.Path() + "/history?from=2&to=3")
	ana.sees(page, "<ins>Base</ins>") // a reference is told by its title
	if strings.Contains(page, other.ID.String()) {
		t.Error("the difference shows an identifier")
	}
	_, page = ana.get(e.Path() + "/revert?to=1")
	ana.sees(page, "Voici ce qui change", "<del>04 65 71 12 90</del>", "<ins>04 65 71 12 77</ins>", "<del>Base</del>")
	// What somebody else changes meanwhile is shown before it is taken back.
	form := pollentest.Form(t, page, "page-main")
	s.revise(t, e, "name", "Agence du Pont")
	resp, page := ana.do("POST", e.Path()+"/revert", form.Encode())
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("a preview that holds no more: %d", resp.StatusCode)
	}
	ana.sees(page, "Quelqu’un a changé «\u00a0name\u00a0»", "<del>Agence du Pont</del>")
	form = pollentest.Form(t, page, "page-main")
	form.Set("note", "faux")
	_, page = ana.do("POST", e.Path()+"/revert", form.Encode())
	ana.sees(page, "Annulé", "faux")
	_, page = ana.get(e.Path() + "/revert?to=1")
	ana.sees(page, "Rien ne changerait")
	resp, _ = ana.get(e.Path() + "/diff?from=1&to=2")
	if resp.Request.URL.Path != e.Path()+"/history" || resp.Request.URL.RawQuery != "from=1&to=2" {
		t.Errorf("the address of a difference leads to %s", resp.Request.URL)
	}
	for path, status := range map[string]int{"/history?field=nothing": 404, "/revert?to=99": 404, "/history?from=9&to=99": 200, "/history?cursor=!": 400} {
		if resp, _ := ana.get(e.Path() + path); resp.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, status)
		}
	}
	if resp, _ := s.reader(t, "").get(e.Path() + "/revert?to=1"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a reader is asked to revert: %d", resp.StatusCode)
	}
}

func TestRetireRestoreRenameMerge(t *testing.T) {
	s := open(t)
	e, twin := s.create(t, "name", "Agence"), s.create(t, "name", "Agence du Pont", "phone", "04 65 71 12 77")
	ana := s.reader(t, "Ana")
	for path, want := range map[string]string{"/retire": "Retirer Agence", "/rename": `value="agence"`, "/merge": "data-pick"} {
		_, page := ana.get(e.Path() + path)
		ana.sees(page, want)
	}
	_, page := ana.post(e.Path()+"/retire", "note", "en double")
	ana.sees(page, "Retirée par", "La rétablir")
	if _, page := s.reader(t, "").get(e.Path()); strings.Contains(page, "La rétablir") {
		t.Error("a reader is offered to restore")
	}
	_, page = ana.post(e.Path() + "/restore")
	ana.sees(page, `details name="fix"`)

	resp, page := ana.post(e.Path()+"/rename", "slug", "Pas Ça")
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(page, `value="Pas Ça"`) {
		t.Errorf("a wrong address: %d", resp.StatusCode)
	}
	resp, _ = ana.post(e.Path()+"/rename", "slug", "agence-nord")
	if resp.Request.URL.Path != "/c/sites/agence-nord" {
		t.Errorf("renamed to %s", resp.Request.URL.Path)
	}
	_, page = ana.get("/c/sites/agence")
	ana.sees(page, "ancienne adresse «\u00a0agence\u00a0»")

	for _, wrong := range []string{"", "nulle part", "agence nord"} {
		if resp, _ := ana.post("/c/sites/agence-nord/merge", "into", wrong); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("merging into %q: %d", wrong, resp.StatusCode)
		}
	}
	resp, page = ana.post("/c/sites/agence-nord/merge", "into", "Agence du Pont", "into.ref", twin.ID.String()+" Agence du Pont")
	if resp.Request.URL.Path != twin.Path() {
		t.Errorf("merged at %s", resp.Request.URL.Path)
	}
	ana.sees(page, "agence-nord")
	_, page = ana.get("/c/sites/agence-nord/history")
	ana.sees(page, "fusionnée", "La rétablir")
	for _, path := range []string{"/retire", "/restore", "/rename", "/merge"} {
		if resp, _ := s.reader(t, "").post(twin.Path()+path, "slug", "x", "into", "agence"); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("a reader does %s: %d", path, resp.StatusCode)
		}
	}
}

// What somebody wrote about an entry that was merged meanwhile is published on
// the other by nobody but them, who see what it says there.
func TestACorrectionOfWhatWasMergedMeanwhileAsksItsAuthor(t *testing.T) {
	s := open(t)
	e, into := s.create(t, "name", "Agence"), s.create(t, "name", "Agence du Pont", "phone", "04 65 71 12 77")
	ana := s.reader(t, "Ana")
	if resp, _ := s.reader(t, "Bob").post(e.Path()+"/merge", "into", into.Slug); resp.Request.URL.Path != into.Path() {
		t.Fatalf("merged at %s", resp.Request.URL.Path)
	}
	resp, page := ana.post(e.Path(), "field", "phone", "value", "01 99 00 12 34", "base", "1", "note", "vu sur place")
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("a correction of what was merged: %d", resp.StatusCode)
	}
	ana.sees(page, "a été fusionnée avec cette fiche entre-temps", "04 65 71 12 77", "vu sur place")
	if now, err := s.Registry.Get(t.Context(), pollen.Actor{}, into.ID); err != nil || now.Revision != into.Revision {
		t.Fatalf("it was published on the other: %+v, %v", now, err)
	}
	forms := pollentest.FormsTo(t, page, into.Path())
	at := slices.IndexFunc(forms, func(f url.Values) bool { return f.Get("value") == "01 99 00 12 34" })
	if at < 0 {
		t.Fatalf("no form holds what was written: %v", forms)
	}
	var sent []string
	for name, values := range forms[at] {
		for _, value := range values {
			sent = append(sent, name, value)
		}
	}
	if resp, _ := ana.post(into.Path(), sent...); resp.StatusCode != http.StatusOK {
		t.Errorf("published on the other after a look: %d", resp.StatusCode)
	}
	if now, err := s.Registry.Get(t.Context(), pollen.Actor{}, into.ID); err != nil || now.Revision != into.Revision+1 {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestTheSameNameIsAskedAbout(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Dépôt")
	ana := s.reader(t, "Ana")
	resp, page := ana.post("/c/sites/+new", "name", "depot", "phone", "04 65 71 12 77")
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("the same name: %d", resp.StatusCode)
	}
	ana.sees(page, `href="`+e.Path()+`"`, "04 65 71 12 77", `name="-anyway"`)
	resp, _ = ana.post("/c/sites/+new", "name", "depot", "-anyway", "yes")
	if !strings.HasPrefix(resp.Request.URL.Path, "/c/sites/depot-") {
		t.Errorf("created at %s", resp.Request.URL.Path)
	}
}

func TestSearchNarrows(t *testing.T) {
	s := open(t)
	everyType(s)
	s.create(t, "name", "Poste du Pont", "phone", "04 65 71 12 77")
	for name, kind := range map[string]string{"Poste nord": "a", "Poste sud": "b"} {
		body := "Le poste se visite."
		if _, err := s.Registry.Create(t.Context(), s.System, "things", registry.Change{Texts: map[string][]string{"name": {name}, "kind": {kind}}, Body: &body}); err != nil {
			t.Fatal(err)
		}
	}
	s.Settle(s.search.Index())
	ana := s.reader(t, "Ana")
	_, page := ana.get("/search?q=poste")
	ana.sees(page, "3 résultats", "things", "04 65 71 12 77", "Le <mark>poste</mark> se visite", "Agence")
	_, page = ana.get("/search?q=poste&collection=things")
	ana.sees(page, "2 résultats", `name="f.kind" value="a"`, "Ajouter une fiche à «\u00a0things\u00a0»")
	_, page = ana.get("/search?q=poste&collection=things&f.kind=a")
	ana.sees(page, "1 résultat", "nord", "checked")
	if strings.Contains(page, "sud</a>") {
		t.Error("what is not ticked is shown")
	}
	_, page = ana.get("/search?q=" + url.QueryEscape("rien de tel"))
	ana.sees(page, "Pas trouvé")
	for path, status := range map[string]int{"/search": 200, "/search?q=x&collection=nowhere": 404, "/search?q=x&cursor=!": 400} {
		if resp, _ := ana.get(path); resp.StatusCode != status {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, status)
		}
	}
	_, found := ana.get("/complete?q=poste&collection=sites")
	if strings.Count(found, `"title"`) != 1 {
		t.Errorf("the picker of one collection offers %s", found)
	}
}

func TestThePageThatIsThereAlreadyIsNotSentAgain(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence")
	r := s.reader(t, "")
	resp, _ := r.get(e.Path())
	tag := resp.Header.Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) || !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Cookie") {
		t.Fatalf("tag %q, varies by %q", tag, resp.Header.Values("Vary"))
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.url+e.Path(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "fr")
	req.Header.Set("If-None-Match", tag)
	resp, err = r.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotModified {
		t.Errorf("the same page again: %d", resp.StatusCode)
	}
}

func TestHomeOffersWhatIsLacking(t *testing.T) {
	s := open(t)
	s.create(t, "name", "Agence", "phone", "04 65 71 12 77")
	s.create(t, "name", "Dépôt", "phone", "04 65 71 12 78")
	e := s.create(t, "name", "Base")
	s.Settle(s.Registry.Counts())
	ana := s.reader(t, "Ana")
	_, page := ana.get("/")
	ana.sees(page, "sites\u00a0: 1 fiche sans «\u00a0phone\u00a0»", "3 fiches, que chacun ici peut améliorer")
	if _, page := s.reader(t, "").get("/"); strings.Contains(page, "1 fiche sans") {
		t.Error("who is not signed in is asked")
	}
	ana.post(e.Path(), "field", "phone", "value", "04 65 71 12 79", "base", "1")
	s.Clock.Advance(2 * time.Minute)
	if _, page := ana.get("/"); strings.Contains(page, "1 fiche sans") {
		t.Error("what is known by now is still asked for")
	}
}

// Boxes stand in the order of the vocabulary, values in the order of who gave
// them: looking at a form changes nothing.
func TestTheOrderOfChoicesIsKept(t *testing.T) {
	s := open(t)
	everyType(s)
	ana := s.reader(t, "Ana")
	e, err := s.Registry.Create(t.Context(), s.System, "things", registry.Change{Texts: map[string][]string{"name": {"Dépôt"}, "uses": {"z", "x"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, page := ana.get(e.Path() + "/edit")
	form := pollentest.Form(t, page, "page-main")
	_, page = ana.do("POST", e.Path()+"/edit", form.Encode())
	ana.sees(page, "rien n’a changé", "z, x")
	form["uses"] = []string{"x", "y", "z", ""}
	_, page = ana.do("POST", e.Path()+"/edit", form.Encode())
	ana.sees(page, "z, x, y")
	_, page = ana.asPart("uses", e.Path(), "field", "uses", "value", "x", "value", "z", "value", "", "base", "2")
	ana.sees(page, "z, x")
}

// What is saved by the long form is said, and taken back by one click, which
// leaves alone what the form did not change.
func TestTheLongFormSaysWhatItDid(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	resp, page := ana.post("/c/sites/+new", "name", "Agence", "phone", "04 65 71 12 77")
	ana.sees(page, "En ligne.", "Chacun peut l’améliorer")
	path := resp.Request.URL.Path
	_, page = ana.post(path+"/edit", "-base", "1", "phone", "04 65 71 12 78", "page", "https://pollen.example/x", "body", "")
	ana.sees(page, "En ligne.", `name="field" value="phone"`, `name="field" value="page"`)
	s.reader(t, "Bob").post(path, "field", "name", "value", "Agence du Pont", "base", "2")
	_, page = ana.post(path+"/revert", "field", "phone", "field", "page", "to", "1", "base", "2")
	ana.sees(page, "Annulé.", "Agence du Pont", "04 65 71 12 77")
	if strings.Contains(page, "https://pollen.example/x") {
		t.Error("the value that was not there at first is still there")
	}
}

func TestAnErrorNamesTheFieldAsPeopleSeeIt(t *testing.T) {
	s := open(t)
	s.Collection("people", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{{Name: "given_name", Type: schema.Text, Required: true, Label: map[string]string{"fr": "Prénom", "en": "Given name"}}}})
	_, page := s.reader(t, "Ana").post("/c/people/+new", "given_name", " ")
	s.reader(t, "Ana").sees(page, "«\u00a0Prénom\u00a0» est nécessaire")
}

// What was typed while a session ended is given back.
func TestNothingTypedIsLostWithASession(t *testing.T) {
	s := open(t)
	s.Collection("members", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text, Required: true}}})
	ana := s.reader(t, "Ana")
	for _, collection := range []string{"sites", "members"} { // whether or not it can still be read
		resp, _ := ana.post("/c/"+collection+"/+new", "name", "Agence")
		path := resp.Request.URL.Path
		resp, page := s.reader(t, "").post(path, "field", "name", "value", "Agence <du> Pont", "base", "1", "note", "vu sur place")
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d", collection, resp.StatusCode)
		}
		ana.sees(page, "Votre session a pris fin", "Agence &lt;du&gt; Pont")
		form := pollentest.Form(t, page, "page-main")
		_, page = ana.do("POST", path, form.Encode())
		ana.sees(page, "En ligne.", "Agence &lt;du&gt; Pont")
	}
}

// What somebody typed stands on the page, with the reason, although the entry
// was retired while they typed.
func TestACorrectionOfWhatIsRetiredMeanwhile(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence")
	s.reader(t, "Bob").post(e.Path() + "/retire")
	ana := s.reader(t, "Ana")
	resp, page := ana.asPart("phone", e.Path(), "field", "phone", "value", "04 65 71 12 99", "base", "1")
	if resp.StatusCode != http.StatusConflict {
		t.Errorf("%d", resp.StatusCode)
	}
	ana.sees(page, `id="phone"`, "04 65 71 12 99", "Cette fiche est retirée")
	_, page = ana.post(e.Path(), "field", "body", "value", "Un mot de plus", "base", "1")
	ana.sees(page, "Un mot de plus", "Cette fiche est retirée")
}

// A form that is not taken leads to what is wrong in it.
func TestAFormLeadsToWhatIsWrong(t *testing.T) {
	s := open(t)
	_, page := s.reader(t, "Ana").post("/c/sites/+new", "name", "Agence", "phone", "x")
	s.reader(t, "Ana").sees(page, `<a href="#phone">`)
}

// One person's corrections of one entry on one day are one line, as long as
// nobody else changed the entry in between.
func TestChangesAreToldByEntryAndDay(t *testing.T) {
	s := open(t)
	a, b := s.create(t, "name", "Agence"), s.create(t, "name", "Base")
	ana, bob := s.reader(t, "Ana"), s.reader(t, "Bob")
	ana.post(a.Path(), "field", "phone", "value", "04 65 71 12 77", "base", "1")
	ana.post(b.Path(), "field", "phone", "value", "04 65 71 12 78", "base", "1")
	ana.post(a.Path(), "field", "page", "value", "https://pollen.example/a", "base", "2")
	s.Settle()
	_, page := ana.get("/changes?sort=edits")
	if n := strings.Count(page, "a amélioré"); n != 2 {
		t.Errorf("three corrections of two entries are %d lines", n)
	}
	ana.sees(page, "from=1&amp;to=3")
	bob.post(a.Path(), "field", "name", "value", "Agence du Pont", "base", "3")
	ana.post(a.Path(), "field", "phone", "value", "04 65 71 12 79", "base", "4")
	s.Settle()
	_, page = ana.get("/changes?sort=edits")
	if n := strings.Count(page, "a amélioré"); n != 4 {
		t.Errorf("with Bob's in between there are %d lines", n)
	}
	ana.sees(page, "from=1&amp;to=3", "from=3&amp;to=4", "from=4&amp;to=5")
}

// A field may be called as a part of its page is: they are told apart, and the
// script finds the row and nothing else.
func TestFieldsCalledAsPartsOfThePage(t *testing.T) {
	s := open(t)
	names := []string{"portrait", "talk", "links", "history", "note", "filter", "edit", "say", "value"}
	things := schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text, Required: true}}}
	texts := map[string][]string{"name": {"Un"}}
	for _, name := range names {
		things.Fields = append(things.Fields, schema.Field{Name: name, Type: schema.Text})
		texts[name] = []string{"A " + name}
	}
	s.Collection("things", pollen.AudiencePublic, things)
	e, err := s.Registry.Create(t.Context(), s.System, "things", registry.Change{Texts: texts})
	if err != nil {
		t.Fatal(err)
	}
	ana := s.reader(t, "Ana")
	for _, path := range []string{"", "/edit", "/talk", "/history"} {
		_, page := ana.get(e.Path() + path)
		unique(t, e.Path()+path, page)
	}
	for _, name := range names {
		_, page := ana.get("/c/things/+edit?pick=" + e.ID.String() + "&field=" + name)
		unique(t, "editing many, "+name, page)
		_, row := ana.asPart(name, e.Path(), "field", name, "value", "B "+name)
		unique(t, name, row)
		if !strings.Contains(row, `<div class="value" id="`+name+`">`) || !strings.Contains(row, "B "+name) {
			t.Errorf("the answer to a correction of %q is not its row: %s", name, row)
		}
	}
}

// unique holds that no two elements of a page have one id.
func unique(t *testing.T, what, page string) {
	t.Helper()
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if seen[m[1]] {
			t.Errorf("%s: two elements are called %q", what, m[1])
		}
		seen[m[1]] = true
	}
}

// Columns are remembered when they are chosen in the menu, not when a link names
// some, and are those of the table again when one asks for it.
func TestColumnsAreRemembered(t *testing.T) {
	s := open(t)
	s.create(t, "name", "Agence", "phone", "04 65 71 12 77", "page", "https://pollen.example/agence")
	r := s.reader(t, "")
	shows := func(path string, phone, page bool) {
		t.Helper()
		_, body := r.get(path)
		if strings.Contains(body, "04 65 71 12 77") != phone || strings.Contains(body, "pollen.example/agence") != page {
			t.Errorf("%s: the telephone is shown: %t, the page: %t", path, !phone, !page)
		}
	}
	shows("/c/sites", true, false)
	shows("/c/sites?col=page", false, true)
	shows("/c/sites", true, false)
	shows("/c/sites?col=page&keep=these", false, true)
	shows("/c/sites", false, true)
	shows("/c/sites?col=phone", true, false)
	shows("/c/sites", false, true)
	shows("/c/sites?col=page&keep=none", true, false)
	shows("/c/sites", true, false)
}

// What brings in a table is not counted among the people that an entry's values
// come from.
func TestAnImportIsNoPerson(t *testing.T) {
	s := open(t)
	e := s.create(t, "name", "Agence")
	ana := s.reader(t, "Ana")
	_, page := ana.get(e.Path())
	ana.sees(page, "Ses valeurs viennent d’un import, depuis")
	_, page = ana.post(e.Path(), "field", "phone", "value", "04 65 71 12 77", "base", "1")
	ana.sees(page, "Ses valeurs viennent d’un import et d’une personne, depuis")
}
