package schema

import (
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"pollen"
)

// Guess says what one column of a table was taken for, and why.
type Guess struct {
	Column    string
	Field     string // name of the field it fills
	Lang      string // of a column that holds one language of a [Localized] field
	Part      Part   // of a column that holds one part of a [Place]
	Separator string // that parts many values in a cell; "" where FromText's own does
	Filled    int    // cells that hold something
	Unfit     int    // values among them that the type refuses
	Plain     Type   // of a field of its own: the type of text that takes every value
	Reason    pollen.Message
}

// Cell is what one row holds in one column: a text, or a list of them where the
// table has lists (JSON).
type Cell struct {
	Text string
	List bool
	// Items are the values of a list, each as a text.
	Items []string
}

// Part is what a column holds of a place.
type Part string

// The parts of a place.
const (
	Address   Part = "address"
	Latitude  Part = "lat"
	Longitude Part = "lon"
)

// Guesser proposes a schema for a table from its headings and from every cell:
// a type is proposed when it takes each value (of many telephones, those it
// looks at) without losing what the text says. Leading zeros stay, ambiguous
// dates stay text, a number too long to count with is a code. A date, a number,
// an address or a telephone is proposed as well when nineteen values in twenty
// are one and the others are no sign of something else: how many it refuses is
// told. Memory does not grow with the rows.
type Guesser struct {
	columns []*column
	rows    int
	seed    maphash.Seed
}

// Limits of what a guess looks at.
const (
	maxDistinct = 1 << 20 // cells told apart at once to find out whether a column is unique
	maxTerms    = 12      // distinct texts that still make a choice
	maxTermSize = 60
)

// column is what is known of one column so far.
type column struct {
	heading string
	words   []string // of the heading, folded
	open    []*candidate
	filled  int  // cells that hold something
	values  int  // in them: more than one in a list
	lists   bool // some cell is a list
	longest int
	lines   bool // some cell has several lines
	zeros   bool // some cell begins with a zero that a number would lose
	codes   int  // values that look like a code
	numbers int  // those of them with a digit
	bars    int  // cells with | in them
	semis   int
	terms   map[string]int // nil when there are too many
	seen    map[uint64]struct{}
	mask    uint64 // bits that are zero in all of seen
	twice   bool
}

// NewGuesser begins a guess on a table with these headings.
func NewGuesser(headings []string) *Guesser {
	g := &Guesser{seed: maphash.MakeSeed()}
	for _, h := range headings {
		c := &column{heading: h, words: headingWords(h), terms: map[string]int{}, seen: map[uint64]struct{}{}}
		c.open = candidates(c)
		g.columns = append(g.columns, c)
	}
	return g
}

// Add looks at one row; cells are parallel to the headings.
func (g *Guesser) Add(cells []Cell) {
	g.rows++
	for i, c := range g.columns {
		if i >= len(cells) {
			break
		}
		cell := &cells[i]
		if !cell.List {
			c.add(cell.Text, g.seed)
			continue
		}
		c.lists = true
		before := c.values
		for _, item := range cell.Items {
			c.add(item, g.seed)
		}
		c.filled -= max(c.values-before-1, 0) // the list is one cell
	}
}

var anyText = &Field{Name: "text", Type: LongText}

// add looks at one value. What no type takes, invalid UTF-8 or control
// characters, says nothing of the column.
func (c *column) add(s string, seed maphash.Seed) {
	s, err := clean(anyText, s)
	if err != nil || s == "" {
		return
	}
	c.filled++
	c.values++
	c.longest = max(c.longest, len(s))
	c.open = slices.DeleteFunc(c.open, func(o *candidate) bool { return !o.look(s, c.values) })
	c.lines = c.lines || strings.ContainsRune(s, '\n')
	c.zeros = c.zeros || len(s) > 1 && s[0] == '0' && digits(s)
	if codeShape(s) {
		c.codes++
		if strings.ContainsAny(s, "0123456789") {
			c.numbers++
		}
	}
	if strings.ContainsRune(s, '|') {
		c.bars++
	}
	if strings.ContainsRune(s, ';') {
		c.semis++
	}
	if c.terms != nil {
		if c.terms[s]++; len(c.terms) > maxTerms || len(s) > maxTermSize {
			c.terms = nil
		}
	}
	if !c.twice {
		c.remember(maphash.String(seed, Fold(s)))
	}
}

