//! The scenarios of users: they register, change, are promoted, demoted and suspended, and leave. Acknowledged changes are
//! recorded. A right that was taken away must be refused by the other replica at once.

use super::{
    callers::{Caller, RequestSpec},
    shared_state::{SharedState, User, Violation},
};
use fastrand::Rng;
use serde_json::{Value, json};
use std::{sync::Arc, time::Instant};
use usher_testkit::PASSWORD;

const ANOTHER_PASSWORD: &str = "another-good-one-77";
/// Renames in a scenario.
const RENAMES: usize = 3;

/// Runs one scenario after another.
pub async fn run(state: Arc<SharedState>, n: usize) -> Result<(), Violation> {
    let mut rng = state.rng();
    for round in 0.. {
        if state.done() {
            break;
        }
        let name = format!("l{n}r{round}");
        let nobody = state.nobody((n << 16) + round);
        UserScenario::begin(&state, &mut rng, nobody, name).await?.run(round).await?;
    }
    Ok(())
}

struct UserScenario<'a> {
    state: &'a SharedState,
    rng: &'a mut Rng,
    nobody: Caller,
    /// The user, signed in.
    own: Caller,
    id: String,
    name: String,
    password: &'static str,
}

impl<'a> UserScenario<'a> {
    /// Registers and signs in.
    async fn begin(state: &'a SharedState, rng: &'a mut Rng, nobody: Caller, name: String) -> Result<Self, Violation> {
        let at = rng.usize(..2);
        let email = format!("{name}@example.com");
        let body = json!({ "username": name, "email": email, "password": PASSWORD });
        nobody.must(at, &RequestSpec::new("POST", "/v1/register").json(&body), 201, 409).await?;
        let own = nobody.sign_in(1 - at, &name, PASSWORD).await?;
        let me = own.read(at, "/v1/me").await?;
        let id = me["id"].as_str().unwrap().to_owned();
        state.add(User {
            id: id.clone(),
            name: name.clone(),
            email,
            password: PASSWORD.to_owned(),
            role: "user",
            status: "active",
            deleted: false,
            since: Some(Instant::now()),
        });
        Ok(Self { state, rng, nobody, own, id, name, password: PASSWORD })
    }

    async fn run(mut self, round: usize) -> Result<(), Violation> {
        for change in 0..RENAMES {
            self.rename(change).await?;
            self.refresh().await?;
        }
        self.change_password().await?;
        self.promote_and_demote().await?;
        self.suspend_and_reactivate().await?;
        self.sign_out().await?;
        match round % 4 {
            0 => self.delete_by_admin().await,
            1 => self.delete_own_account().await,
            _ => Ok(()),
        }
    }

    fn path(&self) -> String {
        format!("/v1/users/{}", self.id)
    }

    /// The user's own representation, from one of the replicas.
    async fn me(&mut self) -> Result<(usize, Value), Violation> {
        let at = self.rng.usize(..2);
        Ok((at, self.own.read(at, "/v1/me").await?))
    }

    /// The representation that an admin sees.
    async fn seen_by(&self, admin: &Caller, at: usize) -> Result<Value, Violation> {
        admin.read(at, &self.path()).await
    }

    async fn rename(&mut self, change: usize) -> Result<(), Violation> {
        let (at, me) = self.me().await?;
        let name = format!("{}c{change}", self.name);
        let ask = self.own.follow(at, &me, "update")?.json(&json!({ "username": name }));
        self.state.begin(&self.id);
        self.own.must(at, &ask, 200, 200).await?;
        self.state.settle(&self.id, |user| user.name.clone_from(&name));
        let there = self.own.read(1 - at, "/v1/me").await?;
        if there["username"] != name.as_str() {
            return Err(self
                .state
                .record
                .violation(format!("replica {} does not show the name {name}: {there}", 1 - at)));
        }
        Ok(())
    }

    async fn refresh(&mut self) -> Result<(), Violation> {
        let at = self.rng.usize(..2);
        self.own = match self.own.refresh(at).await? {
            Some(own) => own,
            None => self.sign_in(at).await?,
        };
        Ok(())
    }

