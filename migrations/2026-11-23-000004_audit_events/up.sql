-- Who did what to whom, when, from where. Ids of users stay when the users are deleted, so there are no foreign keys.
CREATE TABLE audit_events (
    id              uuid PRIMARY KEY,
    at              timestamptz NOT NULL,
    action          text NOT NULL,
    outcome         text NOT NULL CHECK (outcome IN ('success', 'refused')),
    actor_id        uuid,
    actor_username  text,
    -- Addresses of administrators are not shown to others.
    actor_is_admin  boolean NOT NULL,
    target_id       uuid,
    -- The fields that changed; values only of role and status.
    changes         jsonb NOT NULL,
    address         text,
    request_id      uuid
);

CREATE INDEX audit_events_of_target ON audit_events (target_id, id);
CREATE INDEX audit_events_of_actor ON audit_events (actor_id, id);

CREATE FUNCTION audit_events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('usher.audit_retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit events are not changed'
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_events_are_kept BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_are_kept();
CREATE TRIGGER audit_events_are_not_truncated BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_events_are_kept();
