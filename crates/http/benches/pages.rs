//! The cost of representing the longest page of users, for an admin and for a caller with a part of the permissions, without the
//! database: the policy is asked about each operation on each user, and those that it allows are written as links, or as links
//! and forms.
#![allow(clippy::unwrap_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use usher_domain::{
    Clock, FactorSupport, Permission, PermissionSet, Rights, Role, Status, User, checked,
    cursor::{Direction, UserCursor},
    page::{MAX_LIMIT, Page, Start, UserFilter, UserOrder},
    policy::{Assurance, AuthenticatedUser, Principal, Registration, Resource},
};
use usher_http::{
    OPERATIONS,
    bench::{Api, Media, PageRequest, UserFilters, UserListQuery, Viewer, represent_page},
};

/// One of ten is suspended, one of ten awaits a new address, one of ten is an admin.
fn user(number: u32, clock: &Clock) -> User {
    let (id, made) = clock.new_id();
    let is = |digit| number % 10 == digit;
    User {
        id,
        external_id: None,
        username: checked(&format!("user-{number:06}")).unwrap(),
        email: checked(&format!("user-{number:06}@example.com")).unwrap(),
        email_key: format!("user-{number:06}@example.com"),
        email_verified: !is(1),
        pending_email: is(2).then(|| checked(&format!("new-{number:06}@example.com")).unwrap()),
        role: if is(3) { Role::ADMIN } else { Role::USER },
        status: if is(4) { Status::Suspended } else { Status::Active },
        version: 1,
        created_at: made,
        updated_at: made,
        last_login_at: Some(made),
        last_admin: false,
        last_verified_admin: false,
        has_factors: false,
        rate_limited: false,
    }
}

/// A page amid a million users.
fn page(users: Vec<User>, filter: &UserFilter) -> Page<User, UserCursor> {
    let beside = |user: &User, direction, position| {
        Some(Start::Cursor(UserCursor::beside(user, direction, position, UserOrder::default(), filter)))
    };
    let offset = 900_000;
    Page {
        prev: users.first().and_then(|user| beside(user, Direction::Backward, offset)),
        next: users.last().and_then(|user| beside(user, Direction::Forward, offset + i64::from(MAX_LIMIT))),
        items: users,
        total: 1_000_000,
        counted: true,
        offset,
    }
}

fn pages(criterion: &mut Criterion) {
    let clock = Clock::default();
    // Those of the role that `make bench` gives to its second caller.
    let permissions = [
        Permission::UsersRead,
        Permission::UsersLiftThrottle,
        Permission::UsersSendPasswordReset,
        Permission::SessionsRead,
        Permission::SessionsRevoke,
    ];
    let support = Rights::custom(PermissionSet::of(&permissions), false);
    let service = Resource::Service { registration: Registration::Open, factors: FactorSupport::FULL };
    let api = Api::new(String::new(), service, false, OPERATIONS);
    let filter = UserFilter::default();
    let page = page((0..MAX_LIMIT).map(|number| user(number, &clock)).collect(), &filter);
    let request = PageRequest { limit: MAX_LIMIT, start: Start::Offset(page.offset) };
    let query = UserListQuery { page: request, filters: UserFilters::default() };

    for (caller, rights) in [("as an admin", Rights::ADMIN), ("with five permissions", support)] {
        let user = AuthenticatedUser::by_session(clock.new_id().0, clock.new_id().0, rights, Assurance::FRESH);
        let principal = Principal::User(user);
        let viewer = Viewer { api: &api, principal: &principal, roles: &[Role::ADMIN, Role::USER] };
        let mut group = criterion.benchmark_group(format!("page of 100 users, {caller}"));
        group.throughput(Throughput::Elements(u64::from(MAX_LIMIT)));
        for media in [Media::Hal, Media::HalForms] {
            group.bench_function(media.name(), |bencher| {
                bencher.iter(|| {
                    let response = represent_page(black_box(&query), black_box(&page), viewer, media);
                    (serde_json::to_vec(&response.body).unwrap(), response.link_header)
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, pages);
criterion_main!(benches);
