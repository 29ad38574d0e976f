package part

import (
	"net/url"
	"strings"

	"pollen/internal/pure/schema"
)

// ReadInput reads what was typed into an [Input]: its rows, without the blank
// ones. A title that goes with an identifier, chosen from the list or left as
// it was, keeps it in Ref.
func ReadInput(form url.Values, name string, t schema.Type) (rows []Row) {
	refs, tags := form[name+".ref"], form[name+".lang"]
	for i, text := range form[name] {
		if strings.TrimSpace(text) == "" {
			continue
		}
		row := Row{Text: text}
		if t == schema.Reference && i < len(refs) {
			if id, title, ok := strings.Cut(refs[i], " "); ok && title == text {
				row.Ref = id
			}
		}
		if t == schema.Localized && i < len(tags) {
			row.Tag = strings.TrimSpace(tags[i])
		}
		rows = append(rows, row)
	}
	return rows
}

// Texts is what was typed, as [schema.Field.FromTexts] reads it: of a reference
// the identifier where there is one; of a language-tagged field, lines.
func Texts(rows []Row, t schema.Type) []string {
	if t == schema.Localized {
		var lines []string
		for _, r := range rows {
			tag := r.Tag
			if tag == "" {
				tag = "und" // BCP 47 (RFC 5646, section 4.1): undetermined
			}
			lines = append(lines, tag+": "+strings.Join(strings.Fields(r.Text), " "))
		}
		if lines == nil {
			return nil
		}
		return []string{strings.Join(lines, "\n")}
	}
	texts := make([]string, 0, len(rows))
	for _, r := range rows {
		texts = append(texts, or(r.Ref, r.Text))
	}
	return texts
}
