package schema_test

import (
	"testing"

	"github.com/nyaruka/phonenumbers"

	"pollen/internal/pure/schema"
)

// A number is shown as the library that knows all of them shows it.
func TestTelephonesOfEveryRegionAreShownAsThere(t *testing.T) {
	n := 0
	for region := range phonenumbers.GetSupportedRegions() {
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE} {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			e164 := phonenumbers.Format(example, phonenumbers.E164)
			home, away := &schema.Field{Name: "phone", Type: schema.Phone, Region: region}, &schema.Field{Name: "phone", Type: schema.Phone, Region: "AQ"}
			v, err := home.FromText(e164, nil)
			if err != nil {
				continue // none that is kept
			}
			n++
			read, err := phonenumbers.Parse(home.Text(v), "")
			if err != nil {
				t.Fatal(err)
			}
			for f, want := range map[*schema.Field]string{home: phonenumbers.Format(read, phonenumbers.NATIONAL), away: phonenumbers.Format(read, phonenumbers.INTERNATIONAL)} {
				if got := f.Display(v, "en"); len(got) != 1 || got[0] != want && region != "AQ" {
					t.Errorf("%s of %s is shown in %s as %q, want %q", e164, region, f.Region, got, want)
				}
			}
		}
	}
	if n < 400 {
		t.Errorf("only %d numbers were looked at", n)
	}
}
