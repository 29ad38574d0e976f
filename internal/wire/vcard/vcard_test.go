package vcard_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	reader "github.com/emersion/go-vcard"

	"pollen/internal/wire/vcard"
)

var ana = vcard.Card{UID: "06yv7rjg2580g", Kind: vcard.Individual, Name: "Ana, la cheffe; \\ dite « Nana »", Given: "Ana", Family: "Le Goff; x", Role: "Cheffe\r\nde quart",
	Units: []string{"Réseaux; Est"}, Phones: []vcard.Phone{{Number: "+33465711277", Type: "voice"}, {Number: "+33639984512", Type: "cell"}},
	Emails: []string{"ana@example.org"}, Pages: []string{"https://example.org/a,b"}, Addresses: []string{"1 rue Haute, Rennes"}, Source: "https://example.org/c/people/ana"}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	var b bytes.Buffer
	for _, c := range []vcard.Card{ana, {Kind: vcard.Organisation, Name: strings.Repeat("É", 200)}} {
		if err := vcard.Write(&b, c); err != nil {
			t.Fatal(err)
		}
	}
	for l := range strings.SplitSeq(b.String(), "\r\n") {
		if len(l) > 75 || !utf8.ValidString(l) || strings.Contains(l, "\n") {
			t.Errorf("line of %d octets: %q", len(l), l)
		}
	}
	d := reader.NewDecoder(&b)
	c, err := d.Decode()
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{"VERSION": "4.0", "KIND": "individual", "FN": ana.Name, "UID": ana.UID, "TITLE": "Cheffe \nde quart", "ORG": "Réseaux, Est",
		"EMAIL": "ana@example.org", "URL": "https://example.org/a%2Cb", "SOURCE": ana.Source} {
		if got := c.Value(field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	if n := c.Name(); n.GivenName != "Ana" || n.FamilyName != "Le Goff, x" {
		t.Errorf("name %+v", n)
	}
	if tel := c["TEL"]; len(tel) != 2 || tel[1].Value != "tel:+33639984512" || !tel[1].Params.HasType("cell") {
		t.Errorf("telephones %+v", tel)
	}
	if a := c.Address(); a == nil || a.StreetAddress != "1 rue Haute, Rennes" {
		t.Errorf("address %+v", a)
	}
	if c, err = d.Decode(); err != nil || c.Value("FN") != strings.Repeat("É", 200) || c.Name() != nil {
		t.Errorf("the second: %+v, %v", c, err)
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("Ana", "x;y", "a\nEND:VCARD\nBEGIN:VCARD")
	f.Fuzz(func(t *testing.T, name, unit, role string) {
		if !utf8.ValidString(name + unit + role) {
			t.Skip()
		}
		var b bytes.Buffer
		if err := vcard.Write(&b, vcard.Card{Kind: vcard.Individual, Name: name, Given: name, Units: []string{unit}, Role: role, Pages: []string{unit}}); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(b.String(), "\r\nEND:VCARD\r\n"); n != 1 {
			t.Errorf("%d cards: %q", n, b.String())
		}
	})
}
