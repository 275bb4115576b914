//! The two admins, who now and then both step down at the same moment, each at another replica: one must stay.

use super::{
    callers::{Ask, Caller},
    world::{Breach, World},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// Between two times.
const PACE: Duration = Duration::from_secs(5);
/// An access token is good for 15 minutes.
const OLD: Duration = Duration::from_mins(5);
/// How often who is an admin is set right, where a demotion that was not answered takes effect late.
const ATTEMPTS: usize = 5;

pub async fn step_down(world: Arc<World>, names: [&'static str; 2], password: &'static str) -> Result<(), Breach> {
    let mut lot = world.lot();
    while !world.done() {
        sleep(PACE).await;
        let mut admins = world.admins.write().await;
        let at = lot.below(2);
        for (admin, name) in admins.iter_mut().zip(names) {
            if admin.age() > OLD {
                *admin = match admin.refresh(at).await? {
                    Some(admin) => admin,
                    None => admin.sign_in(at, name, password).await?,
                };
            }
        }
        both_step_down(&world, &admins, at).await?;
    }
    Ok(())
}

async fn both_step_down(world: &World, admins: &[Caller; 2], at: usize) -> Result<(), Breach> {
    let [one, two] = admins;
    let paths = [path(one, at).await?, path(two, at).await?];
    let down = paths.each_ref().map(|path| Ask::new("PATCH", path).json(&json!({ "role": "user" })));
    let outcomes = tokio::join!(one.ask(at, &down[0]), two.ask(1 - at, &down[1]));
    if let (Some((first, _)), Some((second, _))) = &outcomes
        && [*first.min(second), *first.max(second)] != [200, 409]
    {
        return Err(world.book.breach(format!("of two admins who stepped down not one stayed: {outcomes:?}")));
    }
    for _ in 0..ATTEMPTS {
        match (is_admin(one, at).await?, is_admin(two, at).await?) {
            (true, true) => return Ok(()),
            (true, false) => raise(one, &paths[1], at).await?,
            (false, true) => raise(two, &paths[0], at).await?,
            (false, false) => break,
        }
    }
    Err(world.book.breach("nobody is an admin any more".to_owned()))
}

async fn path(caller: &Caller, at: usize) -> Result<String, Breach> {
    let me: Value = caller.read(at, "/v1/me").await?;
    Ok(format!("/v1/users/{}", me["id"].as_str().unwrap()))
}

/// Whether somebody may see everybody.
async fn is_admin(caller: &Caller, at: usize) -> Result<bool, Breach> {
    match caller.answer(at, &Ask::get("/v1/users?limit=1")).await? {
        (_, 200, _) => Ok(true),
        (_, 403, _) => Ok(false),
        (_, status, body) => Err(caller.book.breach(format!("an admin who stepped down got {status}: {body}"))),
    }
}

/// Makes somebody an admin again. Where this is refused, because the demotion of who does it takes effect late, the next look
/// tells.
async fn raise(by: &Caller, path: &str, at: usize) -> Result<(), Breach> {
    by.answer(at, &Ask::new("PATCH", path).json(&json!({ "role": "admin" }))).await.map(drop)
}
