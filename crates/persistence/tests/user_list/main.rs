//! The list of users, against a real Postgres: whatever order, filter and way through it, it is the list that sorting and
//! filtering in memory would give.

#![allow(clippy::unwrap_used, clippy::panic)]

mod model;
mod test_database;

use model::{kinds, model};
use std::collections::HashSet;
use test_database::{Random, TestDatabase, connect, insert, run};
use tokio_postgres::Client;
use usher_domain::{
    ExternalId, RoleName, Status, User,
    cursor::{Cursor, UserCursor},
    page::{Page, Start, UserFilter, UserOrder},
};
use usher_persistence::Error;
use uuid::Uuid;

#[test]
fn every_order_and_filter_is_walked_both_ways_as_in_memory() {
    run(async {
        let database = TestDatabase::new("walked").await;
        let mut random = Random(1);
        database.populate(&mut random, 230).await;
        let all_users = database.all_users().await;
        let mut filters: Vec<UserFilter> = kinds().collect();
        for q in ["a", "B", "ab", "bAb", "_", "a_b", "%", "\\", "ß", "SS", "@example", "c@", ".", "nobody-is-called-so"]
        {
            for (role, status) in
                [(None, None), (Some(RoleName::ADMIN), None), (Some(RoleName::USER), Some(Status::Active))]
            {
                filters.push(UserFilter { q: Some(q.to_owned()), role, status, external_id: None });
            }
        }
        for name in UserOrder::NAMES {
            let order = UserOrder::from_name(name).unwrap();
            for filter in &filters {
                let expected = model(&all_users, order, filter);
                walk(&database, order, filter, &expected, &mut random).await;
            }
        }
    });
}

/// Forwards from the beginning and backwards from the end with pages of many sizes, and from offsets here and there.
async fn walk(database: &TestDatabase, order: UserOrder, filter: &UserFilter, expected: &[Uuid], random: &mut Random) {
    let total = expected.len();
    let mut start = Start::Offset(0);
    let mut at = 0;
    loop {
        let limit = 1 + random.below(100);
        let page = database.list(filter, order, &start, limit).await;
        assert_page(&page, at, limit, expected);
        at += page.items.len();
        let Some(next) = page.next else { break };
        start = through_text(next, order, filter);
    }
    assert_eq!(at, total);

    let mut start = Start::Offset(i64::try_from(total + random.below(3)).unwrap());
    let mut at = total;
    let mut limit = 1 + random.below(100);
    let page = database.list(filter, order, &start, limit).await;
    if let Some(prev) = page.prev {
        assert_eq!(prev, Start::Offset(((total - 1) / limit * limit).try_into().unwrap()), "the last page");
        at = (total - 1) / limit * limit;
        start = prev;
        let mut count = limit;
        loop {
            let page = database.list(filter, order, &start, limit).await;
            assert_page(&page, at, count, expected);
            let Some(prev) = page.prev else { break };
            assert_eq!(prev == Start::Offset(0), at < limit, "the first page");
            limit = 1 + random.below(100);
            // The first page is a full one where the page says so, else what is left before that page.
            (at, count) = match prev {
                Start::Offset(_) => (0, limit),
                Start::Cursor(_) => (at.saturating_sub(limit), limit.min(at)),
            };
            start = through_text(prev, order, filter);
        }
    }
    assert_eq!(at, 0);

    for _ in 0..3 {
        let (at, limit) = (random.below(total + 30), 1 + random.below(100));
        let page = database.list(filter, order, &Start::Offset(at.try_into().unwrap()), limit).await;
        assert_page(&page, at, limit, expected);
        assert_eq!(
            page.prev == Some(Start::Offset(0)),
            total > 0 && 0 < at && (at < limit || total <= limit),
            "{page:?}"
        );
    }
}

fn assert_page(page: &Page<User, UserCursor>, at: usize, count: usize, expected: &[Uuid]) {
    let ids: Vec<Uuid> = page.items.iter().map(|user| user.id).collect();
    let from = at.min(expected.len());
    let to = (at + count).min(expected.len());
    assert_eq!(ids, expected[from..to]);
    assert_eq!(page.offset, i64::try_from(at).unwrap());
    assert_eq!(page.total, i64::try_from(expected.len()).unwrap());
    assert_eq!(page.prev.is_some(), from > 0, "prev");
    assert_eq!(page.next.is_some(), to < expected.len(), "next");
}

#[test]
fn no_user_is_skipped_or_shown_twice_while_others_are_created_and_deleted() {
    run(async {
        let database = TestDatabase::new("churn").await;
        let mut random = Random(2);
        for name in ["created_at", "-created_at", "username", "-email", "updated_at", "-last_login_at"] {
            let order = UserOrder::from_name(name).unwrap();
            for filter in [UserFilter::default(), UserFilter { status: Some(Status::Active), ..UserFilter::default() }]
            {
                for backwards in [false, true] {
                    database.clear().await;
                    database.populate(&mut random, 150).await;
                    churn(&database, order, &filter, backwards, &mut random).await;
                }
            }
        }
    });
}

