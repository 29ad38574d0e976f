package main

import (
	"cmp"
	"path/filepath"
	"slices"
)

const decoupage = "@etalab/decoupage-administratif/data/"

// The files of @etalab/decoupage-administratif, as far as they are used.
type (
	etalabRegion struct {
		Code     string `json:"code"`
		Name     string `json:"nom"`
		Zone     string `json:"zone"`
		ChefLieu string `json:"chefLieu"`
	}
	etalabDepartement struct {
		etalabRegion
		Region string `json:"region"`
	}
	etalabEPCI struct {
		Code       string `json:"code"`
		Name       string `json:"nom"`
		Type       string `json:"type"`
		Financing  string `json:"modeFinancement"`
		Population int    `json:"populationMunicipale"`
		Members    []struct {
			Code string `json:"code"`
		} `json:"membres"`
	}
	etalabCommune struct {
		Code        string   `json:"code"`
		Name        string   `json:"nom"`
		Type        string   `json:"type"`
		Zone        string   `json:"zone"`
		Departement string   `json:"departement"`
		Region      string   `json:"region"`
		Siren       string   `json:"siren"`
		PostalCodes []string `json:"codesPostaux"`
		Population  *int     `json:"population"`
		FormerCodes []string `json:"anciensCodes"`
	}
)

// The rows made of them. The order of the fields is that of the lines.
type (
	region struct {
		Code string `json:"code"`
		Name string `json:"name"`
		Zone string `json:"zone"`
		Seat string `json:"seat,omitempty"`
	}
	departement struct {
		Code   string `json:"code"`
		Name   string `json:"name"`
		Region string `json:"region"`
		Zone   string `json:"zone"`
		Seat   string `json:"seat,omitempty"`
	}
	epci struct {
		Siren      string `json:"siren"`
		Name       string `json:"name"`
		Kind       string `json:"kind"`
		Financing  string `json:"financing"`
		Population int    `json:"population"`
	}
	commune struct {
		Code        string   `json:"code"`
		Name        string   `json:"name"`
		PostalCodes []string `json:"postal_codes,omitempty"`
		Population  *int     `json:"population,omitempty"`
		Departement string   `json:"departement"`
		Region      string   `json:"region"`
		EPCI        string   `json:"epci,omitempty"`
		Zone        string   `json:"zone"`
		Siren       string   `json:"siren,omitempty"`
		FormerCodes []string `json:"former_codes,omitempty"`
	}
)

// divisions makes the administrative divisions of France: the current ones,
// each kind in the order of its code.
func divisions(npm, data string) error {
	var regions []etalabRegion
	var departements []etalabDepartement
	var groups []etalabEPCI
	var communes []etalabCommune
	for file, into := range map[string]any{"regions": &regions, "departements": &departements, "epci": &groups, "communes": &communes} {
		if err := read(npm, filepath.Join(decoupage, file+".json"), into); err != nil {
			return err
		}
	}
	communes = slices.DeleteFunc(communes, func(c etalabCommune) bool { return c.Type != "commune-actuelle" })
	regionOf := make(map[string]string, len(communes))
	for _, c := range communes {
		regionOf[c.Code] = c.Region
	}
	// The source repeats a seat for territories that have none of their own.
	seat := func(commune, region string) string {
		if regionOf[commune] != region {
			return ""
		}
		return commune
	}

	var r []region
	for _, x := range regions {
		r = append(r, region{x.Code, x.Name, x.Zone, seat(x.ChefLieu, x.Code)})
	}
	var d []departement
	for _, x := range departements {
		d = append(d, departement{x.Code, x.Name, x.Region, x.Zone, seat(x.ChefLieu, x.Region)})
	}
	var g []epci
	group := map[string]string{}
	for _, x := range groups {
		g = append(g, epci{x.Code, x.Name, x.Type, x.Financing, x.Population})
		for _, m := range x.Members {
			group[m.Code] = x.Code
		}
	}
	c := make([]commune, 0, len(communes))
	for _, x := range communes {
		c = append(c, commune{x.Code, x.Name, x.PostalCodes, x.Population, x.Departement, x.Region, group[x.Code], x.Zone, x.Siren, x.FormerCodes})
	}
	slices.SortFunc(r, func(a, b region) int { return cmp.Compare(a.Code, b.Code) })
	slices.SortFunc(d, func(a, b departement) int { return cmp.Compare(a.Code, b.Code) })
	slices.SortFunc(g, func(a, b epci) int { return cmp.Compare(a.Siren, b.Siren) })
	slices.SortFunc(c, func(a, b commune) int { return cmp.Compare(a.Code, b.Code) })
	for _, err := range []error{pack(data, "regions", r), pack(data, "departements", d), pack(data, "epci", g), pack(data, "communes", c)} {
		if err != nil {
			return err
		}
	}
	return nil
}
