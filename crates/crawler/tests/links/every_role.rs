//! Callers with every single permission, with every permission but one, with none, and with random ones: links, forms, options
//! and refusals are those of the policy table, whatever the target has.

use crate::{
    facts::Facts,
    fixture::{Caller, CustomRole, Fixture, field_value},
    offered::{assert_accepted_or_invalid, assert_shows_new_state, check, shown},
    policy_table::{Outcome, Requirement, SUB_RESOURCES},
    refused::{NONE, assert_refused, expect_unchanged, targets, try_fields, try_ungivable},
    resource::Parameters,
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use usher_crawler::{Template, Visit, fillings};
use usher_domain::{Permission, PermissionSet};

/// The users whom every caller meets.
const USERS: [&str; 6] = ["alice", "sue", "omar", "tim", "root", "eve"];
/// The roles that every caller meets.
const ROLES: [&str; 4] = ["admin", "user", "everything", "board"];
const RANDOM_ROLES: usize = 12;
/// At most so many roles are tried at once.
const ROLE_COUNT: usize = Permission::ALL.len();

/// A permission with everything that it requires.
fn only(permission: Permission) -> PermissionSet {
    PermissionSet::of(&[permission]).with_required()
}

/// Every permission but one, and but those that require it.
fn all_but(permission: Permission) -> PermissionSet {
    let requires = |other: &Permission| only(*other).contains(permission);
    Permission::ALL.iter().copied().filter(|other| !requires(other)).collect()
}

fn roles(sets: impl Iterator<Item = PermissionSet>) -> Vec<CustomRole> {
    sets.enumerate().map(|(nth, permissions)| CustomRole::new(&format!("role-{nth}"), permissions)).collect()
}

/// The targets that this caller meets, out of all: itself, the user with the same role, some with other ones, and [`USERS`].
struct Met {
    users: BTreeSet<String>,
    roles: BTreeSet<String>,
    alice: String,
    caller: Option<String>,
}

impl Met {
    fn by(nth: usize, caller: &Caller, facts: &Facts) -> Self {
        let mut users: BTreeSet<String> = USERS.map(str::to_owned).into();
        let mut roles: BTreeSet<String> = ROLES.map(str::to_owned).into();
        for other in [nth, nth + 1, nth * 7 + 3] {
            users.insert(format!("twin-{}", other % ROLE_COUNT));
            users.insert(format!("caller-{}", other % ROLE_COUNT));
            roles.insert(format!("role-{}", other % ROLE_COUNT));
        }
        let ids = facts.user_ids().filter(|id| users.contains(facts.column(id, "username")));
        let id_of = |name: &str| facts.user_ids().find(|id| facts.column(id, "username") == name).unwrap().clone();
        Self {
            users: ids.cloned().chain(caller.user.clone()).chain([NONE.to_owned()]).collect(),
            roles,
            alice: id_of("alice"),
            caller: caller.user.clone(),
        }
    }

    fn includes(&self, parameters: &Parameters, facts: &Facts) -> bool {
        if let Some(role) = parameters.get("name") {
            return self.roles.contains(role) || !facts.role_names().any(|known| known == role);
        }
        let Some(user) = parameters.get("id") else { return true };
        let sub_resource = SUB_RESOURCES.iter().find_map(|(name, _)| Some((name, parameters.get(*name)?)));
        let is_theirs = sub_resource.is_none_or(|(name, id)| match facts.owner(name, id) {
            Some(owner) => owner == user || Some(user) == self.caller.as_ref() && *owner == self.alice,
            None => true,
        });
        self.users.contains(user) && is_theirs
    }
}

#[derive(Debug, Default)]
struct Counts {
    triples: usize,
    refusals: usize,
    representations: usize,
    submitted: usize,
}

/// Tries every operation by every caller on every target that they meet.
async fn try_everything(roles: &[CustomRole], with_keys: bool) {
    let fixture = Fixture::with_roles(roles, with_keys).await;
    let facts = fixture.facts().await;
    let before = fixture.state.dump().await;
    let mut counts = Counts::default();
    for (nth, caller) in fixture.callers.iter().enumerate() {
        let identity = caller.identity(&facts);
        let met = Met::by(nth, caller, &facts);
        let mut forms: BTreeMap<(String, String), Template> = BTreeMap::new();
        let mut allowed = Vec::new();
        for line in fixture.policy_table.operations() {
            let operation = &fixture.document.operations[&line.name];
            for parameters in targets(&operation.path, &facts).into_iter().filter(|it| met.includes(it, &facts)) {
                counts.triples += 1;
                let href = operation.href(&parameters);
                let story = format!("{}: {} {href}", caller.name, operation.method);
                let expected = facts.outcome(line, &identity, &parameters);
                if expected != Outcome::Ok {
                    let answer = caller.agent.send(&operation.method, &href, operation.body(&[])).await;
                    assert_refused(&story, &identity, &expected, &answer);
                    counts.refusals += 1;
                } else if operation.method == "GET" {
                    let page = if line.name.starts_with("list_") { "?limit=100" } else { "" };
                    let answer = caller.agent.get(&format!("{href}{page}")).await;
                    assert!(answer.succeeded(), "{story}: {} {}", answer.status, answer.json);
                    for mut shown in shown(&[Visit { href, from: String::new(), answer }]) {
                        shown.place = format!("{}, for {}", shown.place, caller.name);
                        check(&fixture, &facts, &identity, &shown);
                        let templates = shown.representation.templates().into_iter();
                        forms.extend(templates.map(|form| ((form.method.clone(), form.target.clone()), form)));
                        counts.representations += 1;
                    }
                } else if line.is_linked() && line.on_others != [Requirement::Nothing] {
                    allowed.push((line, parameters));
                }
            }
        }
        assert_eq!(fixture.state.dump().await, before, "{} has changed something", caller.name);
        let mut done = BTreeSet::new();
        for (line, parameters) in allowed {
            let operation = &fixture.document.operations[&line.name];
            let key = (operation.method.clone(), operation.href(&parameters));
            let story = format!("{}: {} {}", caller.name, key.0, key.1);
            let form = forms.get(&key).unwrap_or_else(|| panic!("{story} is not linked"));
            // Once on oneself, and once on another.
            if !done.insert((line.name.clone(), parameters.get("id") == identity.id().map(str::to_owned).as_ref())) {
                continue;
            }
            counts.refusals += try_fields(&fixture, caller, &facts, line, &parameters).await;
            counts.refusals += try_ungivable(&fixture, caller, &facts, line, &parameters).await;
            expect_unchanged(&fixture, &before, caller, line).await;
            let mut succeeded = false;
            for filling in fillings(form, |property| field_value(&form.key, property)) {
                let story = format!("{story} with {filling:?}");
                let answer = caller.agent.submit(form, &filling).await;
                assert_accepted_or_invalid(&story, &answer, form);
                assert_shows_new_state(&fixture, caller, &identity, &answer, &story).await;
                succeeded |= answer.succeeded();
                fixture.state.restore().await;
                counts.submitted += 1;
            }
            assert!(succeeded, "no way to fill in the form succeeds: {story}");
        }
    }
    println!("{} callers: {counts:?}", fixture.callers.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_with_one_permission_and_what_it_requires_allows_this_and_no_more() {
    try_everything(&roles(Permission::ALL.iter().copied().map(only)), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_with_every_permission_but_one_allows_all_but_this() {
    try_everything(&roles(Permission::ALL.iter().copied().map(all_but)), false).await;
}

/// Random sets of permissions that have what they require, the same in every run.
fn random_sets() -> Vec<PermissionSet> {
    let mut runner = TestRunner::deterministic();
    let random = proptest::collection::vec(any::<bool>(), Permission::ALL.len());
    let sets = std::iter::repeat_with(|| {
        let chosen = random.new_tree(&mut runner).unwrap().current();
        let chosen = Permission::ALL.iter().zip(chosen).filter(|(_, is_chosen)| *is_chosen);
        chosen.map(|(permission, _)| *permission).collect::<PermissionSet>().with_required()
    });
    sets.take(RANDOM_ROLES).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn random_roles_allow_what_their_permissions_allow() {
    try_everything(&roles(random_sets().into_iter()), false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_allows_what_its_owner_may_and_its_scopes_name() {
    try_everything(&roles(random_sets().into_iter()), true).await;
}
