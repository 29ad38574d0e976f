package blob_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/base/sqldb"
	"pollen/internal/pollentest"
)

var ana = pollen.Actor{Persona: 7, Kind: pollen.PersonaNamed}

func store(t testing.TB) (*blob.Store, *sqldb.DB, *pollentest.Clock) {
	db, clock := pollentest.Database(t)
	return blob.New(db), db, clock
}

func nobody(*sqldb.Tx, string) (bool, error) { return false, nil }

func TestPutGivesBackWhatWasGiven(t *testing.T) {
	s, db, _ := store(t)
	for _, size := range []int{1, 128 << 10, 128<<10 + 1, 1 << 20, 3<<20 + 17} {
		want := bytes.Repeat([]byte("pollen\x00\xff"), size/8+1)[:size]
		info, err := s.Put(t.Context(), ana, bytes.NewReader(want), 4<<20)
		if err != nil || info.Size != int64(size) {
			t.Fatalf("%d bytes: %+v, %v", size, info, err)
		}
		c, err := s.Open(t.Context(), info.Hash, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes came back as %d, %v", size, len(got), err)
		}
		if err := db.Read(t.Context(), func(tx *sqldb.Tx) error {
			given, err := blob.GivenBy(tx, info.Hash, ana.Persona)
			other, err2 := blob.GivenBy(tx, info.Hash, ana.Persona+1)
			if !given || other {
				t.Errorf("given by Ana %v, by another %v", given, other)
			}
			return errors.Join(err, err2)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if n, faults, err := s.Verify(t.Context()); n != 5 || len(faults) > 0 || err != nil {
		t.Errorf("%d contents, %v, %v", n, faults, err)
	}
}

// What one persona gives in a day is bounded, and what it gave before and what
// others give is not counted.
func TestWhatOneGivesInADayIsBounded(t *testing.T) {
	s, db, clock := store(t)
	gave := func(by pollen.Actor, size int64, text string) {
		t.Helper()
		info, err := s.Put(t.Context(), by, strings.NewReader(text), 100)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE blobs SET size = $2 WHERE hash = $1`, info.Hash, size) // as large as it would take long to send
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	gave(ana, blob.PerDay-10, "a plan")
	bob := pollen.Actor{Persona: ana.Persona + 1, Kind: pollen.PersonaNamed}
	gave(bob, 10, "a picture")
	gave(ana, 5, "small")
	clock.Advance(6 * time.Hour)
	_, err := s.Put(t.Context(), ana, strings.NewReader("larger"), 100)
	if e, ok := errors.AsType[*pollen.Error](err); !ok || e.Kind != pollen.Limited || e.Retry != 18*time.Hour {
		t.Errorf("over the bound: %v, want Limited for 18 hours", err)
	}
	if _, err := s.Put(t.Context(), ana, strings.NewReader("a picture"), 100); err != nil {
		t.Errorf("what is here already: %v", err)
	}
	for _, by := range []pollen.Actor{bob, {Persona: ana.Persona, Kind: pollen.PersonaSystem}} {
		if _, err := s.Put(t.Context(), by, strings.NewReader(fmt.Sprint("of ", by)), 100); err != nil {
			t.Errorf("%v: %v", by, err)
		}
	}
	clock.Advance(18 * time.Hour)
	if _, err := s.Put(t.Context(), ana, strings.NewReader("larger"), 100); err != nil {
		t.Errorf("a day later: %v", err)
	}
}

func TestPutRefuses(t *testing.T) {
	s, _, _ := store(t)
	for name, content := range map[string]string{"nothing": "", "too much": strings.Repeat("x", 11)} {
		if _, err := s.Put(t.Context(), ana, strings.NewReader(content), 10); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("the line went dead")
	if _, err := s.Put(t.Context(), ana, io.MultiReader(strings.NewReader("x"), failing{broken}), 10); !errors.Is(err, broken) {
		t.Errorf("a broken upload: %v", err)
	}
	if _, err := s.Open(t.Context(), strings.Repeat("0", 64), 0); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("an unknown hash: %v", err)
	}
}

type failing struct{ error }

func (f failing) Read([]byte) (int, error) { return 0, f.error }

func TestTheTypeIsReadFromTheContent(t *testing.T) {
	s, _, _ := store(t)
	var docx bytes.Buffer
	z := zip.NewWriter(&docx)
	for _, name := range []string{"[Content_Types].xml", "_rels/.rels", "word/document.xml"} {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, "<x/>"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for want, content := range map[string]string{
		"application/pdf": "%PDF-1.7\n", "text/plain": "Bonjour à tous", "text/html": "<!DOCTYPE html><script>alert(1)</script>",
		"image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`,
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document": docx.String(),
	} {
		if info, err := s.Put(t.Context(), ana, strings.NewReader(content), 1<<20); err != nil || info.Type != want {
			t.Errorf("%s is told to be %s, %v", want, info.Type, err)
		}
	}
}

func TestServeIsNeverRun(t *testing.T) {
	s, _, _ := store(t)
	info, err := s.Put(t.Context(), ana, strings.NewReader("<script>alert(1)</script> 0123456789"), 100)
	if err != nil {
		t.Fatal(err)
	}
	get := func(ranges string) *http.Response {
		c, err := s.Open(t.Context(), info.Hash, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if ranges != "" {
			r.Header.Set("Range", ranges)
		}
		w := httptest.NewRecorder()
		c.Serve(w, r, `mémo "final".txt`, blob.Download)
		return w.Result()
	}
	h := get("").Header
	if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") ||
		!strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename*=utf-8''m%C3%A9mo") {
		t.Errorf("headers %v", h)
	}
	part := get("bytes=-4")
	if b, err := io.ReadAll(part.Body); part.StatusCode != http.StatusPartialContent || string(b) != "6789" || err != nil {
		t.Errorf("%d %q %v", part.StatusCode, b, err)
	}
}

func TestSweepKeepsWhatIsReferredToAndWhatIsNew(t *testing.T) {
	s, _, clock := store(t)
	put := func(text string) string {
		info, err := s.Put(t.Context(), ana, strings.NewReader(text), 100)
		if err != nil {
			t.Fatal(err)
		}
		return info.Hash
	}
	kept, gone := put("referred to"), put("forgotten")
	again := put("given again")
	clock.Advance(48 * time.Hour)
	put("given again")
	young := put("young")
	n, err := s.Sweep(t.Context(), clock.Now().Add(-24*time.Hour), func(_ *sqldb.Tx, hash string) (bool, error) { return hash == kept, nil })
	if n != 1 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	for hash, there := range map[string]bool{kept: true, gone: false, again: true, young: true} {
		if _, err := s.Open(t.Context(), hash, 0); (err == nil) != there || !there && !pollen.Is(err, pollen.NotFound) {
			t.Errorf("%.8s: %v, want there %v", hash, err, there)
		}
	}
}

func TestSweepGoesThroughMany(t *testing.T) {
	s, _, clock := store(t)
	kept := map[string]bool{}
	for i := range 1100 {
		info, err := s.Put(t.Context(), ana, strings.NewReader(fmt.Sprint("content ", i)), 100)
		if err != nil {
			t.Fatal(err)
		}
		kept[info.Hash] = i%3 == 0
	}
	clock.Advance(48 * time.Hour)
	n, err := s.Sweep(t.Context(), clock.Now(), func(_ *sqldb.Tx, hash string) (bool, error) { return kept[hash], nil })
	if n != 733 || err != nil {
		t.Errorf("%d removed, %v", n, err)
	}
	for hash, there := range kept {
		if _, err := s.Open(t.Context(), hash, 0); (err == nil) != there {
			t.Fatalf("%.8s: %v, want there %v", hash, err, there)
		}
	}
}

// photo is a JPEG whose left half is red, which asks to be turned and tells a
// place.
func photo(t testing.TB, w, h, orientation int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{0, 0, 255, 255}
			if x < w/2 {
				c = color.NRGBA{255, 0, 0, 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	tiff := []byte("MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00GPS 45.9N 6.1E")
	binary.BigEndian.PutUint16(tiff[18:], uint16(orientation))
	segment := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(segment) + 2)}, segment...)
	return append(out, b.Bytes()[2:]...)
}

func TestAPictureIsDrawnAnew(t *testing.T) {
	s, _, _ := store(t)
	given := photo(t, 400, 200, 6) // turned a quarter to the right: red comes on top
	info, err := s.PutImage(t.Context(), ana, bytes.NewReader(given), 1<<20)
	if err != nil || info.Type != "image/jpeg" {
		t.Fatalf("%+v, %v", info, err)
	}
	for width, want := range map[int]int{0: 200, 160: 160, 640: 200} {
		c, err := s.Open(t.Context(), info.Hash, width)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(c)
		if err != nil || bytes.Contains(b, []byte("GPS")) || bytes.Contains(b, []byte("Exif")) {
			t.Errorf("width %d still says where it was taken: %v", width, err)
		}
		img, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil || img.Bounds().Dx() != want || img.Bounds().Dy() != 2*want {
			t.Fatalf("width %d is %v, %v", width, img.Bounds(), err)
		}
		if r, _, blue, _ := img.At(want/2, 10).RGBA(); r < 0xc000 || blue > 0x4000 {
			t.Errorf("width %d is not upright", width)
		}
	}
	if n, err := s.Sweep(t.Context(), pollentest.Start.Add(time.Hour), nobody); n != 2 || err != nil {
		t.Errorf("%d removed, %v: want the picture and its smaller one", n, err)
	}
}

// What was drawn here is the same content wherever it is given again, so that it
// travels without loss; what anybody could have written into it is drawn anew.
func TestAPictureThatWasDrawnStaysAsItIs(t *testing.T) {
	s, _, _ := store(t)
	drawing := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	drawing.Set(10, 10, color.NRGBA{200, 10, 10, 120})
	var asPNG bytes.Buffer
	if err := png.Encode(&asPNG, drawing); err != nil {
		t.Fatal(err)
	}
	for name, given := range map[string][]byte{"a photograph": photo(t, 900, 600, 6), "a large one": photo(t, 3000, 200, 1), "a drawing": asPNG.Bytes()} {
		first := put(t, s, given)
		c, err := s.Open(t.Context(), first.Hash, 0)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := io.ReadAll(c)
		if err != nil {
			t.Fatal(err)
		}
		if again := put(t, s, kept); again != first {
			t.Errorf("%s: %+v became %+v", name, first, again)
		}
		if looked, err := s.LookAtImage(t.Context(), bytes.NewReader(given), 5<<20); err != nil || looked != first {
			t.Errorf("%s looks like %+v, %v", name, looked, err)
		}
		if first.Type != "image/jpeg" {
			continue
		}
		for what, more := range map[string][]byte{
			"a note in front": append([]byte{0xFF, 0xD8, 0xFF, 0xFE, 0, 8, 's', 'e', 'c', 'r', 'e', 't'}, kept[2:]...),
			"a note behind":   append(slices.Clone(kept), "secret"...),
		} {
			info := put(t, s, more)
			c, err := s.Open(t.Context(), info.Hash, 0)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(c); err != nil || bytes.Contains(b, []byte("secret")) {
				t.Errorf("%s with %s keeps it: %v", name, what, err)
			}
		}
	}
}

func put(t *testing.T, s *blob.Store, b []byte) blob.Info {
	t.Helper()
	info, err := s.PutImage(t.Context(), ana, bytes.NewReader(b), 5<<20)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestEveryOrientation(t *testing.T) {
	s, _, _ := store(t)
	// where red is, by orientation: the left half, unless turned.
	for o, at := range map[int]image.Point{1: {5, 20}, 2: {75, 20}, 3: {75, 20}, 4: {5, 20}, 5: {20, 5}, 6: {20, 5}, 7: {20, 75}, 8: {20, 75}} {
		info, err := s.PutImage(t.Context(), ana, bytes.NewReader(photo(t, 80, 40, o)), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Open(t.Context(), info.Hash, 0)
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(c)
		if err != nil {
			t.Fatal(err)
		}
		if r, _, _, _ := img.At(at.X, at.Y).RGBA(); r < 0xc000 {
			t.Errorf("orientation %d: no red at %v of %v", o, at, img.Bounds())
		}
	}
}

func TestPutImageRefuses(t *testing.T) {
	s, _, _ := store(t)
	for name, content := range map[string][]byte{
		"SVG": []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "a page": []byte("<html>"), "nothing": nil,
		"half a photograph": photo(t, 80, 40, 1)[:200], "too many bytes": bytes.Repeat([]byte{1}, 1<<20+1),
	} {
		if info, err := s.PutImage(t.Context(), ana, bytes.NewReader(content), 1<<20); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
}

// claiming is the beginning of a PNG that says how large it is: width, height,
// bits of each colour, and 2 for colours or 0 for greys (PNG, section 11.2.2).
func claiming(w, h uint32, depth, colours byte) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, w), h)
	b = append(b, depth, colours, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
}

func TestWhatAPictureClaimsToHoldIsLookedAtFirst(t *testing.T) {
	s, _, _ := store(t)
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"too many pixels":                {claiming(60_000, 60_000, 8, 0), "too large"},
		"fine colours":                   {claiming(5_000, 5_000, 16, 2), "too large"},
		"within bounds, and cut short":   {claiming(5_000, 5_000, 8, 2), "not a picture"},
		"no pixels":                      {claiming(0, 10, 8, 2), "not a picture"},
		"wider than the whole is square": {claiming(1<<31-1, 1<<31-1, 8, 2), "not a picture"},
	} {
		if _, err := s.PutImage(t.Context(), ana, bytes.NewReader(c.content), 1<<20); !pollen.Is(err, pollen.Invalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A picture waits for its turn as long as whoever gave it.
func TestAPictureThatNobodyWaitsForIsNotDrawn(t *testing.T) {
	s, _, _ := store(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.PutImage(ctx, ana, bytes.NewReader(photo(t, 80, 40, 1)), 1<<20); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestVerifyFindsWhatIsAltered(t *testing.T) {
	s, db, _ := store(t)
	var hashes []string
	for _, text := range []string{"one", "two", "three"} {
		info, err := s.Put(t.Context(), ana, strings.NewReader(text), 100)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, info.Hash)
	}
	if err := db.Write(t.Context(), func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(`UPDATE blob_pieces SET data = $2 WHERE hash = $1`, hashes[0], []byte("One")); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM blob_pieces WHERE hash = $1`, hashes[1])
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n, faults, err := s.Verify(t.Context()); n != 3 || len(faults) != 2 || err != nil {
		t.Errorf("%d contents, %v, %v", n, faults, err)
	}
}

func FuzzImage(f *testing.F) {
	for o := range 9 {
		f.Add(photo(f, 8, 4, o))
	}
	f.Add([]byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"))
	s, _, _ := store(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := s.PutImage(context.Background(), ana, bytes.NewReader(b), 1<<16)
		if err != nil {
			if !pollen.Is(err, pollen.Invalid) {
				t.Fatal(err)
			}
			return
		}
		c, err := s.Open(t.Context(), info.Hash, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := image.Decode(c); err != nil {
			t.Fatalf("what was kept cannot be shown: %v", err)
		}
	})
}
