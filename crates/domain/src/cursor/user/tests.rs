use super::*;
use crate::{ExternalId, clock::id_at, cursor::bytes::MAX_CHARS};
use chrono::TimeDelta;
use proptest::{prelude::*, sample::select};

fn order() -> impl Strategy<Value = UserOrder> {
    select(UserOrder::NAMES).prop_map(|name| UserOrder::from_name(name).unwrap())
}

fn filter() -> impl Strategy<Value = UserFilter> {
    let q = proptest::option::of(any::<String>());
    let role = proptest::option::of("admin|user|[a-z][a-z0-9-]{0,31}".prop_map(RoleName::stored));
    let external_id = proptest::option::of("[a-z]{1,3}".prop_map(ExternalId::stored));
    (q, role, select(&STATUSES[..]), external_id).prop_map(|(q, role, status, external_id)| UserFilter {
        q,
        role,
        status,
        external_id,
    })
}

fn key(sort: UserSort) -> BoxedStrategy<UserKey> {
    let id = any::<u128>().prop_map(Uuid::from_u128);
    let last = DateTime::<Utc>::MAX_UTC.timestamp_micros();
    let time = (EARLIEST_MICROS..=last).prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap());
    match sort {
        UserSort::Username | UserSort::Email => "[^\0]{1,254}".prop_map(UserKey::Text).boxed(),
        UserSort::CreatedAt | UserSort::UpdatedAt => {
            (time, id).prop_map(|(time, id)| UserKey::Time(Some(time), id)).boxed()
        }
        UserSort::LastLoginAt => {
            (proptest::option::of(time), id).prop_map(|(time, id)| UserKey::Time(time, id)).boxed()
        }
    }
}

prop_compose! {
    fn cursor()(order in order())(
        order in Just(order),
        filter in filter(),
        direction in select(vec![Direction::Forward, Direction::Backward]),
        position in prop_oneof![0..100_i64, 0..=i64::MAX],
        key in key(order.by),
    ) -> (UserCursor, UserFilter) {
        (UserCursor { order, filter: Fingerprint::of(&filter), direction, position, key }, filter)
    }
}

proptest! {
    #[test]
    fn a_cursor_is_decoded_as_it_was_encoded((cursor, filter) in cursor()) {
        let text = cursor.encode();
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        prop_assert_eq!(UserCursor::decode(&text), Some(cursor.clone()));
        prop_assert!(cursor.suits(cursor.order, &filter));
    }

    #[test]
    fn a_cursor_belongs_to_one_list((cursor, filter) in cursor(), order in order(), other in filter()) {
        let same = order == cursor.order && Fingerprint::of(&other) == Fingerprint::of(&filter);
        prop_assert_eq!(cursor.suits(order, &other), same);
    }

    #[test]
    fn a_text_is_refused_or_is_the_only_spelling_of_a_cursor(text in any::<String>()) {
        if let Some(cursor) = UserCursor::decode(&text) {
            prop_assert_eq!(cursor.encode(), text);
        }
    }

    #[test]
    fn a_changed_cursor_is_refused(
        (cursor, _) in cursor(), at in any::<prop::sample::Index>(), by in "[A-Za-z0-9_=-]?",
    ) {
        let text = cursor.encode();
        let at = at.index(text.len());
        let mut changed = text.clone();
        changed.replace_range(at..=at, &by);
        if changed != text {
            prop_assert_eq!(UserCursor::decode(&changed), None);
        }
    }

    #[test]
    fn bytes_are_refused_or_are_a_cursor_that_postgres_can_look_up(
        shape in 0..20_u8, kind in 0..9_u8, rest in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let bytes = [&[FORMAT, shape, kind][..], &rest[..]].concat();
        match UserCursor::decode(&seal(bytes)).map(|cursor| cursor.key) {
            Some(UserKey::Text(text)) => prop_assert!(!text.contains('\0')),
            Some(UserKey::Time(Some(time), _)) => prop_assert!(time.timestamp_micros() >= EARLIEST_MICROS),
            _ => {}
        }
    }
}

