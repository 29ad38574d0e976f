package main

import (
	"bufio"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pollen/internal/pure/schema"
)

// total is how many people the invented organisation has.
const total = 220

// person is one row of the directory. The order of the fields is that of the
// lines.
type person struct {
	StaffID        string   `json:"staff_id"`
	GivenName      string   `json:"given_name"`
	FamilyName     string   `json:"family_name"`
	JobTitle       string   `json:"job_title,omitempty"`
	Email          string   `json:"email"`
	Phone          string   `json:"phone,omitempty"`
	Mobile         string   `json:"mobile,omitempty"`
	Unit           string   `json:"unit"`
	Manager        string   `json:"manager,omitempty"`
	Site           string   `json:"site,omitempty"`
	Office         string   `json:"office,omitempty"`
	Presence       string   `json:"presence,omitempty"`
	Deputy         string   `json:"deputy,omitempty"`
	Commune        string   `json:"commune,omitempty"`
	Languages      []string `json:"languages,omitempty"`
	AskedAbout     []string `json:"asked_about,omitempty"`
	Certifications []string `json:"certifications,omitempty"`
	OnCall         string   `json:"on_call,omitempty"`
	Body           string   `json:"body,omitempty"`
}

// unit and site are what the directory needs of the files written by hand.
type (
	unit struct {
		Code   string `json:"code"`
		Kind   string `json:"kind"`
		Parent string `json:"parent"`
		Head   string `json:"head"`
		Site   string `json:"site"`
	}
	site struct {
		Code    string `json:"code"`
		Commune string `json:"commune"`
	}
)

//go:embed named.jsonl
var named []byte

// directory draws people from a fixed seed, so that every run draws the same.
type directory struct {
	*rand.Rand
	people   []person
	units    []unit
	sites    map[string]string   // to commune
	communes map[string][]string // by departement, those with enough people to live in
	taken    map[string]bool     // names, addresses, numbers
	women    deck
	men      deck
}

// deck deals names in a drawn order, each once before any comes back.
type deck struct {
	names []string
	left  []int
}

func (k *deck) deal(r *rand.Rand) string {
	if len(k.left) == 0 {
		k.left = r.Perm(len(k.names))
	}
	i := k.left[0]
	k.left = k.left[1:]
	return k.names[i]
}

// people makes the directory: those written by hand, who head the units, then
// the drawn ones. Managers come before the people who report to them.
func people(data string) ([]person, error) {
	d := &directory{Rand: rand.New(rand.NewPCG(2026, 11)), taken: map[string]bool{}, sites: map[string]string{},
		women: deck{names: womensNames}, men: deck{names: mensNames}}
	var err error
	if d.communes, err = inhabited(filepath.Join(data, "communes.jsonl.gz")); err != nil {
		return nil, err
	}
	units, err := os.ReadFile(filepath.Join(data, "units.jsonl"))
	if err != nil {
		return nil, err
	}
	if d.units, err = decode[unit](units); err != nil {
		return nil, err
	}
	places, err := os.ReadFile(filepath.Join(data, "sites.jsonl"))
	if err != nil {
		return nil, err
	}
	sites, err := decode[site](places)
	if err != nil {
		return nil, err
	}
	for _, s := range sites {
		d.sites[s.Code] = s.Commune
	}
	if d.people, err = decode[person](named); err != nil {
		return nil, err
	}
	for i := range d.people {
		p := &d.people[i]
		p.Manager = d.manager(p)
		for _, s := range []string{p.FamilyName, p.Email, p.Phone, p.Mobile} {
			d.taken[s] = true
		}
	}
	for len(d.people) < total {
		for _, w := range trades {
			for range w.share {
				if len(d.people) < total {
					d.people = append(d.people, d.draw(w))
				}
			}
		}
	}
	return d.ordered()
}

// manager is the head of a person's unit, or of the unit above for the head.
func (d *directory) manager(p *person) string {
	u := d.unit(p.Unit)
	for u.Head == p.StaffID && u.Parent != "" {
		u = d.unit(u.Parent)
	}
	if u.Head == p.StaffID {
		return ""
	}
	return u.Head
}

func (d *directory) unit(code string) unit {
	i := slices.IndexFunc(d.units, func(u unit) bool { return u.Code == code })
	if i < 0 {
		return unit{}
	}
	return d.units[i]
}

// ordered puts managers before those who report to them. It fails where
// somebody reports to nobody known.
func (d *directory) ordered() ([]person, error) {
	placed := map[string]bool{"": true}
	var out []person
	for len(d.people) > 0 {
		before := len(out)
		d.people = slices.DeleteFunc(d.people, func(p person) bool {
			if !placed[p.Manager] {
				return false
			}
			placed[p.StaffID] = true
			out = append(out, p)
			return true
		})
		if len(out) == before {
			return nil, fmt.Errorf("%s and %d others report to nobody who is known", d.people[0].StaffID, len(d.people)-1)
		}
	}
	return out, nil
}

