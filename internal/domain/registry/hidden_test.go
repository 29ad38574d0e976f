package registry_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// Whatever is written, and whether it guesses right or wrong: the answer tells
// nothing of a value that the actor may not read, and the value stays.
func TestNoWriteTellsOfAHiddenValue(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("staff", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Indexed: true},
		{Name: "pay", Type: schema.Integer, Indexed: true, Audience: pollen.AudiencePersona},
		{Name: "badge", Type: schema.Code, Unique: true, Audience: pollen.AudiencePersona},
	}})
	ctx, bob := t.Context(), w.Actor("Bob")
	e := must(w.Registry.Create(ctx, w.System, "staff", values("name", "Ana", "pay", "4100", "badge", "B7")))(t)
	must(w.Registry.Revise(ctx, w.System, e.ID, values("pay", "4200")))(t)
	must(w.Registry.Revise(ctx, w.System, e.ID, values("name", "Ana B.")))(t)
	own := must(w.Registry.Create(ctx, w.System, "staff", values("name", "Bob")))(t)
	bob.Entry = own.ID // so that the field is one of his own entry

	based := func(ch registry.Change, base int, expect []int, bases map[string]int) registry.Change {
		ch.Base, ch.Expect, ch.Bases = base, expect, bases
		return ch
	}
	raw := func(pay string) registry.Change {
		return registry.Change{Values: map[string]json.RawMessage{"pay": json.RawMessage(pay)}}
	}
	revise := func(ch func(pay string) registry.Change) func(string) error {
		return func(pay string) error { return errOf(w.Registry.Revise(ctx, bob, e.ID, ch(pay))) }
	}
	back := func(v registry.Reversal) func(string) error {
		return func(string) error { return errOf(w.Registry.Revert(ctx, bob, e.ID, v)) }
	}
	for name, op := range map[string]func(pay string) error{
		"create": func(pay string) error {
			return errOf(w.Registry.Create(ctx, bob, "staff", values("name", "X", "pay", pay)))
		},
		"texts":  revise(func(pay string) registry.Change { return values("pay", pay) }),
		"values": revise(raw),
		"base":   revise(func(pay string) registry.Change { return based(values("pay", pay), 1, nil, nil) }),
		"bases":  revise(func(string) registry.Change { return based(values("name", "Ana B."), 0, nil, map[string]int{"pay": 1}) }),
		"expect": revise(func(pay string) registry.Change { return based(raw(pay), 0, []int{1}, nil) }),
		"within a transaction": func(pay string) error {
			return w.DB.Write(ctx, func(tx *sqldb.Tx) error { return errOf(w.Registry.ReviseIn(tx, bob, e.ID, raw(pay))) })
		},
		"value back":            back(registry.Reversal{To: 2, Fields: []string{"pay"}}),
		"value back, unchanged": back(registry.Reversal{To: 1, Fields: []string{"pay"}, Base: 1}),
		"value back to nothing": back(registry.Reversal{To: 0, Fields: []string{"pay"}, Base: 2}),
		"a row of a batch": func(pay string) error {
			b := must(w.Registry.Begin(ctx, bob, "staff", registry.Batch{Kind: registry.BatchImport}))(t)
			out := must(w.Part(bob, b.ID, pollentest.Row{Entry: e.ID, Change: raw(pay)}))(t)
			return out[0].Err
		},
	} {
		var said []string
		for _, pay := range []string{"4200", "1"} {
			err := op(pay)
			said = append(said, fmt.Sprint(err))
			if wants(t, err, pollen.Invalid); errors.As(err, new(*registry.Conflicts)) {
				t.Errorf("%s, %s: conflicts are told", name, pay)
			}
		}
		if said[0] != said[1] || strings.Contains(said[0], "4200") {
			t.Errorf("%s tells %q", name, said)
		}
	}

	// Nor does a plan: the digest of what would happen is the same whatever stands there.
	plan := func(d registry.Edit) (told string) {
		p := must(w.Registry.PlanEdit(ctx, bob, "staff", registry.Selection{Entries: []pollen.EntryID{e.ID}}, d, 10))(t)
		if p.Refused != 1 || p.Shown[0].Old != nil || p.Shown[0].New != nil {
			t.Errorf("%+v: planned %+v", d, p)
		}
		_, _, err := w.Registry.EditMany(ctx, bob, "staff", registry.Selection{Entries: []pollen.EntryID{e.ID}}, d, p.Digest)
		wants(t, err, pollen.Invalid)
		return p.Digest
	}
	guess, clear := registry.Edit{Field: "pay", How: registry.EditSet, Texts: []string{"4200"}}, registry.Edit{Field: "pay", How: registry.EditClear}
	before := plan(guess) + plan(clear)
	must(w.Registry.Revise(ctx, w.System, e.ID, values("pay", "4300")))(t)
	if after := plan(guess) + plan(clear); after != before {
		t.Error("the digest of a plan tells that a hidden value changed")
	}

	// What returns as a whole keeps it, and says nothing of a unique one.
	must(w.Registry.Revert(ctx, bob, e.ID, registry.Reversal{To: 1}))(t)
	must(w.Registry.Retire(ctx, bob, e.ID, ""))(t)
	taker := must(w.Registry.Create(ctx, w.System, "staff", values("name", "Cleo", "badge", "B7")))(t)
	_, err := w.Registry.Restore(ctx, bob, e.ID, "")
	if wants(t, err, pollen.Conflict); strings.Contains(fmt.Sprint(err), "B7") || strings.Contains(fmt.Sprint(err), "badge") {
		t.Errorf("restoring tells %v", err)
	}
	must(w.Registry.Retire(ctx, w.System, taker.ID, ""))(t)
	must(w.Registry.Restore(ctx, bob, e.ID, ""))(t)
	if now := must(w.Registry.Get(ctx, w.System, e.ID))(t); text(now, "pay") != "4300" || text(now, "badge") != "B7" {
		t.Errorf("what Bob may not read is %q, %q", text(now, "pay"), text(now, "badge"))
	}
}

