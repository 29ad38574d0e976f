package schema

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"pollen"
)

// Type is the type of a field.
type Type string

// The field types.
const (
	Text       Type = "text"      // one line
	LongText   Type = "long-text" // Markdown
	Number     Type = "number"    // decimal, kept exactly as written, with the field's unit
	Integer    Type = "integer"
	Boolean    Type = "boolean"
	Date       Type = "date"      // ISO 8601 calendar date
	DateTime   Type = "date-time" // RFC 3339, stored in UTC
	Choice     Type = "choice"    // a term of the field's vocabulary
	Email      Type = "email"     // RFC 5322 addr-spec
	Phone      Type = "phone"     // ITU-T E.164
	URL        Type = "url"       // http or https
	Place      Type = "place"     // address and WGS 84 point
	Image      Type = "image"
	Attachment Type = "attachment"
	Reference  Type = "reference" // to an entry of any collection
	Localized  Type = "localized" // text by BCP 47 tag
	Code       Type = "code"      // identifier with pattern and check digits
)

// Types lists every type in the order to offer them.
var Types = []Type{Text, LongText, Number, Integer, Boolean, Date, DateTime, Choice, Email, Phone, URL, Place, Image, Attachment, Reference, Localized, Code}

// Term is one choice of a vocabulary.
type Term struct {
	Code    string            `json:"code"`
	Label   map[string]string `json:"label,omitempty"` // by BCP 47 tag
	Retired bool              `json:"retired,omitempty"`
}

// Field is one field of a schema, as stored and served.
type Field struct {
	ID        pollen.FieldID    `json:"id,omitempty"` // given by the registry
	Name      string            `json:"name"`
	Type      Type              `json:"type"`
	Label     map[string]string `json:"label,omitempty"`
	Help      map[string]string `json:"help,omitempty"`
	Group     string            `json:"group,omitempty"` // the section of the page it stands in
	Required  bool              `json:"required,omitempty"`
	Many      bool              `json:"many,omitempty"`
	Unique    bool              `json:"unique,omitempty"`
	Indexed   bool              `json:"indexed,omitempty"` // can be filtered and counted
	Column    bool              `json:"column,omitempty"`  // shown in the table by default
	Audience  pollen.Audience   `json:"audience,omitempty"`
	HalfLife  int               `json:"half_life,omitempty"` // days; 0 the type's own, -1 none
	Unit      string            `json:"unit,omitempty"`
	Terms     []Term            `json:"terms,omitempty"`
	Target    string            `json:"target,omitempty"`  // slug of the collection referred to; "" any
	Pattern   string            `json:"pattern,omitempty"` // of a code: RE2, anchored
	Check     string            `json:"check,omitempty"`   // of a code: see [Checks]
	Region    string            `json:"region,omitempty"`  // of a telephone: ISO 3166, assumed without +
	MaxSize   int64             `json:"max_size,omitempty"`
	Accept    []string          `json:"accept,omitempty"` // media types of an attachment
	Protected bool              `json:"protected,omitempty"`
	Aliases   []string          `json:"aliases,omitempty"` // former names and headings that imports match
	Was       []Former          `json:"was,omitempty"`     // given by the registry, the oldest first
}

// Schema is what the entries of a collection hold.
type Schema struct {
	Fields []Field  `json:"fields"`
	Title  []string `json:"title,omitempty"` // fields whose text makes the title of an entry
	Key    string   `json:"key,omitempty"`   // field that imports match on by default
	// Retired are the fields that the collection had: given by the registry.
	// Their values stay in history, and return with them.
	Retired []Field `json:"retired,omitempty"`
}

// Values are the values of an entry by field.
type Values map[pollen.FieldID]json.RawMessage

// Env is what reading a value needs to know of its surroundings.
type Env struct {
	// Region is the region of telephones without + where the field names none.
	Region string
	// Zone is that of moments that are written without one; nil is UTC. Values of
	// JSON and filters are always of UTC.
	Zone *time.Location
	// Resolve finds the entry that a text means in a collection ("" any): its
	// identifier, slug, key or title. Nil accepts identifiers alone.
	Resolve func(target, text string) (pollen.EntryID, error)
	// File finds the image or attachment of a field that a path means, beside a
	// table. Nil reads no path.
	File func(f *Field, path string) (Blob, error)
}

