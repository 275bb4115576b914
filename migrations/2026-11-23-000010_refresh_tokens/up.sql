-- The refresh tokens of each session, by their digests: the one that is good, and those that are spent, so that one that
-- comes back is known for what it is. Each is derived from the one before it. Of those spent long ago only every 64th is
-- kept: from any other it takes no more than 64 derivations to reach one that is here.
CREATE TABLE refresh_tokens (
    digest      bytea PRIMARY KEY,
    session_id  uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    -- How many came before it in its session.
    generation  bigint NOT NULL,
    spent_at    timestamptz,
    CONSTRAINT refresh_tokens_of_session UNIQUE (session_id, generation)
);
