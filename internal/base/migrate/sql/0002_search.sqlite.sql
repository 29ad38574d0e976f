-- +goose Up

-- One list of terms for each entry: marks at their beginning tell words, word
-- forms, titles, values and collections apart (internal/domain/search). So no column
-- has to be told apart, positions are not kept, and a common word is read at
-- the speed of its list. The terms are made in Go: whatever stands between
-- spaces is one. It can be filled again by following the journal.
CREATE VIRTUAL TABLE search_docs USING fts5 (
  terms,
  content = '', contentless_delete = 1, detail = 'none',
  prefix = '2 3 4', tokenize = "ascii tokenchars '_^%=~@#'"
);
-- The terms themselves, in order: how a word goes on that somebody has begun.
CREATE VIRTUAL TABLE search_terms USING fts5vocab(search_docs, instance);
