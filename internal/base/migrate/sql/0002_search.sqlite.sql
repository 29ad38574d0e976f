-- +goose Up

-- The search index (internal/domain/search): words folded and stemmed in Go,
-- rowid = entry. Contentless: it can be rebuilt from the journal at any time.
CREATE VIRTUAL TABLE search_docs USING fts5 (
  title, body, scope,
  content = '', contentless_delete = 1, detail = 'column',
  prefix = '2 3', tokenize = "unicode61 remove_diacritics 0 tokenchars '_'"
);

-- +goose Down
DROP TABLE search_docs;
