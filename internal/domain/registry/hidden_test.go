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
