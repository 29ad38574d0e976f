package rest_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/once"
	"pollen/internal/face/rest"
	"pollen/internal/pollentest"
)

func TestARequestSentAgainIsDoneOnce(t *testing.T) {
	s := serve(t)
	s.as("Ana")
	s.as("Bob")
	post := func(who, key, body string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/collections/sites/entries", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+who)
		req.Header.Set("Idempotency-Key", key)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp, string(b)
	}
	const body = `{"values": {"name": "Dépôt"}}`
	first, made := post("Ana", `"k1"`, body)
	if first.StatusCode != http.StatusCreated {
		t.Fatalf("%s %s", first.Status, made)
	}
	again, same := post("Ana", `"k1"`, body)
	if again.StatusCode != http.StatusCreated || same != made || again.Header.Get("Location") != first.Header.Get("Location") || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("sent again: %s %v %s", again.Status, again.Header, same)
	}
	if resp, text := post("Ana", `"k1"`, `{"values": {"name": "Autre"}}`); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, "another request") {
		t.Errorf("another request: %s %s", resp.Status, text)
	}
	entry := first.Header.Get("Location")
	patch := func(method, key, body string, headers ...string) (*http.Response, string) {
		t.Helper()
		return s.send(t, method, entry, body, append([]string{"Authorization", "Bearer Ana", "Content-Type", "application/merge-patch+json", "Idempotency-Key", key}, headers...)...)
	}
	changed, said := patch("PATCH", "p1", `{"phone": "04 65 71 12 77"}`)
	repeated, same := patch("PATCH", "p1", `{"phone": "04 65 71 12 77"}`)
	if changed.StatusCode != http.StatusOK || repeated.StatusCode != http.StatusOK || same != said || repeated.Header.Get("Idempotency-Replayed") != "true" || repeated.Header.Get("ETag") != changed.Header.Get("ETag") {
		t.Errorf("a change sent again: %s %s", repeated.Status, same)
	}
	for what, send := range map[string]func() (*http.Response, string){
		"another change": func() (*http.Response, string) { return patch("PATCH", "p1", `{"phone": "04 65 71 12 90"}`) },
		"another version": func() (*http.Response, string) {
			return patch("PATCH", "p1", `{"phone": "04 65 71 12 77"}`, "If-Match", `"1"`)
		},
		"another method":   func() (*http.Response, string) { return patch("DELETE", "p1", `{"phone": "04 65 71 12 77"}`) },
		"another resource": func() (*http.Response, string) { return post("Ana", "p1", body) },
	} {
		if resp, text := send(); resp.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text, `"field":"Idempotency-Key"`) {
			t.Errorf("%s under the same key: %s %s", what, resp.Status, text)
		}
	}
	if _, other := post("Bob", `"k1"`, body); other == made {
		t.Error("a key of somebody else's answers for them")
	}
	if resp, text := post("Ana", strings.Repeat("k", 300), body); resp.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a long key: %s %s", resp.Status, text)
	}
	wrong, said := post("Ana", "k2", `{"values": {"nothing": "1"}}`)
	if resp, text := post("Ana", "k2", `{"values": {"nothing": "1"}}`); wrong.StatusCode != http.StatusUnprocessableEntity || resp.StatusCode != wrong.StatusCode || text != said {
		t.Errorf("a refusal is an answer, too: %s %s", resp.Status, text)
	}
	if resp, _ := post("nobody", "k3", body); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong token: %s", resp.Status)
	}
	p, err := s.as("Ana").List(t.Context(), "sites", nil)
	if err != nil || len(p.Items) != 2 {
		t.Errorf("%d entries, want one of Ana's and one of Bob's, %v", len(p.Items), err)
	}
	s.Clock.Advance(25 * time.Hour)
	if _, later := post("Ana", `"k1"`, body); later == made {
		t.Error("an answer is kept for more than a day")
	}
}

// What is too large to be kept was done all the same.
func TestALargeAnswerIsNotDoneTwice(t *testing.T) {
	w := pollentest.NewWorld(t)
	ana := w.Actor("Ana")
	o := rest.Options{Log: slog.Default(), Actor: func(context.Context, string) (pollen.Actor, error) { return ana, nil }}
	carried := 0
	h := rest.Idempotent(o, once.New(w.DB), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		carried++
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Location", "/api/v1/batches/1")
		w.WriteHeader(http.StatusCreated)
		for range 5 << 10 {
			if _, err := io.WriteString(w, strings.Repeat("x", 1<<10)); err != nil {
				t.Error(err)
			}
		}
	}))
	for i, want := range []int{5 << 20, 0} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/collections/sites/import", strings.NewReader("x"))
		r.Header.Set("Idempotency-Key", "k")
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		if answer.Code != http.StatusCreated || answer.Body.Len() != want || answer.Header().Get("Location") != "/api/v1/batches/1" || (i == 1) != (answer.Header().Get("Idempotency-Replayed") == "true") {
			t.Errorf("answer %d: %d, %d bytes, %v", i+1, answer.Code, answer.Body.Len(), answer.Header())
		}
	}
	if carried != 1 {
		t.Errorf("carried out %d times", carried)
	}
}

// What may have been done is not done again under the same key.
func TestWhatMayHaveBeenDoneIsNotDoneAgain(t *testing.T) {
	w := pollentest.NewWorld(t)
	ana := w.Actor("Ana")
	o := rest.Options{Log: slog.Default(), Actor: func(context.Context, string) (pollen.Actor, error) { return ana, nil }}
	for _, c := range []struct {
		unsure           bool
		status, carriers int
	}{{false, http.StatusServiceUnavailable, 2}, {true, http.StatusGatewayTimeout, 1}} {
		carried := 0
		h := rest.Idempotent(o, once.New(w.DB), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			carried++
			err := pollen.Errorf(pollen.Unavailable, "sqldb.away", "The database does not answer.")
			err.Unsure = c.unsure
			rest.Refuse(w, r, err)
		}))
		for range 2 {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/collections", strings.NewReader("{}"))
			r.Header.Set("Idempotency-Key", "k")
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, r)
			if answer.Code != c.status {
				t.Errorf("unsure %t: %d %s", c.unsure, answer.Code, answer.Body)
			}
		}
		if carried != c.carriers {
			t.Errorf("unsure %t: carried out %d times", c.unsure, carried)
		}
	}
}
