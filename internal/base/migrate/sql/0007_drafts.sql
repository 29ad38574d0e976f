-- +goose Up

-- Imports that somebody prepares in the pages (internal/domain/transfer): what
-- they said of a file, how far it has come, and the file itself in pieces, so
-- that every node has it. beat_at is when somebody was last at it.
CREATE TABLE import_drafts (
  id {id},
  persona_id {int} NOT NULL,
  state TEXT NOT NULL CONSTRAINT import_drafts_state_check CHECK (state IN ('receiving', 'ready', 'looking', 'running', 'ended')),
  collection {text} NOT NULL DEFAULT '',
  file TEXT NOT NULL,
  size {int} NOT NULL DEFAULT 0,
  settings TEXT NOT NULL DEFAULT '',
  look TEXT NOT NULL DEFAULT '',
  progress TEXT NOT NULL DEFAULT '',
  at {int} NOT NULL,
  beat_at {int} NOT NULL DEFAULT 0
);
CREATE INDEX import_drafts_persona ON import_drafts (persona_id, id);
CREATE TABLE import_pieces (
  draft_id {int} NOT NULL,
  n {int} NOT NULL,
  data {bytes} NOT NULL,
  PRIMARY KEY (draft_id, n)
);

-- +goose Down
SELECT 1;