// inUTC is the same without a zone.
func (e *Env) inUTC() *Env {
	if e == nil || e.Zone == nil {
		return e
	}
	out := *e
	out.Zone = nil
	return &out
}

// kind is what each type brings, in a file of its own. Single values only:
// many-valued and language-tagged fields are built on top of it.
type kind interface {
	// read takes one trimmed, valid, non-empty text to canonical JSON.
	read(f *Field, s string, env *Env) (json.RawMessage, error)
	// readJSON takes one JSON value that is no string.
	readJSON(f *Field, raw json.RawMessage, env *Env) (json.RawMessage, error)
	// text writes what read takes.
	text(f *Field, v json.RawMessage) string
	// display writes for people who read lang ("fr" or "en").
	display(f *Field, v json.RawMessage, lang string) string
	// key is the index key, "" for none.
	key(f *Field, v json.RawMessage) string
	// words are what search finds it by.
	words(f *Field, v json.RawMessage) []Word
}

// Word is text for the search index.
type Word struct {
	Text  string
	Lang  string // BCP 47, "" unknown
	Exact bool   // a code, telephone or address: neither stemmed nor split
}

var kinds = map[Type]kind{
	Text: textKind{}, LongText: longTextKind{}, Number: numberKind{}, Integer: integerKind{}, Boolean: booleanKind{},
	Date: dateKind{}, DateTime: dateTimeKind{}, Choice: choiceKind{}, Email: emailKind{}, Phone: phoneKind{}, URL: urlKind{},
	Place: placeKind{}, Image: imageKind{}, Attachment: attachmentKind{}, Reference: referenceKind{}, Localized: textKind{}, Code: codeKind{},
}

func typeNames() string {
	names := make([]string, len(Types))
	for i, t := range Types {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

// DefaultHalfLife is the number of days after which half of such values are
// no longer right, or -1 where time alone does not wear them out.
func (t Type) DefaultHalfLife() int {
	switch t {
	case Phone, Email, Image:
		return 365
	case URL, Place:
		return 730
	case Reference:
		return 365
	}
	return -1
}

// DefaultIndexed reports whether fields of the type can be filtered unless
// their schema says otherwise.
func (t Type) DefaultIndexed() bool {
	switch t {
	case LongText, Place, Image, Attachment, Localized:
		return false
	}
	return true
}

// Searchable reports whether entries can be filtered by the field.
func (f *Field) Searchable() bool { return f.Indexed || f.Unique }

// Textual reports whether the index keys of the field read as text, so that one
// can ask what they start with and what they contain.
func (f *Field) Textual() bool {
	switch f.Type {
	case Text, LongText, Localized, Code, Email, Phone, URL, Choice:
		return true
	}
	return false
}

// Retype gives a field that is still to be another type, and takes away what only
// the type before it had.
func (f *Field) Retype(t Type, target string) {
	f.Type, f.Target, f.Terms, f.Check, f.Pattern, f.Unit, f.Indexed = t, target, nil, "", "", "", t.DefaultIndexed()
	switch t {
	case LongText, Localized, Place, Reference:
		f.Unique = false
	}
}

// LabelIn is the name of the field for readers of lang: its label, or the
// machine name.
func (f *Field) LabelIn(lang string) string { return Pick(f.Label, lang, f.Name) }

// Pick chooses the text for a reader of lang: in that language, in one that it
// inherits from (CLDR: pt-PT for pt-AO, then pt), in English, in whatever comes
// first by tag, or fallback when there is none.
func Pick(by map[string]string, lang, fallback string) string {
	if s := by[lang]; s != "" {
		return s
	}
	if strings.Contains(lang, "-") {
		for t := language.Make(lang).Parent(); t != language.Und; t = t.Parent() {
			if s := by[t.String()]; s != "" {
				return s
			}
		}
	}
	if s := by["en"]; s != "" {
		return s
	}
	first := ""
	for tag, s := range by {
		if s != "" && (first == "" || tag < first) {
			first, fallback = tag, s
		}
	}
	return fallback
}

// Field returns the field of a name, or nil.
func (s *Schema) Field(name string) *Field {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return &s.Fields[i]
		}
	}
	return nil
}

