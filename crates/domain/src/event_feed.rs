//! The feed of events: every success in the audit trail, each at its position, as applications read it.

use crate::{
    audit::{AuditEvent, Change, Event},
    named_enum,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

named_enum! {
    /// What the target of an event is.
    pub enum TargetType {
        ApiKey = "api_key",
        Factor = "factor",
        Role = "role",
        Session = "session",
        User = "user",
    }
}

impl TargetType {
    /// The field of the audit event that names the target; `None` if it is the user of the audit event.
    const fn field(self) -> Option<&'static str> {
        match self {
            Self::ApiKey | Self::Factor | Self::Session => Some(self.as_str()),
            Self::Role => Some("name"),
            Self::User => None,
        }
    }
}

/// What happened to something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTarget {
    pub kind: TargetType,
    /// Its id; of a role, its name.
    pub id: String,
}

/// What the events of one type say. Later releases add fields, and never remove any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSchema {
    /// What the target is, if there is one.
    pub target: Option<TargetType>,
    /// The fields that can be in `changed`.
    pub changed: &'static [&'static str],
}

impl EventSchema {
    /// The schema of the events of this type; `None` if it never succeeds, so that there are none.
    pub const fn of(event: Event) -> Option<Self> {
        use TargetType::{ApiKey, Factor, Role, Session, User};
        let (target, changed): (_, &'static [_]) = match event {
            Event::SignInRefused | Event::PasskeyCounterRegressed | Event::RefreshTokenReused => return None,
            Event::UserRegistered
            | Event::UserCreated
            | Event::UserImported
            | Event::UserDeleted
            | Event::PasswordResetRequested
            | Event::PasswordResetSent
            | Event::VerificationRequested
            | Event::SignedIn
            | Event::ThrottleLifted
            | Event::SteppedUp => (Some(User), &[]),
            Event::UserUpdated => {
                (Some(User), &["username", "email", "pending_email", "role", "password", "sessions", "api_keys"])
            }
            Event::UserSuspended | Event::UserReactivated => (Some(User), &["status", "pending_email"]),
            Event::PasswordChanged | Event::PasswordReset => (Some(User), &["password", "api_keys"]),
            Event::EmailVerified => (Some(User), &["email", "email_verified"]),
            Event::ApiKeyCreated => (Some(ApiKey), &["scopes"]),
            Event::ApiKeyRevoked => (Some(ApiKey), &[]),
            Event::ApiKeysRevoked => (Some(User), &["api_keys"]),
            Event::FactorEnrolled | Event::FactorRemoved => (Some(Factor), &["type", "recovery_codes"]),
            Event::FactorRenamed => (Some(Factor), &["name"]),
            Event::FactorsReset => (Some(User), &["factors", "recovery_codes", "sessions", "password"]),
            Event::RecoveryCodesCreated | Event::RecoveryCodeUsed => (Some(User), &["recovery_codes"]),
            Event::SessionRevoked => (Some(Session), &["pending_email"]),
            Event::SessionsRevoked => (Some(User), &["sessions", "pending_email"]),
            Event::RoleCreated | Event::RoleDeleted => (Some(Role), &["permissions", "reserved"]),
            Event::RoleUpdated => (Some(Role), &["description", "permissions", "reserved"]),
            Event::SigningKeyRotated | Event::SigningKeysRevoked => (None, &[]),
        };
        Some(Self { target, changed })
    }

    /// The target of an event that changed this, about this user.
    pub fn target_of(self, user: Option<Uuid>, changes: &[Change]) -> Option<EventTarget> {
        let kind = self.target?;
        let id = match kind.field() {
            None => user?.to_string(),
            Some(field) => {
                let change = changes.iter().find(|change| change.field == field)?;
                change.to.as_ref().or(change.from.as_ref())?.clone()
            }
        };
        Some(EventTarget { kind, id })
    }

    /// The fields that changed, each once. The one that names the target is not among them.
    pub fn changed_of(self, changes: &[Change]) -> Vec<&str> {
        let naming = self.target.and_then(TargetType::field);
        let mut fields = Vec::new();
        for field in changes.iter().map(|change| change.field.as_str()) {
            if naming != Some(field) && !fields.contains(&field) {
                fields.push(field);
            }
        }
        fields
    }
}

/// An event at its position in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    pub position: Position,
    /// The id of the audit event.
    pub id: Uuid,
    /// The action of the audit event; a later release may have written one that this one does not know.
    pub kind: String,
    pub at: DateTime<Utc>,
    /// The user who did it.
    pub actor: Option<Uuid>,
    pub target: Option<EventTarget>,
    /// The user whom it is about.
    pub user: Option<Uuid>,
    pub changed: Vec<String>,
    /// The version of the target after the event.
    pub version: Option<i64>,
}

