package web_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pollentest"
	"pollen/internal/pure/schema"
)

// sendFile sends a form with a file, as a browser does.
func (r *reader) sendFile(path, name, content string, pairs ...string) (*http.Response, string) {
	r.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			r.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), "POST", r.site.url+path, &body)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", r.lang)
	req.Header.Set("Content-Type", w.FormDataContentType())
	resp, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp, string(b)
}

// press sends the form of an import's page as it stands, with one button pressed
// and some of it said otherwise.
func (r *reader) press(page, path, button string, pairs ...string) (*http.Response, string) {
	r.t.Helper()
	form := pollentest.Form(r.t, page, "page-main")
	form.Set("do", button)
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return r.do("POST", path, form.Encode())
}

func TestAFileBecomesACollectionOnThePage(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	if resp, _ := s.reader(t, "").get("/import"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("importing without signing in: %d", resp.StatusCode)
	}
	_, page := ana.get("/")
	ana.sees(page, `href="/import"`)
	// Windows-1252, semicolons: found out.
	resp, page := ana.sendFile("/import", "fournisseurs_2026.csv", "Code;Raison sociale;Effectif\nF1;C\xe2bles du Rh\xf4ne;12\nF2;Verdier;8\nF2;Verdier bis;9\n", "licence", "CC0-1.0", "audience", "public")
	path := resp.Request.URL.Path
	if !strings.HasPrefix(path, "/imports/") {
		t.Fatalf("%s\n%s", path, page)
	}
	ana.sees(page, "Importer dans Fournisseurs 2026", "Windows-1252", "un point-virgule", "Sur 3 lignes, <b>3 créent une fiche</b>", "Câbles du Rhône")
	if resp, _ := ana.get("/c/fournisseurs-2026"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("looking founded it: %d", resp.StatusCode)
	}
	if resp, _ := s.reader(t, "Bob").get(path); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another's import: %d", resp.StatusCode)
	}
	// What is said now is looked at before it is done.
	_, page = ana.press(page, path, "run", "key", "code", "title", "raison_sociale", "fills2", "", "label0", "Référence")
	ana.sees(page, "Vous avez dit autre chose.", "<b>2 créent une fiche et 1 est refusée</b>", "«\u00a0F2\u00a0» figure déjà à la ligne 3.", "Référence\u00a0: F1")
	_, page = ana.press(page, path, "run")
	ana.sees(page, "Sur 3 lignes, <b>2 ont créé une fiche et 1 a été refusée</b>", "Exporter les lignes refusées", "Défaire ce lot", `href="/c/fournisseurs-2026"`)
	batch := regexp.MustCompile(`/batches/[a-z0-9]{13}`).FindString(page)
	resp, page = ana.get(batch + "/refused")
	if resp.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(page, "F2,Verdier bis,9,4,") {
		t.Errorf("%s\n%s", resp.Header.Get("Content-Type"), page)
	}
	if resp, _ := s.reader(t, "Bob").get(batch + "/refused"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another's refused rows: %d", resp.StatusCode)
	}
	c, err := s.Registry.Collection(t.Context(), s.actors["Ana"], "fournisseurs-2026")
	if err != nil || c.Licence != "CC0-1.0" || c.Audience != pollen.AudiencePublic || c.Schema.Key != "code" || len(c.Schema.Fields) != 2 || c.Schema.Fields[0].LabelIn("fr") != "Référence" {
		t.Fatalf("%+v, %v", c, err)
	}
	_, page = ana.get("/c/fournisseurs-2026/cables-du-rhone")
	ana.sees(page, "Câbles du Rhône", "F1")
	_, page = ana.post(batch + "/revert")
	ana.sees(page, "2 fiches qu’il avait ajoutées ont été retirées")
	_, page = ana.get(path)
	ana.sees(page, "Cet import est annulé.")
}

