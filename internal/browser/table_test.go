package browser_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// TestATableKeepsItsColumnsApart holds that the column that stays in sight covers
// nothing as long as nobody scrolls, and nothing on paper.
func TestATableKeepsItsColumnsApart(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	for _, medium := range []string{"screen", "print"} {
		for _, width := range []int64{718, 1024, 1280} {
			b.size(width)
			b.run(emulation.SetEmulatedMedia().WithMedia(medium))
			for _, path := range []string{"/c/people", "/c/sites", "/c/communes"} {
				b.visit(path)
				var covered []string
				b.eval(`[...document.querySelectorAll(".table.keep tr")].filter(r => r.children.length > 1).flatMap(r => {
					const cells = [...r.children].map(c => c.getBoundingClientRect()).filter(c => c.width > 0)
					return cells.slice(1).some((c, i) => cells[i].right > c.left + 1) ? [r.textContent.trim().slice(0, 60)] : []
				})`, &covered)
				if len(covered) > 0 {
					t.Errorf("%s on %s at %d: a cell covers the next in %d rows, such as %q", path, medium, width, len(covered), covered[0])
				}
			}
		}
	}
}

// TestPaper holds that an entry is printed on white, without what only leads on.
func TestPaper(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	b.run(emulation.SetEmulatedMedia().WithMedia("print"))
	b.visit("/c/people/malik-benhaddou")
	b.holds(`getComputedStyle(document.documentElement).backgroundColor === "rgb(255, 255, 255)"`)
	b.holds(`[...document.querySelectorAll(".screen-only")].every(e => e.getClientRects().length === 0) && document.querySelector(".screen-only")`)
	if dir := os.Getenv("POLLEN_TEST_SHOTS"); dir != "" {
		b.shot(filepath.Join(dir, "print-person.png"))
	}
}

// TestTheHintOfTheSearchIsWhole holds that a phone shows all of what the first
// page offers to look for.
func TestTheHintOfTheSearchIsWhole(t *testing.T) {
	s := open(t)
	for _, lang := range []string{"fr", "en"} {
		b := s.tab(t, person{session: s.sessions[0], lang: lang})
		b.size(390)
		b.visit("/")
		b.holds(`(() => { const f = document.querySelector(".search.big .in"), s = getComputedStyle(f), c = document.createElement("canvas").getContext("2d")
			c.font = s.font
			return c.measureText(f.placeholder).width <= f.clientWidth - parseFloat(s.paddingLeft) - parseFloat(s.paddingRight) })()`)
		if dir := os.Getenv("POLLEN_TEST_SHOTS"); dir != "" {
			b.shot(filepath.Join(dir, "phone-home-"+lang+".png"))
		}
	}
}
