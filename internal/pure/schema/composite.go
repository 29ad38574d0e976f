package schema

import (
	"encoding/json"
	"strings"
)

// spoken is what the values of a column say of languages, as an export writes
// them: lines “fr: texte”, or an object of JSON by language tag.
type spoken struct {
	common bool // one of the tags is a language that is common
	many   bool // some value has several texts in one language
}

// takes reports whether a value is texts by language alone.
func (l *spoken) takes(s string) bool {
	f := &Field{Name: "x", Type: Localized, Many: true}
	var v json.RawMessage
	var err error
	switch {
	case s[0] == '{':
		v, err = f.localizedJSON(json.RawMessage(s))
	case taggedLines(s):
		v, err = f.localizedText(s)
	default:
		return false
	}
	if err != nil {
		return false
	}
	for _, t := range tagged(v) {
		l.common = l.common || common[t.tag]
		l.many = l.many || len(t.texts) > 1
	}
	return true
}

// taggedLines reports whether every line begins with a language tag as it is
// written by rule.
func taggedLines(s string) bool {
	for line := range strings.SplitSeq(s, "\n") {
		tag, _, ok := strings.Cut(strings.TrimSpace(line), ":")
		if t, err := canonicalTag(tag); !ok || err != nil || t != tag {
			return false
		}
	}
	return true
}

// placeLook reports whether a value is a place for sure, and no mere text: it has
// a point, or is the object of JSON that places are.
func placeLook(s string) bool {
	f := &Field{Name: "x", Type: Place}
	var err error
	switch {
	case s[0] == '{':
		_, err = f.FromJSON(json.RawMessage(s), nil)
	case point.MatchString(s):
		_, err = f.FromText(s, nil)
	default:
		return false
	}
	return err == nil
}
