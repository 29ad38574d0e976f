package rest_test

import (
	"strings"
	"testing"

	"pollen/client"
	"pollen/internal/domain/registry"
)

func TestBatches(t *testing.T) {
	s := serve(t)
	ctx, ana := t.Context(), s.as("Ana")
	for _, code := range []string{"A", "B"} {
		if _, err := ana.Create(ctx, "sites", map[string]any{"code": code, "name": "Site " + code}); err != nil {
			t.Fatal(err)
		}
	}
	d := registry.Edit{Field: "access", How: registry.EditSet, Texts: []string{"par la cour"}, Note: "vu"}
	all := registry.Selection{All: true}
	plan, err := s.Registry.PlanEdit(ctx, s.actors["Ana"], "sites", all, d, 0)
	if err != nil {
		t.Fatal(err)
	}
	made, _, err := s.Registry.EditMany(ctx, s.actors["Ana"], "sites", all, d, plan.Digest)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ana.Batch(ctx, made.ID.String())
	if err != nil || b.State != "done" || b.Kind != "edit" || b.Collection != "sites" || b.Note != "vu" || !strings.Contains(string(b.Report), `"changed":2`) {
		t.Errorf("%+v, %v", b, err)
	}
	var entries client.Page[struct {
		Title string
		Diff  []struct{ Field string }
	}]
	if err := ana.Do(ctx, "GET", "/api/v1/batches/"+b.ID+"/entries", nil, &entries); err != nil || len(entries.Items) != 2 || entries.Items[0].Diff[0].Field != "access" {
		t.Errorf("%+v, %v", entries, err)
	}
	u, err := ana.UndoBatch(ctx, b.ID, "wrong yard")
	if err != nil || u.Returned != 2 || u.Kept != 0 {
		t.Errorf("undone %+v, %v", u, err)
	}
	list, err := ana.Batches(ctx, "sites", "")
	if err != nil || len(list.Items) != 2 || list.Items[0].ID != u.Batch || list.Items[0].Note != "wrong yard" || list.Items[1].State != "reverted" {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := ana.Batch(ctx, "nothing"); err == nil || err.(*client.Problem).Status != 404 {
		t.Errorf("a batch that is not there: %v", err)
	}
}
