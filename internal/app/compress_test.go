package app_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pollen/internal/app"
)

func TestAnswersAreCompressedForWhoAcceptsIt(t *testing.T) {
	a, err := app.Open(t.Context(), app.Options{Data: t.TempDir(), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	h := a.Handler()
	ask := func(path, encoding string) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), "GET", path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	for _, path := range []string{"/", "/signin", "/api/v1/openapi.json"} {
		plain, packed := ask(path, "identity"), ask(path, "gzip")
		if plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: encoded %q and %q", path, plain.Header.Get("Content-Encoding"), packed.Header.Get("Content-Encoding"))
			continue
		}
		for _, resp := range []*http.Response{plain, packed} {
			if !strings.Contains(strings.Join(resp.Header.Values("Vary"), ", "), "Accept-Encoding") {
				t.Errorf("%s varies by %q", path, resp.Header.Values("Vary"))
			}
		}
		z, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(plain.Body)
		if err != nil {
			t.Fatal(err)
		}
		if string(unpacked) != string(want) {
			t.Errorf("%s: %d bytes unpacked, %d plain", path, len(unpacked), len(want))
		}
	}
}
