package registry_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

// Collections that are amended at once, beside writes that fail, give each field
// an identifier of its own: an amendment that is carried out once more, since what
// it was written with was undone, keeps nothing of the first time.
func TestFieldsAddedAtOnceAreEachOnesOwn(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx := t.Context()
	slugs := []string{"ships", "quays", "cranes"}
	for _, slug := range slugs {
		w.Collection(slug, pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	}
	ended := make(chan struct{})
	var failing, amending sync.WaitGroup
	for range 3 {
		failing.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				refused := errors.New("refused")
				if err := w.DB.Write(ctx, func(tx *sqldb.Tx) error {
					_, err := tx.Exec(`UPDATE batches SET note = '' WHERE id = -1`)
					return errors.Join(err, refused)
				}); !errors.Is(err, refused) {
					t.Error(err)
				}
			}
		})
	}
	for _, slug := range slugs {
		by := w.Actor("Amends " + slug)
		amending.Go(func() {
			for i := range 6 {
				c, err := w.Registry.Collection(ctx, by, slug)
				if err == nil {
					_, _, err = w.Registry.Amend(ctx, by, slug, registry.Amendment{Schema: amended(c, func(x *schema.Schema) {
						x.Fields = append(x.Fields, schema.Field{Name: fmt.Sprint("f", i), Type: schema.Text})
					})})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	amending.Wait()
	close(ended)
	failing.Wait()
	if _, faults, err := w.Registry.Verify(ctx); err != nil || len(faults) > 0 {
		t.Errorf("%v, %v", faults, err)
	}
}

// amended is the schema of a collection with something changed.
func amended(c *registry.Collection, change func(*schema.Schema)) *schema.Schema {
	s := c.Schema
	s.Fields = append([]schema.Field(nil), s.Fields...)
	change(&s)
	return &s
}

func found(t *testing.T, w *pollentest.World, by pollen.Actor, text string) int {
	t.Helper()
	e, err := filter.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	n, err := w.Registry.Count(t.Context(), by, "sites", e, 100)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAmendSaysFirstAndThenDoes(t *testing.T) {
	w := pollentest.NewWorld(t)
	c := w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	e := must(w.Registry.Create(ctx, ana, "sites", values("code", "S1", "name", "Dépôt", "phone", "04 65 71 12 77", "tags", "a", "tags", "b")))(t)

	a := registry.Amendment{Name: map[string]string{"en": "Places"}, Schema: amended(c, func(s *schema.Schema) {
		s.Field("name").Name = "label" // the title follows
		s.Fields = append(s.Fields, schema.Field{Name: "floor", Type: schema.Integer, Indexed: true})
		for i := range s.Fields {
			if s.Fields[i].Name == "phone" {
				s.Fields = append(s.Fields[:i], s.Fields[i+1:]...)
				break
			}
		}
	})}
	plan := must(w.Registry.PlanAmend(ctx, ana, "sites", a))(t)
	kinds := map[string]schema.ChangeKind{}
	held := map[string]int64{}
	for _, x := range plan.Fields {
		kinds[x.Field], held[x.Field] = x.Kind, x.Held
	}
	if len(plan.Fields) != 3 || kinds["label"] != schema.FieldRenamed || kinds["floor"] != schema.FieldAdded || kinds["phone"] != schema.FieldRetired || held["phone"] != 1 {
		t.Errorf("planned %+v", plan)
	}
	if now := must(w.Registry.Collection(ctx, ana, "sites"))(t); now.Version != 1 || now.Schema.Field("phone") == nil {
		t.Error("planning changed something")
	}
	next, _, err := w.Registry.Amend(ctx, ana, "sites", a)
	if err != nil || next.Version != 2 {
		t.Fatalf("%+v, %v", next, err)
	}
	e = must(w.Registry.Get(ctx, ana, e.ID))(t)
	if e.Title != "Dépôt" || text(e, "label") != "Dépôt" || e.Collection.Schema.Field("phone") != nil || e.Collection.LabelIn("en") != "Places" || e.Revision != 1 {
		t.Errorf("after: %+v", e)
	}
	e = must(w.Registry.Revise(ctx, ana, e.ID, values("floor", "3")))(t)
	if found(t, w, ana, "floor = 3") != 1 {
		t.Error("the added field does not filter")
	}
	acts := w.Acts(journal.Query{Kinds: []pollen.ActKind{pollen.ActSchema}})
	if len(acts) != 1 || acts[0].Persona != ana.Persona || acts[0].Object.ID != pollen.AnyID(c.ID) {
		t.Errorf("journal %+v", acts)
	}

	// What was retired returns with the values it had, and filters again.
	phone := next.Schema.Retired[0]
	back := registry.Amendment{Schema: amended(next, func(s *schema.Schema) { s.Fields = append(s.Fields, phone) })}
	if _, _, err := w.Registry.Amend(ctx, ana, "sites", back); err != nil {
		t.Fatal(err)
	}
	if e = must(w.Registry.Get(ctx, ana, e.ID))(t); text(e, "phone") != "+33465711277" || found(t, w, ana, `phone = "0465711277"`) != 1 {
		t.Errorf("returned %+v", e)
	}
}

func TestAmendChangesATypeWhereValuesAllow(t *testing.T) {
	w := pollentest.NewWorld(t)
	c := w.Collection("sites", pollen.AudiencePublic, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	good := must(w.Registry.Create(ctx, ana, "sites", values("name", "12", "tags", "x")))(t)
	bad := must(w.Registry.Create(ctx, ana, "sites", values("name", "Dépôt", "tags", "x", "tags", "y")))(t)
	toNumber := registry.Amendment{Schema: amended(c, func(s *schema.Schema) {
		s.Field("name").Type = schema.Integer
		s.Field("tags").Many = false
	})}
	plan := must(w.Registry.PlanAmend(ctx, ana, "sites", toNumber))(t)
	for _, x := range plan.Fields {
		if x.Kind != schema.FieldRetyped || x.Held != 2 || x.Unfit != 1 || len(x.Examples) != 1 || x.Examples[0].Entry != bad.ID || x.Examples[0].Reason.String() == "" {
			t.Errorf("planned %+v", x)
		}
	}
	_, _, err := w.Registry.Amend(ctx, ana, "sites", toNumber)
	wants(t, err, pollen.Conflict)

	must(w.Registry.Revise(ctx, ana, bad.ID, values("name", "013", "tags", "y")))(t)
	if _, _, err := w.Registry.Amend(ctx, ana, "sites", toNumber); err != nil {
		t.Fatal(err)
	}
	e := must(w.Registry.Get(ctx, ana, good.ID))(t)
	name := e.Collection.Schema.Field("name")
	if string(e.Values[name.ID]) != "12" || e.Revision != 1 || found(t, w, ana, "name >= 13") != 1 {
		t.Errorf("values by the new type: %s", e.Values[name.ID])
	}
	// History is read by the new type, as far as it can be, and leads back.
	must(w.Registry.Revise(ctx, ana, good.ID, values("name", "14")))(t)
	diffs := must(w.Registry.Diff(ctx, ana, good.ID, 1, 2))(t)
	if len(diffs) != 1 || string(diffs[0].Old) != "12" || string(diffs[0].New) != "14" {
		t.Errorf("difference %+v", diffs)
	}
	e = must(w.Registry.Revert(ctx, ana, good.ID, registry.Reversal{To: 1}))(t)
	if string(e.Values[name.ID]) != "12" {
		t.Errorf("reverted to %s", e.Values[name.ID])
	}
	if n, faults, err := w.Registry.Verify(ctx); err != nil || n != 2 || len(faults) != 0 {
		t.Errorf("verified %d, %v, %v", n, faults, err)
	}
}

func TestAmendIsForMembersAndWidensNothing(t *testing.T) {
	w := pollentest.NewWorld(t)
	c := w.Collection("sites", pollen.AudienceMembers, sites)
	ctx, ana := t.Context(), w.Actor("Ana")
	guest := ana
	guest.Communities = nil
	must(w.Registry.Create(ctx, ana, "sites", values("name", "A", "phone", "04 65 71 12 77")))(t)
	must(w.Registry.Create(ctx, ana, "sites", values("name", "B", "phone", "04 65 71 12 77")))(t)
	all := func(change func(*schema.Schema)) registry.Amendment {
		return registry.Amendment{Schema: amended(c, change)}
	}
	for name, x := range map[string]struct {
		by   pollen.Actor
		a    registry.Amendment
		kind pollen.Kind
	}{
		"by nobody":               {pollen.Actor{}, registry.Amendment{Name: map[string]string{"en": "X"}}, pollen.NotFound},
		"by no member":            {guest, registry.Amendment{Name: map[string]string{"en": "X"}}, pollen.Forbidden},
		"for more people":         {ana, registry.Amendment{Audience: pollen.AudiencePublic}, pollen.Forbidden},
		"a field for more people": {ana, all(func(s *schema.Schema) { s.Field("alarm").Audience = "" }), pollen.Forbidden},
		"of another version":      {ana, registry.Amendment{Name: map[string]string{"en": "X"}, Expect: []int{7}}, pollen.Stale},
		"without a name":          {ana, registry.Amendment{Name: map[string]string{}}, pollen.Invalid},
		"with an unknown field":   {ana, all(func(s *schema.Schema) { s.Fields[0].ID = 999 }), pollen.Invalid},
		"with one field twice": {ana, all(func(s *schema.Schema) {
			s.Fields = append(s.Fields, schema.Field{ID: s.Fields[0].ID, Name: "other", Type: schema.Text})
		}), pollen.Invalid},
		"with a title of no field":           {ana, all(func(s *schema.Schema) { s.Title = []string{"nothing"} }), pollen.Invalid},
		"unique where two have the same":     {ana, all(func(s *schema.Schema) { s.Field("phone").Unique = true }), pollen.Conflict},
		"a text for what cannot be one file": {ana, all(func(s *schema.Schema) { s.Field("name").Type = schema.Image; s.Title = nil }), pollen.Conflict},
	} {
		_, _, err := w.Registry.Amend(ctx, x.by, "sites", x.a)
		if !pollen.Is(err, x.kind) {
			t.Errorf("%s: %v, want %s", name, err, x.kind)
		}
	}
	narrower, _, err := w.Registry.Amend(ctx, ana, "sites", registry.Amendment{Audience: pollen.AudienceCommunity, Licence: new("ODbL-1.0"), Expect: []int{1}})
	if err != nil || narrower.Audience != pollen.AudienceCommunity || narrower.Licence != "ODbL-1.0" {
		t.Errorf("%+v, %v", narrower, err)
	}
	if _, p, err := w.Registry.Amend(ctx, ana, "sites", registry.Amendment{Licence: new("ODbL-1.0")}); err != nil || p.Version != 2 {
		t.Errorf("the same again makes a version: %+v, %v", p, err)
	}
	if wide, _, err := w.Registry.Amend(ctx, w.System, "sites", registry.Amendment{Audience: pollen.AudiencePublic}); err != nil || wide.Audience != pollen.AudiencePublic {
		t.Errorf("by the operator: %v", err)
	}
}

func TestAmendKeepsProtection(t *testing.T) {
	w := pollentest.NewWorld(t)
	c := w.Collection("sites", pollen.AudiencePublic, schema.Schema{Fields: []schema.Field{
		{Name: "login", Type: schema.Text, Protected: true}, {Name: "name", Type: schema.Text}}})
	ana := w.Actor("Ana")
	for name, change := range map[string]func(*schema.Schema){
		"lifted":   func(s *schema.Schema) { s.Fields[0].Protected = false },
		"retyped":  func(s *schema.Schema) { s.Fields[0].Type = schema.Code },
		"retired":  func(s *schema.Schema) { s.Fields = s.Fields[1:] },
		"bypassed": func(s *schema.Schema) { s.Fields[0].Many = true },
	} {
		_, _, err := w.Registry.Amend(t.Context(), ana, "sites", registry.Amendment{Schema: amended(c, change)})
		if !pollen.Is(err, pollen.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err := w.Registry.Amend(t.Context(), ana, "sites", registry.Amendment{Schema: amended(c, func(s *schema.Schema) { s.Fields[0].Label = map[string]string{"en": "Login"} })})
	if err != nil || !strings.Contains(c.Schema.Fields[0].Name, "login") {
		t.Error(err)
	}
}
