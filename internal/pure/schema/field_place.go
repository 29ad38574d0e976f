package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// place is an address, a WGS 84 point, or both.
type place struct {
	Address string   `json:"address,omitempty"`
	Lat     *float64 `json:"lat,omitempty"` // degrees north, -90 to 90
	Lon     *float64 `json:"lon,omitempty"` // degrees east, -180 to 180
}

// placeKind is a place, written "12 rue Haute, Rennes (48.11, -1.68)".
type placeKind struct{}

var point = regexp.MustCompile(`^(?s)(.*?)\s*\(\s*(-?[0-9]+(?:\.[0-9]+)?)\s*,\s*(-?[0-9]+(?:\.[0-9]+)?)\s*\)$`)

func (placeKind) read(f *Field, s string, _ *Env) (json.RawMessage, error) {
	p := place{Address: s}
	if m := point.FindStringSubmatch(s); m != nil {
		lat, err1 := strconv.ParseFloat(m[2], 64)
		lon, err2 := strconv.ParseFloat(m[3], 64)
		if err1 != nil || err2 != nil {
			return nil, bad(f, s, "12 rue Haute, Rennes (48.11, -1.68)")
		}
		p = place{Address: m[1], Lat: &lat, Lon: &lon}
	}
	return p.canonical(f)
}

func (placeKind) readJSON(f *Field, raw json.RawMessage, _ *Env) (json.RawMessage, error) {
	var p place
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return nil, wrong(f, err)
	}
	address, err := clean(f, p.Address)
	if err != nil {
		return nil, err
	}
	p.Address = address
	return p.canonical(f)
}

func (p place) canonical(f *Field) (json.RawMessage, error) {
	if (p.Lat == nil) != (p.Lon == nil) || p.Lat != nil && (math.Abs(*p.Lat) > 90 || math.Abs(*p.Lon) > 180) {
		return nil, bad(f, p.String(), "12 rue Haute, Rennes (48.11, -1.68)")
	}
	p.Address = strings.Join(strings.FieldsFunc(p.Address, func(r rune) bool { return r == '\n' }), ", ")
	if p.Lat == nil && p.Address == "" {
		return nil, nil
	}
	if p.Lat != nil { // a metre is 0.00001°; more digits only look exact
		lat, lon := math.Round(*p.Lat*1e6)/1e6+0, math.Round(*p.Lon*1e6)/1e6+0
		p.Lat, p.Lon = &lat, &lon
	} else if point.MatchString(p.Address) {
		return nil, bad(f, p.Address, "12 rue Haute, Rennes (48.11, -1.68)")
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return nil, wrong(f, err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

func (p place) String() string {
	if p.Lat == nil || p.Lon == nil {
		return p.Address
	}
	at := fmt.Sprintf("(%s, %s)", strconv.FormatFloat(*p.Lat, 'f', -1, 64), strconv.FormatFloat(*p.Lon, 'f', -1, 64))
	return strings.TrimSpace(p.Address + " " + at)
}

func readPlace(v json.RawMessage) (p place) {
	if json.Unmarshal(v, &p) != nil {
		return place{}
	}
	return p
}

// Point gives the WGS 84 point of a place, when it has one.
func Point(v json.RawMessage) (lat, lon float64, ok bool) {
	p := readPlace(v)
	if p.Lat == nil || p.Lon == nil {
		return 0, 0, false
	}
	return *p.Lat, *p.Lon, true
}

func (placeKind) text(_ *Field, v json.RawMessage) string { return readPlace(v).String() }

func (placeKind) display(_ *Field, v json.RawMessage, _ string) string {
	p := readPlace(v)
	if p.Address != "" {
		return p.Address
	}
	return strings.Trim(p.String(), "()")
}

func (placeKind) key(_ *Field, v json.RawMessage) string { return Fold(readPlace(v).Address) }

func (placeKind) words(_ *Field, v json.RawMessage) []Word {
	return []Word{{Text: readPlace(v).Address}}
}

// AddressOf is the postal address of a single place, "" when it has a point alone.
func AddressOf(v json.RawMessage) string { return readPlace(v).Address }
