package vcard

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-vcard"
)

// MediaType is that of vCards (RFC 6350, section 10.1).
const MediaType = "text/vcard; charset=utf-8"

// Card is one contact.
type Card struct {
	UID           string // the same for the same contact for ever; a URI or plain text
	Kind          Kind
	Name          string
	Given, Family string // set when Kind is Individual
	Role          string
	Units         []string // from the widest to the narrowest
	Phones        []Phone
	Emails        []string
	Pages         []string
	Addresses     []string // each in one line
	Source        string   // web address of the entry
}

// Kind is what a card describes (RFC 6350, section 6.1.4).
type Kind string

// The kinds that are written.
const (
	Individual   Kind = "individual"
	Organisation Kind = "org"
)

// Phone is a telephone number in E.164, with its type (section 6.4.1): voice,
// cell or fax.
type Phone struct{ Number, Type string }

// Write writes one card.
func Write(w io.Writer, c Card) error {
	out := vcard.Card{}
	out.SetValue(vcard.FieldVersion, "4.0")
	out.SetValue(vcard.FieldKind, string(c.Kind))
	out.Set(vcard.FieldFormattedName, &vcard.Field{Value: line(c.Name)})
	if c.Kind == Individual && (c.Given != "" || c.Family != "") {
		out.SetName(&vcard.Name{GivenName: component(c.Given), FamilyName: component(c.Family)})
	}
	if c.UID != "" {
		out.Set(vcard.FieldUID, &vcard.Field{Value: uri(c.UID), Params: vcard.Params{vcard.ParamValue: {"text"}}})
	}
	if c.Role != "" {
		out.SetValue(vcard.FieldTitle, line(c.Role))
	}
	if len(c.Units) > 0 {
		var units []string
		for _, u := range c.Units {
			units = append(units, component(u))
		}
		out.SetValue(vcard.FieldOrganization, strings.Join(units, ";"))
	}
	for _, p := range c.Phones {
		out.Add(vcard.FieldTelephone, &vcard.Field{Value: uri("tel:" + p.Number), Params: vcard.Params{vcard.ParamValue: {"uri"}, vcard.ParamType: {"work", p.Type}}})
	}
	for _, e := range c.Emails {
		out.Add(vcard.FieldEmail, &vcard.Field{Value: line(e), Params: vcard.Params{vcard.ParamType: {"work"}}})
	}
	for _, u := range c.Pages {
		out.Add(vcard.FieldURL, &vcard.Field{Value: uri(u)})
	}
	for _, a := range c.Addresses {
		out.AddAddress(&vcard.Address{Field: &vcard.Field{Params: vcard.Params{vcard.ParamType: {"work"}}}, StreetAddress: component(a)})
	}
	if c.Source != "" {
		out.SetValue(vcard.FieldSource, uri(c.Source))
	}
	var b bytes.Buffer
	if err := vcard.NewEncoder(&b).Encode(out); err != nil {
		return err
	}
	_, err := w.Write(fold(b.Bytes()))
	return err
}

// line keeps a text in one logical line, without control characters.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// component is a text within a structured value. A semicolon would begin the
// next component, and not every reader takes it back when it is escaped.
func component(s string) string { return strings.ReplaceAll(line(s), ";", ",") }

// uri is an address as it is: a comma, which the encoder would escape as in a
// text, is written in percent (RFC 3986, section 2.1).
func uri(s string) string {
	return strings.NewReplacer(",", "%2C", "\n", "", "\r", "", `\`, "%5C").Replace(s)
}

// maxLine is the longest line, in octets without its end (section 3.2).
const maxLine = 75

// fold breaks long lines between characters.
func fold(in []byte) []byte {
	var out []byte
	for l := range bytes.Lines(in) {
		l = bytes.TrimSuffix(l, []byte("\r\n"))
		for room := maxLine; len(l) > room; room = maxLine - 1 {
			n := room
			for n > 0 && !utf8.RuneStart(l[n]) {
				n--
			}
			out = append(append(out, l[:n]...), "\r\n "...)
			l = l[n:]
		}
		out = append(append(out, l...), "\r\n"...)
	}
	return out
}