// ByID returns the field of an identifier, or nil.
func (s *Schema) ByID(id pollen.FieldID) *Field {
	for i := range s.Fields {
		if s.Fields[i].ID == id {
			return &s.Fields[i]
		}
	}
	return nil
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// reserved names mean something else in the API and in exports.
var reserved = map[string]bool{"id": true, "slug": true, "title": true, "revision": true, "body": true, "collection": true, "values": true, "life": true}

// maxFields bounds a schema.
const maxFields = 500

// Validate reports the first thing that is wrong with a schema, as Invalid
// with the name of the field.
func (s *Schema) Validate() error {
	if len(s.Fields) > maxFields {
		return pollen.Errorf(pollen.Invalid, "schema.many", "A collection can have at most {max} fields.", "max", maxFields)
	}
	seen := map[string]bool{}
	for i := range s.Fields {
		f := &s.Fields[i]
		if err := f.validate(); err != nil {
			return err
		}
		if seen[f.Name] {
			return pollen.Errorf(pollen.Invalid, "schema.twice", "Two fields are called “{name}”. Rename one.", "name", f.Name).On(f.Name)
		}
		seen[f.Name] = true
	}
	for _, name := range s.Title {
		if !seen[name] {
			return pollen.Errorf(pollen.Invalid, "schema.title", "The title is made of “{name}”, which is not a field.", "name", name).On("title")
		}
		if a := s.Field(name).Audience; a != "" && a != pollen.AudiencePublic {
			return pollen.Errorf(pollen.Invalid, "schema.title-audience", "The title is made of “{name}”, which not everybody may read: a title is shown to whoever reads the collection.", "name", name).On("title")
		}
	}
	if s.Key != "" {
		f := s.Field(s.Key)
		if f == nil {
			return pollen.Errorf(pollen.Invalid, "schema.key", "The key is “{name}”, which is not a field.", "name", s.Key).On("key")
		}
		if !f.Unique || f.Many || f.Type == Localized {
			return pollen.Errorf(pollen.Invalid, "schema.key-unique", "The key “{name}” must be unique and hold one value.", "name", s.Key).On("key")
		}
	}
	return nil
}

func (f *Field) validate() error {
	switch {
	case !fieldName.MatchString(f.Name):
		return pollen.Errorf(pollen.Invalid, "schema.name", "“{name}” cannot name a field: use a letter, then letters, digits and _, for instance job_title.", "name", f.Name).On(f.Name)
	case reserved[f.Name]:
		return pollen.Errorf(pollen.Invalid, "schema.reserved", "“{name}” means something else already. Choose another name.", "name", f.Name).On(f.Name)
	case kinds[f.Type] == nil:
		return pollen.Errorf(pollen.Invalid, "schema.type", "“{type}” is not a type of field. There are: {known}.", "type", string(f.Type), "known", typeNames()).On(f.Name)
	case f.Type == Choice && len(f.Terms) == 0:
		return pollen.Errorf(pollen.Invalid, "schema.terms", "A choice needs at least one term to choose.").On(f.Name)
	case f.Audience != "" && f.Audience.Width() == len(pollen.Audiences)-1 && f.Audience != pollen.AudiencePersona:
		return pollen.Errorf(pollen.Invalid, "schema.audience", "“{audience}” is not an audience: public, members, community or persona.", "audience", string(f.Audience)).On(f.Name)
	case f.Check != "" && checks[f.Check] == nil:
		return pollen.Errorf(pollen.Invalid, "schema.check", "“{check}” is not a check-digit rule. Known are {known}.", "check", f.Check, "known", strings.Join(Checks(), ", ")).On(f.Name)
	case f.Unique && (f.Type == LongText || f.Type == Localized || f.Type == Place || f.Type == Image || f.Type == Attachment):
		return pollen.Errorf(pollen.Invalid, "schema.unique", "A field of this type cannot be unique.").On(f.Name)
	}
	codes := map[string]bool{}
	for _, t := range f.Terms {
		if t.Code == "" || codes[t.Code] {
			return pollen.Errorf(pollen.Invalid, "schema.term", "The term “{code}” is empty or stands twice.", "code", t.Code).On(f.Name)
		}
		codes[t.Code] = true
	}
	if f.Pattern != "" {
		if _, err := compiled(f.Pattern); err != nil {
			return pollen.Errorf(pollen.Invalid, "schema.pattern", "The pattern cannot be read: {reason}.", "reason", err.Error()).On(f.Name)
		}
	}
	return nil
}

// Check reports the required fields that change and would be empty, as [Faults].
// Fields that do not change are not looked at: an old value that is wrong
// never stands in the way of a new one that is right.
func (s *Schema) Check(changed func(pollen.FieldID) bool, next Values) error {
	var empty Faults
	for i := range s.Fields {
		f := &s.Fields[i]
		if f.Required && changed(f.ID) && next[f.ID] == nil {
			empty = append(empty, pollen.Errorf(pollen.Invalid, "schema.required", "“{field}” is needed. Give it a value.", "field", f.Name).On(f.Name))
		}
	}
	return empty.Err()
}

// maxTitle bounds a title, in runes.
const maxTitle = 200

// TitleOf makes the title of an entry for readers of lang: the title fields
// joined by spaces, or the first value that reads as text. Of texts in several
// languages it takes the one that [Pick] does.
func (s *Schema) TitleOf(v Values, lang string) string {
	var parts []string
	for _, name := range s.Title {
		if f := s.Field(name); f != nil && v[f.ID] != nil {
			parts = append(parts, f.titlePart(v[f.ID], lang))
		}
	}
	title := strings.Join(parts, " ")
	for i := 0; title == "" && i < len(s.Fields); i++ {
		if f := &s.Fields[i]; f.entitles() && v[f.ID] != nil {
			title = f.titlePart(v[f.ID], lang)
		}
	}
	return clip(strings.Join(strings.Fields(title), " "), maxTitle)
}

// entitles reports whether a value of a field may stand in for a title. A title
// is shown to whoever reads the collection.
func (f *Field) entitles() bool {
	if f.Audience != "" && f.Audience != pollen.AudiencePublic {
		return false
	}
	switch f.Type {
	case Text, Localized, Code, Email, URL, Number, Integer, Phone, Choice, Date:
		return true
	}
	return false
}

// TitleFields are those that titles are made of, or, where the schema names
// none, those that may stand in for one.
func (s *Schema) TitleFields() (out []Field) {
	for i := range s.Fields {
		if f := &s.Fields[i]; slices.Contains(s.Title, f.Name) || len(s.Title) == 0 && f.entitles() {
			out = append(out, *f)
		}
	}
	return out
}

// Speaks reports whether values of the field read otherwise in another language.
func (f *Field) Speaks() bool {
	switch f.Type {
	case Localized, Choice, Boolean, Number, Integer, Date, DateTime:
		return true
	}
	return false
}

func (f *Field) titlePart(v json.RawMessage, lang string) string {
	if f.Type == Localized {
		return Pick(Languages(v), lang, "")
	}
	return strings.Join(f.Display(v, lang), ", ")
}

// Translates reports whether the titles of entries are made of texts in several
// languages.
func (s *Schema) Translates() bool {
	return slices.ContainsFunc(s.Title, func(name string) bool { f := s.Field(name); return f != nil && f.Type == Localized })
}

// Titles gives what an entry is called in each of the languages that its title
// fields have texts in. A title of one field gives all texts of it.
func (s *Schema) Titles(v Values) (out []Word) {
	for _, name := range s.Title {
		f := s.Field(name)
		if f == nil || f.Type != Localized {
			continue
		}
		for _, w := range f.Words(v[f.ID]) {
			if len(s.Title) > 1 {
				w.Text = s.TitleOf(v, w.Lang)
			}
			out = append(out, w)
		}
	}
	return out
}

// clip cuts a text to a number of runes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
