package schema

import (
	"regexp"
)

// numeral reports whether a value is a number as people write it, with its
// thousands apart or not.
func numeral(s string) bool {
	return decimalNumber.MatchString(s) || s[0] != '0' && (groupedFR.MatchString(s) || groupedEN.MatchString(s) || groupedDE.MatchString(s))
}

// measure is the unit that the numbers of a column have in common.
type measure struct{ unit string }

// units are those that a number is proposed with. One of letters stands apart from
// the number: what they join to is a code as likely.
var units = regexp.MustCompile(`^(.*?[0-9])(?:[ \x{00a0}\x{202f}]?(€|%|\$|£|°C|°)|[ \x{00a0}\x{202f}](EUR|USD|GBP|CHF|k€|M€|mg|g|kg|t|mm|cm|m|km|m²|m2|m³|m3|km²|ha|l|L|ml|h|min|s|W|kW|MW|kWh|MWh|V|kV|A|Mo|Go|To|MB|GB|TB))$`)

// takes reports whether a value is a number, with the unit that the others have
// or without.
func (m *measure) takes(s string) bool {
	if numeral(s) {
		return true
	}
	found := units.FindStringSubmatch(s)
	if found == nil || !numeral(found[1]) {
		return false
	}
	unit := found[2] + found[3]
	if m.unit == "" {
		m.unit = unit
	}
	return m.unit == unit
}

// known reports whether some value had its unit, or whether none is asked for.
func (m *measure) known() bool { return m == nil || m.unit != "" }

// of is the unit of the field, "" for none.
func (m *measure) of() string {
	if m == nil {
		return ""
	}
	return m.unit
}
