-- +goose Up

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

-- +goose Down
DROP TABLE verifications;
