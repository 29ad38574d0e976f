package rest_test

import (
	"testing"

	"pollen/client"
)

func TestCommunities(t *testing.T) {
	s := serve(t)
	ctx, ana, bob := t.Context(), s.as("Ana"), s.as("Bob")
	made, err := ana.FoundCommunity(ctx, client.Community{Slug: "night-shift", Name: map[string]string{"en": "Night shift"}, Join: "invitation"})
	if err != nil || made.Members != 1 {
		t.Fatalf("%+v, %v", made, err)
	}
	problem := func(err error, status int) {
		t.Helper()
		if p, ok := err.(*client.Problem); !ok || p.Status != status {
			t.Errorf("%v, want status %d", err, status)
		}
	}
	_, err = bob.FoundCommunity(ctx, client.Community{Slug: "night-shift", Name: map[string]string{"en": "Ours"}, Join: "open"})
	problem(err, 409)
	_, err = bob.JoinCommunity(ctx, "night-shift")
	problem(err, 403)
	problem(bob.InviteIntoCommunity(ctx, "night-shift", "bob"), 403)
	problem(ana.InviteIntoCommunity(ctx, "night-shift", "nobody"), 404)
	if err := ana.InviteIntoCommunity(ctx, "night-shift", "bob"); err != nil {
		t.Fatal(err)
	}
	if joined, err := bob.JoinCommunity(ctx, "night-shift"); err != nil || !joined {
		t.Errorf("joined %v, %v", joined, err)
	}
	if c, err := bob.Community(ctx, "night-shift"); err != nil || c.Members != 2 {
		t.Errorf("%+v, %v", c, err)
	}
	if err := bob.LeaveCommunity(ctx, "night-shift"); err != nil {
		t.Error(err)
	}
	if p, err := ana.Communities(ctx); err != nil || len(p.Items) != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}
