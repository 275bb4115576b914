//! Sequences of allowed actions: nobody gains a permission, acts upwards, or removes the last admin.
//!
//! A model of the service: roles, users who have them, and accomplices. The accomplices do whatever the policy allows, in
//! sessions and with keys. Each account that they create, or whose e-mail address they change, is theirs afterwards.

use super::{
    callers::{scopes_of, subset},
    targets::{details, user},
};
use crate::{
    Rights, Status, User,
    policy::{Action, Assurance, AuthenticatedUser, Decision, Principal, Resource, may, may_give, may_grant},
};
use proptest::{collection::vec, prelude::*};
use uuid::Uuid;

const ADMIN_ROLE: usize = 0;
const USER_ROLE: usize = 1;

#[derive(Debug, Clone)]
struct Account {
    role: usize,
    active: bool,
    /// Whether an accomplice can sign in to it.
    is_theirs: bool,
}

/// A step: who acts on whom, by which scopes, and with which role and permissions.
#[derive(Debug, Clone)]
struct Step {
    what: u8,
    actor: usize,
    target: usize,
    role: usize,
    permissions: u64,
    reserved: bool,
    /// The scopes of a key; a session if there are none.
    scopes: Option<u64>,
}

#[derive(Debug, Clone)]
struct Model {
    /// Roles, by number; `None` once deleted.
    roles: Vec<Option<Rights>>,
    /// Users, by number; `None` once deleted.
    users: Vec<Option<Account>>,
}

impl Model {
    fn rights(&self, account: &Account) -> Rights {
        self.roles[account.role].unwrap()
    }

    fn holders(&self, role: usize) -> usize {
        self.users.iter().flatten().filter(|user| user.role == role).count()
    }

    fn active_admins(&self) -> usize {
        self.users.iter().flatten().filter(|user| user.role == ADMIN_ROLE && user.active).count()
    }

    /// A user as the policy is shown one.
    fn shown(&self, account: &Account) -> User {
        let mut shown = user(self.rights(account));
        shown.status = if account.active { Status::Active } else { Status::Suspended };
        shown.last_admin = account.active && account.role == ADMIN_ROLE && self.active_admins() == 1;
        shown
    }

    /// One of the accomplices who can make a request.
    fn actor(&self, step: &Step) -> Option<Principal> {
        let accomplices: Vec<(usize, &Account)> = self
            .users
            .iter()
            .enumerate()
            .filter_map(|(id, user)| Some((id, user.as_ref()?)))
            .filter(|(_, user)| user.is_theirs && user.active)
            .collect();
        let (id, account) = accomplices.get(step.actor % accomplices.len().max(1))?;
        let (id, rights) = (uuid(*id), self.rights(account));
        let caller = match step.scopes {
            None => AuthenticatedUser::by_session(id, Uuid::nil(), rights, Assurance::FRESH),
            Some(bits) => {
                AuthenticatedUser::by_api_key(id, Uuid::nil(), scopes_of(bits).collect(), rights, Assurance::STALE)
            }
        };
        Some(Principal::User(caller))
    }

    /// Does it if the policy allows it; returns whether it does.
    fn take(&mut self, step: &Step) -> bool {
        let Some(actor) = self.actor(step) else { return false };
        let (target, role) = (step.target % self.users.len(), step.role % self.roles.len());
        let permissions = subset(step.permissions);
        let new_role = Rights::custom(permissions, step.reserved);
        let on_user = |model: &Self, action| {
            let Some(account) = &model.users[target] else { return false };
            let shown = model.shown(account);
            may(&actor, action, &Resource::User { id: uuid(target), user: Some(&shown) }) == Decision::Allow
        };
        let on_role = |model: &Self, action| {
            let Some(rights) = model.roles[role] else { return false };
            let mut shown = details(rights, i64::try_from(model.holders(role)).unwrap());
            // A role without permissions is not built in because of that.
            shown.role.name = crate::RoleName::stored(["admin", "user", "custom"][role.min(2)].to_owned());
            may(&actor, action, &Resource::Role { role: Some(&shown) }) == Decision::Allow
        };
        let allowed = |action, resource| may(&actor, action, &resource) == Decision::Allow;
        let may_write = |model: &Self, action, reserved: bool| {
            let entitled = match action {
                Action::CreateRole => allowed(action, Resource::Roles { is_full: false }),
                _ => on_role(model, action),
            };
            let may_reserve = match action {
                Action::CreateRole => allowed(Action::ReserveRole, Resource::Roles { is_full: false }),
                _ => on_role(model, Action::ReserveRole),
            };
            let was = if action == Action::CreateRole { false } else { model.roles[role].unwrap_or_default().reserved };
            entitled && may_grant(&actor, permissions) && (reserved == was || may_reserve)
        };
        let given = self.roles[role].filter(|rights| may_give(&actor, *rights));
        match step.what % 9 {
            0 if on_user(self, Action::AssignRole) && given.is_some() => self.account(target).role = role,
            1 if on_user(self, Action::ChangeEmail) => self.account(target).is_theirs = true,
            2 if on_user(self, Action::SuspendUser) => self.account(target).active = false,
            3 if on_user(self, Action::ReactivateUser) => self.account(target).active = true,
            4 if on_user(self, Action::DeleteUser) => self.users[target] = None,
            5 if allowed(Action::CreateUser, Resource::Users)
                && (role == USER_ROLE || given.is_some() && allowed(Action::AssignRole, Resource::Users)) =>
            {
                self.users.push(Some(Account { role, active: true, is_theirs: true }));
            }
            6 if may_write(self, Action::CreateRole, step.reserved) => self.roles.push(Some(new_role)),
            7 if may_write(self, Action::UpdateRole, step.reserved) => self.roles[role] = Some(new_role),
            8 if on_role(self, Action::DeleteRole) => self.roles[role] = None,
            _ => return false,
        }
        true
    }

