-- The orders that lists of audit events are walked in: by id, of which each of these has those of one kind.
CREATE INDEX audit_events_of_action ON audit_events (action, id);
CREATE INDEX audit_events_refused ON audit_events (id) WHERE outcome = 'refused';
