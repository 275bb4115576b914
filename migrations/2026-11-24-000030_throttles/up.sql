-- Failed guesses, counted where every replica sees them and a restart forgets none.
CREATE TABLE throttles (
    -- A keyed digest of an account, an address, or both together. No name and no address is stored here, and
    -- names that no user has are kept as those of users are.
    subject        bytea PRIMARY KEY,
    -- The digest of the account that it belongs to, if it belongs to one.
    account        bytea,
    failures       integer NOT NULL,
    -- Until then every further guess is refused; null while the failures are free.
    blocked_until  timestamptz,
    -- From then on the failures are forgotten.
    forgotten_at   timestamptz NOT NULL,
    -- Whether the owner has been notified since it was throttled.
    told           boolean NOT NULL,
    -- Whether a guess that was refused since the last failure is in the audit trail: the first one is.
    audited        boolean NOT NULL
);

CREATE INDEX throttles_of_account ON throttles (account) WHERE account IS NOT NULL;
CREATE INDEX throttles_by_end ON throttles (forgotten_at);

-- Addresses from which users have signed in: failures of others do not delay them there.
CREATE TABLE familiar_addresses (
    user_id       uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- A keyed digest.
    address       bytea NOT NULL,
    last_used_at  timestamptz NOT NULL,
    PRIMARY KEY (user_id, address)
);

CREATE INDEX familiar_addresses_by_use ON familiar_addresses (last_used_at);

-- Until when sign-ins to the account are delayed; a copy of the value in throttles, so that it is read with the
-- user. A change of it does not change version and updated_at.
ALTER TABLE users ADD COLUMN slowed_until timestamptz;
