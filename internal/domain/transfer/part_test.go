package transfer_test

import (
	"fmt"
	"strings"
	"testing"

	"pollen"
	"pollen/internal/base/sqldb"
	"pollen/internal/domain/registry"
	"pollen/internal/domain/transfer"
	"pollen/internal/pure/schema"
)

// badges are a collection with a unique value beside its key.
var badges = schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{
	{Name: "code", Type: schema.Code, Unique: true, Indexed: true},
	{Name: "name", Type: schema.Text, Indexed: true},
	{Name: "badge", Type: schema.Text, Unique: true},
}}

// New entries of a part are written together: to the rows it must seem as if
// each was written at its turn.
func TestRowsOfOnePartSeeWhatCameBefore(t *testing.T) {
	w := newWorld(t)
	w.Collection("badges", pollen.AudienceMembers, badges)
	run := func(rows ...string) *transfer.Report {
		t.Helper()
		f := file("badges.csv", "code,name,badge\n"+strings.Join(rows, "\n")+"\n")
		return must(w.x.Run(t.Context(), w.ana, "badges", f, transfer.Options{}))(t)
	}
	refused := func(r *transfer.Report) (lines []int64) {
		for _, b := range r.Bad {
			if b.Field != "badge" {
				t.Errorf("line %d: %s", b.Line, b.Text)
			}
			lines = append(lines, b.Line)
		}
		return lines
	}
	r := run("A1,Ana,1", "B2,Bea,2", "C3,Cid,1", "D4,Ana,4", "E5,Ana,", "F6,Ana,2")
	if got := fmt.Sprint(refused(r)); r.Created != 4 || got != "[4 7]" {
		t.Fatalf("%d made, refused %s", r.Created, got)
	}
	// A value that is given up is free for the rows after, not for those before.
	r = run("G7,Gil,1", "A1,Ana,9", "H8,Hal,1", "B2,Bea,1", "I9,Isa,9")
	if got := fmt.Sprint(refused(r)); r.Created != 1 || r.Changed != 1 || got != "[2 5 6]" {
		t.Fatalf("%d made, %d changed, refused %s", r.Created, r.Changed, got)
	}
	slugs := map[string]bool{}
	for _, e := range must(w.Registry.List(t.Context(), w.ana, "badges", registry.Listing{}))(t).Items {
		slugs[e.Slug] = true
	}
	if len(slugs) != 5 || !slugs["ana"] || !slugs["hal"] {
		t.Errorf("addresses %v", slugs)
	}
}

func TestManyRowsOfOneName(t *testing.T) {
	w := newWorld(t)
	w.Collection("badges", pollen.AudienceMembers, badges)
	const n = 700
	var rows strings.Builder
	for i := range n {
		fmt.Fprintf(&rows, "K%d,Marie Martin,%d\n", i, i)
	}
	f := file("badges.csv", "code,name,badge\n"+rows.String())
	r := must(w.x.Run(t.Context(), w.ana, "badges", f, transfer.Options{}))(t)
	if r.Created != n || r.Refused != 0 {
		t.Fatalf("%+v", r.Counts)
	}
	if checked, faults, err := w.Registry.Verify(t.Context()); checked != n || len(faults) > 0 || err != nil {
		t.Errorf("%d entries checked, %v, %v", checked, faults, err)
	}
	slugs := map[string]bool{}
	p := registry.Listing{Limit: 200}
	for {
		page := must(w.Registry.List(t.Context(), w.ana, "badges", p))(t)
		for _, e := range page.Items {
			slugs[e.Slug] = true
		}
		if p.Cursor = page.Next; p.Cursor == "" {
			break
		}
	}
	if len(slugs) != n {
		t.Errorf("%d addresses of %d entries", len(slugs), n)
	}
}

// An author of refused rows alone is nobody: no persona stays that one could claim.
func TestAnAuthorOfRefusedRowsIsNotMade(t *testing.T) {
	w := newWorld(t)
	w.Collection("badges", pollen.AudienceMembers, badges)
	f := file("badges.csv", "revision,_author,code,name,badge\n1,Ada,A1,Ana,1\n7,Zoe,A1,Ana,2\n1,Ada,B2,Bea,2\n")
	if r := must(w.x.Run(t.Context(), w.ana, "badges", f, transfer.Options{}))(t); r.Created != 2 || r.Refused != 1 {
		t.Fatalf("%+v %+v", r.Counts, r.Bad)
	}
	for name, want := range map[string]int{"Ada": 1, "Zoe": 0} {
		var n int
		err := w.DB.Read(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Get(`SELECT count(*) FROM personas WHERE name = $1`, []any{name}, &n)
			return err
		})
		if err != nil || n != want {
			t.Errorf("%d personas are called %s, %v", n, name, err)
		}
	}
}

// An author who is first met in a row that is refused is made for the next row.
func TestAnAuthorOutlivesARefusedRow(t *testing.T) {
	w := newWorld(t)
	w.Collection("badges", pollen.AudienceMembers, badges)
	f := file("badges.csv", "revision,_author,code,name,badge\n1,Ada,A1,Ana,1\n1,Ada,B2,Bea,2\n2,Zoe,B2,Bea,1\n1,Zoe,C3,Cid,3\n")
	r := must(w.x.Run(t.Context(), w.ana, "badges", f, transfer.Options{}))(t)
	if r.Created != 3 || r.Refused != 1 || r.Bad[0].Line != 4 {
		t.Fatalf("%+v %+v", r.Counts, r.Bad)
	}
	for _, e := range must(w.Registry.List(t.Context(), w.ana, "badges", registry.Listing{}))(t).Items {
		by := must(w.Registry.Revisions(t.Context(), w.ana, e.ID, 1, ""))(t).Items[0].By
		want := map[string]string{"A1": "Ada", "B2": "Ada", "C3": "Zoe"}[text(e, "code")]
		if who, err := w.Personas.Get(t.Context(), by); err != nil || who.Name != want {
			t.Errorf("%s by %+v, %v, want %s", text(e, "code"), who, err, want)
		}
	}
}