fn by_name(text: &str) -> UserCursor {
    let order = UserOrder { by: UserSort::Username, descending: false };
    let filter = Fingerprint::of(&UserFilter::default());
    UserCursor { order, filter, direction: Direction::Forward, position: 20, key: UserKey::Text(text.to_owned()) }
}

/// The cursor of the default list after the user with this id and time of creation.
fn by_creation(id: Uuid, created_at: DateTime<Utc>) -> UserCursor {
    UserCursor { order: UserOrder::default(), key: UserKey::Time(Some(created_at), id), ..by_name("ada") }
}

#[test]
fn a_cursor_of_the_default_list_is_short() {
    let at = DateTime::from_timestamp_millis(1_800_000_000_123).unwrap();
    let of = |id| UserCursor { position: 999_980, ..by_creation(id, at) }.encode().len();
    assert_eq!(of(id_at(at)), 35);
    assert_eq!(of(Uuid::from_u128(1)), 46);
}

#[test]
fn a_cursor_of_the_release_that_sorted_by_id_is_read_if_the_id_has_the_time_of_creation() {
    let at = DateTime::from_timestamp_millis(1_800_000_000_123).unwrap();
    let of_that_release = |id: Uuid| seal([&[FORMAT, 0, 0, 20][..], id.as_bytes()].concat());
    let id = id_at(at);
    assert_eq!(UserCursor::decode(&of_that_release(id)), Some(by_creation(id, at)));
    assert_eq!(by_creation(id, at).encode(), of_that_release(id));
    assert_eq!(UserCursor::decode(&of_that_release("f47ac10b-58cc-4372-a567-0e02b2c3d479".parse().unwrap())), None);
}

#[test]
fn a_user_who_was_imported_with_a_time_other_than_that_of_the_id_is_the_place_of_a_cursor_too() {
    let at = DateTime::from_timestamp_millis(1_800_000_000_123).unwrap();
    for id in [id_at(at), "f47ac10b-58cc-4372-a567-0e02b2c3d479".parse().unwrap()] {
        let cursor = by_creation(id, at - TimeDelta::days(400));
        assert_eq!(UserCursor::decode(&cursor.encode()), Some(cursor));
    }
}

#[test]
fn a_cursor_that_no_list_returns_is_refused() {
    assert!(UserCursor::decode("").is_none());
    assert!(UserCursor::decode(&by_name("").encode()).is_none());
    assert!(UserCursor::decode(&by_name("a\0b").encode()).is_none());
    assert!(UserCursor::decode(&by_name(&"x".repeat(MAX_CHARS)).encode()).is_none());
    let written = by_name("ada").encode();
    assert!(UserCursor::decode(&format!("{written}=")).is_none());
    assert!(UserCursor::decode(&format!(" {written}")).is_none());
}

#[test]
fn the_case_of_a_search_is_ignored_and_an_empty_one_is_none() {
    let of = |q: &str| Fingerprint::of(&UserFilter { q: Some(q.to_owned()), ..UserFilter::default() });
    assert_eq!(of("Ada"), of("aDA"));
    assert_ne!(of("ada"), of("adb"));
    assert_eq!(of(""), Fingerprint::of(&UserFilter::default()));
}

#[test]
fn the_list_of_an_external_id_has_cursors_of_its_own() {
    let of = |id: &str| {
        let external_id = Some(ExternalId::stored(id.to_owned()));
        Fingerprint::of(&UserFilter { external_id, ..UserFilter::default() })
    };
    let found = |q: &str| Fingerprint::of(&UserFilter { q: Some(q.to_owned()), ..UserFilter::default() });
    assert_ne!(of("a1"), of("A1"));
    assert_ne!(of("ada"), found("ada"));
    assert_ne!(of("ada"), Fingerprint::of(&UserFilter::default()));
}
