-- Roles that are not built in. `admin` and `user` have no rows: they cannot be changed, and nothing locks them.
CREATE TABLE roles (
    name         text COLLATE "C" PRIMARY KEY
        CHECK (name ~ '^[a-z][a-z0-9-]{0,31}$' AND name NOT IN ('admin', 'user')),
    description  text NOT NULL,
    -- names of permissions; one that a release does not know counts as none
    permissions  text[] NOT NULL,
    -- whether only admins may give it
    reserved     boolean NOT NULL,
    version      bigint NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);

-- Releases before this one take a role that they do not know for `user`.
ALTER TABLE users DROP CONSTRAINT users_role_check;

-- Instead of a foreign key, which would lock the row of `user` for each registration.
CREATE FUNCTION users_have_known_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM roles WHERE name = NEW.role FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no role with this name'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'users_role_known';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER users_have_known_roles BEFORE UPDATE OF role ON users
    FOR EACH ROW WHEN (NEW.role NOT IN ('admin', 'user')) EXECUTE FUNCTION users_have_known_roles();

-- Deferred: pg_restore may restore the users before the roles.
CREATE CONSTRAINT TRIGGER new_users_have_known_roles AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.role NOT IN ('admin', 'user')) EXECUTE FUNCTION users_have_known_roles();

-- The row of the role is locked by then, so nobody can be given the role any more.
CREATE FUNCTION roles_in_use_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM users WHERE role = OLD.name) THEN
        RAISE EXCEPTION 'some user has the role'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'roles_in_use';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER roles_in_use_stay BEFORE DELETE ON roles FOR EACH ROW EXECUTE FUNCTION roles_in_use_stay();

DO $$
DECLARE
    function regprocedure;
BEGIN
    FOREACH function IN ARRAY ARRAY['users_have_known_roles()', 'roles_in_use_stay()']::regprocedure[] LOOP
        EXECUTE format(
            'ALTER FUNCTION %s SET search_path = %s, pg_temp', function,
            (SELECT pronamespace::regnamespace FROM pg_proc WHERE oid = function)
        );
    END LOOP;
END $$;