    async fn sign_in(&self, at: usize) -> Result<Caller, Violation> {
        let name = self.address();
        self.nobody.sign_in(at, &name, self.password).await
    }

    /// The e-mail address, which does not change with the name.
    fn address(&self) -> String {
        format!("{}@example.com", self.name)
    }

    async fn change_password(&mut self) -> Result<(), Violation> {
        let (at, me) = self.me().await?;
        let elsewhere = self.sign_in(1 - at).await?;
        let body = json!({ "current_password": self.password, "new_password": ANOTHER_PASSWORD });
        let ask = self.own.follow(at, &me, "change-password")?.json(&body);
        self.state.begin(&self.id);
        self.own.must(at, &ask, 204, 400).await?;
        self.password = ANOTHER_PASSWORD;
        self.state.settle(&self.id, |user| ANOTHER_PASSWORD.clone_into(&mut user.password));
        elsewhere.expect_signed_out().await?;
        self.own.read(1 - at, "/v1/me").await.map(drop)
    }

    async fn promote_and_demote(&mut self) -> Result<(), Violation> {
        let everybody = RequestSpec::get("/v1/users?limit=1");
        let at = self.rng.usize(..2);
        let admin = self.state.admin(self.rng).await;
        self.own.refused(&everybody, 403).await?;
        for (at, role) in [(at, "admin"), (1 - at, "user")] {
            let user = self.seen_by(&admin, at).await?;
            let ask = admin.follow(at, &user, "update")?.json(&json!({ "role": role }));
            self.state.begin(&self.id);
            admin.must(at, &ask, 200, 200).await?;
            self.state.settle(&self.id, |user| user.role = role);
            if role == "admin" {
                self.own.must(1 - at, &everybody, 200, 200).await?;
            } else {
                self.own.refused(&everybody, 403).await?;
            }
        }
        Ok(())
    }

    async fn suspend_and_reactivate(&mut self) -> Result<(), Violation> {
        let at = self.rng.usize(..2);
        let admin = self.state.admin(self.rng).await;
        for (at, relation, other, status) in
            [(at, "suspend", "reactivate", "suspended"), (1 - at, "reactivate", "suspend", "active")]
        {
            let user = self.seen_by(&admin, at).await?;
            if RequestSpec::link(&user, other).is_some() {
                return Err(self.state.record.violation(format!("{other} is offered as well as {relation}: {user}")));
            }
            let ask = admin.follow(at, &user, relation)?;
            self.state.begin(&self.id);
            admin.must(at, &ask, 200, 409).await?;
            self.state.settle(&self.id, |user| user.status = status);
            self.own.expect_signed_out().await?;
            if status == "suspended" {
                self.nobody.refused(&Caller::password_grant(&self.address(), self.password), 400).await?;
            }
        }
        drop(admin);
        self.own = self.sign_in(at).await?;
        Ok(())
    }

    async fn sign_out(&mut self) -> Result<(), Violation> {
        let (at, me) = self.me().await?;
        let ask = self.own.follow(at, &me, "revoke-all")?;
        self.own.must(at, &ask, 204, 401).await?;
        self.own.expect_signed_out().await
    }

    async fn delete_by_admin(self) -> Result<(), Violation> {
        let at = self.rng.usize(..2);
        let own = self.sign_in(at).await?;
        let admin = self.state.admin(self.rng).await;
        let user = self.seen_by(&admin, at).await?;
        let ask = admin.follow(at, &user, "delete")?;
        self.state.begin(&self.id);
        admin.must(at, &ask, 204, 404).await?;
        self.state.settle(&self.id, |user| user.deleted = true);
        admin.refused(&RequestSpec::get(&self.path()), 404).await?;
        own.expect_signed_out().await
    }

    async fn delete_own_account(mut self) -> Result<(), Violation> {
        let at = self.rng.usize(..2);
        self.own = self.sign_in(at).await?;
        let (at, me) = self.me().await?;
        let ask = self.own.follow(at, &me, "delete")?;
        self.state.begin(&self.id);
        self.own.must(at, &ask, 204, 401).await?;
        self.state.settle(&self.id, |user| user.deleted = true);
        self.own.expect_signed_out().await
    }
}
