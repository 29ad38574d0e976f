package freshness_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/domain/freshness"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

var sites = schema.Schema{Title: []string{"code"}, Fields: []schema.Field{
	{Name: "code", Type: schema.Code}, {Name: "phone", Type: schema.Phone, HalfLife: 100},
	{Name: "name", Type: schema.Localized}, {Name: "tags", Type: schema.Text, Many: true},
	{Name: "alarm", Type: schema.Text, Audience: pollen.AudienceCommunity}}}

func TestAConfirmedValueIsFreshAgain(t *testing.T) {
	w := pollentest.NewWorld(t)
	f := freshness.New(w.DB, w.Journal, w.Registry)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	e, err := w.Registry.Create(ctx, ana, "sites", registry.Change{Values: map[string]json.RawMessage{"code": []byte(`"S1"`), "phone": []byte(`"+33465711277"`),
		"name": []byte(`{"fr": "Dépôt", "en": "Depot"}`), "tags": []byte(`["a", "b"]`), "alarm": []byte(`"12"`)}})
	if err != nil {
		t.Fatal(err)
	}
	life := func(by pollen.Actor, field string) []freshness.Life {
		t.Helper()
		e, err := w.Registry.Get(ctx, by, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		all, err := f.Of(ctx, by, []*registry.Entry{e})
		if err != nil {
			t.Fatal(err)
		}
		return all[e.ID][e.Collection.Schema.Field(field).ID]
	}
	w.Clock.Advance(150 * 24 * time.Hour)
	if l := life(bob, "phone"); len(l) != 1 || l[0].State != schema.Due || l[0].Verifiers != 0 || l[0].Changed.By != ana.Persona || l[0].Changed.Revision != 1 {
		t.Errorf("before: %+v", l)
	}
	if _, err := f.Confirm(ctx, bob, e.ID, []freshness.What{{Field: "phone"}, {Field: "name", Lang: "FR"}, {Field: "tags", Index: new(1)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Confirm(ctx, bob, e.ID, []freshness.What{{Field: "phone"}}); err != nil {
		t.Fatal(err)
	}
	if l := life(bob, "phone"); l[0].State != schema.Fresh || l[0].Verifiers != 1 || !l[0].Verified.Equal(w.Clock.Now()) {
		t.Errorf("after: %+v", l)
	}
	for _, l := range life(bob, "name") {
		if (l.Tag == "fr") != (l.Verifiers == 1) {
			t.Errorf("name in %s: %+v", l.Tag, l)
		}
	}
	if l := life(bob, "tags"); len(l) != 2 || l[0].Verifiers != 0 || l[1].Verifiers != 1 {
		t.Errorf("tags: %+v", l)
	}
	if got, err := w.Registry.Get(ctx, bob, e.ID); err != nil || got.Revision != 1 {
		t.Errorf("confirming made revision %d, %v", got.Revision, err)
	}
	if acts := w.Acts(journal.Query{Kinds: []pollen.ActKind{pollen.ActVerify}}); len(acts) != 2 || len(acts[0].Detail.Fields) != 3 {
		t.Errorf("journal %+v", acts)
	}

	// Another value has a life of its own.
	if _, err := w.Registry.Revise(ctx, ana, e.ID, registry.Change{Texts: map[string][]string{"phone": {"+33465711290"}}}); err != nil {
		t.Fatal(err)
	}
	if l := life(bob, "phone"); l[0].Verifiers != 0 || l[0].Changed.Revision != 2 || l[0].State != schema.Fresh {
		t.Errorf("another value: %+v", l)
	}
	if l := life(pollen.Actor{}, "alarm"); len(l) != 0 {
		t.Errorf("the life of a value that one may not read: %+v", l)
	}
}

func TestWhatCannotBeConfirmed(t *testing.T) {
	w := pollentest.NewWorld(t)
	f := freshness.New(w.DB, w.Journal, w.Registry)
	w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	e, err := w.Registry.Create(ctx, ana, "sites", registry.Change{Texts: map[string][]string{"code": {"S1"}, "alarm": {"12"}}})
	if err != nil {
		t.Fatal(err)
	}
	guest := ana
	guest.Communities = nil
	for name, c := range map[string]struct {
		by   pollen.Actor
		what []freshness.What
		kind pollen.Kind
	}{
		"nothing":                 {ana, nil, pollen.Invalid},
		"no field":                {ana, []freshness.What{{Field: "colour"}}, pollen.Invalid},
		"no value":                {ana, []freshness.What{{Field: "phone"}}, pollen.Invalid},
		"no such one of a list":   {ana, []freshness.What{{Field: "code", Index: new(3)}}, pollen.Invalid},
		"what one may not read":   {guest, []freshness.What{{Field: "alarm"}}, pollen.Invalid},
		"without being signed in": {pollen.Actor{}, []freshness.What{{Field: "code"}}, pollen.Unauthenticated},
	} {
		if _, err := f.Confirm(ctx, c.by, e.ID, c.what); !pollen.Is(err, c.kind) {
			t.Errorf("%s: %v, want %s", name, err, c.kind)
		}
	}
	for field, want := range map[string]string{"alarm": "no field “alarm”", "colour": "no field “colour”", "phone": "no such value"} {
		if _, err := f.Confirm(ctx, guest, e.ID, []freshness.What{{Field: field}}); err == nil || !strings.Contains(pollen.MessageOf(err).String(), want) {
			t.Errorf("a guest confirms %s: %v", field, err)
		}
	}
	if _, err := f.Confirm(ctx, ana, 1, []freshness.What{{Field: "code"}}); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("no entry: %v", err)
	}
	if _, err := w.Registry.Retire(ctx, ana, e.ID, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Confirm(ctx, ana, e.ID, []freshness.What{{Field: "code"}}); !pollen.Is(err, pollen.Conflict) {
		t.Errorf("a retired entry: %v", err)
	}
}
