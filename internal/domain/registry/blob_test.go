package registry_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

func TestAContentIsReadByWhoMayReadAnEntryThatRefersToIt(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob, nobody := t.Context(), w.Actor("Ana"), w.Actor("Bob"), pollen.Actor{}
	store := blob.New(w.DB)
	w.Collection("plans", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "open", Type: schema.Attachment}, {Name: "inside", Type: schema.Attachment, Audience: pollen.AudienceMembers}}})
	info, err := store.Put(ctx, ana, strings.NewReader("the plan of the ground floor"), 100)
	if err != nil {
		t.Fatal(err)
	}
	value := func(typ string, size int64) map[string]json.RawMessage {
		return map[string]json.RawMessage{"inside": json.RawMessage(fmt.Sprintf(`{"blob":%q,"name":"plan.txt","type":%q,"size":%d}`, info.Hash, typ, size))}
	}
	real := value(info.Type, info.Size)

	if _, err := w.Registry.Refers(ctx, ana, info.Hash); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("a hash alone: %v", err)
	}
	if _, err := w.Registry.Create(ctx, bob, "plans", registry.Change{Values: real}); !pollen.Is(err, pollen.Invalid) {
		t.Errorf("Bob names what Ana gave: %v", err)
	}
	for name, wrong := range map[string]map[string]json.RawMessage{"another type": value("application/pdf", info.Size), "another size": value(info.Type, 1)} {
		if _, err := w.Registry.Create(ctx, ana, "plans", registry.Change{Values: wrong}); !pollen.Is(err, pollen.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e, err := w.Registry.Create(ctx, ana, "plans", registry.Change{Values: real})
	if err != nil {
		t.Fatal(err)
	}
	if ref, err := w.Registry.Refers(ctx, bob, info.Hash); err != nil || ref.Entry != e.ID || ref.Type != schema.Attachment {
		t.Errorf("Bob, a member: %+v, %v", ref, err)
	}
	if _, err := w.Registry.Refers(ctx, nobody, info.Hash); !pollen.Is(err, pollen.NotFound) {
		t.Errorf("a stranger, by a field for members: %v", err)
	}
	if _, err := w.Registry.Create(ctx, bob, "plans", registry.Change{Values: map[string]json.RawMessage{"open": real["inside"]}}); err != nil {
		t.Errorf("Bob shows what he may read: %v", err)
	}
	if _, err := w.Registry.Refers(ctx, nobody, info.Hash); err != nil {
		t.Errorf("a stranger, by a public field: %v", err)
	}

	// Taken out of the entry, it stays in its history, and can come back.
	if _, err := w.Registry.Revise(ctx, ana, e.ID, registry.Change{Values: map[string]json.RawMessage{"inside": json.RawMessage("null")}}); err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(100 * time.Hour)
	if n, err := store.Sweep(ctx, w.Clock.Now(), registry.Keeps); n != 0 || err != nil {
		t.Errorf("%d swept, %v", n, err)
	}
	if back, err := w.Registry.Revert(ctx, bob, e.ID, registry.Reversal{To: 1}); err != nil || back.Revision != 3 {
		t.Errorf("brought back by Bob: %+v, %v", back, err)
	}
}
