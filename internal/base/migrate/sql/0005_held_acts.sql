-- +goose Up

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

-- +goose Down
DROP TABLE held_acts;
