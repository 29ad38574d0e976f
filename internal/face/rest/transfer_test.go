package rest_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"pollen/client"
)

func TestTablesInAndOut(t *testing.T) {
	s := serve(t)
	ctx, ana := t.Context(), s.as("Ana")
	csv := "code,name\nA1,One\nB2,Two\n"
	shown, err := ana.Import(ctx, "sites", strings.NewReader(csv), client.Importing{DryRun: true, Name: "sites.csv"})
	if err != nil || shown.Created != 2 || shown.Batch != "" {
		t.Fatalf("shown %+v, %v", shown, err)
	}
	done, err := ana.Import(ctx, "sites", strings.NewReader(csv), client.Importing{Name: "sites.csv"})
	if err != nil || done.Created != 2 || done.Batch == "" {
		t.Fatalf("done %+v, %v", done, err)
	}
	_, err = s.as("").Import(ctx, "sites", strings.NewReader(csv), client.Importing{})
	status(t, err, http.StatusUnauthorized)
	_, err = ana.Import(ctx, "sites", strings.NewReader("code,colour\nA1,red\n"), client.Importing{})
	status(t, err, http.StatusUnprocessableEntity)
	_, err = ana.Import(ctx, "nowhere", strings.NewReader(csv), client.Importing{})
	status(t, err, http.StatusNotFound)

	var out bytes.Buffer
	if err := s.as("").Export(ctx, "sites", "csv", false, &out); err != nil || !strings.Contains(out.String(), ",A1,One,") {
		t.Errorf("%v\n%s", err, out.String())
	}
	status(t, s.as("").Export(ctx, "nowhere", "csv", false, io.Discard), http.StatusNotFound)

	page, err := ana.List(ctx, "sites", nil)
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%+v, %v", page, err)
	}
	id := page.Items[0].ID
	if _, err := ana.Revise(ctx, id, 0, map[string]any{"name": "Mine"}); err != nil {
		t.Fatal(err)
	}
	if r, err := ana.Import(ctx, "sites", strings.NewReader("code,name\nA1,Theirs\nB2,Two\n"), client.Importing{Name: "sites.csv"}); err != nil || r.Conflicts != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	wait, err := ana.Conflicts(ctx, "sites", "")
	if err != nil || len(wait.Items) != 1 || wait.Items[0].Here != "Mine" || wait.Items[0].Incoming != "Theirs" ||
		wait.Items[0].Revision != 2 || wait.Items[0].By != "ana" || wait.Items[0].At.IsZero() || wait.Items[0].Imported.IsZero() {
		t.Fatalf("%+v, %v", wait, err)
	}
	status(t, s.as("").Decide(ctx, "sites", wait.Items[0], true), http.StatusUnauthorized)
	if err := ana.Decide(ctx, "sites", wait.Items[0], true); err != nil {
		t.Fatal(err)
	}
	if e, err := ana.Get(ctx, id); err != nil || e.Text("name") != "Theirs" {
		t.Errorf("%+v, %v", e, err)
	}
	status(t, ana.Decide(ctx, "sites", wait.Items[0], true), http.StatusNotFound)
}

// A file becomes a collection of its own by one request, as it does by the
// command line: shown first, with its columns said, never beside what is there.
func TestAFileBecomesACollection(t *testing.T) {
	s := serve(t)
	ctx, ana := t.Context(), s.as("Ana")
	csv := "N° site;Libellé;Ancien\nA1;Un;x\nB2;Deux;y\n"
	o := client.Importing{Name: "depots.csv", DryRun: true, Map: map[string]string{"Ancien": ""},
		Create: &client.Founding{Title: "Dépôts", Lang: "fr", Licence: "CC0-1.0", Audience: "public"}}
	shown, err := ana.Import(ctx, "depots", strings.NewReader(csv), o)
	if err != nil || shown.Created != 2 || shown.Batch != "" {
		t.Fatalf("shown %+v, %v", shown, err)
	}
	_, err = ana.List(ctx, "depots", nil)
	status(t, err, http.StatusNotFound)
	o.DryRun = false
	_, err = s.as("").Import(ctx, "depots", strings.NewReader(csv), o)
	status(t, err, http.StatusUnauthorized)
	done, err := ana.Import(ctx, "depots", strings.NewReader(csv), o)
	if err != nil || done.Created != 2 || done.Batch == "" {
		t.Fatalf("done %+v, %v", done, err)
	}
	page, err := s.as("").List(ctx, "depots", nil)
	if err != nil || len(page.Items) != 2 || page.Items[0].Text("ancien") != "" {
		t.Errorf("%+v, %v", page, err)
	}
	o.Map = map[string]string{"Nowhere": "x"}
	_, err = ana.Import(ctx, "elsewhere", strings.NewReader(csv), o)
	status(t, err, http.StatusUnprocessableEntity)
	_, err = ana.List(ctx, "elsewhere", nil)
	status(t, err, http.StatusNotFound) // nothing is founded for a file that does not fit
	o.Create.Community = "nowhere"
	_, err = ana.Import(ctx, "elsewhere", strings.NewReader(csv), o)
	status(t, err, http.StatusNotFound)
}

// Values that the proposed type does not read are told, and a column can be text
// instead.
func TestTypesThatNearlyFit(t *testing.T) {
	s := serve(t)
	ctx, ana := t.Context(), s.as("Ana")
	csv := "name,opened\n" + strings.Repeat("Dépôt,2024-01-31\n", 40) + "Halle,soon\n"
	o := client.Importing{Name: "depots.csv", DryRun: true, Create: &client.Founding{}}
	shown, err := ana.Import(ctx, "depots", strings.NewReader(csv), o)
	if err != nil || shown.Refused != 1 || len(shown.Unfit) != 1 || shown.Unfit[0].Column != "opened" || shown.Unfit[0].Type != "date" || shown.Unfit[0].Values != 1 {
		t.Fatalf("%+v, %v", shown, err)
	}
	o.Create.Text = []string{"opened"}
	if shown, err = ana.Import(ctx, "depots", strings.NewReader(csv), o); err != nil || shown.Refused != 0 || len(shown.Unfit) != 0 {
		t.Errorf("%+v, %v", shown, err)
	}
	o.Create.Text = []string{"closed"}
	_, err = ana.Import(ctx, "depots", strings.NewReader(csv), o)
	status(t, err, http.StatusUnprocessableEntity)
}
