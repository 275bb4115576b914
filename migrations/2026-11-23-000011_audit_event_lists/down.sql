DROP INDEX audit_events_refused;
DROP INDEX audit_events_of_action;