async fn churn(database: &TestDatabase, order: UserOrder, filter: &UserFilter, backwards: bool, random: &mut Random) {
    let mut staying: HashSet<Uuid> = model(&database.all_users().await, order, filter).into_iter().collect();
    let mut seen: Vec<Uuid> = Vec::new();
    let limit = 10;
    let mut start = if backwards {
        let total = staying.len();
        Start::Offset(((total - 1) / limit * limit).try_into().unwrap())
    } else {
        Start::Offset(0)
    };
    loop {
        let page = database.list(filter, order, &start, limit).await;
        let mut ids: Vec<Uuid> = page.items.iter().map(|user| user.id).collect();
        if backwards {
            ids.reverse();
        }
        seen.extend(&ids);
        let onward = if backwards { page.prev } else { page.next };
        let Some(onward) = onward else { break };
        start = through_text(onward, order, filter);
        // The very user the cursor names goes, and some here and there; others come anywhere.
        let all_users = database.all_users().await;
        let others = (0..3).map(|_| all_users[random.below(all_users.len())].id);
        for gone in ids.last().copied().into_iter().chain(others).collect::<Vec<_>>() {
            database.delete(gone).await;
            staying.remove(&gone);
        }
        let coming = random.below(5);
        database.populate(random, coming).await;
    }
    let shown: HashSet<Uuid> = seen.iter().copied().collect();
    assert_eq!(shown.len(), seen.len(), "shown twice: {order:?} backwards: {backwards}");
    assert!(staying.is_subset(&shown), "skipped: {order:?} backwards: {backwards}");
}

#[test]
fn a_page_whose_items_were_deleted_links_to_the_rest_of_the_list() {
    run(async {
        let database = TestDatabase::new("gone").await;
        database.populate(&mut Random(3), 30).await;
        let (order, all) = (UserOrder::default(), UserFilter::default());
        let middle = database.list(&all, order, &Start::Offset(10), 10).await;
        let ids = model(&database.all_users().await, order, &all);

        for id in &ids[20..] {
            database.delete(*id).await;
        }
        let after = database.list(&all, order, &middle.next.unwrap(), 10).await;
        assert_eq!((after.items.len(), after.total, after.offset), (0, 20, 20));
        assert_eq!((after.prev, after.next), (Some(Start::Offset(10)), None));

        for id in &ids[..10] {
            database.delete(*id).await;
        }
        let before = database.list(&all, order, &middle.prev.unwrap(), 10).await;
        assert_eq!((before.items.len(), before.total, before.offset), (0, 10, 0));
        assert_eq!((before.prev, before.next), (None, Some(Start::Offset(0))));
    });
}

#[test]
fn a_position_shifted_by_others_is_corrected_at_the_beginning() {
    run(async {
        let database = TestDatabase::new("shifted").await;
        database.populate(&mut Random(4), 40).await;
        let (order, all) = (UserOrder::default(), UserFilter::default());
        let page = database.list(&all, order, &Start::Offset(20), 10).await;
        let ids = model(&database.all_users().await, order, &all);
        for id in &ids[..15] {
            database.delete(*id).await;
        }
        let first = database.list(&all, order, &page.prev.unwrap(), 10).await;
        assert_eq!((first.items.len(), first.offset, first.prev), (5, 0, None));
        let second = database.list(&all, order, &first.next.unwrap(), 10).await;
        assert_eq!((second.items.len(), second.offset), (10, 5));
        assert_eq!(second.prev, Some(Start::Offset(0)));
    });
}

#[test]
fn a_page_at_the_highest_offset_is_empty() {
    run(async {
        let database = TestDatabase::new("highest").await;
        let (order, all) = (UserOrder::default(), UserFilter::default());
        let nobody = database.list(&all, order, &Start::Offset(i64::MAX), 20).await;
        assert_eq!(nobody, Page { items: vec![], total: 0, counted: true, offset: i64::MAX, prev: None, next: None });
        database.populate(&mut Random(5), 30).await;
        let end = database.list(&all, order, &Start::Offset(i64::MAX), 20).await;
        let prev = Some(Start::Offset(20));
        assert_eq!(end, Page { items: vec![], total: 30, counted: true, offset: i64::MAX, prev, next: None });
    });
}

#[test]
fn a_search_for_an_impossible_text_finds_no_user() {
    run(async {
        let database = TestDatabase::new("nul").await;
        database.populate(&mut Random(6), 3).await;
        let filter = UserFilter { q: Some("a\0".to_owned()), ..UserFilter::default() };
        let page = database.list(&filter, UserOrder::default(), &Start::Offset(1), 20).await;
        assert_eq!(page, Page { items: vec![], total: 0, counted: true, offset: 1, prev: None, next: None });
    });
}

