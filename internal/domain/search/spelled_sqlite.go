package search

import (
	"database/sql"
	"unicode/utf8"
)

// FTS5 reads the list of a term, and those of beginnings of two to four
// characters, as far as somebody wants to. For a longer beginning it first
// gathers the lists of all terms that begin so: a quarter of a second for a
// million hits. Such beginnings are therefore spelled out.

// indexed is up to how many characters of a beginning the index has a list for;
// spellings bounds the terms that stand for a longer one.
const (
	indexed   = 4
	spellings = 100
)

// spelled puts the terms that begin so in the place of beginnings that the
// index has no list for.
func (f *finder) spelled(e expr) (expr, error) {
	out := make(expr, len(e))
	for i, a := range e {
		for _, c := range a {
			c, err := f.spelledClause(c)
			if err != nil {
				return nil, err
			}
			out[i] = append(out[i], c)
		}
	}
	return out, nil
}

func (f *finder) spelledClause(c clause) (out clause, err error) {
	for _, l := range c {
		if !l.prefix || utf8.RuneCountInString(l.term) <= indexed {
			out = append(out, l)
			continue
		}
		terms, ok := f.spellings[l.term]
		if !ok {
			if terms, err = f.beginning(l.term); err != nil {
				return nil, err
			}
			f.spellings[l.term] = terms
		}
		for i, t := range terms {
			if i == spellings {
				f.cut = true
				break
			}
			out = append(out, leaf{term: t})
		}
	}
	return out, nil
}

// beginning lists the terms of the index that begin so, the first in their
// order, each found by one step: up to one more than [spellings], and at least
// what was asked for, which may be in no document.
func (f *finder) beginning(prefix string) (terms []string, err error) {
	// Terms are of letters, digits and marks: \x01 comes before, \U0010ffff after them.
	err = f.tx.Each(`
		WITH RECURSIVE t (term) AS (
		  SELECT (SELECT term FROM search_terms WHERE term >= $1 LIMIT 1)
		  UNION ALL
		  SELECT (SELECT term FROM search_terms WHERE term >= t.term || char(1) LIMIT 1) FROM t WHERE t.term < $2
		  LIMIT $3)
		SELECT term FROM t WHERE term < $2`, []any{prefix, prefix + "\U0010ffff", spellings + 1}, func(rows *sql.Rows) error {
		var t string
		err := rows.Scan(&t)
		terms = append(terms, t)
		return err
	})
	if len(terms) == 0 {
		terms = []string{prefix}
	}
	return terms, err
}
