-- Trigrams find a part of a name or an address (users::list).
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE users (
    -- A UUIDv7 whose time is created_at: the primary key is the order of creation.
    id              uuid NOT NULL,
    username        text NOT NULL,
    -- NFKC case folding of the username, made by the service; only this index decides about uniqueness.
    username_key    text COLLATE "C" NOT NULL,
    email           text NOT NULL,
    email_key       text COLLATE "C" NOT NULL,
    email_verified  boolean NOT NULL,
    pending_email   text,
    -- A PHC or crypt string; null until a password is chosen.
    password_hash   text,
    role            text NOT NULL CHECK (role IN ('admin', 'user')),
    status          text NOT NULL CHECK (status IN ('active', 'suspended')),
    -- The count of changes to username, e-mail addresses, role, status and email_verified: the entity tag.
    version         bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    last_login_at   timestamptz,
    -- Whether the user can administer the service.
    administers     boolean NOT NULL
        GENERATED ALWAYS AS (role = 'admin' AND status = 'active' AND password_hash IS NOT NULL) STORED,
    -- The list is read in each of its orders without the table: these indexes and the two below also contain the
    -- columns of the filters.
    CONSTRAINT users_pkey PRIMARY KEY (id) INCLUDE (role, status),
    CONSTRAINT users_username_taken UNIQUE (username_key) INCLUDE (role, status),
    CONSTRAINT users_email_taken UNIQUE (email_key) INCLUDE (role, status)
);

CREATE INDEX users_by_updated_at ON users (updated_at, id) INCLUDE (role, status);
-- An expression is read from an index only if the columns that it uses are in the index too.
CREATE INDEX users_by_last_login_at ON users (coalesce(last_login_at, '-infinity'), id)
    INCLUDE (last_login_at, role, status);

-- The rare values of the filters; for the frequent ones the order itself is read.
CREATE INDEX users_admins ON users (id) WHERE role = 'admin';
CREATE INDEX users_suspended ON users (id) WHERE status = 'suspended';

CREATE INDEX users_search ON users USING gin (username_key gin_trgm_ops, email_key gin_trgm_ops);

-- Who can administer the service: the policy asks whether there is another one.
CREATE INDEX users_administrators ON users (id) WHERE administers;

-- The last of them stays, even with concurrent requests: they are serialized here, and each sees what
-- the other has committed.
CREATE FUNCTION users_keep_an_administrator() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('usher.users_keep_an_administrator'));
    IF NOT EXISTS (SELECT FROM users WHERE administers) THEN
        RAISE EXCEPTION 'the last active administrator with a password must stay'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'users_last_admin';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER users_keep_an_administrator_on_update AFTER UPDATE ON users FOR EACH ROW
    WHEN (OLD.administers AND NOT NEW.administers)
    EXECUTE FUNCTION users_keep_an_administrator();

CREATE TRIGGER users_keep_an_administrator_on_delete AFTER DELETE ON users FOR EACH ROW
    WHEN (OLD.administers)
    EXECUTE FUNCTION users_keep_an_administrator();