    fn account(&mut self, id: usize) -> &mut Account {
        self.users[id].as_mut().unwrap()
    }
}

fn uuid(id: usize) -> Uuid {
    Uuid::from_u128(id as u128 + 1)
}

fn step() -> impl Strategy<Value = Step> {
    let numbers = (any::<u8>(), any::<usize>(), any::<usize>(), any::<usize>());
    // Small sets are granted more often.
    let set = (any::<u64>(), any::<u64>()).prop_map(|(one, other)| one & other);
    (numbers, set, proptest::bool::weighted(0.2), proptest::option::weighted(0.3, any::<u64>())).prop_map(
        |((what, actor, target, role), permissions, reserved, scopes)| Step {
            what,
            actor,
            target,
            role,
            permissions,
            reserved,
            scopes,
        },
    )
}

/// A service with custom roles, users who have them, at least one admin, and at least one accomplice.
fn model(admins_too: bool) -> impl Strategy<Value = Model> {
    let role = (any::<u64>(), any::<u64>(), proptest::bool::weighted(0.2))
        .prop_map(|(one, other, reserved)| Some(Rights::custom(subset(one | other), reserved)));
    let user = (any::<usize>(), proptest::bool::weighted(0.9), proptest::bool::weighted(0.3));
    (vec(role, 1..5), vec(user, 2..8)).prop_map(move |(custom, users)| {
        let roles: Vec<_> = [Some(Rights::ADMIN), Some(Rights::NONE)].into_iter().chain(custom).collect();
        let mut users: Vec<_> = users
            .into_iter()
            .map(|(role, active, is_theirs)| {
                let role = role % roles.len();
                Some(Account { role, active, is_theirs: is_theirs && (admins_too || role != ADMIN_ROLE) })
            })
            .collect();
        users.push(Some(Account { role: ADMIN_ROLE, active: true, is_theirs: admins_too }));
        users.push(Some(Account { role: 2, active: true, is_theirs: true }));
        Model { roles, users }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_sequence_of_allowed_actions_gains_a_permission(start in model(false), steps in vec(step(), 1..60)) {
        let held: Vec<Rights> =
            start.users.iter().flatten().filter(|user| user.is_theirs).map(|user| start.rights(user)).collect();
        let mut model = start.clone();
        for step in &steps {
            if !model.take(step) {
                continue;
            }
            for (id, account) in model.users.iter().enumerate() {
                let before = start.users.get(id).and_then(Option::as_ref);
                if let Some(account) = account.as_ref().filter(|account| account.is_theirs) {
                    let rights = model.rights(account);
                    let one_held_it = held.iter().any(|held| held.permissions.is_superset(rights.permissions));
                    prop_assert!(one_held_it && !rights.admin, "user {id} has {rights:?} after {step:?}");
                }
                // Who was above all of them, and their role, are as they were.
                if let Some(before) = before.filter(|before| !before.is_theirs) {
                    let rights = start.rights(before);
                    if !held.iter().any(|held| held.cover(rights)) {
                        let now = account.as_ref().expect("nobody above is deleted");
                        prop_assert!(!now.is_theirs, "user {id} is taken over by {step:?}");
                        prop_assert_eq!((now.role, now.active), (before.role, before.active));
                        prop_assert_eq!(model.rights(now), rights, "the role of user {} is changed", id);
                    }
                }
            }
            for (role, rights) in model.roles.iter().enumerate().filter_map(|(id, rights)| Some((id, (*rights)?))) {
                let is_new = start.roles.get(role).is_none_or(|before| *before != Some(rights));
                let one_held_it = held.iter().any(|held| held.permissions.is_superset(rights.permissions));
                prop_assert!(!is_new || one_held_it, "role {role} has {rights:?} after {step:?}");
            }
        }
    }

    #[test]
    fn the_last_admin_stays_whatever_admins_do(start in model(true), steps in vec(step(), 1..60)) {
        let mut model = start;
        for step in &steps {
            model.take(step);
            prop_assert!(model.active_admins() > 0, "after {step:?}");
        }
    }

    #[test]
    fn a_role_that_somebody_has_is_never_deleted(start in model(true), steps in vec(step(), 1..60)) {
        let mut model = start;
        for step in &steps {
            model.take(step);
            prop_assert!(model.users.iter().flatten().all(|user| model.roles[user.role].is_some()), "after {step:?}");
            prop_assert_eq!(&model.roles[..2], &[Some(Rights::ADMIN), Some(Rights::NONE)]);
        }
    }
}
