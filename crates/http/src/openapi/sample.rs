//! Somebody and something for the document to speak of; and, from the policy itself, what can be decided about an operation.

use crate::operations::{Access, Row};
use chrono::DateTime;
use usher_domain::{
    EmailAddress, Role, Session, Status, Text as _, User, Username,
    policy::{self, Action, Actor, Decision, Member, Obstacle, Refusal, Registration, Resource},
};
use uuid::Uuid;

/// The id of the user in all examples.
pub const USER: &str = "01937f3e-8b5a-7c31-9f5e-2f6f0c9b1a77";

/// The id of the session in all examples.
pub const SESSION: &str = "01937f40-1c2d-7a6b-8e4f-5d3c2b1a0f9e";

/// A path with the ids of the examples.
pub fn href(path: &str) -> String {
    path.replace("{id}", USER).replace("{session_id}", SESSION)
}

const ADMIN: Actor = Actor::Member(Member { id: Uuid::nil(), session: Uuid::nil(), role: Role::Admin });

/// Whether an admin would find this operation offered on another user, active, or wherever else it belongs.
pub fn admin_may(row: &Row) -> bool {
    let id = id();
    let user = user(id);
    let session = session(id);
    let resource = match about(row) {
        About::Service => Resource::Service { registration: Registration::Open },
        About::Users => Resource::Users,
        About::User => Resource::User { id, user: Some(&user) },
        About::Oneself => return false,
        About::Session => Resource::Session { owner: id, session: Some(&session) },
    };
    policy::may(&ADMIN, row.action, &resource) == Decision::Allow
}

/// All that can be decided about an operation, whoever asks and whatever state its target is in.
pub struct Decisions {
    /// Whether the operation may be done.
    whole: Vec<Decision>,
    /// Whether those of its fields may be written that ask for an action of their own.
    fields: Vec<Decision>,
}

impl Decisions {
    pub fn of(row: &Row) -> Self {
        let id = id();
        let active = user(id);
        let suspended = User { status: Status::Suspended, ..active.clone() };
        let (last_admin, slowed) =
            (User { last_admin: true, ..active.clone() }, User { slowed: true, ..active.clone() });
        let users = [None, Some(active), Some(suspended), Some(last_admin), Some(slowed)];
        let session = session(id);
        let resources: Vec<Resource<'_>> = match about(row) {
            About::Service => {
                [Registration::Open, Registration::Closed].map(|registration| Resource::Service { registration }).into()
            }
            About::Users => vec![Resource::Users],
            About::User => users.iter().map(|user| Resource::User { id, user: user.as_ref() }).collect(),
            About::Oneself => users.iter().flatten().map(|user| Resource::User { id, user: Some(user) }).collect(),
            About::Session => [None, Some(&session)].map(|session| Resource::Session { owner: id, session }).into(),
        };
        let mut decisions = Self { whole: Vec::new(), fields: Vec::new() };
        let is_target = |actor: &Actor| matches!(actor, Actor::Member(member) if member.id == id);
        for actor in actors(row.access, id).into_iter().filter(|actor| about(row) != About::Oneself || is_target(actor))
        {
            for resource in &resources {
                decisions.whole.push(policy::may(&actor, row.action, resource));
                let fields = row.guards.iter().map(|(_, action)| policy::may(&actor, *action, resource));
                decisions.fields.extend(fields);
            }
        }
        decisions
    }

    /// Whether what it is about may not be there.
    pub fn can_miss(&self) -> bool {
        self.whole.contains(&Decision::Missing)
    }

    /// Why it can be refused to somebody who need not sign in for it, or has; each reason once.
    pub fn refusals(&self) -> impl Iterator<Item = Refusal> {
        [Refusal::NotAllowed, Refusal::RegistrationClosed]
            .into_iter()
            .filter(|reason| self.whole.contains(&Decision::Forbid(*reason)))
    }

    /// Which states can be in its way, each once.
    pub fn obstacles(&self) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        for decision in self.whole.iter().chain(&self.fields) {
            if let Decision::Conflict(obstacle) = decision
                && !obstacles.contains(obstacle)
            {
                obstacles.push(*obstacle);
            }
        }
        obstacles
    }
}

/// What an operation is about, as its path tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Service,
    Users,
    User,
    /// The caller, whom no path names.
    Oneself,
    Session,
}

fn about(row: &Row) -> About {
    if row.path.contains("{session_id}") {
        About::Session
    } else if row.path.contains("{id}") {
        About::User
    } else if row.path == "/v1/users" {
        About::Users
    } else if row.action == Action::ResendVerification {
        About::Oneself
    } else {
        About::Service
    }
}

/// Everyone who can call, as far as the policy tells them apart from each other.
fn actors(access: Access, target: Uuid) -> Vec<Actor> {
    let roles = [Role::Admin, Role::User];
    let member = |role, id| Actor::Member(Member { id, session: Uuid::nil(), role });
    let members = roles.into_iter().flat_map(|role| [member(role, target), member(role, Uuid::nil())]);
    match access {
        Access::Anyone | Access::Service => vec![Actor::Nobody],
        Access::Guest => members.chain([Actor::Nobody]).collect(),
        Access::Member => members.collect(),
    }
}

fn id() -> Uuid {
    USER.parse().unwrap_or_default()
}

fn user(id: Uuid) -> User {
    User {
        id,
        username: Username::stored(Username::RULE.example.to_owned()),
        email: EmailAddress::stored(EmailAddress::RULE.example.to_owned()),
        email_key: EmailAddress::RULE.example.to_owned(),
        email_verified: true,
        pending_email: None,
        role: Role::User,
        status: Status::Active,
        version: 1,
        created_at: DateTime::default(),
        updated_at: DateTime::default(),
        last_login_at: None,
        last_admin: false,
        slowed: false,
    }
}

fn session(user_id: Uuid) -> Session {
    Session {
        id: Uuid::nil(),
        user_id,
        created_at: DateTime::default(),
        last_used_at: DateTime::default(),
        user_agent: None,
        address: None,
    }
}
