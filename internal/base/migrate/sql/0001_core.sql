-- +goose Up

-- The journal (internal/base/journal): what happened, for ever. id is minted
-- by the writer; number is dense and in commit order, given in the same
-- transaction on SQLite and by the sequencer after commit on PostgreSQL; tx
-- is the transaction there, whose order respects causality.
CREATE TABLE acts (
  id {id},
  number {int} UNIQUE,
  tx {int} NOT NULL DEFAULT {tx},
  at {int} NOT NULL,
  persona_id {int} NOT NULL,
  kind TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id {int} NOT NULL,
  community_id {int},
  collection_id {int},
  batch_id {int},
  causes TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  content {bytes},
  salt {bytes},
  hash {bytes} NOT NULL
);
CREATE INDEX acts_unnumbered ON acts (tx, id) WHERE number IS NULL;
CREATE INDEX acts_object ON acts (object_kind, object_id, id);
CREATE INDEX acts_collection ON acts (collection_id, number) WHERE collection_id IS NOT NULL;
CREATE INDEX acts_persona ON acts (persona_id, number);
CREATE INDEX acts_kind ON acts (kind, number);
CREATE INDEX acts_community ON acts (community_id, number) WHERE community_id IS NOT NULL;
CREATE INDEX acts_batch ON acts (batch_id, id) WHERE batch_id IS NOT NULL;
-- Which acts are kept out of lists, or were (internal/base/journal): id is that
-- of the act, or of the batch whose parts all are; act_id the act, or the part
-- by which the batch came to be.
CREATE TABLE held_acts (
  id {id},
  act_id {int} NOT NULL,
  object_id {int} NOT NULL,
  revision {int} NOT NULL,
  post_id {int},
  state TEXT NOT NULL CONSTRAINT held_acts_state_check CHECK (state IN ('waiting', 'seen', 'taken-back'))
);
CREATE INDEX held_acts_waiting ON held_acts (id) WHERE state = 'waiting';
CREATE INDEX held_acts_object ON held_acts (object_id) WHERE state = 'waiting';

-- How far whoever follows the journal has come: past an act, and so far within
-- the next.
CREATE TABLE cursors (
  name TEXT PRIMARY KEY,
  number {int} NOT NULL,
  within TEXT NOT NULL DEFAULT '',
  at {int} NOT NULL
);

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- Attachments and images (internal/base/blob), in pieces. The pieces are
-- written first, in small transactions; the row in blobs makes them one.
CREATE TABLE blobs (
  hash {text} PRIMARY KEY,
  size {int} NOT NULL,
  type TEXT NOT NULL,
  at {int} NOT NULL
);
CREATE INDEX blobs_at ON blobs (at);
CREATE TABLE blob_pieces (
  hash {text} NOT NULL,
  n {int} NOT NULL,
  data {bytes} NOT NULL,
  PRIMARY KEY (hash, n)
);
-- Who gave a content that no entry refers to yet.
CREATE TABLE blob_uploads (
  hash {text} NOT NULL,
  persona_id {int} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (hash, persona_id)
){clustered};
CREATE INDEX blob_uploads_persona ON blob_uploads (persona_id, at);

-- Faces (internal/domain/persona).
CREATE TABLE personas (
  id {id},
  handle {text} NOT NULL UNIQUE,
  name TEXT NOT NULL,
  folded {text} NOT NULL, -- its name, as names are told apart
  kind TEXT NOT NULL CONSTRAINT personas_kind_check CHECK (kind IN ('named', 'pseudonym', 'imported', 'system')),
  entry_id {int},
  source TEXT NOT NULL DEFAULT '',
  claimed_by {int},
  language TEXT NOT NULL DEFAULT '',
  day {int} NOT NULL,
  silenced_at {int}
);
CREATE INDEX personas_folded ON personas (folded);
CREATE UNIQUE INDEX personas_entry ON personas (entry_id) WHERE entry_id IS NOT NULL;
CREATE UNIQUE INDEX personas_source ON personas (source, name) WHERE kind = 'imported';
-- Which collections hold history of an imported author.
CREATE TABLE author_collections (
  persona_id {int} NOT NULL REFERENCES personas (id),
  collection_id {int} NOT NULL,
  PRIMARY KEY (persona_id, collection_id)
){clustered};
-- Claims of imported authors that were contested, by the act that ended them.
CREATE TABLE contests (
  act_id {id},
  author_id {int} NOT NULL REFERENCES personas (id),
  claimer_id {int} NOT NULL REFERENCES personas (id),
  persona_id {int} NOT NULL REFERENCES personas (id),
  note TEXT NOT NULL,
  at {int} NOT NULL
);
CREATE INDEX contests_author ON contests (author_id, act_id);

