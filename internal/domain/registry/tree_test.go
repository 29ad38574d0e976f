package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

func TestTree(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	w.Collection("units", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "parent", Type: schema.Reference, Target: "units", Indexed: true},
		{Name: "secret", Type: schema.Text, Audience: pollen.AudiencePersona}}})
	w.Collection("flat", pollen.AudienceMembers, schema.Schema{Fields: []schema.Field{{Name: "name", Type: schema.Text}}})
	ids := map[string]pollen.EntryID{}
	for _, line := range []string{"Firm", "North>Firm", "South>Firm", "Lines>North", "Works>North", "Crew>Works", "Alone", "Other", "Branch>Other"} {
		name, parent, _ := strings.Cut(line, ">")
		e := must(w.Registry.Create(ctx, w.System, "units", registry.Change{Texts: map[string][]string{"name": {name}, "parent": {strings.ToLower(parent)}}}))(t)
		ids[name] = e.ID
	}
	var write func(n *registry.Node) string
	write = func(n *registry.Node) string {
		var below []string
		for _, c := range n.Children {
			below = append(below, write(c))
		}
		s := fmt.Sprintf("%s:%d", n.Entry.Title, n.Below)
		if len(below) > 0 {
			s += "(" + strings.Join(below, " ") + ")"
		}
		return s
	}
	read := func(at string, depth int) string {
		tree := must(w.Registry.Tree(ctx, ana, "units", ids[at], depth))(t)
		var out []string
		for _, e := range tree.Above {
			out = append(out, e.Title+"/")
		}
		for _, n := range tree.Roots {
			out = append(out, write(n))
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		at    string
		depth int
		want  string
	}{
		{"", 0, "Firm:2 Other:1"},
		{"", 1, "Firm:2(North:2 South:0) Other:1(Branch:0)"},
		{"", 9, "Firm:2(North:2(Lines:0 Works:1(Crew:0)) South:0) Other:1(Branch:0)"},
		{"North", 1, "Firm/ North:2(Lines:0 Works:1)"},
		{"Crew", 2, "Firm/ North/ Works/ Crew:0"},
		{"Alone", 2, "Alone:0"},
	} {
		if got := read(c.at, c.depth); got != c.want {
			t.Errorf("from %q, %d deep: %s, want %s", c.at, c.depth, got, c.want)
		}
	}
	// A ring does not turn for ever.
	must(w.Registry.Revise(ctx, ana, ids["Other"], registry.Change{Texts: map[string][]string{"parent": {"branch"}}}))(t)
	if got := read("Branch", 3); got != "Other/ Branch:1(Other:1(Branch:1(Other:1)))" {
		t.Errorf("a ring: %s", got)
	}
	for _, err := range []error{
		errOf(w.Registry.Tree(ctx, pollen.Actor{}, "units", 0, 1)),
		errOf(w.Registry.Tree(ctx, ana, "flat", 0, 1)),
		errOf(w.Registry.Tree(ctx, ana, "nowhere", 0, 1)),
		errOf(w.Registry.Tree(ctx, ana, "units", 42, 1)),
	} {
		if !pollen.Is(err, pollen.NotFound) {
			t.Errorf("a tree that is not there: %v", err)
		}
	}
}

// An entry is no part of itself: not when it says so, and not when it was merged
// with what is above or below it.
func TestTheTreeOfWhatReferredToItself(t *testing.T) {
	w := pollentest.NewWorld(t)
	ctx, ana := t.Context(), w.Actor("Ana")
	w.Collection("units", pollen.AudienceMembers, schema.Schema{Title: []string{"name"}, Fields: []schema.Field{
		{Name: "name", Type: schema.Text}, {Name: "parent", Type: schema.Reference, Target: "units", Indexed: true},
		{Name: "near", Type: schema.Reference, Target: "units", Many: true}}})
	ids := map[string]pollen.EntryID{}
	for _, line := range []string{"Firm", "North>Firm", "Works>North", "Crew>Works", "Other", "Branch>Other"} {
		name, parent, _ := strings.Cut(line, ">")
		ids[name] = must(w.Registry.Create(ctx, ana, "units", values("name", name, "parent", strings.ToLower(parent))))(t).ID
	}
	roots := func() string {
		var out []string
		for _, n := range must(w.Registry.Tree(ctx, ana, "units", 0, 1))(t).Roots {
			out = append(out, fmt.Sprintf("%s:%d:%d", n.Entry.Title, n.Below, len(n.Children)))
		}
		return strings.Join(out, " ")
	}
	must(w.Registry.Revise(ctx, ana, ids["Other"], values("parent", "other")))(t)
	if got := roots(); got != "Firm:1:1 Other:1:1" {
		t.Errorf("with one that is its own parent: %s", got)
	}
	must(w.Registry.Revise(ctx, ana, ids["Works"], registry.Change{Texts: map[string][]string{"near": {"north", "firm"}}}))(t)
	for _, m := range [][2]string{{"North", "Works"}, {"Works", "Firm"}} { // a parent into its child, then that into the root
		e := must(w.Registry.Merge(ctx, ana, ids[m[0]], ids[m[1]], ""))(t)
		e = must(w.Registry.Get(ctx, ana, e.ID))(t)
		want := map[string]string{"Works": ids["Firm"].String(), "Firm": ""}[m[1]]
		if got := text(e, "parent"); got != want {
			t.Errorf("%s merged into %s has the parent %q, want %q", m[0], m[1], got, want)
		}
		if near := e.Collection.Schema.Field("near"); m[1] == "Works" && len(near.Refs(e.Values[near.ID])) != 1 || m[1] == "Firm" && e.Values[near.ID] != nil {
			t.Errorf("%s is near %s", m[1], e.Values[near.ID])
		}
	}
	if got := roots(); got != "Firm:1:1 Other:1:1" {
		t.Errorf("after the merges: %s", got)
	}
}
