package browser_test

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// active is what has the focus, as who hears the page is told of it.
func (b *tab) active() (name string) {
	b.t.Helper()
	b.eval(`(() => { const e = document.activeElement; return (e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].textContent) || e.textContent || "").trim().replace(/\s+/g, " ").slice(0, 80) })()`, &name)
	return name
}

// focused waits until something of a name has the focus.
func (b *tab) focused(name string) {
	b.t.Helper()
	b.holds(`document.hasFocus() && document.activeElement !== document.body`)
	if at := b.active(); at != name {
		b.t.Errorf("%s: the focus is on %q, want %q", b.path(), at, name)
	}
}

// holds waits until something is so on the page.
func (b *tab) holds(what string) {
	b.t.Helper()
	var is bool
	b.eval(`new Promise(done => { const look = n => (`+what+`) || n > 200 ? done(!!(`+what+`)) : setTimeout(look, 50, n + 1); look(0) })`, &is)
	if !is {
		b.t.Fatalf("%s: it does not hold that %s", b.path(), what)
	}
}

// TestOpenMenus looks at each menu and each fold, open. What an open menu covers is
// not looked at.
func TestOpenMenus(t *testing.T) {
	s := open(t)
	for who, p := range map[string]person{"member": {session: s.sessions[0]}, "anybody": {}} {
		t.Run(who, func(t *testing.T) {
			b, seen := s.tab(t, p), map[string]bool{}
			for _, path := range []string{"/c/sites", "/c/sites/agence-d-aubenas", "/c/people/malik-benhaddou"} {
				b.visit(path)
				var names []string
				b.eval(`[...document.querySelectorAll("details:is(.menu, .fold, .fold-plain) > summary")].map(s => s.textContent.trim())`, &names)
				for i, name := range names {
					if seen[name] {
						continue
					}
					seen[name] = true
					b.eval(`document.querySelectorAll("details:is(.menu, .fold, .fold-plain)").forEach((d, i) => d.open = i === `+strconv.Itoa(i)+`)`, nil)
					b.looksIn("details[open]", "open "+name)
				}
			}
			b.eval(`document.getElementById("key-help").showModal()`, nil)
			b.looksIn("dialog", "the keys")
			b.clean()
		})
	}
}

// TestACorrectionOnTheWay looks at a row that is open, refused and kept, and
// holds where the focus is meanwhile.
func TestACorrectionOnTheWay(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	const page = "/c/people/malik-benhaddou"
	b.visit(page)
	b.press("Correct: Mobile")
	b.focused("Mobile")
	b.looks("an open row")
	b.write("Mobile", "not a number")
	b.press("Publish")
	b.sees("is not a telephone number")
	b.focused("Mobile")
	b.amiss() // the browser remarks on the status of the answer
	b.looks("a refused row")
	b.write("Mobile", "06 39 98 01 01")
	b.press("Publish")
	b.sees("06 39 98 01 01")
	b.focused("Correct: Mobile")
	b.node([]string{"status"}, "")
	b.looks("a toast")
	b.press("Undo")
	b.sees("Taken back.")
	b.focused("Correct: Mobile")
	b.clean()
}

// TestTheTitleIsCorrected: what the browser calls the page changes with it.
func TestTheTitleIsCorrected(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	b.visit("/c/sites/agence-de-valence")
	b.press("Correct: Name")
	b.write("Name", "Agence renommée")
	b.press("Publish")
	b.holds(`document.title.startsWith("Agence renommée · ")`)
	b.clean()
}

// TestRefusedForms looks at forms that were refused.
func TestRefusedForms(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	b.visit("/c/people/malik-benhaddou/edit")
	b.write("Mobile", "not a number")
	b.press("Publish")
	b.sees("is not a telephone number")
	b.looks("a long form")
	b.visit("/c/people/+new")
	b.press("Publish")
	b.looks("a new entry")
	b.visit("/c/sites/agence-d-aubenas/merge")
	b.write("The entry that stays", "no such entry")
	b.press("Merge")
	b.sees("There is no entry")
	b.looks("a merge")
	b.visit("/c/sites/agence-d-aubenas/talk")
	b.eval(`(() => { const body = document.querySelector("main textarea[name=body]"); body.value = "é".repeat(20000); body.form.requestSubmit() })()`, nil)
	b.holds(`document.querySelector("main .err, main [role=alert]") && document.querySelector("main textarea[name=body]").value.length === 20000`)
	b.looks("words")
	b.clean()
}

