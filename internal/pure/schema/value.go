package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"pollen"
)

// MaxMany bounds how many values one many-valued field holds.
const MaxMany = 1000

// FromText reads a form field or a cell of a file. "" is absent. The values of
// a many-valued field are separated by “|” or line breaks, with “\|” and “\\”
// for the characters themselves. A language-tagged field is written as lines
// “fr: texte”.
func (f *Field) FromText(in string, env *Env) (json.RawMessage, error) {
	in, err := clean(f, in)
	if err != nil {
		return nil, err
	}
	if in == "" {
		return nil, nil
	}
	switch {
	case f.Type == Localized:
		return f.localizedText(in)
	case f.Many:
		return f.many(split(in), env)
	}
	return f.one(in, env)
}

// FromTexts reads a form field that is repeated, once for each value.
func (f *Field) FromTexts(in []string, env *Env) (json.RawMessage, error) {
	if !f.Many || f.Type == Localized {
		if len(in) == 0 {
			return nil, nil
		}
		return f.FromText(in[0], env)
	}
	var parts []string
	for _, s := range in {
		s, err := clean(f, s)
		if err != nil {
			return nil, err
		}
		if s != "" {
			parts = append(parts, s)
		}
	}
	return f.many(parts, env)
}

// FromJSON reads a value of REST or JSONL. null is absent. A string is read as
// by FromText where the type is no text.
func (f *Field) FromJSON(in json.RawMessage, env *Env) (json.RawMessage, error) {
	in = bytes.TrimSpace(in)
	if len(in) == 0 || string(in) == "null" {
		return nil, nil
	}
	if f.Type == Localized {
		return f.localizedJSON(in)
	}
	if !f.Many {
		return f.oneJSON(in, env)
	}
	var items []json.RawMessage
	if in[0] != '[' {
		items = append(items, in)
	} else if err := json.Unmarshal(in, &items); err != nil {
		return nil, wrong(f, err)
	}
	var out []json.RawMessage
	for _, item := range items {
		v, err := f.oneJSON(item, env)
		if err != nil {
			return nil, err
		}
		if v != nil {
			out = append(out, v)
		}
	}
	return list(f, out)
}

// one reads a single clean, non-empty text.
func (f *Field) one(s string, env *Env) (json.RawMessage, error) {
	if env == nil {
		env = &Env{}
	}
	return kinds[f.Type].read(f, s, env)
}

func (f *Field) oneJSON(in json.RawMessage, env *Env) (json.RawMessage, error) {
	in = bytes.TrimSpace(in)
	if string(in) == "null" {
		return nil, nil
	}
	if len(in) > 0 && in[0] == '"' {
		var s string
		if err := json.Unmarshal(in, &s); err != nil {
			return nil, wrong(f, err)
		}
		s, err := clean(f, s)
		if err != nil || s == "" {
			return nil, err
		}
		return f.one(s, env.inUTC())
	}
	if env == nil {
		env = &Env{}
	}
	return kinds[f.Type].readJSON(f, in, env)
}