// remember looks whether a value was there before, in any case of its letters: a
// unique field tells no case apart. Of more values than are told apart at once it
// goes on with half, chosen by their hashes, so that it looks at equals from the
// first row to the last.
func (c *column) remember(h uint64) {
	if h&c.mask != 0 {
		return
	}
	if _, c.twice = c.seen[h]; c.twice {
		c.seen = nil
		return
	}
	c.seen[h] = struct{}{}
	if len(c.seen) >= maxDistinct {
		c.mask = c.mask<<1 | 1
		maps.DeleteFunc(c.seen, func(h uint64, _ struct{}) bool { return h&c.mask != 0 })
	}
}

// unique reports whether no two rows said the same, as far as they were told
// apart, and every row said something.
func (c *column) unique(rows int) bool {
	return rows > 1 && c.filled == rows && !c.twice && !c.lists
}

// Guess proposes the schema, and says for each column what it was taken for.
// Labels are the headings, in the language lang. The schema is valid; its key is
// "" when no column could tell the rows apart.
func (g *Guesser) Guess(lang string) (s Schema, out []Guess) {
	names := map[string]bool{}
	for name := range reserved {
		names[name] = true
	}
	out = make([]Guess, len(g.columns))
	joined := g.joined()
	for i, c := range g.columns {
		out[i] = Guess{Column: c.heading, Filled: c.filled}
		if j := joined[i]; j != nil {
			if j.field.Name == "" {
				j.field.Name = NameFor(j.base, names)
				j.field.Label = map[string]string{lang: label(j.base)}
				s.Fields = append(s.Fields, j.field)
			}
			out[i].Field, out[i].Lang, out[i].Part, out[i].Reason = j.field.Name, j.lang[i], j.part[i], j.reason
			continue
		}
		f, unfit, reason := c.field(g.rows)
		f.Name, f.Label = NameFor(c.heading, names), map[string]string{lang: label(c.heading)}
		out[i].Field, out[i].Reason = f.Name, reason
		out[i].Unfit, out[i].Plain = unfit, c.plain()
		if f.Many && !c.lists && c.bars == 0 {
			out[i].Separator = ";"
		}
		s.Fields = append(s.Fields, f)
	}
	g.entitle(&s, out)
	return s, out
}

// field is what a column that stands alone is taken for, and how many of its
// values that refuses.
func (c *column) field(rows int) (f Field, unfit int, reason pollen.Message) {
	f.Type = Text
	if c.filled == 0 {
		reason = because("schema.guess.empty", "nothing in it yet")
	} else if o := c.sure(); o != nil {
		f.Type, f.Check, reason = c.taken(o)
		f.Unit, f.Many = o.measure.of(), o.spoken != nil && o.spoken.many
	} else if o := c.mostly(); o != nil {
		f.Type, f.Unit, unfit, reason = o.t, o.measure.of(), o.refused, o.reason()
	} else {
		f, reason = c.texts(rows)
	}
	f.Many = f.Many || c.lists
	f.Indexed = f.Type.DefaultIndexed()
	f.Unique = f.Type == Code && c.unique(rows)
	return f, unfit, reason
}

// reason says why the type is proposed.
func (o *candidate) reason() pollen.Message {
	if o.refused > 0 {
		return because("schema.guess.mostly", "every cell but {n} reads as this type", "n", o.refused)
	}
	return because("schema.guess.type", "every cell reads as this type")
}

// taken is the type that every value reads as.
func (c *column) taken(o *candidate) (t Type, check string, reason pollen.Message) {
	switch {
	case o.t == Localized:
		return Localized, "", because("schema.guess.tagged", "every cell holds texts by language")
	case o.t == Integer && c.hint(codeHints):
		return Code, "", because("schema.guess.code-heading", "the heading names a code")
	case o.t == Code:
		return Code, o.check, because("schema.guess.check", "every cell passes the check digits of {check}", "check", strings.ToUpper(o.check))
	}
	return o.t, "", o.reason()
}

