-- Mail that is to be sent: written in the transaction of the change that causes it, sent afterwards by any replica.
-- A row holds neither the mail's text nor its token: both are made when it is sent.
CREATE TABLE outbox (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL,
    -- The user that the link is for; null if there is no link, or if a password reset was requested by an address alone.
    user_id      uuid REFERENCES users ON DELETE SET NULL,
    address      text NOT NULL,
    -- NFKC case folding of the address, made by the service.
    address_key  text COLLATE "C" NOT NULL,
    created_at   timestamptz NOT NULL,
    -- When it is tried next; null once it has been sent.
    due_at       timestamptz,
    attempts     integer NOT NULL,
    -- When it was first counted among the mails to its address.
    counted_at   timestamptz,
    -- The address that the request came from.
    origin       text,
    request_id   uuid
);

CREATE INDEX outbox_by_due_at ON outbox (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_of_address ON outbox (address_key, kind);
CREATE INDEX outbox_of_user ON outbox (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX outbox_sent ON outbox (counted_at) WHERE due_at IS NULL;

-- Tokens that were mailed to prove that a user reads an address. Only a digest is kept, and a row is deleted once it was used or
-- anything that it is bound to has changed.
CREATE TABLE mailed_tokens (
    digest      bytea PRIMARY KEY,
    purpose     text NOT NULL CHECK (purpose IN ('verify_email', 'reset_password')),
    user_id     uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    -- The address that it was mailed to.
    address     text NOT NULL,
    expires_at  timestamptz NOT NULL
);

CREATE INDEX mailed_tokens_of_user ON mailed_tokens (user_id, purpose);
CREATE INDEX mailed_tokens_by_expiry ON mailed_tokens (expires_at);
