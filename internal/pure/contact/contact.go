package contact

import (
	"encoding/json"
	"slices"
	"strings"

	"pollen"
	"pollen/internal/pure/schema"
)

// Contact is how to reach somebody, or a place or a unit.
type Contact struct {
	Name          string // as it is shown
	Given, Family string // of a person; both blank for anything else
	Role          string // what they do
	Units         []string
	Phones        []Phone
	Emails        []string
	Pages         []string // web addresses
	Addresses     []string // postal, in one line
}

// Phone is a telephone number in E.164.
type Phone struct {
	Number string
	Kind   Kind
}

// Kind is what a telephone is.
type Kind string

// The kinds of telephone.
const (
	Voice Kind = "voice"
	Cell  Kind = "cell"
	Fax   Kind = "fax"
)

// names by which fields are known where their type does not tell, in English
// and in French.
var (
	givenNames  = []string{"given_name", "first_name", "forename", "prenom"}
	familyNames = []string{"family_name", "last_name", "surname", "nom", "nom_de_famille"}
	roles       = []string{"job_title", "function", "role", "fonction", "poste"}
	units       = []string{"unit", "organisation", "organization", "org", "department", "company", "unite", "service", "entreprise", "societe"}
	cells       = []string{"mobile", "cell", "portable"}
	faxes       = []string{"fax", "telecopie"}
)

// Fits reports whether entries of a schema are contacts: there is a way to reach
// them.
func Fits(s *schema.Schema) bool {
	return slices.ContainsFunc(s.Fields, func(f schema.Field) bool { return f.Type == schema.Email || f.Type == schema.Phone })
}

// Of makes the contact of an entry from its title and the values that its reader
// may see. titles gives the title of an entry that it refers to, "" for one
// that the reader may not see.
func Of(s *schema.Schema, title string, values schema.Values, titles func(pollen.EntryID) string, lang string) Contact {
	c := Contact{Name: title}
	for i := range s.Fields {
		f := &s.Fields[i]
		v := values[f.ID]
		if v == nil {
			continue
		}
		switch f.Type {
		case schema.Email:
			c.Emails = append(c.Emails, f.Texts(v)...)
		case schema.URL:
			c.Pages = append(c.Pages, f.Texts(v)...)
		case schema.Phone:
			for _, number := range f.Texts(v) {
				c.Phones = append(c.Phones, Phone{number, kindOf(f.Name)})
			}
		case schema.Place:
			f.Each(v, func(one json.RawMessage, _ string) {
				if address := schema.AddressOf(one); address != "" {
					c.Addresses = append(c.Addresses, address)
				}
			})
		case schema.Text, schema.Localized, schema.Choice:
			text := strings.Join(f.Display(v, lang), ", ")
			switch {
			case slices.Contains(givenNames, f.Name):
				c.Given = text
			case slices.Contains(familyNames, f.Name):
				c.Family = text
			case slices.Contains(roles, f.Name):
				c.Role = text
			case slices.Contains(units, f.Name):
				c.Units = append(c.Units, text)
			}
		case schema.Reference:
			if slices.Contains(units, f.Name) && titles != nil {
				for _, id := range f.Refs(v) {
					if t := titles(id); t != "" {
						c.Units = append(c.Units, t)
					}
				}
			}
		}
	}
	return c
}

// Reachable reports whether there is a way to reach them.
func (c *Contact) Reachable() bool { return len(c.Phones) > 0 || len(c.Emails) > 0 }

func kindOf(name string) Kind {
	has := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	switch {
	case has(cells):
		return Cell
	case has(faxes):
		return Fax
	}
	return Voice
}
