package web_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// send posts a form with a file.
func (r *reader) send(path, field, file string, content []byte, pairs ...string) (*http.Response, string) {
	r.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		if err := m.WriteField(pairs[i], pairs[i+1]); err != nil {
			r.t.Fatal(err)
		}
	}
	w, err := m.CreateFormFile(field, file)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		r.t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.site.url+path, &b)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var page bytes.Buffer
	if _, err := page.ReadFrom(resp.Body); err != nil {
		r.t.Fatal(err)
	}
	return resp, page.String()
}

var address = regexp.MustCompile(`/blobs/[0-9a-f]{64}/[^"?]+`)

func TestPicturesAndFilesOfAnEntry(t *testing.T) {
	s := open(t)
	s.Collection("rooms", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Required: true}, {Name: "view", Type: schema.Image}, {Name: "papers", Type: schema.Attachment, Many: true}}})
	ana, stranger := s.reader(t, "Ana"), s.reader(t, "")
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	resp, page := ana.send("/c/rooms/+new", "view", "../../view.png", picture.Bytes(), "name", "Salle", "view.alt", "La grande table")
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/c/rooms/salle" {
		t.Fatalf("%d at %s", resp.StatusCode, resp.Request.URL)
	}
	ana.sees(page, `alt="La grande table"`, "/view.png?w=160")
	href := address.FindString(page)
	if resp, _ := ana.get(href + "?w=160"); resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/png" || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "inline") {
		t.Errorf("the picture: %d %v", resp.StatusCode, resp.Header)
	}
	if resp, _ := stranger.get(href); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger who knows the address: %d", resp.StatusCode)
	}

	for _, name := range []string{"one.txt", "two.txt"} {
		if resp, _ := ana.send("/c/rooms/salle", "value", name, []byte("text of "+name), "field", "papers"); resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", name, resp.StatusCode)
		}
	}
	_, page = ana.get("/c/rooms/salle")
	ana.sees(page, "one.txt", "two.txt")
	for _, evil := range []string{"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>", "<!DOCTYPE html><script>alert(1)</script>"} {
		if resp, page := ana.send("/c/rooms/salle", "value", "harmless.txt", []byte(evil), "field", "papers"); resp.StatusCode != http.StatusBadRequest || !strings.Contains(page, "text/csv") {
			t.Errorf("%q: %d", evil, resp.StatusCode)
		}
	}
	e, _, err := s.Registry.At(t.Context(), s.actors["Ana"], "rooms", "salle")
	if err != nil {
		t.Fatal(err)
	}
	papers := e.Collection.Schema.Field("papers")
	blobs := papers.Blobs(e.Values[papers.ID])
	if len(blobs) != 2 {
		t.Fatalf("%d papers", len(blobs))
	}
	if resp, _ := ana.send("/c/rooms/salle/edit", "view", "", nil, "name", "Salle 1", "papers.drop", blobs[0].Hash); resp.StatusCode != http.StatusOK {
		t.Errorf("leaving one out: %d", resp.StatusCode)
	}
	if e, _, err = s.Registry.At(t.Context(), s.actors["Ana"], "rooms", "salle"); err != nil {
		t.Fatal(err)
	}
	if left := papers.Blobs(e.Values[papers.ID]); len(left) != 1 || left[0].Name != "two.txt" || e.Title != "Salle 1" || e.Values[e.Collection.Schema.Field("view").ID] == nil {
		t.Errorf("left %+v in %+v", left, e.Title)
	}
	if _, err := s.Registry.Revert(t.Context(), s.actors["Ana"], e.ID, registry.Reversal{To: e.Revision - 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Registry.Refers(t.Context(), pollen.Actor{}, blobs[0].Hash); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("%v", err)
	}
}

// What the photograph lacks is said where one sends it.
func TestAPhotographAsksForConsentInItsPlace(t *testing.T) {
	s := open(t)
	s.Collection(pollen.People, pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}, {Name: "photo", Type: schema.Image}}})
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 30, 20))); err != nil {
		t.Fatal(err)
	}
	ana := s.reader(t, "Ana")
	ana.post("/c/people/+new", "name", "Bob")
	resp, page := ana.send("/c/people/bob", "value", "bob.png", picture.Bytes(), "field", "photo", "base", "1")
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("%d", resp.StatusCode)
	}
	if !strings.Contains(page, `<details name="fix" open>`) || !strings.Contains(page, `class="err"`) {
		t.Error("the correction is not open with the reason in it")
	}
	_, page = ana.send("/c/people/bob", "value", "bob.png", picture.Bytes(), "field", "photo", "base", "1", "value.consent", "1")
	if strings.Count(page, "<img") != 1 {
		t.Errorf("the photograph is shown %d times", strings.Count(page, "<img"))
	}
	ana.sees(page, "bob.png?w=160")
}
