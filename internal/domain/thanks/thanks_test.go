package thanks_test

import (
	"fmt"
	"testing"
	"time"

	"pollen"
	"pollen/internal/base/journal"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/thanks"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

type town struct {
	*pollentest.World
	t   *testing.T
	box *thanks.Box
}

func found(t *testing.T) *town {
	w := pollentest.NewWorld(t)
	w.Collection("sites", pollen.AudiencePublic, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text, Required: true}, {Name: "alarm", Type: schema.Text, Audience: pollen.AudienceCommunity}}})
	return &town{w, t, thanks.New(w.DB, w.Journal, w.Registry, w.Personas)}
}

// gift makes an entry, or sets a value of one, and returns the contribution.
func (o *town) gift(by pollen.Actor, name, alarm string) pollen.ActID {
	o.t.Helper()
	ch := registry.Change{Texts: map[string][]string{"name": {name}}}
	e, err := o.Registry.Create(o.t.Context(), by, "sites", ch)
	if err == nil && alarm != "" {
		_, err = o.Registry.Revise(o.t.Context(), by, e.ID, registry.Change{Texts: map[string][]string{"alarm": {alarm}}})
	}
	if err != nil {
		o.t.Fatal(err)
	}
	acts := o.Acts(journal.Query{Object: pollen.Ref(pollen.ObjectEntry, e.ID)})
	return acts[len(acts)-1].ID
}

func want(t *testing.T, what string, err error, kind pollen.Kind) {
	t.Helper()
	if !pollen.Is(err, kind) {
		t.Errorf("%s: %v, want %s", what, err, kind)
	}
}

func TestThank(t *testing.T) {
	o := found(t)
	ctx, ana, bob, eve := t.Context(), o.Actor("Ana"), o.Actor("Bob"), o.Actor("Eve")
	gift := o.gift(ana, "Dépôt", "")
	if _, err := o.box.Thank(ctx, bob, gift, "  I looked for\nthis all morning. "); err != nil {
		t.Fatal(err)
	}
	if _, err := o.box.Thank(ctx, eve, gift, ""); err != nil {
		t.Fatal(err)
	}
	got, err := o.box.Of(ctx, pollen.Actor{}, []pollen.ActID{gift, gift + 1000})
	if err != nil || len(got) != 1 || len(got[gift]) != 2 || got[gift][0].By != bob.Persona || got[gift][0].Note != "I looked for this all morning." {
		t.Errorf("thanks %+v, %v", got, err)
	}
	_, err = o.box.Thank(ctx, bob, gift, "")
	want(t, "twice", err, pollen.Conflict)
	_, err = o.box.Thank(ctx, ana, gift, "")
	want(t, "oneself", err, pollen.Forbidden)
	_, err = o.box.Thank(ctx, pollen.Actor{}, gift, "")
	want(t, "nobody", err, pollen.Unauthenticated)
	_, err = o.box.Thank(ctx, bob, gift+1000, "")
	want(t, "nothing", err, pollen.NotFound)
	_, err = o.box.Thank(ctx, bob, o.gift(o.System, "By import", ""), "")
	want(t, "the command line", err, pollen.Forbidden)

	acts := o.Acts(journal.Query{Kinds: []pollen.ActKind{pollen.ActThank}})
	if len(acts) != 2 || len(acts[0].Causes) != 1 || acts[0].Causes[0].Act != gift || acts[0].Object.Kind != pollen.ObjectEntry {
		t.Fatalf("journal %+v", acts)
	}
	_, err = o.box.Thank(ctx, ana, acts[0].ID, "")
	want(t, "thanks for thanks", err, pollen.Invalid)
	told := func() (to pollen.PersonaID, ok bool) {
		err := o.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
			_, to, ok, err = o.box.Told(tx, &acts[0])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return to, ok
	}
	if to, ok := told(); !ok || to != ana.Persona {
		t.Errorf("told %v, %v", to, ok)
	}
	want(t, "taking back what was not given", o.box.Withdraw(ctx, ana, gift), pollen.NotFound)
	if err := o.box.Withdraw(ctx, bob, gift); err != nil {
		t.Fatal(err)
	}
	want(t, "taking back twice", o.box.Withdraw(ctx, bob, gift), pollen.NotFound)
	if _, ok := told(); ok {
		t.Error("thanks that were taken back are told")
	}
	if got, err := o.box.Of(ctx, bob, []pollen.ActID{gift}); err != nil || len(got[gift]) != 1 {
		t.Errorf("after taking back %+v, %v", got, err)
	}
	if _, err := o.box.Thank(ctx, bob, gift, "After all."); err != nil {
		t.Errorf("again after taking back: %v", err)
	}
}

func TestThanksAreScarce(t *testing.T) {
	o := found(t)
	ctx, ana, bob := t.Context(), o.Actor("Ana"), o.Actor("Bob")
	for n := range thanks.PerDay {
		gift := o.gift(ana, fmt.Sprintf("Site %d", n), "")
		if _, err := o.box.Thank(ctx, bob, gift, ""); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if err := o.box.Withdraw(ctx, bob, gift); err != nil {
				t.Fatal(err)
			}
		}
		o.Clock.Advance(time.Hour)
	}
	gift := o.gift(ana, "One more", "")
	_, err := o.box.Thank(ctx, bob, gift, "")
	want(t, "the eleventh", err, pollen.Limited)
	o.Clock.Advance(14 * time.Hour)
	if _, err := o.box.Thank(ctx, bob, gift, ""); err != nil {
		t.Errorf("a day after the first: %v", err)
	}
}

func TestThanksForWhatOneMayNotSee(t *testing.T) {
	o := found(t)
	ctx, ana, bob := t.Context(), o.Actor("Ana"), o.Actor("Bob")
	gift := o.gift(ana, "Dépôt", "4711")
	outsider := o.Actor("Oz")
	outsider.Communities = nil
	_, err := o.box.Thank(ctx, outsider, gift, "")
	want(t, "thank", err, pollen.NotFound)
	if _, err := o.box.Thank(ctx, bob, gift, ""); err != nil {
		t.Fatal(err)
	}
	if got, err := o.box.Of(ctx, outsider, []pollen.ActID{gift}); err != nil || len(got) != 0 {
		t.Errorf("an outsider sees %+v, %v", got, err)
	}
	o.Settle()
	acts, err := o.Registry.Changes(ctx, outsider, journal.Query{Kinds: []pollen.ActKind{pollen.ActThank}}, "")
	if err != nil || len(acts.Items) != 0 {
		t.Errorf("an outsider learns from the journal: %+v, %v", acts.Items, err)
	}
}
