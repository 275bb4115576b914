//! The two admins. From time to time both give up their role at the same moment, at different replicas; one must stay admin.

use super::{
    callers::{Caller, RequestSpec},
    shared_state::{SharedState, Violation},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// Time between two such attempts.
const INTERVAL: Duration = Duration::from_secs(5);
/// Age at which tokens are refreshed; an access token is valid for 15 minutes.
const REFRESH_AGE: Duration = Duration::from_mins(5);
/// Maximum number of attempts to restore both admins; a demotion without an answer can take effect late.
const RESTORE_ATTEMPTS: usize = 5;

pub async fn step_down(
    state: Arc<SharedState>,
    names: [&'static str; 2],
    password: &'static str,
) -> Result<(), Violation> {
    let mut rng = state.rng();
    while !state.done() {
        sleep(INTERVAL).await;
        let mut admins = state.admins.write().await;
        let at = rng.usize(..2);
        for (admin, name) in admins.iter_mut().zip(names) {
            if admin.age() > REFRESH_AGE {
                *admin = match admin.refresh(at).await? {
                    Some(admin) => admin,
                    None => admin.sign_in(at, name, password).await?,
                };
            }
        }
        both_step_down(&state, &admins, at).await?;
    }
    Ok(())
}

async fn both_step_down(state: &SharedState, admins: &[Caller; 2], at: usize) -> Result<(), Violation> {
    let [one, two] = admins;
    let paths = [path(one, at).await?, path(two, at).await?];
    let down = paths.each_ref().map(|path| RequestSpec::new("PATCH", path).json(&json!({ "role": "user" })));
    let outcomes = tokio::join!(one.ask(at, &down[0]), two.ask(1 - at, &down[1]));
    if let (Some((first, _)), Some((second, _))) = &outcomes
        && [*first.min(second), *first.max(second)] != [200, 409]
    {
        return Err(state
            .record
            .violation(format!("of two admins who stepped down, not exactly one stayed: {outcomes:?}")));
    }
    for _ in 0..RESTORE_ATTEMPTS {
        match (is_admin(one, at).await?, is_admin(two, at).await?) {
            (true, true) => return Ok(()),
            (true, false) => promote(one, &paths[1], at).await?,
            (false, true) => promote(two, &paths[0], at).await?,
            (false, false) => break,
        }
    }
    Err(state.record.violation("no admin is left".to_owned()))
}

async fn path(caller: &Caller, at: usize) -> Result<String, Violation> {
    let me: Value = caller.read(at, "/v1/me").await?;
    Ok(format!("/v1/users/{}", me["id"].as_str().unwrap()))
}

/// Whether the client may list users.
async fn is_admin(caller: &Caller, at: usize) -> Result<bool, Violation> {
    match caller.answer(at, &RequestSpec::get("/v1/users?limit=1")).await? {
        (_, 200, _) => Ok(true),
        (_, 403, _) => Ok(false),
        (_, status, body) => Err(caller.record.violation(format!("an admin who stepped down got {status}: {body}"))),
    }
}

/// Makes a user admin again. If this is refused because the caller's own demotion takes effect late, the next check finds
/// it.
async fn promote(by: &Caller, path: &str, at: usize) -> Result<(), Violation> {
    by.answer(at, &RequestSpec::new("PATCH", path).json(&json!({ "role": "admin" }))).await.map(drop)
}
