package rest_test

import (
	"fmt"
	"net/url"
	"testing"

	"pollen"
	"pollen/client"
	"pollen/internal/pure/schema"
)

func TestFacetsAndPagesBack(t *testing.T) {
	s := serve(t)
	ctx, ana := t.Context(), s.as("Ana")
	s.Collection("depots", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Indexed: true}, {Name: "open", Type: schema.Boolean, Indexed: true}}})
	for i := range 5 {
		if _, err := ana.Create(ctx, "depots", map[string]any{"name": fmt.Sprintf("Dépôt %d", i), "open": i < 3}); err != nil {
			t.Fatal(err)
		}
	}
	s.Settle(s.search.Index())
	for _, c := range []struct {
		q    url.Values
		want string
	}{
		{url.Values{}, "5 5 open true=3 false=2 "},
		{url.Values{"filter": {"open"}}, "3 3 open true=3 false=2 "},
		{url.Values{"filter": {"name contains 4"}}, "1 1 open false=1 "},
		{url.Values{"q": {"depot"}, "filter": {"open = no"}}, "2 2 open true=3 false=2 "},
	} {
		f, err := ana.Facets(ctx, "depots", c.q)
		got := fmt.Sprintf("%d %d ", len(f.Items), f.Total)
		for _, x := range f.Facets {
			got += x.Field + " "
			for _, term := range x.Terms {
				got += fmt.Sprintf("%s=%d ", term.Value, term.Count)
			}
		}
		if err != nil || got != c.want {
			t.Errorf("%v: %s, %v; want %s", c.q, got, err, c.want)
		}
	}
	first, err := ana.List(ctx, "depots", url.Values{"limit": {"2"}})
	if err != nil || first.Previous != "" {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := ana.List(ctx, "depots", url.Values{"limit": {"2"}, "cursor": {first.Next}})
	if err != nil {
		t.Fatal(err)
	}
	back, err := ana.List(ctx, "depots", url.Values{"limit": {"2"}, "cursor": {second.Previous}})
	if err != nil || len(back.Items) != 2 || back.Items[0].ID != first.Items[0].ID || back.Previous != "" {
		t.Errorf("back on the first page: %+v, %v", back, err)
	}
	for _, path := range []string{"/api/v1/search?q=depot&filter=open", "/api/v1/search?q=depot&collection=depots&filter=phone+%3D+1"} {
		if p, ok := ana.Do(ctx, "GET", path, nil, nil).(*client.Problem); !ok || p.Status != 422 {
			t.Errorf("%s: %+v", path, p)
		}
	}
}