-- The private means to sign in (internal/domain/identity). named_personas is
-- the one link between an account and a persona; pseudonyms have none.
CREATE TABLE accounts (
  id {id},
  email TEXT NOT NULL UNIQUE,
  password TEXT NOT NULL DEFAULT '',
  day {int} NOT NULL,
  verified_day {int}
);
CREATE TABLE named_personas (
  account_id {int} PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  persona_id {int} NOT NULL UNIQUE REFERENCES personas (id)
);
CREATE TABLE sign_in_links (
  hash {bytes} PRIMARY KEY,
  account_id {int} NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL CONSTRAINT sign_in_links_purpose_check CHECK (purpose IN ('invitation', 'magic', 'reset')),
  expires_at {int} NOT NULL
);
CREATE INDEX sign_in_links_account ON sign_in_links (account_id);
CREATE TABLE sessions (
  hash {bytes} PRIMARY KEY,
  persona_id {int} NOT NULL REFERENCES personas (id),
  agent TEXT NOT NULL DEFAULT '',
  day {int} NOT NULL,
  seen_day {int} NOT NULL,
  unlocked {int} NOT NULL DEFAULT 0 CONSTRAINT sessions_unlocked_check CHECK (unlocked IN (0, 1))
);
CREATE INDEX sessions_persona ON sessions (persona_id);
CREATE TABLE api_tokens (
  hash {bytes} PRIMARY KEY,
  id {int} NOT NULL UNIQUE,
  persona_id {int} NOT NULL REFERENCES personas (id),
  name TEXT NOT NULL,
  day {int} NOT NULL,
  seen_day {int}
);
CREATE INDEX api_tokens_persona ON api_tokens (persona_id);

-- Communities (internal/domain/community).
CREATE TABLE communities (
  id {id},
  slug {text} NOT NULL UNIQUE,
  name TEXT NOT NULL,
  purpose TEXT NOT NULL DEFAULT '',
  join_rule TEXT NOT NULL CONSTRAINT communities_join_rule_check CHECK (join_rule IN ('open', 'request', 'invitation')),
  founder_id {int} NOT NULL,
  at {int} NOT NULL
);
CREATE TABLE memberships (
  community_id {int} NOT NULL REFERENCES communities (id),
  persona_id {int} NOT NULL REFERENCES personas (id),
  state TEXT NOT NULL CONSTRAINT memberships_state_check CHECK (state IN ('member', 'invited', 'requested')),
  at {int} NOT NULL,
  PRIMARY KEY (community_id, persona_id)
){clustered};
CREATE INDEX memberships_persona ON memberships (persona_id);

-- Collections and their entries (internal/domain/registry).
CREATE TABLE collections (
  id {id},
  slug {text} NOT NULL UNIQUE,
  community_id {int} NOT NULL REFERENCES communities (id),
  name TEXT NOT NULL,
  purpose TEXT NOT NULL DEFAULT '',
  licence TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL DEFAULT '',
  audience TEXT NOT NULL CONSTRAINT collections_audience_check CHECK (audience IN ('public', 'members', 'community', 'persona')),
  language TEXT NOT NULL, -- that titles of entries are made in
  schema_n {int} NOT NULL,
  at {int} NOT NULL
);
CREATE TABLE schemas (
  collection_id {int} NOT NULL REFERENCES collections (id),
  n {int} NOT NULL,
  definition TEXT NOT NULL,
  persona_id {int} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (collection_id, n)
){clustered};
CREATE TABLE fields (
  id {id},
  collection_id {int} NOT NULL REFERENCES collections (id)
);

CREATE TABLE entries (
  id {id},
  collection_id {int} NOT NULL,
  slug {text} NOT NULL,
  title TEXT NOT NULL,
  sort {text} NOT NULL,
  revision {int} NOT NULL,
  retired_at {int},
  merged_into {int}
);
CREATE UNIQUE INDEX entries_slug ON entries (collection_id, slug);
CREATE INDEX entries_sort ON entries (collection_id, sort, id) WHERE retired_at IS NULL;
CREATE TABLE former_slugs (
  collection_id {int} NOT NULL,
  slug {text} NOT NULL,
  entry_id {int} NOT NULL,
  PRIMARY KEY (collection_id, slug)
){clustered};

CREATE TABLE revisions (
  entry_id {int} NOT NULL,
  n {int} NOT NULL,
  act_id {int} NOT NULL,
  kind TEXT NOT NULL,
  persona_id {int} NOT NULL,
  at {int} NOT NULL,
  batch_id {int},
  note TEXT NOT NULL DEFAULT '',
  content {bytes},
  salt {bytes},
  digest {bytes},
  PRIMARY KEY (entry_id, n)
){clustered};
CREATE INDEX revisions_act ON revisions (act_id, entry_id) WHERE batch_id IS NOT NULL;
CREATE INDEX revisions_noted ON revisions (persona_id) WHERE note <> '';

