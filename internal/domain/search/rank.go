package search

import (
	"slices"
	"strings"

	"pollen"
	"pollen/internal/domain/registry"
	"pollen/internal/pure/schema"
)

// fit is how well a title is what was typed.
type fit int

const (
	unfit  fit = iota
	formed     // it holds a form of each word
	begun      // of each word or one that begins so
	begins     // it begins as was typed
	worded     // it holds each word as it was typed
	opened     // and begins so; of several words that are still being typed, it begins so
	equal      // it is what was typed
)

// A hit is worth what its title is, as it is shown or in the reader's language;
// then what its name is in another language; then what it holds elsewhere. A
// code that is what was typed is worth as much as such a title.
const (
	worthOther = int(equal) + 1
	worthTitle = 2 * worthOther
)

// maxScore is more than the words of a query bring.
const maxScore = 100 * maxTerms

// meeting is how a word answers a term.
type meeting int

const (
	not meeting = iota
	inForm
	inBeginning
	inFull
)

// meets tells how a folded word answers a term.
func (t *term) meets(word string) meeting {
	if how := t.spelled(word); how != not || len(t.stems) == 0 {
		return how
	}
	forms := stems(word)
	for _, s := range t.stems {
		if s == word || slices.Contains(forms, s) {
			return inForm
		}
	}
	return not
}

// spelled tells how a folded word answers a term as it is written.
func (t *term) spelled(word string) meeting {
	switch {
	case word == t.word, t.long != "" && word == t.long:
		return inFull
	case strings.HasPrefix(word, t.word):
		return inBeginning
	}
	return not
}

// part is a word of a title, or what an apostrophe or a hyphen joins as one.
type part struct {
	word   string
	joined bool
}

// best tells how well a title answers a term.
func (t *term) best(title []part) (best meeting) {
	for _, p := range title {
		how := t.spelled(p.word)
		if p.joined { // Lyon is no word of “l'Yon”
			how = min(how, inBeginning)
		}
		best = max(best, how)
	}
	for i := 0; best == not && i < len(title); i++ {
		best = t.meets(title[i].word)
	}
	return best
}

// unhyphened writes the names that hyphens join as they are typed without.
var unhyphened = strings.NewReplacer("-", " ")

// fits tells how well a title is what was typed, and scores how many of the
// words it holds, whole ones above all.
func (q *query) fits(title string) (f fit, score int) {
	title = schema.Fold(title)
	var parts []part
	all := wholeMark
	each(title, func(w string, joined bool) {
		if parts = append(parts, part{w, joined}); !joined {
			all += w
		}
	})
	least := inFull
	for i := range q.terms {
		t := &q.terms[i]
		best := t.best(parts)
		score += 30 * max(int(best)-1, 0)
		if best == inFull && slices.Contains(slight, t.word) { // that so many hold it tells little
			best = inBeginning
		}
		least = min(least, best)
	}
	starts := strings.HasPrefix(unhyphened.Replace(title), unhyphened.Replace(q.text))
	switch {
	case all == q.whole:
		f = equal
	case starts && (least == inFull || q.typed && len(q.terms) > 1):
		f = opened
	case least == inFull:
		f = worded
	case starts:
		f = begins
	default:
		f = fit(least) // formed, begun, unfit
	}
	return f, score
}

// reads reports whether a reader of a language reads a text in another.
func reads(reader, tag string) bool {
	language, _, _ := strings.Cut(tag, "-")
	return tag == "" || tag == undetermined || language == reader
}

// judge ranks the hits. Names that are not shown are read of those alone that
// may have been found by one.
func (f *finder) judge() error {
	var named []pollen.EntryID
	for id, h := range f.hits {
		how, score := f.words.fits(h.Title)
		switch {
		case h.found == foundWhole:
			how = equal
		case (how == unfit && (h.found != foundBody || f.asked.Filter != nil) || h.found == foundOther) && h.Collection.Schema.Translates():
			named = append(named, id)
		case how == unfit && h.found != foundBody:
			how = formed
		}
		if h.rank = score; how != unfit {
			h.rank += (worthTitle + int(how)) * maxScore
		}
	}
	if len(named) == 0 {
		return nil
	}
	all, err := f.search.registry.Some(f.tx, named)
	for id, e := range all {
		h := f.hits[id]
		h.rank = max(h.rank, f.named(e, h.found)*maxScore+h.rank%maxScore)
	}
	return err
}

// named is what an entry is worth by its names in every language.
func (f *finder) named(e *registry.Entry, found place) (worth int) {
	if found != foundBody {
		worth = worthOther + int(formed)
	}
	for _, name := range e.Collection.Schema.Titles(e.Values) {
		how, _ := f.words.fits(name.Text)
		switch {
		case how == unfit:
		case reads(f.asked.Language, name.Lang):
			worth = max(worth, worthTitle+int(how))
		default:
			worth = max(worth, worthOther+int(how))
		}
	}
	return worth
}
