// Package search finds entries: type-ahead and full text over what the reader
// may see.
//
// The index follows the journal and can be rebuilt from it. Words are folded
// (accents and case ignored) and stemmed in French and in English here, in Go,
// so that SQLite (FTS5) and PostgreSQL (tsvector) find the same. Ranking every
// hit of a common word would cost seconds at millions of entries: a bounded
// set of candidates is gathered instead, by short queries whose order already
// means something (whole title or code, title, name in another language, anywhere),
// and those few are ranked with all that is known of them: what the reader can
// read first, then names in other languages, then what holds the words elsewhere;
// within each, all of it before words as typed, before what begins so, before
// word forms.
//
// Values of choices, references and yes/no are in the index, too, so that it
// answers a filter by them together with the words.
//
// Values whose field has an audience of its own, narrower than that of the
// collection, are not indexed, so that nothing can be guessed from hits.
//
// Tables owned: search_docs, search_terms. The second is on SQLite alone, a view
// of the terms of the first.
package search