// draw invents one person of a trade. Some values stay blank and some are out
// of date, as in any directory: that is what there is to repair.
func (d *directory) draw(w trade) person {
	p := person{StaffID: fmt.Sprintf("L%04d", len(d.people)+70), Unit: w.unit, Site: d.unit(w.unit).Site}
	title := pick(d, w.titles)
	if d.odds(2) {
		p.GivenName, p.JobTitle = d.women.deal(d.Rand), title.she
	} else {
		p.GivenName, p.JobTitle = d.men.deal(d.Rand), title.he
	}
	for p.FamilyName == "" || d.taken[p.FamilyName] {
		p.FamilyName = pick(d, familyNames)
		if d.odds(6) {
			p.FamilyName += "-" + pick(d, familyNames)
		}
	}
	d.taken[p.FamilyName] = true
	p.Email = d.email(p)
	p.Phone = d.number("+33465715")
	if w.field || d.odds(3) {
		p.Mobile = d.number("+33639985")
	}
	p.Manager = d.manager(&p)
	if len(w.sites) > 0 {
		p.Site = pick(d, w.sites)
	}
	if !w.field {
		p.Office = fmt.Sprintf("%c %d.%02d", 'A'+rune(d.IntN(3)), 1+d.IntN(4), 1+d.IntN(24))
	}
	if d.odds(3) {
		p.Presence = pick(d, presences)
	}
	if towns := d.communes[d.sites[p.Site][:2]]; d.odds(2) {
		p.Commune = pick(d, towns)
	}
	p.Languages = d.some(languages, 2)
	p.Languages = append([]string{"français"}, p.Languages...)
	if d.odds(12) {
		p.Languages = append(p.Languages, "langue des signes")
	}
	p.AskedAbout = d.some(w.knows, 3)
	if w.field {
		p.Certifications = slices.Sorted(slices.Values(d.some([]string{"B1V", "B2V", "BR", "H1V", "H2V"}, 3)))
		p.OnCall = pick(d, onCall[w.unit])
	}
	if colleague := d.people[d.IntN(len(d.people))]; d.odds(5) && colleague.Unit == p.Unit {
		p.Deputy = colleague.StaffID
	}
	d.wear(&p)
	return p
}

// wear blanks a value or leaves an old one, for a third of the people.
func (d *directory) wear(p *person) {
	switch d.IntN(21) {
	case 0, 1:
		p.Phone = ""
	case 2:
		p.JobTitle = ""
	case 3:
		p.Site, p.Office = "", ""
	case 4:
		p.Site, p.Office = "AG-0008", "" // the branch that has closed since
	case 5:
		p.Phone = "+33465712017" // the switchboard of that branch
	case 6:
		p.Office = "ancien bâtiment C"
	}
}

// odds is true once in n.
func (d *directory) odds(n int) bool { return d.IntN(n) == 0 }

func pick[T any](d *directory, from []T) T { return from[d.IntN(len(from))] }

// some draws up to n different items.
func (d *directory) some(from []string, n int) (out []string) {
	for _, i := range d.Perm(len(from))[:d.IntN(min(n, len(from))+1)] {
		out = append(out, from[i])
	}
	return out
}

// number draws a telephone number that nobody else has, from a thousand of a
// range reserved for fiction that the numbers written by hand leave free.
func (d *directory) number(thousand string) string {
	for {
		n := fmt.Sprintf("%s%03d", thousand, d.IntN(1000))
		if !d.taken[n] {
			d.taken[n] = true
			return n
		}
	}
}

// email makes an address of the initial and the family name.
func (d *directory) email(p person) string {
	local := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == '-' || 'a' <= r && r <= 'z' {
				return r
			}
			return -1
		}, schema.Fold(s))
	}
	address := local(p.GivenName)[:1] + "." + local(p.FamilyName) + "@lisiere.example"
	if d.taken[address] {
		address = local(p.GivenName) + "." + local(p.FamilyName) + "@lisiere.example"
	}
	d.taken[address] = true
	return address
}

// inhabited lists by departement the communes of more than 3,000 people.
func inhabited(path string) (map[string][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	all, err := decode[commune](b)
	if err != nil {
		return nil, err
	}
	by := map[string][]string{}
	for _, c := range all {
		if c.Population != nil && *c.Population > 3000 {
			by[c.Departement] = append(by[c.Departement], c.Code)
		}
	}
	return by, nil
}

// decode reads JSON lines.
func decode[T any](b []byte) (rows []T, err error) {
	lines := bufio.NewScanner(strings.NewReader(string(b)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row T
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return nil, fmt.Errorf("%q: %w", lines.Text(), err)
		}
		rows = append(rows, row)
	}
	return rows, lines.Err()
}
