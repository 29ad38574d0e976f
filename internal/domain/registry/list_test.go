package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/filter"
	"pollen/internal/pure/schema"
)

func TestList(t *testing.T) {
	w := pollentest.NewWorld(t)
	w.Collection("towns", pollen.AudiencePublic, schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
		{Name: "code", Type: schema.Code, Unique: true}, {Name: "name", Type: schema.Text},
		{Name: "people", Type: schema.Integer, Indexed: true}, {Name: "tags", Type: schema.Text, Many: true, Indexed: true},
		{Name: "in", Type: schema.Reference, Target: "towns", Indexed: true}, {Name: "kind", Type: schema.Choice, Indexed: true, Terms: []schema.Term{{Code: "Old_Town"}, {Code: "new"}, {Code: "%"}}},
		{Name: "secret", Type: schema.Text, Indexed: true, Audience: pollen.AudienceCommunity}}})
	ctx, ana := t.Context(), w.Actor("Ana")
	for _, v := range []string{"A|Écully|18|x,y||Old_Town", "B|Elne|9|y|A|new", "C|Zug|1000||A|", "D|Agde||x||%", "E|Bègles|9|z|B|Old_Town"} {
		p := strings.Split(v, "|")
		must(w.Registry.Create(ctx, ana, "towns", registry.Change{Texts: map[string][]string{"code": {p[0]}, "name": {p[1]},
			"people": {p[2]}, "tags": strings.Split(p[3], ","), "in": {p[4]}, "kind": {p[5]}, "secret": {"s" + p[0]}}}))(t)
	}
	titles := func(by pollen.Actor, f, sort string, desc bool, limit int) string {
		t.Helper()
		var e filter.Expr
		if f != "" {
			e = must(filter.Parse(f))(t)
		}
		var out []string
		for l := (registry.Listing{Filter: e, Sort: sort, Descending: desc, Limit: limit}); ; {
			p, err := w.Registry.List(ctx, by, "towns", l)
			if err != nil {
				return string(pollen.KindOf(err))
			}
			for _, e := range p.Items {
				out = append(out, e.Title)
			}
			if l.Cursor = p.Next; l.Cursor == "" {
				return strings.Join(out, " ")
			}
		}
	}
	for _, c := range []struct{ filter, sort, want string }{
		{"", "", "Agde Bègles Écully Elne Zug"},
		{"", "-title", "Zug Elne Écully Bègles Agde"},
		{"", "people", "Elne Bègles Écully Zug Agde"}, // without a value last
		{"", "-people", "Zug Écully Bègles Elne Agde"},
		{"people >= 9 and people < 1000", "", "Bègles Écully Elne"},
		{"tags = Y", "", "Écully Elne"},
		{"not tags = y", "", "Agde Bègles Zug"},
		{"tags != y", "", "Agde Bègles Zug"},
		{"people present and tags present", "", "Bègles Écully Elne"},
		{`code in (a, "C")`, "", "Écully Zug"},
		{"in = A", "", "Elne Zug"},
		{"code starts b or people = 1000", "", "Elne Zug"},
		{"kind contains TOWN", "", "Bègles Écully"}, // in any case, on both databases
		{"kind contains _", "", "Bègles Écully"},
		{`kind contains "%"`, "", "Agde"},
		{"kind starts NE or kind starts old", "", "Bègles Écully Elne"},
		{"kind contains x", "", ""},
		{"not kind contains x and kind present", "", "Agde Bègles Écully Elne"},
		{"name = x", "", "invalid"}, // not indexed
		{"colour = x", "", "invalid"},
		{"people = many", "", "invalid"},
		{"secret = sB", "", "Elne"},
	} {
		for _, limit := range []int{0, 1, 2} {
			sort, desc := strings.CutPrefix(c.sort, "-")
			if got := titles(ana, c.filter, sort, desc, limit); got != c.want {
				t.Errorf("%q sorted by %q, %d a page: %s, want %s", c.filter, c.sort, limit, got, c.want)
			}
		}
	}
	if got := titles(pollen.Actor{}, "secret = sB", "", false, 0); got != "invalid" {
		t.Errorf("filtering by what one may not read gives %s", got)
	}
	if got := titles(pollen.Actor{}, "", "secret", false, 0); got != "invalid" {
		t.Errorf("sorting by what one may not read gives %s", got)
	}
	n, err := w.Registry.Count(ctx, ana, "towns", must(filter.Parse("people present"))(t), 3)
	if n != 3 || err != nil {
		t.Errorf("counted %s", fmt.Sprint(n, err))
	}
}