// Whoever may not know of a field amends the collection around it.
func TestNoAmendmentTouchesOrTellsAnUnseenField(t *testing.T) {
	w := pollentest.NewWorld(t)
	c := w.Collection("staff", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Key: "badge", Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "badge", Type: schema.Code, Unique: true, Audience: pollen.AudiencePersona},
		{Name: "pay", Type: schema.Integer, Audience: pollen.AudiencePersona}, {Name: "office", Type: schema.Text}}})
	ctx, bob := t.Context(), w.Actor("Bob") // without an entry: no such field is of his own
	e := must(w.Registry.Create(ctx, w.System, "staff", values("name", "Ana", "badge", "B7", "pay", "4200")))(t)

	seen := must(w.Registry.Collection(ctx, bob, "staff"))(t)
	if len(seen.Schema.Fields) != 2 || seen.Schema.Key != "" {
		t.Fatalf("Bob is told of %+v", seen.Schema)
	}
	next, plan, err := w.Registry.Amend(ctx, bob, "staff", registry.Amendment{Schema: amended(seen, func(s *schema.Schema) {
		s.Fields = s.Fields[:1]
	})})
	if err != nil || len(plan.Fields) != 1 || len(plan.Settings) != 0 || len(next.Schema.Fields) != 1 || len(next.Schema.Retired) != 1 {
		t.Fatalf("%+v, %+v, %v", next, plan, err)
	}
	_, _, err = w.Registry.Amend(ctx, bob, "staff", registry.Amendment{Schema: amended(next, func(s *schema.Schema) {
		s.Fields = append(s.Fields, schema.Field{ID: c.Schema.Field("pay").ID, Name: "wage", Type: schema.Integer})
	})})
	wants(t, err, pollen.Invalid)
	d, _, err := w.Registry.PlanReturn(ctx, bob, "staff", 1)
	if err != nil || len(d.Fields) != 1 || d.Fields[0].Field != "office" || d.From.Schema.Field("pay") != nil || d.To.Schema.Field("pay") != nil {
		t.Errorf("planned %+v, %v", d, err)
	}
	if _, _, err := w.Registry.Amend(ctx, bob, "staff", registry.Amendment{To: 1}); err != nil {
		t.Fatal(err)
	}
	all := must(w.Registry.Collection(ctx, w.System, "staff"))(t)
	var names []string
	for _, f := range all.Schema.Fields {
		names = append(names, f.Name)
	}
	if strings.Join(names, " ") != "name badge pay office" || all.Schema.Key != "badge" || len(all.Schema.Retired) != 0 {
		t.Errorf("after Bob: %+v", all.Schema)
	}
	for _, v := range must(w.Registry.Versions(ctx, bob, "staff", 0, ""))(t).Items {
		if v.To.Schema.Field("pay") != nil || v.To.Schema.Key != "" {
			t.Errorf("version %d tells %+v", v.N, v.To.Schema)
		}
	}

	// Retired by the operator, it is as little told of.
	if _, _, err := w.Registry.Amend(ctx, w.System, "staff", registry.Amendment{Schema: amended(all, func(s *schema.Schema) {
		s.Fields = []schema.Field{s.Fields[0], s.Fields[1], s.Fields[3]}
	})}); err != nil {
		t.Fatal(err)
	}
	if seen = must(w.Registry.Collection(ctx, bob, "staff"))(t); len(seen.Schema.Retired) != 0 {
		t.Errorf("Bob is told of %+v", seen.Schema.Retired)
	}
	if _, _, err := w.Registry.Amend(ctx, bob, "staff", registry.Amendment{Licence: new("CC0-1.0"), Schema: &seen.Schema}); err != nil {
		t.Fatal(err)
	}
	if all = must(w.Registry.Collection(ctx, w.System, "staff"))(t); len(all.Schema.Retired) != 1 {
		t.Errorf("the retired field is gone: %+v", all.Schema)
	}
	if e = must(w.Registry.Get(ctx, w.System, e.ID))(t); text(e, "badge") != "B7" {
		t.Errorf("%+v", e)
	}
}

