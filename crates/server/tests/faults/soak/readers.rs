//! Those who only look: what they see must be what was acknowledged, what they are offered must be there; and those who must
//! not see anything.

use super::{
    callers::{Ask, Caller},
    lot::Lot,
    world::{Breach, User, World},
};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

const PACE: Duration = Duration::from_millis(100);
/// Of so many things that a reader does, one is a walk through all users.
const WALKS: usize = 60;

/// Reads as an admin.
pub async fn read(world: Arc<World>) -> Result<(), Breach> {
    let mut lot = world.lot();
    while !world.done() {
        sleep(PACE).await;
        if lot.below(WALKS) == 0 {
            walk(&world, &mut lot).await?;
            continue;
        }
        let users = world.settled();
        if users.is_empty() {
            continue;
        }
        let user = lot.pick(&users).clone();
        match lot.below(4) {
            0 => search(&world, &mut lot, &user).await?,
            1 => sort(&world, &mut lot).await?,
            _ => look(&world, &mut lot, &user).await?,
        }
    }
    Ok(())
}

/// A user is what was acknowledged last, and every link that is safe to follow leads somewhere.
async fn look(world: &World, lot: &mut Lot, user: &User) -> Result<(), Breach> {
    let (at, path) = (lot.below(2), format!("/v1/users/{}", user.id));
    let admin = world.admin(lot).await;
    let (_, status, seen) = admin.answer(at, &Ask::get(&path)).await?;
    if !world.is_still(user) {
        return Ok(());
    }
    let right = match status {
        200 => !user.deleted && is(&seen, user),
        404 => user.deleted,
        _ => false,
    };
    if !right {
        return Err(world.book.breach(format!("replica {at} shows {user:?} as {status}: {seen}")));
    }
    let links = seen["_links"].as_object().into_iter().flatten();
    let is_safe = |link: &Value| link.get("method").is_none() && link.get("templated").is_none();
    let safe: Vec<&String> = links.filter(|(_, link)| is_safe(link)).map(|(name, _)| name).collect();
    if safe.is_empty() {
        return Ok(());
    }
    let ask = admin.follow(at, &seen, safe[lot.below(safe.len())])?;
    let (_, status, body) = admin.answer(1 - at, &ask).await?;
    if status != 200 && world.is_still(user) {
        return Err(world.book.breach(format!("{ask:?} was offered and is {status}: {body}")));
    }
    Ok(())
}

fn is(seen: &Value, user: &User) -> bool {
    [
        ("id", user.id.as_str()),
        ("username", &user.name),
        ("email", &user.email),
        ("role", user.role),
        ("status", user.status),
    ]
    .iter()
    .all(|(member, value)| seen[*member] == *value)
}

async fn search(world: &World, lot: &mut Lot, user: &User) -> Result<(), Breach> {
    let (at, path) = (lot.below(2), format!("/v1/users?limit=100&sort=email&q={}", user.email));
    let page = world.admin(lot).await.answer(at, &Ask::get(&path)).await?;
    let found = users(&page.2).iter().any(|seen| is(seen, user));
    if world.is_still(user) && (page.1 != 200 || found == user.deleted) {
        return Err(world.book.breach(format!("a search at replica {at} for {user:?} found {page:?}")));
    }
    Ok(())
}

async fn sort(world: &World, lot: &mut Lot) -> Result<(), Breach> {
    let sort = lot.pick(&["username", "-username", "email", "updated_at", "-last_login_at", "-created_at"]);
    let filter = lot.pick(&["", "&role=admin", "&status=suspended", "&status=active&role=user", "&offset=30"]);
    let (at, path) = (lot.below(2), format!("/v1/users?limit=20&sort={sort}{filter}"));
    let (_, status, page) = world.admin(lot).await.answer(at, &Ask::get(&path)).await?;
    let total = page["total"].as_u64().unwrap_or_default();
    if status != 200 || users(&page).len() as u64 > total {
        return Err(world.book.breach(format!("{path} at replica {at}: {status}: {page}")));
    }
    Ok(())
}

/// From the first page to the last: whoever is there all the while is seen once, whoever was gone before is not seen.
async fn walk(world: &World, lot: &mut Lot) -> Result<(), Breach> {
    let began = Instant::now();
    let before = world.settled();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut next = Some(Ask::get("/v1/users?limit=100"));
    while let Some(ask) = next {
        let at = lot.below(2);
        let (_, status, page) = world.admin(lot).await.answer(at, &ask).await?;
        if status != 200 {
            return Err(world.book.breach(format!("{ask:?} at replica {at}: {status}: {page}")));
        }
        for user in users(&page) {
            *seen.entry(user["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        next = Ask::link(&page, "next");
        sleep(PACE).await;
    }
    for user in before {
        let times = seen.get(&user.id).copied().unwrap_or_default();
        let right = times == usize::from(!user.deleted);
        if !right && world.is_still(&user) && user.since.is_some_and(|since| since < began) {
            return Err(world.book.breach(format!("a walk saw {user:?} {times} times")));
        }
    }
    Ok(())
}

fn users(page: &Value) -> &[Value] {
    page["_embedded"]["users"].as_array().map_or(&[], Vec::as_slice)
}

/// Nobody gets in without a token, with a forged one, or with one that was good once.
pub async fn intrude(world: Arc<World>, nobody: Caller) -> Result<(), Breach> {
    let mut lot = world.lot();
    while !world.done() {
        sleep(PACE).await;
        let caller = match (lot.below(3), world.book.grave(&mut lot)) {
            (0, _) | (_, None) => nobody.clone(),
            (1, _) => nobody.with_access("e30.e30.e30"),
            (_, Some(token)) => nobody.with_access(&token),
        };
        let path = *lot.pick(&["/v1/users", "/v1/me", "/v1/audit-events"]);
        caller.refused_by(lot.below(2), &Ask::get(path), 401).await?;
    }
    Ok(())
}
