package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/app"
)

// A node of a newer release changes the database beside one that runs: that one
// is to be sent no requests any more, and does not start again.
func TestANodeThatWasOvertakenSaysSo(t *testing.T) {
	dir := t.TempDir()
	a, err := app.Open(t.Context(), app.Options{Data: dir, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	ready := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		return w
	}
	if w := ready(); w.Code != http.StatusNoContent {
		t.Errorf("ready: %d %s", w.Code, w.Body)
	}
	if _, err := a.DB.Pool().ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if w := ready(); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "newer") {
		t.Errorf("overtaken: %d %s", w.Code, w.Body)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Open(t.Context(), app.Options{Data: dir}); !pollen.Is(err, pollen.Invalid) || pollen.MessageOf(err).Key != "migrate.newer" {
		t.Errorf("started again: %v", err)
	}
}