CREATE TABLE batches (
  id {id},
  kind TEXT NOT NULL CONSTRAINT batches_kind_check CHECK (kind IN ('import', 'edit', 'revert', 'schema')),
  state TEXT NOT NULL CONSTRAINT batches_state_check CHECK (state IN ('in-progress', 'done', 'aborted', 'reverted')),
  collection_id {int} NOT NULL,
  persona_id {int} NOT NULL,
  source TEXT NOT NULL DEFAULT '',
  digest TEXT NOT NULL DEFAULT '',
  position {int} NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  plan TEXT NOT NULL DEFAULT '',
  report TEXT NOT NULL DEFAULT '',
  at {int} NOT NULL,
  ended_at {int}
);
CREATE INDEX batches_collection ON batches (collection_id, id);
CREATE INDEX batches_source ON batches (source, id);
CREATE INDEX batches_noted ON batches (persona_id) WHERE note <> '';

-- Imports (internal/domain/transfer). What people changed since an import wrote
-- it, waiting for somebody to decide.
CREATE TABLE import_conflicts (
  batch_id {int} NOT NULL REFERENCES batches (id),
  entry_id {int} NOT NULL,
  field_id {int} NOT NULL,
  incoming TEXT NOT NULL,
  decided_at {int},
  PRIMARY KEY (batch_id, entry_id, field_id)
){clustered};
CREATE INDEX import_conflicts_entry ON import_conflicts (entry_id, field_id);
-- What a source last said of an entry, where that differs from what it last wrote.
CREATE TABLE import_seen (
  source TEXT NOT NULL,
  entry_id {int} NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (source, entry_id)
){clustered};
-- The names by which rows of a file refer to rows of the same file, and the
-- identifiers kept for those that are not made yet.
CREATE TABLE import_targets (
  run_id {int} NOT NULL,
  name {text} NOT NULL,
  entry_id {int} NOT NULL,
  line {int} NOT NULL,
  PRIMARY KEY (run_id, name)
){clustered};
-- Entries that imported rows refer to and that are still to be imported, by the
-- address of their collection and a name, with the identifier that each will take.
CREATE TABLE import_awaited (
  collection {text} NOT NULL,
  name {text} NOT NULL,
  entry_id {int} NOT NULL,
  PRIMARY KEY (collection, name)
){clustered};
-- Rows that were refused, to be corrected and imported again.
CREATE TABLE import_refused (
  batch_id {int} NOT NULL REFERENCES batches (id),
  line {int} NOT NULL,
  cells TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (batch_id, line)
){clustered};

-- Imports that somebody prepares in the pages (internal/domain/desk): what
-- they said of a file, how far it has come, and the file itself in pieces, so
-- that every node has it. beat_at is when somebody was last at it, owner what
-- they are told apart by, and stopping that they are asked to stop.
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
  beat_at {int} NOT NULL DEFAULT 0,
  owner {int} NOT NULL DEFAULT 0,
  stopping {int} NOT NULL DEFAULT 0 CONSTRAINT import_drafts_stopping_check CHECK (stopping IN (0, 1))
);
CREATE INDEX import_drafts_persona ON import_drafts (persona_id, id);
CREATE TABLE import_pieces (
  draft_id {int} NOT NULL,
  n {int} NOT NULL,
  data {bytes} NOT NULL,
  PRIMARY KEY (draft_id, n)
);

-- Typed side tables of the current values: what can be filtered, what must be
-- unique, what refers to what.
CREATE TABLE entry_keys (
  field_id {int} NOT NULL,
  key {text} NOT NULL,
  entry_id {int} NOT NULL,
  PRIMARY KEY (field_id, key, entry_id)
){clustered};
-- The values of the entries found, counted for facets.
CREATE INDEX entry_keys_entry ON entry_keys (entry_id, field_id, key);
CREATE TABLE entry_uniques (
  field_id {int} NOT NULL,
  key {text} NOT NULL,
  entry_id {int} NOT NULL,
  PRIMARY KEY (field_id, key)
){clustered};
CREATE TABLE entry_refs (
  to_id {int} NOT NULL,
  field_id {int} NOT NULL,
  from_id {int} NOT NULL,
  PRIMARY KEY (to_id, field_id, from_id)
){clustered};

-- Which content any revision of an entry refers to: rows are only added, for
-- history keeps its images and attachments.
CREATE TABLE entry_blobs (
  hash {text} NOT NULL,
  field_id {int} NOT NULL,
  entry_id {int} NOT NULL,
  PRIMARY KEY (hash, field_id, entry_id)
){clustered};

-- Values that somebody confirmed (internal/domain/freshness). digest stands for
-- one single value as it was confirmed, so that a row says nothing any more
-- once the value is another one.
CREATE TABLE verifications (
  entry_id {int} NOT NULL,
  field_id {int} NOT NULL,
  digest {text} NOT NULL,
  persona_id {int} NOT NULL,
  act_id {int} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (entry_id, field_id, digest, persona_id)
){clustered};

