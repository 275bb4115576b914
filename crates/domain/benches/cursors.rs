//! The cost of a cursor: encoding the one of `next` for a page, and decoding it in the request
//! that follows.
#![allow(clippy::unwrap_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use usher_domain::{
    Clock, Status, User, checked,
    cursor::{Cursor, Direction, UserCursor},
    page::{UserFilter, UserOrder},
};

fn user() -> User {
    let (id, made) = Clock::default().new_id();
    User {
        id,
        external_id: None,
        username: checked("ada.lovelace").unwrap(),
        email: checked("ada.lovelace@example.com").unwrap(),
        email_key: "ada.lovelace@example.com".to_owned(),
        email_verified: true,
        pending_email: None,
        role: usher_domain::Role::USER,
        status: Status::Active,
        version: 1,
        created_at: made,
        updated_at: made,
        last_login_at: None,
        last_admin: false,
        last_verified_admin: false,
        has_factors: false,
        rate_limited: false,
    }
}

/// The default list, and a search sorted by address, which has the longest cursors.
fn lists() -> [(&'static str, UserOrder, UserFilter); 2] {
    let search = UserFilter {
        q: Some("lovelace".to_owned()),
        role: Some(usher_domain::RoleName::USER),
        status: Some(Status::Active),
        external_id: None,
    };
    [
        ("default list", UserOrder::default(), UserFilter::default()),
        ("search by email", UserOrder::from_name("email").unwrap(), search),
    ]
}

fn cursors(criterion: &mut Criterion) {
    let user = user();
    for (list, order, filter) in lists() {
        let cursor = UserCursor::beside(&user, Direction::Forward, 999_980, order, &filter);
        let text = cursor.encode();
        criterion.bench_function(&format!("cursor: encode, {list}"), |bencher| {
            bencher.iter(|| black_box(&cursor).encode());
        });
        criterion.bench_function(&format!("cursor: decode, {list}"), |bencher| {
            bencher.iter(|| UserCursor::decode(black_box(&text)).unwrap());
        });
    }
}

criterion_group!(benches, cursors);
criterion_main!(benches);
