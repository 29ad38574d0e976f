package browser_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// api reads an answer of the REST face, as anybody.
func (s *site) api(t *testing.T, path string, into any) {
	t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", path, resp.Status, err)
	}
}

func TestSignInByLink(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{})
	b.visit("/signin/" + s.welcome[0].Link)
	b.press("Come in")
	b.sees("Choose a password")
	b.press("Not now, thanks")
	b.sees(s.welcome[0].Name)
	b.visit("/signin/" + s.welcome[0].Link)
	b.clean()
	b.press("Come in") // a link works once
	b.sees("This link has been used or has expired.")
}

// withAndWithoutScript runs a flow twice.
func withAndWithoutScript(t *testing.T, flow func(t *testing.T, b *tab)) {
	s := open(t)
	t.Run("script", func(t *testing.T) { flow(t, s.tab(t, person{session: s.sessions[0]})) })
	t.Run("plain", func(t *testing.T) { flow(t, s.tab(t, person{session: s.sessions[1], plain: true})) })
}

// TestCorrectAValue: two interactions from reading to saved; then everywhere
// that it is to be seen; then back.
func TestCorrectAValue(t *testing.T) {
	withAndWithoutScript(t, func(t *testing.T, b *tab) {
		const page, was = "/c/sites/agence-d-aubenas", "Agence d’Aubenas"
		is := "Agence " + strings.ToLower(strings.NewReplacer("/", "", "_", "").Replace(t.Name()))
		b.visit(page)
		b.sees(was)
		b.press("Correct: Name") // one
		b.write("Name", is)
		b.press("Publish") // two
		b.sees(is)
		b.finds(page, is)
		b.finds(page+"/history", is)
		b.finds("/changes", is)
		b.finds("/search?q="+strings.ReplaceAll(is, " ", "+"), is)
		var found struct {
			Items []struct {
				Title string `json:"title"`
			} `json:"items"`
		}
		b.site.api(t, "/api/v1/search?q="+strings.ReplaceAll(is, " ", "+"), &found)
		if len(found.Items) == 0 || found.Items[0].Title != is {
			t.Errorf("REST finds %+v, want %q first", found.Items, is)
		}
		b.visit(page + "/history")
		b.press("Return to revision")
		b.sees("This is what changes.")
		b.press("Return")
		b.leaves(page + "/revert")
		b.finds(page, was)
		b.clean()
	})
}

func TestCreateAnEntry(t *testing.T) {
	withAndWithoutScript(t, func(t *testing.T, b *tab) {
		title := "Relais " + t.Name()
		b.visit("/c/sites")
		b.press("Add an entry")
		b.arrives("/c/sites/+new")
		b.write("Name", title)
		b.press("Publish")
		b.sees(title)
		b.finds("/c/sites/"+strings.ToLower(strings.NewReplacer(" ", "-", "/", "-").Replace(title)), title)
		b.clean()
	})
}

func TestTypeAhead(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{})
	b.visit("/")
	b.write("Search", "tain-l'hermit")
	b.node([]string{"option"}, "Everything for tain-l'hermit") // the list is that of the whole word
	b.key(kb.ArrowDown)
	b.key(kb.Enter)
	b.arrives("/c/communes/")
	b.sees("Tain-l'Hermitage")
	b.clean()
}

// TestKeyboardAlone corrects a value without a pointer.
func TestKeyboardAlone(t *testing.T) {
	s := open(t)
	b := s.tab(t, person{session: s.sessions[0]})
	b.visit("/c/sites/agence-de-chambery")
	b.key(kb.Tab)
	b.key(kb.Enter) // the first thing in reach leads past the frame of the page
	b.tabTo("Correct: Name")
	b.key(kb.Enter)
	b.node(writable, "Name")
	b.key("Agence au clavier" + kb.Enter)
	b.sees("Agence au clavier")
	b.finds("/c/sites/agence-de-chambery", "Agence au clavier")
	b.clean()
}

// TestARefusedFormKeepsWhatWasTyped: in its place with script and on the page that
// answers without, nothing has to be typed, or chosen from the disk, again.
func TestARefusedFormKeepsWhatWasTyped(t *testing.T) {
	photo := filepath.Join(t.TempDir(), "portrait.png")
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(photo, picture.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	withAndWithoutScript(t, func(t *testing.T, b *tab) {
		const person = "/c/people/malik-benhaddou"
		b.visit(person)
		b.press("Correct: Mobile")
		b.write("Mobile", "not a number")
		b.write("How do you know? Optional", "he told me")
		b.press("Publish")
		b.sees("is not a telephone number")
		b.amiss() // the browser remarks on the status of the answer
		b.holds(`[...document.querySelectorAll("details[open] input[name=note]")].some(e => e.value === "he told me")`)

		b.visit("/c/people/+new")
		b.write("Given name", "Malik")
		b.write("Family name", "Benhaddou")
		b.choose(photo)
		b.press("Publish")
		b.sees("There is an entry of this name already")
		b.amiss()
		b.sees("Keep portrait.png, which has arrived")
		b.looks("a photograph that has arrived")
		b.clean()
	})
}