// TestTicksOfASearch: the focus stays on what one ticks; what counts nothing can
// be unticked, and what is no value is told.
func TestTicksOfASearch(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	const search = "/search?q=agence&collection=sites"
	b.visit(search)
	b.press("Branch")
	b.holds(`location.search.includes("f.kind=branch") && document.activeElement.name === "f.kind" && document.activeElement.checked`)
	b.looks("a tick")
	b.visit(search + "&f.kind=plant")
	b.holds(`document.querySelector("[name='f.kind'][value=plant]").checked`)
	b.looks("a tick that counts nothing")
	b.press("Power plant")
	b.holds(`!location.search.includes("f.kind=plant") && !document.querySelector("[name='f.kind'][value=plant]")`)
	b.visit(search + "&f.kind=nothing&f.commune=nothing")
	b.holds(`document.querySelectorAll("main [role=alert]").length === 2`)
	b.looks("ticks that name nothing")
	b.visit("/c/sites?filter=kind+%3D+nothing&sort=nothing")
	b.holds(`document.querySelectorAll("main [role=alert]").length === 2`)
	b.looks("a filter and an order that are wrong")
	b.clean()
}

// TestChoosingByTheKeyboard: a form that sends itself waits for its button while
// one chooses with the arrows, and keeps one's place after a press.
func TestChoosingByTheKeyboard(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	b.visit("/changes")
	b.eval(`document.getElementById("sort").focus()`, nil)
	b.key(kb.ArrowDown)
	b.key(kb.ArrowDown)
	b.holds(`document.getElementById("sort").selectedIndex === 2`)
	if at := b.path(); at != "/changes" {
		t.Errorf("the arrows led to %s", at)
	}
	b.tabTo("Show")
	b.key(kb.Enter)
	b.arrives("/changes?sort=talk")

	b.visit("/c/sites")
	b.eval(`(() => { const box = document.querySelector("[name='is.kind']"); box.focus() })()`, nil)
	b.key(" ")
	b.holds(`document.querySelector("[name='is.kind']").checked`)
	if at := b.path(); at != "/c/sites" {
		t.Errorf("Space led to %s", at)
	}
	b.visit("/c/sites")
	var label string
	b.eval(`document.querySelector("[name='is.kind']").closest("label").innerText.trim().replace(/\s+/g, " ")`, &label)
	b.press(label)
	b.arrives("/c/sites?filter=")
	b.holds(`document.activeElement.name === "is.kind" && document.activeElement.checked`)
	b.clean()
}

// TestMenusLeaveWithTheFocus: what is open covers nothing that has the focus.
func TestMenusLeaveWithTheFocus(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	b.visit("/c/sites/agence-d-aubenas")
	b.press("More")
	b.holds(`document.querySelectorAll("details.menu[open]").length === 1`)
	b.tabTo("Retire this entry")
	b.holds(`document.querySelectorAll("details.menu[open]").length === 1`)
	b.key(kb.Tab)
	b.holds(`document.querySelectorAll("details.menu[open]").length === 0`)
	b.clean()
}

// TestKeys: a letter acts on the value that has the focus alone, and not at all
// for who turned the keys off.
func TestKeys(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	b.visit("/c/sites/agence-d-aubenas")
	b.key("e")
	b.key("/")
	b.focused("Search the directory")
	b.holds(`!document.querySelector("details[name=fix][open]")`)
	b.visit("/c/sites/agence-d-aubenas")
	b.tabTo("Correct: Name")
	b.key("e")
	b.focused("Name")
	b.visit("/settings")
	b.press("Do without")
	b.eval(`document.querySelector("main form:has([name=keys])").requestSubmit()`, nil)
	b.holds(`document.documentElement.dataset.keys === "off"`)
	b.visit("/c/sites/agence-d-aubenas")
	b.tabTo("Correct: Name")
	for _, k := range []string{"e", "/", "?"} {
		b.key(k)
	}
	b.focused("Correct: Name")
	b.holds(`!document.querySelector(":is(details[name=fix], dialog)[open]")`)
	b.press("Keys") // where they are turned on again
	b.press("Use them")
	b.press("Keep")
	b.holds(`!document.documentElement.dataset.keys`)
	b.clean()
}