// Pressing Import a second time leads to the import that the first press began,
// under way or over, whatever the form of the second said.
func TestImportPressedTwice(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	resp, page := ana.sendFile("/import", "depots.csv", "Nom,Code\n"+strings.Repeat("Un,2\n", 20_000))
	path := resp.Request.URL.Path
	for !strings.Contains(page, `value="run"`) { // looking takes its time here
		_, page = ana.get(path)
	}
	form := pollentest.Form(t, page, "page-main")
	form.Set("do", "run")
	answers := make(chan string)
	for range 3 {
		go func() {
			resp, page := ana.do("POST", path, form.Encode())
			answers <- fmt.Sprint(resp.StatusCode, " ", resp.Request.URL.Path, strings.Contains(page, "Stop") || strings.Contains(page, "Arrêter") || strings.Contains(page, "Voir Depots"))
		}()
	}
	for range 3 {
		if got, want := <-answers, "200 "+path+"true"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A slip of the pen among many days is told before it is refused, and one press
// takes the column as text instead.
func TestWhatDoesNotFitIsToldAndCanBeText(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	var table strings.Builder
	table.WriteString("Nom;Ouvert le\n")
	for i := range 40 {
		fmt.Fprintf(&table, "Dépôt %d;2024-01-%02d\n", i, i%28+1)
	}
	table.WriteString("Halle;bientôt\n")
	resp, page := ana.sendFile("/import", "depots.csv", table.String())
	path := resp.Request.URL.Path
	ana.sees(page, "1 valeur ne se lit pas comme «\u00a0Date\u00a0»", "<b>40 créent une fiche et 1 est refusée</b>", "bientôt", "La prendre comme texte")
	form := pollentest.Form(t, page, "page-main")
	form.Set("plain", "1")
	if enter, _, _ := strings.Cut(page[strings.Index(page, `action="`+path):], "</button>"); !strings.Contains(enter, `name="do" value="look"`) {
		t.Errorf("Enter presses another button than Look: %s", enter)
	}
	_, page = ana.do("POST", path, form.Encode())
	ana.sees(page, "<b>41 créent une fiche</b>")
	if strings.Contains(page, "La prendre comme texte") {
		t.Error("a column of text still offers to be text")
	}
	_, page = ana.press(page, path, "run")
	ana.sees(page, `href="/c/depots"`)
	c, err := s.Registry.Collection(t.Context(), s.actors["Ana"], "depots")
	if err != nil || c.Schema.Field("ouvert_le").Type != schema.Text {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestWhatIsProposedIsImportedByOneButton(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	var table strings.Builder
	table.WriteString("Nom;Statut;Compte\n")
	for i := range 24 {
		fmt.Fprintf(&table, "Dépôt %d;%s;FR1420041010050500013M02606\n", i, []string{"ouvert", "fermé"}[i%2])
	}
	resp, page := ana.sendFile("/import", "depots.csv", table.String(), "licence", "CC0-1.0", "audience", "public")
	_, page = ana.press(page, resp.Request.URL.Path, "run")
	ana.sees(page, `href="/c/depots"`, "Défaire ce lot")
	c, err := s.Registry.Collection(t.Context(), s.actors["Ana"], "depots")
	if err != nil {
		t.Fatal(err)
	}
	// The type that the form repeats loses nothing of what was proposed with it.
	if f := c.Schema.Field("statut"); f.Type != schema.Choice || len(f.Terms) != 2 || f.Target != "" {
		t.Errorf("%+v", f)
	}
	if f := c.Schema.Field("compte"); f.Type != schema.Code || f.Check != "iban" || f.Target != "" {
		t.Errorf("%+v", f)
	}
}

func TestANewerFileMeetsWhatPeopleCorrected(t *testing.T) {
	s := open(t)
	keyed := schema.Schema{Key: "code", Title: []string{"name"}, Fields: []schema.Field{{Name: "code", Type: schema.Code, Unique: true}, {Name: "name", Type: schema.Text, Label: map[string]string{"fr": "Nom"}}}}
	s.Collection("depots", pollen.AudiencePublic, keyed)
	ana := s.reader(t, "Ana")
	resp, page := ana.sendFile("/c/depots/+import", "depots.csv", "code,Nom,couleur\nA,Un,rouge\nB,Deux,vert\n")
	ana.sees(page, "Importer dans depots", "<b>2 créent une fiche</b>")
	_, page = ana.press(page, resp.Request.URL.Path, "run", "fills2", "name")
	ana.sees(page, "Les colonnes «\u00a0Nom\u00a0» et «\u00a0couleur\u00a0» remplissent toutes deux «\u00a0name\u00a0»")
	_, page = ana.press(page, resp.Request.URL.Path, "look", "fills2", "")
	_, page = ana.press(page, resp.Request.URL.Path, "run")
	ana.sees(page, "Voir depots")
	e, _, err := s.Registry.At(t.Context(), s.actors["Ana"], "depots", "un")
	if err == nil {
		_, err = s.Registry.Revise(t.Context(), s.Actor("Bob"), e.ID, registry.Change{Texts: map[string][]string{"name": {"Corrigé"}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	resp, page = ana.sendFile("/c/depots/+import", "depots.csv", "code,Nom,couleur\nA,Autre,rouge\nB,Deux,vert\n")
	ana.sees(page, "1 valeur que quelqu’un a corrigée attend que vous tranchiez.", "Corrigé", "Autre", "Importer\u00a0: rien ne change")
	_, page = ana.press(page, resp.Request.URL.Path, "run")
	ana.sees(page, "Trancher", `href="/c/depots/+conflicts"`)
	_, page = s.reader(t, "").get("/c/depots/+conflicts")
	ana.sees(page, "Corrigé", "disabled", "dit par Bob", `href="/c/depots/un/history?from=1&amp;to=2"`, `href="/batches/`, "depots.csv")
	_, page = ana.get("/c/depots/+conflicts")
	form := pollentest.Form(t, page, "page-main")
	form.Set("all", "take")
	if resp, _ := s.reader(t, "").do("POST", "/c/depots/+conflicts", form.Encode()); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("anybody decides: %d", resp.StatusCode)
	}
	_, page = ana.do("POST", "/c/depots/+conflicts", form.Encode())
	ana.sees(page, "Rien à trancher")
	_, page = ana.get("/c/depots/un")
	ana.sees(page, "Autre")
}

// A file that is none is told in one message, and another way of reading it may
// be said.
func TestFilesThatAreNoTables(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	f, err := z.Create("xl/workbook.xml")
	if err == nil {
		_, err = io.Copy(f, io.LimitReader(zeros{}, 300<<20))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ file, content, says string }{
		"nothing":     {"a.csv", "", "Il n’y a rien à lire dans ce fichier."},
		"blank":       {"a.csv", " \n\n", "Il n’y a rien à lire dans ce fichier."},
		"a picture":   {"a.csv", "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x01", 400), "Comment le fichier est écrit"},
		"a zip bomb":  {"a.xlsx", bomb.String(), "Comment le fichier est écrit"},
		"half of one": {"a.xlsx", bomb.String()[:bomb.Len()/2], "Comment le fichier est écrit"},
	} {
		_, page := ana.sendFile("/import", c.file, c.content)
		ana.sees(page, c.says)
		if n := strings.Count(page, `class="notice late" role="alert"`); n != 1 {
			t.Errorf("%s: %d messages", name, n)
		}
		if strings.Contains(page, `value="run"`) {
			t.Errorf("%s can be imported", name)
		}
	}
	if resp, page := ana.sendFile("/import", "", ""); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("no file: %d", resp.StatusCode)
	} else {
		ana.sees(page, "Choisissez un fichier, ou collez une table.")
	}
	_, page := ana.sendFile("/import", "../../etc/passwd", "name\nOne\n\x00Two\nThree\n")
	ana.sees(page, "<b>2 créent une fiche et 1 est refusée</b>", "<code>passwd</code>")
	// A file in another encoding than it seems is read again as told.
	resp, page := ana.sendFile("/import", "b.csv", "nom\nCaf\xa4\n") // ISO 8859-15: a euro sign
	_, page = ana.press(page, resp.Request.URL.Path, "look", "encoding", "ISO-8859-15")
	ana.sees(page, "Caf€")
	_, page = ana.press(page, resp.Request.URL.Path, "look", "header", "no")
	ana.sees(page, "Sur 2 lignes")
	_, page = ana.press(page, resp.Request.URL.Path, "discard")
	ana.sees(page, "Choisir un fichier")
	if resp, _ := ana.get(resp.Request.URL.Path); resp.StatusCode != http.StatusNotFound {
		t.Errorf("it was put away: %d", resp.StatusCode)
	}
	for i := range 3 { // each waits where one left it
		s.Clock.Advance(time.Minute)
		ana.sendFile("/import", fmt.Sprint("waits", i, ".csv"), "name\nOne\n")
	}
	_, page = ana.get("/import")
	ana.sees(page, "Commencés", "waits0.csv", "waits2.csv", "Attend d’être importé")
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestOnlyThoseWhoMayWriteImport(t *testing.T) {
	s := open(t)
	ana, bob := s.reader(t, "Ana"), s.reader(t, "Bob")
	ana.post("/g/+new", "name", "Atelier", "join", "invitation")
	if resp, page := bob.sendFile("/import", "a.csv", "name\nOne\n", "community", "atelier"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("founding in a community of others: %d\n%s", resp.StatusCode, page)
	}
	if resp, _ := bob.sendFile("/c/nowhere/+import", "a.csv", "name\nOne\n"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("into nowhere: %d", resp.StatusCode)
	}
	if resp, _ := s.reader(t, "").sendFile("/c/sites/+import", "a.csv", "name\nOne\n"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("as nobody: %d", resp.StatusCode)
	}
}

// Of a row of very many columns a few values are shown, and it is said that there
// are more.
func TestAWideTableIsShownInPart(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	var head, row []string
	for i := range 60 {
		head, row = append(head, fmt.Sprintf("C%d", i)), append(row, fmt.Sprintf("value%d", i))
	}
	_, page := ana.sendFile("/import", "wide.csv", strings.Join(head, ";")+"\n"+strings.Join(row, ";")+"\n")
	ana.sees(page, "C0\u00a0: value0", "C11\u00a0: value11", "Et 48 autres.")
	if strings.Contains(page, "C12\u00a0: value12") {
		t.Error("all values of a wide row are shown")
	}
}

// A file of very many columns is asked about in parts, each a light page; what is
// said of one part stays while another is shown.
func TestTheColumnsOfAWideTableAreAskedAboutInParts(t *testing.T) {
	s := open(t)
	ana := s.reader(t, "Ana")
	var head, row []string
	for i := range 200 {
		head, row = append(head, fmt.Sprintf("Column %d", i)), append(row, fmt.Sprintf("value %d", i))
	}
	resp, page := ana.sendFile("/import", "wide.csv", strings.Join(head, ";")+"\n"+strings.Join(row, ";")+"\n")
	path := resp.Request.URL.Path
	ana.sees(page, `name="fills39"`, "161 à 200")
	if strings.Contains(page, `name="fills40"`) || len(page) > 120_000 {
		t.Errorf("a page of %d bytes", len(page))
	}
	form := pollentest.Form(t, page, "page-main")
	form.Del("do")
	form.Set("fills3", "") // left out
	form.Set("label4", "Quatre")
	form.Set("columns", "160")
	_, page = ana.do("POST", path, form.Encode())
	ana.sees(page, `name="fills160"`, `name="fills199"`)
	form = pollentest.Form(t, page, "page-main")
	form.Set("label199", "La dernière")
	form.Set("do", "look")
	_, page = ana.do("POST", path, form.Encode())
	ana.sees(page, `name="fills199"`) // the same part again
	_, first := ana.do("GET", path, "")
	if f := pollentest.Form(t, first, "page-main"); f.Get("label4") != "Quatre" || f.Get("fills3") != "" || f.Get("fills5") == "" {
		t.Errorf("of the part that was not shown is left %q, %q", f.Get("label4"), f.Get("fills3"))
	}
	ana.press(page, path, "run")
	_, text := ana.do("GET", "/c/wide/+export?format=csv", "")
	for want, there := range map[string]bool{"column_3,": false, "column_4,": true, "column_199,": true, "value 199": true, "value 3,": false} {
		if strings.Contains(text, want) != there {
			t.Errorf("%q there: %t", want, !there)
		}
	}
}