func (f *Field) many(parts []string, env *Env) (json.RawMessage, error) {
	out := make([]json.RawMessage, 0, len(parts))
	for _, p := range parts {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		v, err := f.one(p, env)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return list(f, out)
}

// list joins single values into an array, each once.
func list(f *Field, items []json.RawMessage) (json.RawMessage, error) {
	if len(items) > MaxMany {
		return nil, pollen.Errorf(pollen.Invalid, "schema.too-many", "“{field}” can hold at most {max} values.", "field", f.Name, "max", MaxMany).On(f.Name)
	}
	seen := make(map[string]bool, len(items))
	var out []byte
	size := int64(0)
	for _, v := range items {
		if seen[string(v)] {
			continue
		}
		seen[string(v)] = true
		if size += f.weight(v); size > f.limit() {
			return nil, tooLong(f, size)
		}
		if out == nil {
			out = append(out, '[')
		} else {
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	if out == nil {
		return nil, nil
	}
	return append(out, ']'), nil
}

// Each calls visit for every single value, with its language tag where it has
// one.
func (f *Field) Each(v json.RawMessage, visit func(one json.RawMessage, tag string)) {
	switch {
	case len(v) == 0:
	case f.Type == Localized:
		for _, l := range tagged(v) {
			for _, s := range l.texts {
				visit(quote(s), l.tag)
			}
		}
	case f.Many && v[0] == '[':
		var items []json.RawMessage
		if json.Unmarshal(v, &items) == nil {
			for _, item := range items {
				visit(item, "")
			}
		}
	default:
		visit(v, "")
	}
}

// Texts writes each value as FromTexts reads it.
func (f *Field) Texts(v json.RawMessage) (out []string) {
	if f.Type == Localized {
		if len(v) == 0 {
			return nil
		}
		return []string{localizedLines(v)}
	}
	f.Each(v, func(one json.RawMessage, _ string) { out = append(out, kinds[f.Type].text(f, one)) })
	return out
}

// Text writes the value as FromText reads it.
func (f *Field) Text(v json.RawMessage) string {
	texts := f.Texts(v)
	if f.Many && f.Type != Localized {
		for i, s := range texts {
			texts[i] = escape.Replace(s)
		}
		return strings.Join(texts, "|")
	}
	return strings.Join(texts, "")
}

// DisplayIn does as [Field.Display], with moments in a zone.
func (f *Field) DisplayIn(v json.RawMessage, lang string, zone *time.Location) (out []string) {
	if f.Type != DateTime {
		return f.Display(v, lang)
	}
	f.Each(v, func(one json.RawMessage, _ string) { out = append(out, longMoment(one, lang, zone)) })
	return out
}

// Display writes each value for people who read lang ("fr" or "en"), as plain
// text. A reference gives the text of its identifier, whose title the caller
// knows; a language-tagged value gives the texts for that reader.
func (f *Field) Display(v json.RawMessage, lang string) (out []string) {
	if f.Type == Localized {
		if s := Pick(Languages(v), lang, ""); s != "" {
			out = append(out, s)
		}
		return out
	}
	f.Each(v, func(one json.RawMessage, _ string) { out = append(out, kinds[f.Type].display(f, one, lang)) })
	return out
}

// maxKey is how much of a value its index key shows, in bytes.
const maxKey = 120

// Bounded is a key of which at most max bytes are shown. What is longer ends in a
// digest of all of it: it sorts by its beginning, and is the key of no other text.
func Bounded(key string, max int) string {
	if len(key) <= max {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	b := []byte(strings.ToValidUTF8(key[:max], ""))
	for _, c := range sum[:16] {
		b = append(b, sealed+c>>4, sealed+c&0xf)
	}
	return string(b)
}

// sealed is the first of the sixteen characters that write a digest in a key.
// These stand in no text, so that nothing finds a key by its digest.
const sealed = 0x10

// Keys gives the index keys of the values: folded, in the order of their bytes,
// and bounded.
func (f *Field) Keys(v json.RawMessage) (out []string) {
	f.Each(v, func(one json.RawMessage, _ string) {
		if k := Bounded(kinds[f.Type].key(f, one), maxKey); k != "" {
			out = append(out, k)
		}
	})
	return out
}

// KeyOf gives the index key of a text typed into a filter.
func (f *Field) KeyOf(text string, env *Env) (string, error) {
	single := *f
	single.Many = false
	if f.Type == Localized || f.Type == LongText {
		return Bounded(Fold(text), maxKey), nil
	}
	v, err := single.FromText(text, env.inUTC())
	if err != nil {
		return "", err
	}
	for _, k := range single.Keys(v) {
		return k, nil
	}
	return "", nil
}

// Words gives what search finds the values by.
func (f *Field) Words(v json.RawMessage) (out []Word) {
	f.Each(v, func(one json.RawMessage, tag string) {
		for _, w := range kinds[f.Type].words(f, one) {
			w.Lang = tag
			out = append(out, w)
		}
	})
	return out
}

// Refs gives the entries that the values refer to.
func (f *Field) Refs(v json.RawMessage) (out []pollen.EntryID) {
	if f.Type != Reference {
		return nil
	}
	f.Each(v, func(one json.RawMessage, _ string) {
		if id, err := pollen.ParseID[entryOf](str(one)); err == nil {
			out = append(out, pollen.EntryID(id))
		}
	})
	return out
}

// entryOf only names the phantom type for ParseID.
type entryOf struct{}

// clean brings a text to valid, normalised, trimmed form.
func clean(f *Field, s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", pollen.Errorf(pollen.Invalid, "schema.utf8", "“{field}” is not valid UTF-8 text.", "field", f.Name).On(f.Name)
	}
	if int64(len(s)) > f.limit() {
		return "", tooLong(f, int64(len(s)))
	}
	if strings.ContainsRune(s, '\r') {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return "", pollen.Errorf(pollen.Invalid, "schema.control", "“{field}” holds a control character. Remove it.", "field", f.Name).On(f.Name)
		}
	}
	if f.Type != LongText && Turns(s) { // a block of a long text ends what it opens
		return "", pollen.Errorf(pollen.Invalid, "schema.direction", "“{field}” holds an invisible mark that turns the direction of what follows. Type it again instead of pasting it.", "field", f.Name).On(f.Name)
	}
	return strings.TrimSpace(norm.NFC.String(s)), nil
}

// Line reads one line of text that is no value of an entry, as a field of one
// line reads it. It fails with Invalid, on name, when it is no clean text or
// longer than max bytes.
func Line(name, in string, max int64) (string, error) {
	s, err := Lines(name, in, max)
	return oneLine(s), err
}

// oneLine makes one line of a text: white space becomes single spaces, save those
// at which no line breaks, which belong to the spelling of French and others.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f'
	}), " ")
}

// Lines does as [Line] and keeps the lines.
func Lines(name, in string, max int64) (string, error) {
	return clean(&Field{Name: name, MaxSize: max}, in)
}