// TestRows: rows are added, numbered and removed without losing the focus.
func TestRows(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	b.visit("/c/people/malik-benhaddou/edit")
	rows := `[...document.querySelectorAll("fieldset:has([name=languages]) [name=languages]")].map(f => f.getAttribute("aria-label") + "=" + f.value).join("; ")`
	b.eval(`document.querySelectorAll("fieldset:has([name=languages]) [name=languages]").forEach((f, i) => f.value = i ? "" : "Occitan")`, nil)
	add, remove := `document.querySelector("fieldset:has([name=languages]) [data-add]").click()`, `document.activeElement.closest(".row-in").querySelector("[data-remove]").click()`
	for {
		var n int
		b.eval(`document.querySelectorAll("fieldset:has([name=languages]) [name=languages]").length`, &n)
		if n == 1 {
			break
		}
		b.eval(`[...document.querySelectorAll("fieldset:has([name=languages]) [data-remove]")].at(-1).click()`, nil)
	}
	b.holds(rows + ` === "Languages, 1=Occitan"`)
	b.eval(add, nil)
	b.focused("Languages, 2")
	b.key("Breton")
	b.eval(add, nil)
	b.focused("Languages, 3")
	b.holds(rows + ` === "Languages, 1=Occitan; Languages, 2=Breton; Languages, 3="`)
	b.eval(`document.getElementById("languages").focus()`, nil)
	b.eval(remove, nil)
	b.focused("Languages, 1")
	b.holds(rows + ` === "Languages, 1=Breton; Languages, 2="`)
	b.eval(remove, nil)
	b.focused("Languages, 1")
	b.eval(`document.activeElement.value = "Corse"`, nil)
	b.eval(remove, nil) // the only one
	b.focused("Languages, 1")
	b.holds(rows + ` === "Languages, 1="`)
	b.holds(`document.querySelectorAll("fieldset:has([name=languages]) [id]").length === new Set([...document.querySelectorAll("fieldset:has([name=languages]) [id]")].map(e => e.id)).size`)
	b.clean()
}

// TestThemeTwice: of two places that offer the theme either decides, also
// against what is kept.
func TestThemeTwice(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	scheme := `getComputedStyle(document.documentElement).colorScheme`
	b.visit("/settings")
	for _, step := range []struct{ where, value, want string }{{"footer", "dark", "dark"}, {"main", "light", "light"}, {"main", "dark", "dark"}, {"footer", "auto", "light dark"}} {
		b.eval(`document.querySelector("`+step.where+` [name=theme][value=`+step.value+`]").click()`, nil)
		b.holds(scheme + ` === "` + step.want + `" && [...document.querySelectorAll("[name=theme]:checked[checked]")].map(r => r.value).join() === "` + step.value + `,` + step.value + `"`)
		b.visit("/settings")
		b.holds(scheme + ` === "` + step.want + `"`)
	}
	b.clean()
}

// TestCards: on a small screen a table is told as one still, is sorted, and all of
// it is ticked at once.
func TestCards(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	b.size(390)
	b.visit("/c/sites")
	b.node([]string{"table"}, "Sites")
	b.node([]string{"rowheader"}, "Agence de Voiron")
	b.node([]string{"columnheader"}, "Switchboard")
	b.press("Select all on this page")
	b.holds(`document.querySelectorAll("[name=pick]:checked").length === document.querySelectorAll("[name=pick]").length`)
	b.press("Code")
	b.arrives("/c/sites?sort=code")
	b.looks("cards that are sorted")
	b.clean()
}

// TestALongLicence: however long what stands in a chip is, no page scrolls
// sideways.
func TestALongLicence(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	b.visit("/c/sites")
	b.eval(`document.querySelector(".chip.line").append(" Licence".repeat(14), "x".repeat(90))`, nil)
	b.looks("a long licence")
	b.clean()
}
