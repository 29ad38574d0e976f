package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"pollen"
)

// tagText is what a language-tagged field holds in one language.
type tagText struct {
	tag   string
	texts []string
}

// localizedText reads lines “fr: texte”. A text without a tag is one in no
// stated language (BCP 47 "und"). A line whose text may itself be taken for
// the start of another begins with a tag all the same, for Text writes one.
func (f *Field) localizedText(in string) (json.RawMessage, error) {
	by := map[string][]string{}
	for line := range strings.SplitSeq(in, "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		tag, text, ok := strings.Cut(line, ":")
		t, err := canonicalTag(strings.TrimSpace(tag))
		if !ok || err != nil {
			t, text = "und", line
		}
		by[t] = append(by[t], strings.TrimSpace(text))
	}
	return f.localized(by)
}

func (f *Field) localizedJSON(in json.RawMessage) (json.RawMessage, error) {
	if in[0] == '"' {
		s, err := clean(f, str(in))
		if err != nil {
			return nil, err
		}
		return f.localized(map[string][]string{"und": {s}})
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(in, &object); err != nil {
		return nil, wrong(f, err)
	}
	by := map[string][]string{}
	for tag, raw := range object {
		t, err := canonicalTag(tag)
		if err != nil {
			return nil, pollen.Errorf(pollen.Invalid, "schema.tag", "“{tag}” is not a language tag, such as fr or pt-BR.", "tag", clip(tag, 40)).On(f.Name)
		}
		var one string
		var many []string
		if string(raw) != "null" && json.Unmarshal(raw, &one) != nil && json.Unmarshal(raw, &many) != nil {
			return nil, wrong(f, nil)
		}
		by[t] = append(append(by[t], one), many...)
	}
	return f.localized(by)
}

var errTag = errors.New("not a language tag")

// Tag brings a BCP 47 language tag to its canonical form. It fails on what is
// none.
func Tag(s string) (string, error) { return canonicalTag(s) }

func canonicalTag(s string) (string, error) {
	if s == "" || len(s) > 35 { // RFC 5646 §4.4.1
		return "", errTag
	}
	t, err := language.Parse(s)
	if err != nil {
		return "", err
	}
	return t.String(), nil
}

func (f *Field) localized(by map[string][]string) (json.RawMessage, error) {
	tags, size := make([]string, 0, len(by)), int64(0)
	for tag, texts := range by {
		kept := texts[:0]
		for _, s := range texts {
			s, err := clean(f, s)
			if err != nil {
				return nil, err
			}
			s = oneLine(s)
			if s == "" || slices.Contains(kept, s) {
				continue
			}
			if kept, size = append(kept, s), size+int64(len(s)); size > f.limit() {
				return nil, tooLong(f, size)
			}
		}
		if len(kept) > 1 && !f.Many {
			return nil, pollen.Errorf(pollen.Invalid, "schema.one-text", "“{field}” holds one text for each language; {tag} has several.", "field", f.Name, "tag", tag).On(f.Name)
		}
		by[tag] = kept
		if len(kept) > 0 {
			tags = append(tags, tag)
		}
	}
	if len(tags) == 0 {
		return nil, nil
	}
	slices.Sort(tags)
	b := []byte{'{'}
	for i, tag := range tags {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, quote(tag)...), ':')
		if !f.Many {
			b = append(b, quote(by[tag][0])...)
			continue
		}
		b = append(b, '[')
		for k, s := range by[tag] {
			if k > 0 {
				b = append(b, ',')
			}
			b = append(b, quote(s)...)
		}
		b = append(b, ']')
	}
	return append(b, '}'), nil
}

// tagged reads a language-tagged value in the order of its tags.
func tagged(v json.RawMessage) (out []tagText) {
	var object map[string]json.RawMessage
	if json.Unmarshal(v, &object) != nil {
		return nil
	}
	for tag, raw := range object {
		raw = bytes.TrimSpace(raw)
		t := tagText{tag: tag}
		if len(raw) > 0 && raw[0] == '[' {
			if json.Unmarshal(raw, &t.texts) != nil {
				continue
			}
		} else {
			t.texts = []string{str(raw)}
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b tagText) int { return strings.Compare(a.tag, b.tag) })
	return out
}

// Languages gives the first text of a language-tagged value in each language.
func Languages(v json.RawMessage) map[string]string {
	out := map[string]string{}
	for _, t := range tagged(v) {
		if len(t.texts) > 0 {
			out[t.tag] = t.texts[0]
		}
	}
	return out
}

func localizedLines(v json.RawMessage) string {
	var b strings.Builder
	for _, t := range tagged(v) {
		for _, s := range t.texts {
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(t.tag + ": " + s)
		}
	}
	return b.String()
}
