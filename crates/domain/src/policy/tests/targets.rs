//! Targets of every kind, in the states that the policy distinguishes.

use super::callers::CALLER;
use crate::{
    ApiKey, ApiKeyName, Authentication, Factor, FactorName, FactorSupport, FactorType, MethodSet, PermissionSet,
    Rights, Role, RoleDescription, RoleDetails, RoleName, ScopeSet, Session, Status, User, checked,
    policy::{Registration, Resource},
};
use chrono::DateTime;
use uuid::Uuid;

const OTHER: Uuid = Uuid::from_u128(9);

/// A target, and whether it is the caller's own.
#[derive(Debug)]
pub struct Target {
    pub kind: Kind,
    pub is_own: bool,
}

#[derive(Debug)]
pub enum Kind {
    Service(Registration, FactorSupport),
    Registered { user: User, verified_email: bool },
    Users,
    User(Option<User>),
    Session(Option<Session>),
    ApiKey(Option<ApiKey>),
    ApiKeys { owner: User, is_full: bool },
    Factors { user: Option<User>, support: FactorSupport, is_full: bool },
    Factor(Option<Factor>, FactorSupport),
    Roles { is_full: bool },
    Role(Option<RoleDetails>),
}

impl Target {
    fn new(kind: Kind) -> Self {
        Self { kind, is_own: false }
    }

    pub fn resource(&self) -> Resource<'_> {
        let owner = if self.is_own { CALLER } else { OTHER };
        match &self.kind {
            Kind::Service(registration, factors) => {
                Resource::Service { registration: *registration, factors: *factors }
            }
            Kind::Registered { user, verified_email } => Resource::Registered { user, verified_email: *verified_email },
            Kind::Users => Resource::Users,
            Kind::User(user) => Resource::User { id: owner, user: user.as_ref() },
            Kind::Session(session) => Resource::Session { owner, session: session.as_ref() },
            Kind::ApiKey(key) => Resource::ApiKey { owner, key: key.as_ref() },
            Kind::ApiKeys { owner, is_full } => Resource::ApiKeys { owner, is_full: *is_full },
            Kind::Factors { user, support, is_full } => {
                Resource::Factors { owner, user: user.as_ref(), support: *support, is_full: *is_full }
            }
            Kind::Factor(factor, support) => Resource::Factor { owner, factor: factor.as_ref(), support: *support },
            Kind::Roles { is_full } => Resource::Roles { is_full: *is_full },
            Kind::Role(role) => Resource::Role { role: role.as_ref() },
        }
    }
}

/// An active user who was never in any trouble.
pub fn user(rights: Rights) -> User {
    User {
        id: OTHER,
        external_id: None,
        username: checked("ada").unwrap(),
        email: checked("ada@example.com").unwrap(),
        email_key: "ada@example.com".to_owned(),
        email_verified: false,
        pending_email: None,
        role: role(rights),
        status: Status::Active,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
        last_login_at: None,
        last_admin: false,
        last_verified_admin: false,
        has_factors: false,
        rate_limited: false,
    }
}

fn role(rights: Rights) -> Role {
    match rights {
        Rights::ADMIN => Role::ADMIN,
        Rights::NONE => Role::USER,
        custom => Role::of(RoleName::stored("support".to_owned()), custom),
    }
}

