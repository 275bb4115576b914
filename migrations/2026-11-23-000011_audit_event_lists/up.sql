-- The orders of lists of audit events: by id, for each filter.
CREATE INDEX audit_events_of_action ON audit_events (action, id);
CREATE INDEX audit_events_refused ON audit_events (id) WHERE outcome = 'refused';
