-- +goose Up

-- The search index (internal/domain/search): words folded and stemmed in Go,
-- so that the server's own dictionaries play no part. It can be rebuilt from
-- the journal at any time.
CREATE TABLE search_docs (
  entry_id BIGINT PRIMARY KEY,
  title TSVECTOR NOT NULL,
  body TSVECTOR NOT NULL,
  scope BIGINT NOT NULL
);
CREATE INDEX search_docs_title ON search_docs USING gin (title);
CREATE INDEX search_docs_body ON search_docs USING gin (body);
CREATE INDEX search_docs_scope ON search_docs (scope);

-- +goose Down
DROP TABLE search_docs;
