package rest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
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
