package registry_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/blob"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

func TestPhotographsByConsent(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana, bob := t.Context(), w.Actor("Ana"), w.Actor("Bob")
	w.Collection(pollen.People, pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "photo", Type: schema.Image}}})
	e := must(w.Registry.Create(ctx, w.System, pollen.People, registry.Change{Texts: map[string][]string{"name": {"Ana"}}}))(t)
	ana.Entry = e.ID
	photo := e.Collection.Schema.Field("photo").ID
	store := blob.New(w.DB)
	picture := func(by pollen.Actor, shade uint8, consent bool) json.RawMessage {
		t.Helper()
		var b bytes.Buffer
		drawn := image.NewGray(image.Rect(0, 0, 4, 4))
		drawn.Pix[0] = shade
		if err := png.Encode(&b, drawn); err != nil {
			t.Fatal(err)
		}
		info := must(store.PutImage(ctx, by, &b, 10_000))(t)
		return json.RawMessage(fmt.Sprintf(`{"blob":%q,"name":"a.png","type":%q,"size":%d,"consent":%t}`, info.Hash, info.Type, info.Size, consent))
	}
	put := func(by pollen.Actor, v json.RawMessage, want pollen.Kind) {
		t.Helper()
		_, err := w.Registry.Revise(ctx, by, e.ID, registry.Change{Values: map[string]json.RawMessage{"photo": v}})
		if want == "" && err != nil || want != "" && !pollen.Is(err, want) {
			t.Errorf("%s puts %.90s: %v, want %q", by.Name, v, err, want)
		}
	}
	held := func() string {
		return string(must(w.Registry.Get(ctx, w.System, e.ID))(t).Values[photo])
	}
	none := json.RawMessage("null")

	put(bob, picture(bob, 1, false), pollen.Forbidden) // without a word of the person's consent
	put(bob, picture(bob, 1, true), "")
	put(bob, none, pollen.Forbidden) // she agreed: it is hers to take away
	put(ana, none, "")               // at once
	if held() != "" {
		t.Error("the photograph is still there")
	}
	// What she took away does not come back by going back.
	back := must(w.Registry.Revert(ctx, bob, e.ID, registry.Reversal{To: 2}))(t)
	if held() != "" || back.Revision != 3 {
		t.Errorf("brought back: %s, revision %d", held(), back.Revision)
	}
	put(ana, picture(ana, 2, false), "")
	hers := held()
	if !strings.Contains(held(), `"consent":true`) {
		t.Errorf("her own photograph lacks her consent: %s", held())
	}
	put(bob, none, pollen.Forbidden)
	put(bob, picture(bob, 3, true), "") // another one, to which she is said to agree
	must(w.Registry.Revert(ctx, ana, e.ID, registry.Reversal{To: 4}))(t)
	if held() != hers {
		t.Errorf("she cannot go back to her own: %s", held())
	}
	// Another value of the same entry is nobody's affair but its author's.
	must(w.Registry.Revise(ctx, bob, e.ID, registry.Change{Texts: map[string][]string{"name": {"Ana Diaz"}}}))(t)
	if _, err := w.Registry.Create(ctx, bob, pollen.People, registry.Change{Values: map[string]json.RawMessage{"photo": picture(bob, 1, false)}}); !pollen.Is(err, pollen.Forbidden) {
		t.Errorf("a new entry with a photograph: %v", err)
	}
	// Without consent, as the operator's import may bring it, anyone may take it away.
	put(w.System, picture(w.System, 4, false), "")
	put(bob, none, "")
}
