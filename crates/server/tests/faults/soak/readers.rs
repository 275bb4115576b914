//! The readers: what they see must be what was acknowledged, and links that they get must work. And clients without a valid
//! token, who must see nothing.

use super::{
    callers::{Caller, RequestSpec},
    shared_state::{SharedState, User, Violation},
};
use fastrand::Rng;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Pause between two requests.
const REQUEST_INTERVAL: Duration = Duration::from_millis(100);
/// One of this many actions of a reader is a walk through all users.
const ACTIONS_PER_WALK: usize = 60;

/// Reads as an admin.
pub async fn read(state: Arc<SharedState>) -> Result<(), Violation> {
    let mut rng = state.rng();
    while !state.done() {
        sleep(REQUEST_INTERVAL).await;
        if rng.usize(..ACTIONS_PER_WALK) == 0 {
            walk(&state, &mut rng).await?;
            continue;
        }
        let users = state.settled();
        if users.is_empty() {
            continue;
        }
        let user = rng.choice(&users).unwrap().clone();
        match rng.usize(..4) {
            0 => search(&state, &mut rng, &user).await?,
            1 => sort(&state, &mut rng).await?,
            _ => look(&state, &mut rng, &user).await?,
        }
    }
    Ok(())
}

/// A user is as acknowledged last, and every safe link can be followed.
async fn look(state: &SharedState, rng: &mut Rng, user: &User) -> Result<(), Violation> {
    let (at, path) = (rng.usize(..2), format!("/v1/users/{}", user.id));
    let admin = state.admin(rng).await;
    let (_, status, seen) = admin.answer(at, &RequestSpec::get(&path)).await?;
    if !state.is_still(user) {
        return Ok(());
    }
    let right = match status {
        200 => !user.deleted && is(&seen, user),
        404 => user.deleted,
        _ => false,
    };
    if !right {
        return Err(state.record.violation(format!("replica {at} shows {user:?} as {status}: {seen}")));
    }
    let links = seen["_links"].as_object().into_iter().flatten();
    let is_safe = |link: &Value| link.get("method").is_none() && link.get("templated").is_none();
    let safe: Vec<&String> = links.filter(|(_, link)| is_safe(link)).map(|(name, _)| name).collect();
    if safe.is_empty() {
        return Ok(());
    }
    let ask = admin.follow(at, &seen, safe[rng.usize(..safe.len())])?;
    let (_, status, body) = admin.answer(1 - at, &ask).await?;
    if status != 200 && state.is_still(user) {
        return Err(state.record.violation(format!("{ask:?} was offered and is {status}: {body}")));
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

async fn search(state: &SharedState, rng: &mut Rng, user: &User) -> Result<(), Violation> {
    let (at, path) = (rng.usize(..2), format!("/v1/users?limit=100&sort=email&q={}", user.email));
    let page = state.admin(rng).await.answer(at, &RequestSpec::get(&path)).await?;
    let found = users(&page.2).iter().any(|seen| is(seen, user));
    if state.is_still(user) && (page.1 != 200 || found == user.deleted) {
        return Err(state.record.violation(format!("a search at replica {at} for {user:?} found {page:?}")));
    }
    Ok(())
}

async fn sort(state: &SharedState, rng: &mut Rng) -> Result<(), Violation> {
    let sort = rng.choice(&["username", "-username", "email", "updated_at", "-last_login_at", "-created_at"]).unwrap();
    let filter =
        rng.choice(&["", "&role=admin", "&status=suspended", "&status=active&role=user", "&offset=30"]).unwrap();
    let (at, path) = (rng.usize(..2), format!("/v1/users?limit=20&sort={sort}{filter}"));
    let (_, status, page) = state.admin(rng).await.answer(at, &RequestSpec::get(&path)).await?;
    let total = page["total"].as_u64().unwrap_or_default();
    if status != 200 || users(&page).len() as u64 > total {
        return Err(state.record.violation(format!("{path} at replica {at}: {status}: {page}")));
    }
    Ok(())
}

/// From the first page to the last: a user who exists during the whole walk is seen once, a user deleted before is not seen.
async fn walk(state: &SharedState, rng: &mut Rng) -> Result<(), Violation> {
    let began = Instant::now();
    let before = state.settled();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut next = Some(RequestSpec::get("/v1/users?limit=100"));
    while let Some(ask) = next {
        let at = rng.usize(..2);
        let (_, status, page) = state.admin(rng).await.answer(at, &ask).await?;
        if status != 200 {
            return Err(state.record.violation(format!("{ask:?} at replica {at}: {status}: {page}")));
        }
        for user in users(&page) {
            *seen.entry(user["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        next = RequestSpec::link(&page, "next");
        sleep(REQUEST_INTERVAL).await;
    }
    for user in before {
        let times = seen.get(&user.id).copied().unwrap_or_default();
        let right = times == usize::from(!user.deleted);
        if !right && state.is_still(&user) && user.since.is_some_and(|since| since < began) {
            return Err(state.record.violation(format!("a walk saw {user:?} {times} times")));
        }
    }
    Ok(())
}

fn users(page: &Value) -> &[Value] {
    page["_embedded"]["users"].as_array().map_or(&[], Vec::as_slice)
}

/// Requests without a token, with a forged one or with a revoked one are refused.
pub async fn intrude(state: Arc<SharedState>, nobody: Caller) -> Result<(), Violation> {
    let mut rng = state.rng();
    while !state.done() {
        sleep(REQUEST_INTERVAL).await;
        let caller = match (rng.usize(..3), state.record.revoked_token(&mut rng)) {
            (0, _) | (_, None) => nobody.clone(),
            (1, _) => nobody.with_access("e30.e30.e30"),
            (_, Some(token)) => nobody.with_access(&token),
        };
        let path = *rng.choice(&["/v1/users", "/v1/me", "/v1/audit-events"]).unwrap();
        caller.refused_by(rng.usize(..2), &RequestSpec::get(path), 401).await?;
    }
    Ok(())
}
