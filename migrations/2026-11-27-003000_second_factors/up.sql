-- Second factors: authenticator apps, passkeys and recovery codes.

ALTER TABLE users
    -- whether a second factor is asked for when signing in: whether the user has a confirmed factor
    ADD COLUMN has_factors boolean NOT NULL DEFAULT false,
    -- whether one of them is a passkey, for this domain or another one
    ADD COLUMN has_passkeys boolean NOT NULL DEFAULT false,
    -- counts the changes of factors, so that a sign-in that has begun notices them
    ADD COLUMN factors_version bigint NOT NULL DEFAULT 0,
    -- wrong second factors since the last right one
    ADD COLUMN second_factor_failures integer NOT NULL DEFAULT 0;

ALTER TABLE sessions
    -- what the user has proved, a bit for each method; the password, in releases before this one
    ADD COLUMN methods smallint NOT NULL DEFAULT 1,
    -- when all of it was proved last; null: at the beginning of the session
    ADD COLUMN authenticated_at timestamptz;

CREATE TABLE factors (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    type           text COLLATE "C" NOT NULL CHECK (type IN ('totp', 'passkey', 'recovery_codes')),
    name           text NOT NULL,
    version        bigint NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL,
    -- null: an authenticator app that is not confirmed, which is no factor yet
    confirmed_at   timestamptz,
    last_used_at   timestamptz,
    -- of an authenticator app: its secret, encrypted, and the last time step whose code was accepted
    secret         bytea,
    last_step      bigint,
    -- of a passkey: its id, its public key with what else its assertions are verified with, and the domain it is for
    credential_id  bytea CONSTRAINT factors_by_credential UNIQUE,
    credential     jsonb,
    rp_id          text COLLATE "C",
    CHECK ((type = 'totp') = (secret IS NOT NULL)),
    CHECK ((type = 'passkey') = (credential_id IS NOT NULL AND credential IS NOT NULL AND rp_id IS NOT NULL)),
    CHECK (type = 'totp' OR confirmed_at IS NOT NULL)
);

CREATE INDEX factors_of_user ON factors (user_id, id);
CREATE UNIQUE INDEX recovery_codes_of_user ON factors (user_id) WHERE type = 'recovery_codes';
-- Whether there are passkeys for another domain is asked at each start.
CREATE INDEX passkeys_by_domain ON factors (rp_id) WHERE rp_id IS NOT NULL;
-- A new enrolment replaces one that is not confirmed.
CREATE UNIQUE INDEX unconfirmed_factor_of_user ON factors (user_id) WHERE confirmed_at IS NULL;
CREATE INDEX unconfirmed_factors ON factors (created_at) WHERE confirmed_at IS NULL;

-- Keyed digests of recovery codes that have not been used.
CREATE TABLE recovery_codes (
    user_id  uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    digest   bytea NOT NULL,
    PRIMARY KEY (user_id, digest)
);

-- How passkeys name their user: random, and never another user's.
CREATE TABLE passkey_handles (
    user_id  uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    handle   bytea NOT NULL CONSTRAINT passkey_handles_by_handle UNIQUE
);

-- Sign-ins that have proved the password and wait for a second factor, by the digest of the token that continues them.
CREATE TABLE mfa_tokens (
    digest      bytea PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    expires_at  timestamptz NOT NULL,
    -- second factors that were tried with it
    proofs      smallint NOT NULL DEFAULT 0,
    -- a digest of the password's hash and of factors_version, as they were
    binding     bytea NOT NULL
);

CREATE INDEX mfa_tokens_of_user ON mfa_tokens (user_id);
CREATE INDEX mfa_tokens_by_expiry ON mfa_tokens (expires_at);

-- Passkey ceremonies of a session that have begun, by the digest of the token that finishes them. Each is good once.
CREATE TABLE ceremonies (
    digest      bytea PRIMARY KEY,
    user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    session_id  uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    purpose     text COLLATE "C" NOT NULL CHECK (purpose IN ('enrol', 'step-up')),
    -- what its answer is verified with
    state       jsonb NOT NULL,
    expires_at  timestamptz NOT NULL
);

CREATE INDEX ceremonies_of_user ON ceremonies (user_id);
CREATE INDEX ceremonies_of_session ON ceremonies (session_id);
CREATE INDEX ceremonies_by_expiry ON ceremonies (expires_at);

-- Digests of the passkey ceremonies to sign in that are finished. Those that have only begun are not stored.
CREATE TABLE spent_ceremonies (
    digest      bytea PRIMARY KEY,
    expires_at  timestamptz NOT NULL
);

CREATE INDEX spent_ceremonies_by_expiry ON spent_ceremonies (expires_at);