func tooLong(f *Field, size int64) error {
	return pollen.Errorf(pollen.Invalid, "schema.long", "“{field}” is too long: {size}, at most {max}.", "field", f.Name, "size", pollen.Bytes(int64(size)), "max", f.limit()).On(f.Name)
}

// weight is what one of many values counts towards the limit: the size of its
// text. Contents are bounded by their number alone.
func (f *Field) weight(one json.RawMessage) int64 {
	if f.Type == Image || f.Type == Attachment {
		return 0
	}
	return int64(len(kinds[f.Type].text(f, one)))
}

// limit is the largest size of the text of all values together, in bytes.
func (f *Field) limit() int64 {
	if f.MaxSize > 0 && f.Type != Image && f.Type != Attachment {
		return f.MaxSize
	}
	switch {
	case f.Type == LongText:
		return 200_000
	case f.Many, f.Type == Localized:
		return 100_000
	}
	return 2_000
}

var escape = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

// split cuts a text at unescaped bars and at line breaks.
func split(s string) (parts []string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && (s[i+1] == '|' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case c == '|' || c == '\n':
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(parts, b.String())
}

// quote writes a JSON string without escaping what only HTML minds.
func quote(s string) json.RawMessage {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c == 0x7f || c >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if plain {
		b := make([]byte, 0, len(s)+2)
		return append(append(append(b, '"'), s...), '"')
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("schema: a string that cannot be encoded: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// str reads a JSON string.
func str(v json.RawMessage) string {
	if len(v) >= 2 && v[0] == '"' && bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1])
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		return ""
	}
	return s
}

// wrong is the error for JSON of the wrong shape.
func wrong(f *Field, cause error) error {
	shape := shapes[f.Type]
	if f.Many {
		shape = "[" + shape + "]"
	}
	return pollen.Errorf(pollen.Invalid, "schema.shape", "“{field}” is not written so in JSON, but like this: {shape}.", "field", f.Name, "shape", shape).On(f.Name).Because(cause)
}

// shapes are examples of single values as JSON; that of language-tagged text is
// a whole value.
var shapes = map[Type]string{
	Text:       `"Depot"`,
	LongText:   `"Opens at *nine*."`,
	Number:     `12.5`,
	Integer:    `12`,
	Boolean:    `true`,
	Date:       `"2026-11-24"`,
	DateTime:   `"2026-11-24T09:30:00Z"`,
	Choice:     `"open"`,
	Email:      `"ana@example.org"`,
	Phone:      `"+33199001234"`,
	URL:        `"https://example.org/page"`,
	Place:      `{"address": "12 rue Haute, Rennes", "lat": 48.11, "lon": -1.68}`,
	Image:      `{"blob": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "name": "depot.jpg", "type": "image/jpeg", "size": 48123, "alt": "The depot"}`,
	Attachment: `{"blob": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "name": "plan.pdf", "type": "application/pdf", "size": 48123}`,
	Reference:  `"06ewmpzk4v1zw"`,
	Localized:  `{"en": "Depot", "fr": "Dépôt"}`,
	Code:       `"AB-12"`,
}

// bad is the error for a text that the type does not take.
func bad(f *Field, value, example string) error {
	return pollen.Errorf(pollen.Invalid, "schema.value."+string(f.Type), badTexts[f.Type], "field", f.Name, "value", clip(value, 60), "example", example).On(f.Name)
}

// badTexts says for each type what is expected.
var badTexts = map[Type]string{
	Number:    "“{value}” is not a number, such as {example}.",
	Integer:   "“{value}” is not a whole number, such as {example}.",
	Boolean:   "“{value}” is neither yes nor no.",
	Date:      "“{value}” is not a date, such as {example}.",
	DateTime:  "“{value}” is not a date and time, such as {example}.",
	Choice:    "“{value}” is not one of the choices: {example}.",
	Email:     "“{value}” is not an e-mail address, such as {example}.",
	Phone:     "“{value}” is not a telephone number, such as {example}.",
	URL:       "“{value}” is not a web address, such as {example}.",
	Place:     "“{value}” is not a place, such as {example}.",
	Reference: "“{value}” is not an entry of this directory.",
	Code:      "“{value}” is not a valid code, such as {example}.",
}

// noJSON is embedded by types whose single values are strings only.
type noJSON struct{}

func (noJSON) readJSON(f *Field, raw json.RawMessage, _ *Env) (json.RawMessage, error) {
	return nil, wrong(f, nil)
}

// asText is embedded by types whose canonical JSON is the text itself.
type asText struct{ noJSON }

func (asText) text(_ *Field, v json.RawMessage) string              { return str(v) }
func (asText) display(_ *Field, v json.RawMessage, _ string) string { return str(v) }
func (asText) key(_ *Field, v json.RawMessage) string               { return Fold(str(v)) }
func (asText) words(_ *Field, v json.RawMessage) []Word             { return []Word{{Text: str(v)}} }