// Whether a type fits, or all values differ, tells of values: of those that the
// actor may not read nothing is told, neither by a plan nor by a refusal.
func TestNoAmendmentAsksHiddenValues(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("staff", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "pay", Type: schema.Text, Indexed: true, Audience: pollen.AudiencePersona},
		{Name: "badge", Type: schema.Code, Unique: true, Audience: pollen.AudiencePersona}}})
	ctx, bob := t.Context(), w.Actor("Bob")
	must(w.Registry.Create(ctx, w.System, "staff", values("name", "Ana", "pay", "4200", "badge", "B7")))(t)
	own := must(w.Registry.Create(ctx, w.System, "staff", values("name", "Bob", "pay", "none", "badge", "B8")))(t)
	bob.Entry = own.ID // the fields are known to him, the values of others are not
	c := must(w.Registry.Collection(ctx, bob, "staff"))(t)
	amend := func(name string, change func(f *schema.Field)) registry.Amendment {
		return registry.Amendment{Schema: amended(c, func(s *schema.Schema) { change(s.Field(name)) })}
	}
	for name, a := range map[string]registry.Amendment{
		"another type": amend("pay", func(f *schema.Field) { f.Type = schema.Integer }),
		"a pattern":    amend("pay", func(f *schema.Field) { f.Type, f.Pattern = schema.Code, "[0-4].*|none" }),
		"unique":       amend("pay", func(f *schema.Field) { f.Unique = true }),
	} {
		_, err := w.Registry.PlanAmend(ctx, bob, "staff", a)
		wants(t, err, pollen.Forbidden)
		_, _, amending := w.Registry.Amend(ctx, bob, "staff", a)
		wants(t, amending, pollen.Forbidden)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	plan := must(w.Registry.PlanAmend(ctx, bob, "staff", amend("pay", func(f *schema.Field) { f.Name = "wage" })))(t)
	if len(plan.Fields) != 1 || plan.Fields[0].Held != 1 {
		t.Errorf("counts the values of others: %+v", plan.Fields)
	}

	// A unique field that was retired comes back unless values stand in the way;
	// which, is not told.
	less := registry.Amendment{Schema: amended(c, func(s *schema.Schema) { s.Fields = s.Fields[:2] })}
	if _, _, err := w.Registry.Amend(ctx, bob, "staff", less); err != nil {
		t.Fatal(err)
	}
	plan = must(w.Registry.PlanAmend(ctx, bob, "staff", registry.Amendment{To: 1}))(t)
	if plan.Err() != nil || plan.Fields[0].Held != 1 {
		t.Errorf("%+v", plan.Fields)
	}
	now := must(w.Registry.PlanAmend(ctx, w.System, "staff", amend("pay", func(f *schema.Field) { f.Type = schema.Integer })))(t)
	if now.Fields[0].Unfit != 1 {
		t.Errorf("the operator is told: %+v", now.Fields)
	}
}
