-- +goose Up

-- One list of terms for each entry: marks at their beginning tell words, word
-- forms, titles and values apart (internal/domain/search). It can be filled again by
-- following the journal.
CREATE TABLE search_docs (
  entry_id BIGINT PRIMARY KEY,
  scope BIGINT NOT NULL,
  terms TSVECTOR NOT NULL
);
CREATE INDEX search_docs_terms ON search_docs USING gin (terms);
CREATE INDEX search_docs_scope ON search_docs (scope);
