package rest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/pure/schema"
)

func TestAFileGoesInAndComesOutForThoseWhoMayReadItsEntry(t *testing.T) {
	s := serve(t)
	ctx, ana := t.Context(), s.as("Ana")
	s.Collection("papers", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "file", Type: schema.Attachment}}})
	b, err := ana.Upload(ctx, `C:\papers\..\plan "v2".txt`, "attachment", strings.NewReader("the plan"))
	if err != nil || b.Name != `plan "v2".txt` || b.Type != "text/plain" || b.Size != 8 {
		t.Fatalf("%+v, %v", b, err)
	}
	get := func(token string) *http.Response {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/api/v1/blobs/"+b.Hash+"?name=..%2Fplan.txt", nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	if r := get("Ana"); r.StatusCode != http.StatusNotFound {
		t.Errorf("before any entry names it: %d", r.StatusCode)
	}
	if _, err := ana.Create(ctx, "papers", map[string]any{"name": "Plan", "file": b}); err != nil {
		t.Fatal(err)
	}
	r := get("Ana")
	if text, err := io.ReadAll(r.Body); string(text) != "the plan" || err != nil || r.Header.Get("Content-Disposition") != "attachment; filename=plan.txt" {
		t.Errorf("%q %v %v", text, err, r.Header)
	}
	if r := get(""); r.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger: %d", r.StatusCode)
	}
	_, err = s.as("").Upload(ctx, "x", "attachment", strings.NewReader("x"))
	status(t, err, http.StatusUnauthorized)
	_, err = ana.Upload(ctx, "x.svg", "image", strings.NewReader(`<svg xmlns="http://www.w3.org/2000/svg"/>`))
	status(t, err, http.StatusUnprocessableEntity)
}
