package rest_test

import (
	"slices"
	"testing"
	"time"

	"pollen/client"
)

func TestASecondPairOfEyes(t *testing.T) {
	s := serve(t)
	ctx, bob, other := t.Context(), s.as("Bob"), s.as("")
	s.Clock.Advance(10 * 24 * time.Hour)
	ana := s.as("Ana")
	for _, name := range []string{"Depot", "Garage"} {
		if _, err := ana.Create(ctx, "sites", map[string]any{"name": name, "page": "https://elsewhere.example"}); err != nil {
			t.Fatal(err)
		}
	}
	s.Settle()
	held := func(c *client.Client) (out []string) {
		t.Helper()
		p, err := c.Journal(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range p.Items {
			if a.Kind == "create" {
				out = append(out, a.Held)
			}
		}
		return out
	}
	if got := held(ana); !slices.Equal(got, []string{"waiting", "waiting"}) {
		t.Errorf("the author sees %q", got)
	}
	if got := append(held(bob), held(other)...); got != nil {
		t.Errorf("others see %q", got)
	}
	if _, err := ana.Waiting(ctx, ""); status(t, err, 403).Detail == "" {
		t.Error("no reason")
	}
	_, err := other.Waiting(ctx, "")
	status(t, err, 401)
	p, err := bob.Waiting(ctx, "")
	if err != nil || len(p.Items) != 2 || p.Items[0].By != "ana" || p.Items[0].Held != "" {
		t.Fatalf("to look at: %+v, %v", p, err)
	}
	if one, err := bob.Contribution(ctx, p.Items[0].ID); err != nil || one.Held != "" {
		t.Errorf("others are not told that it is held: %+v, %v", one, err)
	}
	status(t, ana.See(ctx, p.Items[0].ID), 403)
	status(t, other.See(ctx, p.Items[0].ID), 401)
	if err := bob.See(ctx, p.Items[0].ID); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Retire(ctx, p.Items[1].Object.ID); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	if got := held(ana); !slices.Equal(got, []string{"seen", "taken-back"}) {
		t.Errorf("then the author sees %q", got)
	}
	if got := held(other); len(got) != 1 {
		t.Errorf("then others see %q", got)
	}
	if p, err := bob.Waiting(ctx, ""); err != nil || len(p.Items) != 0 {
		t.Errorf("what is left: %+v, %v", p, err)
	}
	status(t, bob.See(ctx, "0000000000000"), 404)
}