pub fn details(rights: Rights, users: i64) -> RoleDetails {
    RoleDetails {
        role: role(rights),
        description: RoleDescription::default(),
        users,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn session(owner: Rights) -> Session {
    Session {
        id: Uuid::from_u128(4),
        user_id: OTHER,
        owner,
        authentication: Authentication { methods: MethodSet::PASSWORD, at: DateTime::UNIX_EPOCH },
        created_at: DateTime::UNIX_EPOCH,
        last_used_at: DateTime::UNIX_EPOCH,
        user_agent: None,
        address: None,
    }
}

fn key(owner: Rights) -> ApiKey {
    ApiKey {
        id: Uuid::from_u128(5),
        user_id: OTHER,
        owner,
        name: ApiKeyName::stored("nightly report".to_owned()),
        hint: "usher_pat_abcd".to_owned(),
        scopes: ScopeSet::default(),
        created_at: DateTime::UNIX_EPOCH,
        expires_at: DateTime::UNIX_EPOCH,
        last_used_at: None,
    }
}

/// Targets with rights below, equal to, above and beside those of the caller.
pub fn targets(caller: Rights, random: PermissionSet) -> Vec<Target> {
    let mut targets = vec![
        Target::new(Kind::Users),
        Target::new(Kind::Roles { is_full: false }),
        Target::new(Kind::Roles { is_full: true }),
        Target::new(Kind::User(None)),
        Target::new(Kind::Session(None)),
        Target::new(Kind::ApiKey(None)),
        Target::new(Kind::Factor(None, FactorSupport::FULL)),
        Target::new(Kind::Role(None)),
    ];
    for support in SUPPORT {
        for registration in [Registration::Open, Registration::Closed] {
            targets.push(Target::new(Kind::Service(registration, support)));
        }
        for is_own in [false, true] {
            targets.push(Target { kind: Kind::Factors { user: None, support, is_full: false }, is_own });
        }
    }
    for verified_email in [true, false] {
        targets.push(Target::new(Kind::Registered { user: user(Rights::NONE), verified_email }));
    }
    let held = caller.permissions;
    let mut all_rights = vec![Rights::NONE, Rights::ADMIN, Rights::custom(PermissionSet::ALL, false), caller];
    for permissions in [held, held.intersection(random), held.union(random), random] {
        all_rights.extend([Rights::custom(permissions, false), Rights::custom(permissions, true)]);
    }
    let mut add_owned = |rights, is_own| {
        for user in states(&user(rights)) {
            targets.push(Target { kind: Kind::User(Some(user)), is_own });
        }
        for is_full in [false, true] {
            let owner = User { id: if is_own { CALLER } else { OTHER }, ..user(rights) };
            targets.push(Target { kind: Kind::ApiKeys { owner, is_full }, is_own });
        }
        for has_factors in [false, true] {
            for (support, is_full) in
                SUPPORT.map(|support| (support, false)).into_iter().chain([(FactorSupport::FULL, true)])
            {
                let owner = User { id: if is_own { CALLER } else { OTHER }, has_factors, ..user(rights) };
                targets.push(Target { kind: Kind::Factors { user: Some(owner), support, is_full }, is_own });
            }
        }
        for support in SUPPORT {
            let factors = factors(rights);
            targets.extend(factors.map(|factor| Target { kind: Kind::Factor(Some(factor), support), is_own }));
        }
        targets.push(Target { kind: Kind::Session(Some(session(rights))), is_own });
        targets.push(Target { kind: Kind::ApiKey(Some(key(rights))), is_own });
    };
    add_owned(caller, true);
    for rights in &all_rights {
        add_owned(*rights, false);
    }
    for rights in all_rights {
        targets.extend([0, 2].map(|users| Target::new(Kind::Role(Some(details(rights, users))))));
    }
    for kind in [Kind::Session(None), Kind::ApiKey(None), Kind::Factor(None, FactorSupport::FULL)] {
        targets.push(Target { kind, is_own: true });
    }
    targets
}

/// What the operator may allow.
const SUPPORT: [FactorSupport; 4] = [
    FactorSupport::FULL,
    FactorSupport { enrolment: true, passkeys: false },
    FactorSupport { enrolment: false, passkeys: true },
    FactorSupport { enrolment: false, passkeys: false },
];

fn factors(owner: Rights) -> [Factor; 6] {
    let factor = |kind, confirmed, is_last| Factor {
        id: Uuid::from_u128(6),
        user_id: OTHER,
        owner,
        kind,
        name: FactorName::stored("phone".to_owned()),
        confirmed,
        created_at: DateTime::UNIX_EPOCH,
        last_used_at: None,
        remaining: None,
        is_last,
        version: 1,
    };
    [
        factor(FactorType::Totp, false, false),
        factor(FactorType::Totp, true, false),
        factor(FactorType::Totp, true, true),
        factor(FactorType::Passkey, true, false),
        factor(FactorType::Passkey, true, true),
        factor(FactorType::RecoveryCodes, true, false),
    ]
}

fn states(user: &User) -> [User; 6] {
    let change = |change: fn(&mut User)| {
        let mut user = user.clone();
        change(&mut user);
        user
    };
    [
        user.clone(),
        change(|user| user.status = Status::Suspended),
        change(|user| user.last_admin = user.role.rights.admin),
        change(|user| {
            user.last_admin = user.role.rights.admin;
            user.last_verified_admin = user.last_admin;
        }),
        change(|user| (user.rate_limited, user.email_verified) = (true, true)),
        change(|user| user.has_factors = true),
    ]
}
