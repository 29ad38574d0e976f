package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pollen/internal/domain/registry"
	"pollen/internal/pure/i18n"
	"pollen/internal/pure/schema"
)

// The terms of the index. A word stands for itself; a mark that no word holds
// begins the others.
const (
	stemMark  = "_" // a word form: what French or English makes of a word
	titleMark = "^" // a word of the title, or of the name in a language of Pollen's pages, or a form of one
	otherMark = "%" // a word of the name in another language, or a form of one
	wholeMark = "=" // a whole title or code, without what separates its words; after titleMark or otherMark a whole name
	keyMark   = "#" // a value by which entries are filtered and counted
	joinMark  = "~" // two words of a title that an apostrophe or a hyphen joins, as one
)

// maxWord and maxWords bound what one document brings into the index: of a
// longer word its beginning counts.
const (
	maxWord  = 64
	maxWords = 4000
)

// Cut gives the folded words of a text. Scripts written without spaces are cut
// into characters.
func Cut(text string) (out []string) {
	cut(schema.Fold(text), func(word, _ string) { out = append(out, word) })
	return out
}

// undetermined is the tag of a text in no stated language (RFC 5646 §4.1).
const undetermined = "und"

// cut hands over the words of a folded text, each with what stands between it
// and the one before.
func cut(folded string, each func(word, before string)) {
	end, start := 0, -1 // of the last word, of the one under way
	flush := func(at int) {
		if start >= 0 {
			each(short(folded[start:at]), folded[end:start])
			end, start = at, -1
		}
	}
	for i, r := range folded {
		switch {
		case alone(r):
			flush(i)
			start = i
			flush(i + utf8.RuneLen(r))
		case !inWord(r):
			flush(i)
		case start < 0:
			start = i
		}
	}
	flush(len(folded))
}

// alone reports whether a character is a word of its own: its script writes no
// spaces.
func alone(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer)
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func short(word string) string {
	if len(word) <= maxWord {
		return word
	}
	end := maxWord
	for !utf8.RuneStart(word[end]) {
		end--
	}
	return word[:end]
}

// whole is the term of a title or code as one, "" when it is too long for one.
func whole(text string) string {
	joined := strings.Join(Cut(text), "")
	if joined == "" || len(joined) > maxWord {
		return ""
	}
	return wholeMark + joined
}

// Terms gives what the index holds of an entry, each term once. Of an entry of
// very many words those come first that filters rely on ([implied]).
func Terms(e *registry.Entry) []string {
	var t tokens
	t.title(e.Title)
	for _, filtered := range []bool{true, false} {
		for i := range e.Collection.Schema.Fields {
			f := &e.Collection.Schema.Fields[i]
			if e.Values[f.ID] != nil && f.Searchable() == filtered && !e.Collection.Narrower(f) {
				t.field(f, e)
			}
		}
	}
	t.text(e.Body, "")
	t.keys(e)
	return t.list
}

// tokens collects the terms of a document.
type tokens struct {
	seen map[string]bool
	list []string
}

func (t *tokens) add(term string) {
	if len(t.list) < maxWords {
		t.always(term)
	}
}

// always adds a term however many there are.
func (t *tokens) always(term string) {
	if t.seen == nil {
		t.seen = map[string]bool{}
	}
	if term != "" && !t.seen[term] {
		t.seen[term] = true
		t.list = append(t.list, term)
	}
}

// keys adds the terms of values, all of them: a filter relies on each.
func (t *tokens) keys(e *registry.Entry) {
	for i := range e.Collection.Schema.Fields {
		f := &e.Collection.Schema.Fields[i]
		if e.Values[f.ID] == nil || !isKeyed(e.Collection, f) {
			continue
		}
		for _, key := range f.Keys(e.Values[f.ID]) {
			t.always(keyTerm(f.ID, key))
		}
	}
}

// field adds the values of a field.
func (t *tokens) field(f *schema.Field, e *registry.Entry) {
	title := e.Collection.Schema.Title
	for _, w := range f.Words(e.Values[f.ID]) {
		switch {
		case f.Type == schema.Code:
			t.code(w.Text)
		case w.Exact:
			t.parts(w.Text)
		case slices.Contains(title, f.Name):
			mark := otherMark
			if w.Lang == "" || w.Lang == undetermined || i18n.Get(w.Lang) != nil {
				mark = titleMark
			}
			if len(title) == 1 {
				t.whole(w.Text, mark)
			}
			t.text(w.Text, mark)
		default:
			t.text(w.Text, "")
		}
	}
}

// title adds a whole title.
func (t *tokens) title(s string) {
	t.whole(s, "")
	t.text(s, titleMark)
}

// whole adds a text as one, under a mark.
func (t *tokens) whole(s, mark string) {
	if w := whole(s); w != "" {
		t.add(mark + w)
	}
}

// text adds the words of a text with their forms; those of a title under its
// mark, too, and joined as some write O'Brien and Saint-Denis.
func (t *tokens) text(s, mark string) {
	each(schema.Fold(s), func(w string, joined bool) {
		switch {
		case !joined:
			t.word(w, mark)
		case mark != "":
			t.add(joinMark + w)
		}
	})
}

// each hands over the words of a folded text, and those that an apostrophe or a hyphen
// joins as one.
func each(folded string, do func(word string, joined bool)) {
	last := ""
	cut(folded, func(w, before string) {
		do(w, false)
		if last != "" && (before == "'" || before == "-") {
			do(short(last+w), true)
		}
		last = w
	})
}

func (t *tokens) word(w, mark string) {
	t.add(w)
	if mark != "" {
		t.add(mark + w)
	}
	for _, s := range stems(w) {
		if s == w {
			continue // found as the word that it is
		}
		t.add(stemMark + s)
		if mark != "" {
			t.add(mark + stemMark + s)
		}
	}
}

// parts adds the words of a telephone or address, which have no forms.
func (t *tokens) parts(s string) {
	for _, w := range Cut(s) {
		t.add(w)
	}
}

// code adds a code: its parts, and all of it without what separates them, so
// that any spelling finds it.
func (t *tokens) code(s string) {
	t.parts(s)
	if w := whole(s); w != "" {
		t.add(w)
		t.add(w[len(wholeMark):])
	}
}