#[test]
fn the_user_with_an_external_id_is_found_in_every_order_if_other_filters_match_too() {
    run(async {
        let database = TestDatabase::new("external").await;
        database.populate(&mut Random(9), 60).await;
        let all_users = database.all_users().await;
        let user = all_users.iter().find(|user| user.external_id.is_some()).unwrap();
        let external_id = |id: String| Some(ExternalId::stored(id));
        let id = user.external_id.clone().unwrap();
        for name in UserOrder::NAMES {
            let order = UserOrder::from_name(name).unwrap();
            for status in [None, Some(Status::Active), Some(Status::Suspended)] {
                for q in [None, Some(user.username_key.clone()), Some("nobody-is-called-so".to_owned())] {
                    let filter = UserFilter { q, status, external_id: external_id(id.clone()), role: None };
                    let expected = model(&all_users, order, &filter);
                    walk(&database, order, &filter, &expected, &mut Random(10)).await;
                }
            }
        }
        let longer = UserFilter { external_id: external_id(id + "0"), ..UserFilter::default() };
        assert_eq!(database.list(&longer, UserOrder::default(), &Start::Offset(0), 20).await.total, 0);
    });
}

#[test]
fn total_and_items_are_of_one_snapshot_during_concurrent_writes() {
    run(async {
        let database = TestDatabase::new("totals").await;
        database.populate(&mut Random(7), 60).await;
        let writers = (0..6).map(|seed| {
            let url = database.url.clone();
            tokio::spawn(async move {
                let (client, mut random) = (connect(&url).await, Random(100 + seed));
                for _ in 0..150 {
                    write_anything(&client, &mut random).await;
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        while writers.iter().any(|writer| !writer.is_finished()) {
            for filter in kinds() {
                let page = database.list(&filter, UserOrder::default(), &Start::Offset(0), 100).await;
                let counted = i64::try_from(page.items.len()).unwrap();
                assert!(page.total == counted || (counted == 100 && page.total > 100), "{} of {}", counted, page.total);
            }
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let all_users = database.all_users().await;
        for filter in kinds() {
            let page = database.list(&filter, UserOrder::default(), &Start::Offset(0), 1).await;
            let expected = model(&all_users, UserOrder::default(), &filter).len();
            assert_eq!(page.total, i64::try_from(expected).unwrap(), "{filter:?}");
        }
        database.clear().await;
        assert_eq!(database.list(&UserFilter::default(), UserOrder::default(), &Start::Offset(0), 1).await.total, 0);
    });
}

/// Inserts, deletes and changes, of one and of many, of which some are taken back.
async fn write_anything(client: &Client, random: &mut Random) {
    let statement = match random.below(7) {
        0 => "DELETE FROM users WHERE id = (SELECT id FROM users ORDER BY random() LIMIT 1)",
        1 => {
            "UPDATE users SET role = CASE role WHEN 'user' THEN 'support' WHEN 'support' THEN 'admin' ELSE 'user' END \
              WHERE id IN (SELECT id FROM users ORDER BY id LIMIT 3 OFFSET 7)"
        }
        2 => {
            "UPDATE users SET status = CASE status WHEN 'active' THEN 'suspended' ELSE 'active' END WHERE random() < 0.05"
        }
        3 => "UPDATE users SET updated_at = now(), role = 'user' WHERE random() < 0.05",
        _ => {
            let count = 1 + random.below(2);
            insert(client, random, count).await;
            return;
        }
    };
    client.batch_execute("BEGIN").await.unwrap();
    // Writers may conflict with each other; the counts do not depend on how they resolve it.
    let done = client.batch_execute(statement).await.is_ok() && random.below(4) > 0;
    client.batch_execute(if done { "COMMIT" } else { "ROLLBACK" }).await.unwrap();
}

#[test]
fn waiting_searches_leave_connections_to_others_and_are_refused_in_the_end() {
    run(async {
        let database = TestDatabase::new("bulkhead").await;
        database.populate(&mut Random(8), 3).await;
        let blocker = connect(&database.url).await;
        blocker.batch_execute("BEGIN; LOCK TABLE users").await.unwrap();
        let filter = UserFilter { q: Some("ada".to_owned()), ..UserFilter::default() };
        let searches = (0..8).map(|_| {
            let (database, filter) = (database.handle.clone(), filter.clone());
            tokio::spawn(async move { database.list_users(&filter, UserOrder::default(), &Start::Offset(0), 20).await })
        });
        let searches: Vec<_> = searches.collect();
        while database
            .ask(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
            )
            .await
            == 0
        {
            tokio::task::yield_now().await;
        }
        database.handle.answers().await.unwrap();
        for search in searches {
            let refused = search.await.unwrap();
            assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        }
        blocker.batch_execute("ROLLBACK").await.unwrap();
        database.list(&filter, UserOrder::default(), &Start::Offset(0), 20).await;
    });
}

/// The cursor as a client gives it back.
fn through_text(start: Start<UserCursor>, order: UserOrder, filter: &UserFilter) -> Start<UserCursor> {
    let Start::Cursor(cursor) = start else { return start };
    assert!(cursor.suits(order, filter));
    Start::Cursor(UserCursor::decode(&cursor.encode()).unwrap())
}