// plain is the type of text that takes every value.
func (c *column) plain() Type {
	if c.lines || c.longest > 300 {
		return LongText
	}
	return Text
}

// texts is what a column is taken for whose values read as no type that says
// more.
func (c *column) texts(rows int) (f Field, reason pollen.Message) {
	f.Type = c.plain()
	switch {
	case !c.lists && (c.bars*5 >= c.filled && !c.lines || c.semis*5 >= c.filled && !c.lines && c.longest < 2000):
		f.Type, f.Many = Text, true
		return f, because("schema.guess.many", "many cells hold several values")
	case f.Type == LongText:
		return f, because("schema.guess.long", "long texts")
	case c.zeros && c.codes == c.values:
		f.Type = Code
		return f, because("schema.guess.zeros", "digits that begin with zero: a number would lose it")
	case c.codeful(rows):
		f.Type = Code
		return f, because("schema.guess.code", "every cell looks like a code")
	case c.choice():
		f.Type, f.Terms = Choice, termsOf(c.terms)
		return f, pollen.Count("schema.guess.choice", len(c.terms), "only {n} text", "only {n} different texts")
	}
	if c.lists {
		return f, because("schema.guess.many", "many cells hold several values")
	}
	return f, because("schema.guess.text", "plain words")
}

// choice reports whether so few texts come so often that they are terms.
func (c *column) choice() bool {
	return c.terms != nil && c.values >= 20 && len(c.terms)*4 <= c.values && !c.hint(nameHints)
}

// codeful reports whether every value looks like a code, and enough says that it
// is one.
func (c *column) codeful(rows int) bool {
	return c.codes == c.values && (c.hint(codeHints) || c.unique(rows) && 2*c.numbers > c.values)
}

func termsOf(by map[string]int) (terms []Term) {
	seen := map[string]bool{}
	for t := range by {
		terms = append(terms, Term{Code: t})
	}
	slices.SortFunc(terms, func(a, b Term) int {
		return strings.Compare(Fold(a.Code)+"\x00"+a.Code, Fold(b.Code)+"\x00"+b.Code)
	})
	return slices.DeleteFunc(terms, func(t Term) bool { // "Open" and "open" are one term
		twice := seen[Fold(t.Code)]
		seen[Fold(t.Code)] = true
		return twice
	})
}

// because is a reason in words.
func because(key, text string, args ...any) pollen.Message {
	return pollen.Message{Key: key, Text: text, Args: args}
}

// entitle chooses what makes the title, what rows are matched on, and what the
// table shows at first.
func (g *Guesser) entitle(s *Schema, all []Guess) {
	if s.Title = g.person(s, all); s.Title == nil {
		if name := g.first(s, all, nameHints); name != "" {
			s.Title = []string{name}
		}
	}
	for i := 0; s.Title == nil && i < len(s.Fields); i++ {
		if t := s.Fields[i].Type; t == Text && !s.Fields[i].Many || t == Localized {
			s.Title = []string{s.Fields[i].Name}
		}
	}
	for _, t := range []Type{Code, Integer, Email, URL} {
		for i := range all {
			f := s.Field(all[i].Field)
			if s.Key == "" && f.Type == t && !f.Many && g.columns[i].unique(g.rows) && (t != Integer || g.columns[i].hint(codeHints)) {
				f.Unique, s.Key = true, f.Name
			}
		}
	}
	shown := 0
	for i := range s.Fields {
		f := &s.Fields[i]
		if shown < 6 && !slices.Contains(s.Title, f.Name) && f.Type != LongText && f.Type != Place {
			f.Column = true
			shown++
		}
	}
}