-- Counts of live entries, kept by following the journal.
CREATE TABLE collection_counts (
  collection_id {int} PRIMARY KEY,
  entries {int} NOT NULL,
  revisions {int} NOT NULL,
  changed_at {int} NOT NULL
);

-- Words on anything that has an identifier (internal/domain/talk). to_act is
-- the contribution that a post answers; an earlier body stands in its version.
CREATE TABLE posts (
  id {id},
  act_id {int} NOT NULL UNIQUE,
  object_kind TEXT NOT NULL,
  object_id {int} NOT NULL,
  field_id {int},
  root_id {int} NOT NULL,
  parent_id {int},
  to_act {int},
  kind TEXT NOT NULL CONSTRAINT posts_kind_check CHECK (kind IN ('comment', 'ask', 'answer')),
  persona_id {int} NOT NULL,
  at {int} NOT NULL,
  body TEXT NOT NULL,
  edited_at {int},
  withdrawn_at {int},
  helped_at {int},
  folded_at {int}
);
CREATE INDEX posts_object ON posts (object_kind, object_id, root_id, id);
CREATE INDEX posts_persona ON posts (persona_id);
CREATE TABLE post_versions (
  post_id {int} NOT NULL,
  n {int} NOT NULL,
  act_id {int} NOT NULL,
  at {int} NOT NULL,
  body TEXT NOT NULL,
  salt {bytes} NOT NULL,
  PRIMARY KEY (post_id, n)
){clustered};
-- Whom a post mentions, and the act that did so first.
CREATE TABLE post_mentions (
  post_id {int} NOT NULL,
  persona_id {int} NOT NULL,
  act_id {int} NOT NULL,
  PRIMARY KEY (post_id, persona_id)
){clustered};
CREATE INDEX post_mentions_act ON post_mentions (act_id);
CREATE TABLE reports (
  id {id},
  post_id {int} NOT NULL,
  community_id {int} NOT NULL,
  persona_id {int} NOT NULL,
  reason TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  at {int} NOT NULL,
  outcome TEXT NOT NULL DEFAULT '' CONSTRAINT reports_outcome_check CHECK (outcome IN ('', 'kept', 'folded')),
  answer TEXT NOT NULL DEFAULT '',
  answered_by {int},
  answered_at {int}
);
CREATE INDEX reports_community ON reports (community_id, id);
CREATE INDEX reports_persona ON reports (persona_id);
CREATE INDEX reports_answered ON reports (answered_by) WHERE answered_by IS NOT NULL;
CREATE UNIQUE INDEX reports_open ON reports (post_id, persona_id) WHERE answered_at IS NULL;

-- Who is told what (internal/domain/notify).
CREATE TABLE follows (
  persona_id {int} NOT NULL,
  object_kind TEXT NOT NULL,
  object_id {int} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (persona_id, object_kind, object_id)
){clustered};
CREATE INDEX follows_object ON follows (object_kind, object_id);
-- told is 0 for a notice that its follower does not tell any more, after it was
-- rebuilt; whether it was read is kept.
CREATE TABLE notices (
  id {id},
  persona_id {int} NOT NULL,
  act_id {int} NOT NULL,
  kind TEXT NOT NULL,
  entry_id {int},
  batch_id {int},
  at {int} NOT NULL,
  read_at {int},
  told {int} NOT NULL DEFAULT 1 CONSTRAINT notices_told_check CHECK (told IN (0, 1))
);
CREATE UNIQUE INDEX notices_act ON notices (persona_id, act_id);
CREATE INDEX notices_unread ON notices (persona_id) WHERE read_at IS NULL;
CREATE INDEX notices_batch ON notices (batch_id, persona_id) WHERE batch_id IS NOT NULL;

-- Gifts in return (internal/domain/thanks): act_id is the contribution that is
-- thanked, id the act of thanking.
CREATE TABLE thanks (
  id {id},
  act_id {int} NOT NULL,
  persona_id {int} NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  at {int} NOT NULL,
  withdrawn_at {int}
);
CREATE UNIQUE INDEX thanks_act ON thanks (act_id, persona_id) WHERE withdrawn_at IS NULL;
CREATE INDEX thanks_persona ON thanks (persona_id, at);

-- Answers kept for a repeated POST (Idempotency-Key).
CREATE TABLE idempotent_answers (
  persona_id {int} NOT NULL,
  key {text} NOT NULL,
  digest {bytes} NOT NULL,
  status {int} NOT NULL,
  headers TEXT NOT NULL,
  body {bytes} NOT NULL,
  at {int} NOT NULL,
  PRIMARY KEY (persona_id, key)
){clustered};
CREATE INDEX idempotent_answers_at ON idempotent_answers (at);
