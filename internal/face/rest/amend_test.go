package rest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"pollen"
	"pollen/client"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

func TestACollectionIsAmendedOverTheAPI(t *testing.T) {
	s := serve(t)
	ctx, ana, bob := t.Context(), s.as("Ana"), s.as("Bob")
	e, err := ana.Create(ctx, "sites", map[string]any{"code": "S1", "name": "Dépôt", "phone": "04 65 71 12 77"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := ana.Collection(ctx, "sites")
	if err != nil || c.Version != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	fields := slices.Clone(c.Schema.Fields)
	fields[1].Name, fields[2].Type = "label", "email"
	patch := map[string]any{"name": map[string]any{"fr": "Lieux"}, "licence": "CC0-1.0", "schema": map[string]any{"fields": fields}}
	_, would, err := bob.AmendCollection(ctx, "sites", patch, client.Amending{DryRun: true})
	if err != nil || would.Possible || len(would.Fields) != 2 || would.Fields[1].Unfit != 1 || would.Fields[1].Examples[0].Entry != e.ID || would.Fields[1].Examples[0].Reason == "" {
		t.Fatalf("%+v, %v", would, err)
	}
	_, _, err = bob.AmendCollection(ctx, "sites", patch, client.Amending{})
	status(t, err, http.StatusConflict)

	fields[2].Type = "text"
	now, did, err := bob.AmendCollection(ctx, "sites", patch, client.Amending{Version: 1})
	if err != nil || !did.Possible || now.Version != 2 || now.Name["fr"] != "Lieux" || now.Name["en"] != "sites" || now.Licence != "CC0-1.0" || now.Schema.Title[0] != "label" {
		t.Fatalf("%+v, %+v, %v", now, did, err)
	}
	_, _, err = ana.AmendCollection(ctx, "sites", map[string]any{"licence": "MIT"}, client.Amending{Version: 1})
	if p := status(t, err, http.StatusPreconditionFailed); p.Revision != 2 {
		t.Errorf("%+v", p)
	}
	if e, err = ana.Get(ctx, e.ID); err != nil || e.Text("label") != "Dépôt" || e.Text("phone") != "+33465711277" || e.Revision != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	_, _, err = s.as("").AmendCollection(ctx, "sites", map[string]any{"licence": "MIT"}, client.Amending{})
	status(t, err, http.StatusUnauthorized)
	_, _, err = ana.AmendCollection(ctx, "sites", map[string]any{"licence": "MIT", "slug": "other"}, client.Amending{})
	status(t, err, http.StatusUnprocessableEntity)
	_, _, err = ana.AmendCollection(ctx, "nowhere", map[string]any{"licence": "MIT"}, client.Amending{})
	status(t, err, http.StatusNotFound)
	if r, body := s.send(t, "PATCH", "/api/v1/collections/sites", `[]`, "Authorization", "Bearer Ana", "Content-Type", "application/merge-patch+json"); r.StatusCode != 422 {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	r, _ := s.send(t, "GET", "/api/v1/collections/sites", "")
	if r.Header.Get("ETag") != `"2"` {
		t.Errorf("ETag %s", r.Header.Get("ETag"))
	}

	// Search finds by what the fields are now.
	s.Settle(s.search.Index())
	fields = slices.Delete(slices.Clone(now.Schema.Fields), 2, 3)
	if _, _, err := ana.AmendCollection(ctx, "sites", map[string]any{"schema": map[string]any{"fields": fields}}, client.Amending{}); err != nil {
		t.Fatal(err)
	}
	s.Settle(s.search.Index())
	if p, err := ana.Search(ctx, "0465711277"); err != nil || len(p.Items) != 0 {
		t.Errorf("a retired value is found: %+v, %v", p, err)
	}
	if p, err := ana.Search(ctx, "depot"); err != nil || len(p.Items) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestACollectionIsRevertedOverTheAPI(t *testing.T) {
	s := serve(t)
	ctx, ana, bob := t.Context(), s.as("Ana"), s.as("Bob")
	e, err := ana.Create(ctx, "sites", map[string]any{"code": "S1", "name": "Dépôt", "phone": "04 65 71 12 77"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := ana.Collection(ctx, "sites")
	if err != nil {
		t.Fatal(err)
	}
	patch := map[string]any{"audience": "members", "schema": map[string]any{"fields": c.Schema.Fields[:2], "title": []string{"name"}, "key": nil}}
	if _, _, err := bob.AmendCollection(ctx, "sites", patch, client.Amending{}); err != nil {
		t.Fatal(err)
	}
	all, err := ana.Versions(ctx, "sites", "")
	if err != nil || len(all.Items) != 2 || all.Items[0].N != 2 || len(all.Items[0].Fields) == 0 || all.Items[0].Fields[0].Kind != "retire" ||
		all.Items[0].Settings[0].Name != "audience" || string(all.Items[0].Settings[0].Was) != `"public"` || string(all.Items[0].Settings[0].Now) != `"members"` {
		t.Fatalf("%+v, %v", all, err)
	}
	now, would, err := ana.RevertCollection(ctx, "sites", 1, client.Amending{DryRun: true})
	if err != nil || now.Version != 2 || !would.Possible || len(would.Fields) == 0 || would.Fields[0].Kind != "restore" {
		t.Fatalf("%+v, %+v, %v", now, would, err)
	}
	now, _, err = ana.RevertCollection(ctx, "sites", 1, client.Amending{Version: 2})
	if err != nil || now.Version != 3 || now.Audience != "public" || len(now.Schema.Fields) != len(c.Schema.Fields) || now.Schema.Fields[2].ID != c.Schema.Fields[2].ID {
		t.Fatalf("%+v, %v", now, err)
	}
	if e, err = s.as("").Get(ctx, e.ID); err != nil || e.Text("phone") != "+33465711277" {
		t.Errorf("%+v, %v", e, err)
	}
	_, _, err = ana.RevertCollection(ctx, "sites", 1, client.Amending{Version: 2})
	status(t, err, http.StatusPreconditionFailed)
	_, _, err = ana.RevertCollection(ctx, "sites", 12, client.Amending{})
	status(t, err, http.StatusNotFound)
	_, _, err = s.as("").RevertCollection(ctx, "sites", 2, client.Amending{})
	status(t, err, http.StatusUnauthorized)
}

// A field is told of, and amended, by nobody who may not read it.
func TestACollectionTellsFieldsToWhoMayReadThem(t *testing.T) {
	s := serve(t)
	ctx, bob := t.Context(), s.as("Bob")
	c, err := s.Registry.Collection(ctx, s.System, "sites")
	if err != nil {
		t.Fatal(err)
	}
	fields := append(slices.Clone(c.Schema.Fields), schema.Field{Name: "alarm", Type: schema.Text, Audience: pollen.AudiencePersona},
		schema.Field{Name: "keeper", Type: schema.Text, Audience: pollen.AudienceCommunity})
	if _, _, err := s.Registry.Amend(ctx, s.System, "sites", registry.Amendment{Schema: &schema.Schema{Fields: fields, Title: c.Schema.Title, Key: c.Schema.Key}}); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"/api/v1/collections", "/api/v1/collections/sites", "/api/v1/collections/sites/versions"} {
		for token, told := range map[string]bool{"": false, "Bob": true} {
			head := []string{}
			if token != "" {
				head = []string{"Authorization", "Bearer " + token}
			}
			_, body := s.send(t, "GET", address, "", head...)
			if strings.Contains(body, "alarm") || strings.Contains(body, "keeper") != told {
				t.Errorf("%s, to “%s”: %s", address, token, body)
			}
		}
	}
	// Bob gives the whole list of the fields that he knows, less one.
	known, err := bob.Collection(ctx, "sites")
	if err != nil || len(known.Schema.Fields) != 6 {
		t.Fatalf("%+v, %v", known, err)
	}
	_, did, err := bob.AmendCollection(ctx, "sites", map[string]any{"schema": map[string]any{"fields": known.Schema.Fields[:5]}}, client.Amending{})
	if err != nil || len(did.Fields) != 1 || did.Fields[0].Field != "keeper" {
		t.Fatalf("%+v, %v", did, err)
	}
	if now, err := s.Registry.Collection(ctx, s.System, "sites"); err != nil || now.Schema.Field("alarm") == nil || now.Schema.Field("keeper") != nil {
		t.Errorf("%+v, %v", now, err)
	}
}