// person are the fields of the given and the family name of one person; nil where
// there is none. Of several family names it is the one of whom the given name is:
// of “Prénom du maire” that is “Nom du maire”, and never “Nom de la commune”.
func (g *Guesser) person(s *Schema, all []Guess) []string {
	given := g.named(s, all, givenHints)
	if len(given) == 0 {
		return nil
	}
	whose := g.columns[given[0]].whose()
	best, most, fewest := -1, 0, 0
	for _, i := range g.named(s, all, familyHints) {
		if slices.Contains(given, i) {
			continue
		}
		same, other := 0, 0
		for w := range g.columns[i].whose() {
			if whose[w] {
				same++
			} else {
				other++
			}
		}
		if same == 0 && other > 0 && len(whose) > 0 {
			continue
		}
		if best < 0 || same > most || same == most && other < fewest {
			best, most, fewest = i, same, other
		}
	}
	if best < 0 {
		return nil
	}
	return []string{all[given[0]].Field, all[best].Field}
}

// whose are the words of a heading that do not say what sort of name it is.
func (c *column) whose() map[string]bool {
	out := map[string]bool{}
	for _, w := range c.words {
		if !givenHints[w] && !familyHints[w] && !nameHints[w] && !nameFillers[w] {
			out[w] = true
		}
	}
	return out
}

// first is the field of the first text column whose heading has one of the
// words.
func (g *Guesser) first(s *Schema, all []Guess, hints map[string]bool) string {
	if named := g.named(s, all, hints); len(named) > 0 {
		return all[named[0]].Field
	}
	return ""
}

// named are the text columns whose headings have one of the words.
func (g *Guesser) named(s *Schema, all []Guess, hints map[string]bool) (out []int) {
	for i, c := range g.columns {
		f := s.Field(all[i].Field)
		if c.hint(hints) && c.filled > 0 && (f.Type == Text && !f.Many || f.Type == Localized) {
			out = append(out, i)
		}
	}
	return out
}

// join is one field that several columns fill.
type join struct {
	field  Field
	base   string
	lang   map[int]string
	part   map[int]Part
	reason pollen.Message
}

// joined finds the columns that fill one field together: a text in several
// languages, the two coordinates of a place.
func (g *Guesser) joined() map[int]*join {
	out := map[int]*join{}
	bases := map[string]*join{}
	for i, c := range g.columns {
		base, lang := headingLanguage(c.heading)
		if lang == "" || c.filled > 0 && c.reads(func(t Type) bool { return t != Boolean }) {
			continue
		}
		if bases[base] == nil {
			bases[base] = &join{base: base, lang: map[int]string{}, field: Field{Type: Localized},
				reason: because("schema.guess.languages", "one text in several languages")}
		}
		bases[base].lang[i] = lang
	}
	for _, j := range bases {
		tags := map[string]bool{}
		known := false
		for _, lang := range j.lang {
			tags[lang] = true
			known = known || common[lang]
		}
		if len(tags) >= 2 && len(tags) == len(j.lang) && known {
			for i := range j.lang {
				out[i] = j
			}
		}
	}
	lat, lon := g.coordinate(latHints), g.coordinate(lonHints)
	if lat >= 0 && lon >= 0 {
		p := &join{base: "place", field: Field{Type: Place}, part: map[int]Part{lat: Latitude, lon: Longitude},
			reason: because("schema.guess.place", "the two coordinates of a place")}
		for i, c := range g.columns {
			if out[i] == nil && len(p.part) == 2 && len(c.words) == 1 && (c.words[0] == "adresse" || c.words[0] == "address") && !c.reads(func(Type) bool { return true }) {
				p.part[i], p.base = Address, c.heading
			}
		}
		for i := range p.part {
			out[i] = p
		}
	}
	return out
}

// coordinate is the one column that holds a coordinate, or -1.
func (g *Guesser) coordinate(hints map[string]bool) int {
	found := -1
	for i, c := range g.columns {
		if c.hint(hints) && c.filled > 0 && c.reads(func(t Type) bool { return t == Number }) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// label is a heading as people read it.
func label(heading string) string {
	s := strings.Join(strings.Fields(strings.ReplaceAll(heading, "_", " ")), " ")
	if s == "" {
		return heading
	}
	if r, size := utf8.DecodeRuneInString(s); r != utf8.RuneError && strings.ToLower(s) == s {
		s = strings.ToUpper(string(r)) + s[size:]
	}
	return clip(s, 80)
}
