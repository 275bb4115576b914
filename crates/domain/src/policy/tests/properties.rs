//! Properties of all decisions.

use super::{
    callers::{Caller, scopes_of, subset},
    decisions::ACTIONS,
    targets::targets,
};
use crate::{
    Permission, Rights, Scope,
    policy::{Assurance, Decision, may, may_give, may_grant},
};
use proptest::prelude::*;

fn rights() -> impl Strategy<Value = Rights> {
    let custom = (any::<u64>(), any::<u64>(), any::<bool>(), any::<bool>());
    let custom = custom.prop_map(|(one, other, thin, reserved)| {
        Rights::custom(subset(if thin { one & other } else { one }), reserved)
    });
    prop_oneof![1 => Just(Rights::ADMIN), 9 => custom]
}

fn scopes() -> impl Strategy<Value = Vec<Scope>> {
    any::<u64>().prop_map(|bits| scopes_of(bits).collect())
}

/// What `less` may do and `more` may not.
fn exceeds(less: &Caller, more: &Caller, target_of: Rights, random: u64) -> Vec<String> {
    let (less, more) = (less.principal(Assurance::FRESH), more.principal(Assurance::FRESH));
    let mut found = Vec::new();
    for target in targets(target_of, subset(random)) {
        let resource = target.resource();
        for action in ACTIONS {
            let allowed = |caller| may(caller, *action, &resource) == Decision::Allow;
            if allowed(&less) && !allowed(&more) {
                found.push(format!("{action:?} {target:?}"));
            }
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_key_never_may_what_its_owner_may_not(owner in rights(), scopes in scopes(), random: u64) {
        let key = Caller::WithKey(owner, scopes);
        let session = Caller::InSession(owner);
        prop_assert_eq!(exceeds(&key, &session, owner, random), Vec::<String>::new());
        let role = Rights::custom(subset(random), false);
        prop_assert!(!may_give(&key.principal(Assurance::FRESH), role) || may_give(&session.principal(Assurance::FRESH), role));
    }

    #[test]
    fn a_key_with_more_scopes_may_at_least_as_much(owner in rights(), fewer in scopes(), more in scopes(), random: u64) {
        let all = fewer.iter().chain(&more).copied().collect();
        let (fewer, more) = (Caller::WithKey(owner, fewer), Caller::WithKey(owner, all));
        prop_assert_eq!(exceeds(&fewer, &more, owner, random), Vec::<String>::new());
    }

    #[test]
    fn who_has_more_permissions_may_at_least_as_much(held in rights(), random: u64, more in any::<u64>()) {
        let larger = Rights { permissions: held.permissions.union(subset(more)), ..held };
        let (smaller, larger) = (Caller::InSession(held), Caller::InSession(larger));
        prop_assert_eq!(exceeds(&smaller, &larger, held, random), Vec::<String>::new());
        prop_assert_eq!(exceeds(&larger, &Caller::InSession(Rights::ADMIN), held, random), Vec::<String>::new());
    }

    #[test]
    fn to_cover_is_an_order(one in rights(), two in rights(), three in rights()) {
        prop_assert!(one.cover(one) || one.reserved);
        prop_assert!(!(one.cover(two) && two.cover(three)) || one.cover(three));
        if one.cover(two) && two.cover(one) {
            prop_assert_eq!(one, two);
        }
    }

    #[test]
    fn each_permission_is_granted_or_refused_on_its_own(held in rights(), set: u64) {
        let caller = Caller::InSession(held).principal(Assurance::FRESH);
        let each = |permission: Permission| may_grant(&caller, [permission].into_iter().collect());
        prop_assert_eq!(may_grant(&caller, subset(set)), subset(set).iter().all(each));
    }
}
