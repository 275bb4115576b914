-- Mail that is to be sent: written in the transaction of what it tells of, sent afterwards by whichever replica comes first.
-- A row holds neither the mail's text nor its token: both are made when it is sent.
CREATE TABLE outbox (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL,
    -- Whose link it brings; null where it brings none, and where somebody asked for a new password by an address alone.
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
    -- Where the request came from that asked for it.
    origin       text,
    request_id   uuid
);

CREATE INDEX outbox_by_due_at ON outbox (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_of_address ON outbox (address_key, kind);
CREATE INDEX outbox_of_user ON outbox (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX outbox_sent ON outbox (counted_at) WHERE due_at IS NULL;

-- What was mailed to prove that somebody reads an address. Only a digest is kept, and a row is gone once it was used or
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