impl FeedEvent {
    /// The event of an audit event.
    pub fn new(position: Position, event: AuditEvent, version: Option<i64>) -> Self {
        // Of a type of a later release it is known whom it is about.
        const UNKNOWN: EventSchema = EventSchema { target: Some(TargetType::User), changed: &[] };
        let schema = Event::from_name(&event.action).and_then(EventSchema::of).unwrap_or(UNKNOWN);
        Self {
            position,
            id: event.id,
            at: event.at,
            actor: event.actor_id,
            target: schema.target_of(event.target_id, &event.changes),
            user: event.target_id,
            changed: schema.changed_of(&event.changes).into_iter().map(str::to_owned).collect(),
            version,
            kind: event.action,
        }
    }
}

/// A position in the feed: that of an event, or 0 before the first one. Positions are consecutive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position(i64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);

    /// `None` if it is negative.
    pub const fn new(position: i64) -> Option<Self> {
        if position >= 0 { Some(Self(position)) } else { None }
    }

    pub const fn get(self) -> i64 {
        self.0
    }
}

/// Where a reader of the feed begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FeedStart {
    /// With the oldest event that is kept.
    #[default]
    Oldest,
    /// After all events that there are now.
    Latest,
    /// After the event at this position.
    After(Position),
}

/// Part of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPage {
    /// The events, in the order of their positions.
    pub events: Vec<FeedEvent>,
    /// Where the next part begins: after the last of these events, or after those that were looked at if none is of the types
    /// that were asked for.
    pub position: Position,
    /// Whether there are no later events.
    pub is_end: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audit_event(action: &str, user: Option<Uuid>, changes: Vec<Change>) -> AuditEvent {
        AuditEvent {
            id: Uuid::from_u128(1),
            at: DateTime::UNIX_EPOCH,
            action: action.to_owned(),
            outcome: "success".to_owned(),
            actor_id: Some(Uuid::from_u128(2)),
            actor_username: Some("root".to_owned()),
            target_id: user,
            changes,
            address: Some("192.0.2.7".to_owned()),
            request_id: None,
        }
    }

    fn event(action: &str, user: Option<Uuid>, changes: Vec<Change>) -> FeedEvent {
        FeedEvent::new(Position::START, audit_event(action, user, changes), None)
    }

    #[test]
    fn every_action_that_can_succeed_has_a_schema() {
        let without: Vec<_> = Event::ALL.iter().filter(|event| EventSchema::of(**event).is_none()).collect();
        assert_eq!(without, [&Event::SignInRefused, &Event::PasskeyCounterRegressed, &Event::RefreshTokenReused]);
    }

    #[test]
    fn a_target_is_the_user_or_what_the_changes_name() {
        let (user, id) = (Uuid::from_u128(3), Uuid::from_u128(4));
        let target = |event: &FeedEvent| event.target.clone().map(|target| (target.kind.as_str(), target.id));
        let updated = event("user_updated", Some(user), vec![Change::of("email"), Change::of("email")]);
        assert_eq!(target(&updated), Some(("user", user.to_string())));
        assert_eq!((updated.user, updated.changed), (Some(user), vec!["email".to_owned()]));

        let created =
            event("api_key_created", Some(user), vec![Change::made("api_key", id), Change::new("scopes", "x")]);
        assert_eq!(target(&created), Some(("api_key", id.to_string())));
        assert_eq!((created.user, created.changed), (Some(user), vec!["scopes".to_owned()]));
        let revoked = event("session_revoked", Some(user), vec![Change::gone("session", id)]);
        assert_eq!(target(&revoked), Some(("session", id.to_string())));

        let renamed = vec![Change::between("name", "support", "support"), Change::of("description")];
        let role = event("role_updated", None, renamed);
        assert_eq!(target(&role), Some(("role", "support".to_owned())));
        assert_eq!((role.user, role.changed), (None, vec!["description".to_owned()]));

        assert_eq!(target(&event("signing_key_rotated", None, Vec::new())), None);
        assert_eq!(target(&event("session_revoked", Some(user), Vec::new())), None, "it is not named");
    }

    #[test]
    fn an_event_of_a_type_of_a_later_release_names_its_user() {
        let user = Uuid::from_u128(3);
        let later = event("user_taught", Some(user), vec![Change::between("skill", "none", "some")]);
        assert_eq!(later.target, Some(EventTarget { kind: TargetType::User, id: user.to_string() }));
        assert_eq!((later.kind.as_str(), later.changed), ("user_taught", vec!["skill".to_owned()]));
    }

    #[test]
    fn positions_are_not_negative() {
        assert_eq!(Position::new(-1), None);
        assert_eq!(Position::new(0), Some(Position::START));
        assert_eq!(Position::new(i64::MAX).map(Position::get), Some(i64::MAX));
    }
}
