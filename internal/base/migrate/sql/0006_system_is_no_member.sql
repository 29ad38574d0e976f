-- +goose Up

-- The operator's command line founds communities and is a member of none.
DELETE FROM memberships WHERE persona_id IN (SELECT id FROM personas WHERE kind = 'system');

-- +goose Down
SELECT 1;
