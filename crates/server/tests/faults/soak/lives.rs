//! Users who come, change, rise and fall, and go: whatever is acknowledged is written down, and what was taken away must be
//! gone at the other replica at once.

use super::{
    callers::{Ask, Caller},
    lot::Lot,
    world::{Breach, User, World},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Instant};
use usher_testkit::PASSWORD;

const ANOTHER_PASSWORD: &str = "another-good-one-77";
/// Renamings in a life.
const NAMES: usize = 3;

/// One life after another.
pub async fn live(world: Arc<World>, n: usize) -> Result<(), Breach> {
    let mut lot = world.lot();
    for round in 0.. {
        if world.done() {
            break;
        }
        let name = format!("l{n}r{round}");
        let nobody = world.nobody((n << 16) + round);
        Life::begin(&world, &mut lot, nobody, name).await?.pass(round).await?;
    }
    Ok(())
}

struct Life<'a> {
    world: &'a World,
    lot: &'a mut Lot,
    nobody: Caller,
    /// The user, signed in.
    own: Caller,
    id: String,
    name: String,
    password: &'static str,
}

impl<'a> Life<'a> {
    /// Registers and signs in.
    async fn begin(world: &'a World, lot: &'a mut Lot, nobody: Caller, name: String) -> Result<Self, Breach> {
        let at = lot.below(2);
        let email = format!("{name}@example.com");
        let body = json!({ "username": name, "email": email, "password": PASSWORD });
        nobody.must(at, &Ask::new("POST", "/v1/register").json(&body), 201, 409).await?;
        let own = nobody.sign_in(1 - at, &name, PASSWORD).await?;
        let me = own.read(at, "/v1/me").await?;
        let id = me["id"].as_str().unwrap().to_owned();
        world.add(User {
            id: id.clone(),
            name: name.clone(),
            email,
            password: PASSWORD.to_owned(),
            role: "user",
            status: "active",
            deleted: false,
            since: Some(Instant::now()),
        });
        Ok(Self { world, lot, nobody, own, id, name, password: PASSWORD })
    }

    async fn pass(mut self, round: usize) -> Result<(), Breach> {
        for change in 0..NAMES {
            self.rename(change).await?;
            self.refresh().await?;
        }
        self.change_password().await?;
        self.rise_and_fall().await?;
        self.be_suspended().await?;
        self.sign_out().await?;
        match round % 4 {
            0 => self.be_deleted().await,
            1 => self.delete_oneself().await,
            _ => Ok(()),
        }
    }

    fn path(&self) -> String {
        format!("/v1/users/{}", self.id)
    }

    /// The own representation, at one of the replicas.
    async fn me(&mut self) -> Result<(usize, Value), Breach> {
        let at = self.lot.below(2);
        Ok((at, self.own.read(at, "/v1/me").await?))
    }

    /// The representation as an admin sees it, who stays one as long as this is held.
    async fn seen_by(&self, admin: &Caller, at: usize) -> Result<Value, Breach> {
        admin.read(at, &self.path()).await
    }

    async fn rename(&mut self, change: usize) -> Result<(), Breach> {
        let (at, me) = self.me().await?;
        let name = format!("{}c{change}", self.name);
        let ask = self.own.follow(at, &me, "update")?.json(&json!({ "username": name }));
        self.world.begin(&self.id);
        self.own.must(at, &ask, 200, 200).await?;
        self.world.settle(&self.id, |user| user.name.clone_from(&name));
        let there = self.own.read(1 - at, "/v1/me").await?;
        if there["username"] != name.as_str() {
            return Err(self.world.book.breach(format!("{name} is not so called at replica {}: {there}", 1 - at)));
        }
        Ok(())
    }

    async fn refresh(&mut self) -> Result<(), Breach> {
        let at = self.lot.below(2);
        self.own = match self.own.refresh(at).await? {
            Some(own) => own,
            None => self.sign_in(at).await?,
        };
        Ok(())
    }

    async fn sign_in(&self, at: usize) -> Result<Caller, Breach> {
        let name = self.address();
        self.nobody.sign_in(at, &name, self.password).await
    }

    /// The e-mail address: unlike the name it stays.
    fn address(&self) -> String {
        format!("{}@example.com", self.name)
    }

    async fn change_password(&mut self) -> Result<(), Breach> {
        let (at, me) = self.me().await?;
        let elsewhere = self.sign_in(1 - at).await?;
        let body = json!({ "current_password": self.password, "new_password": ANOTHER_PASSWORD });
        let ask = self.own.follow(at, &me, "change-password")?.json(&body);
        self.world.begin(&self.id);
        self.own.must(at, &ask, 204, 400).await?;
        self.password = ANOTHER_PASSWORD;
        self.world.settle(&self.id, |user| ANOTHER_PASSWORD.clone_into(&mut user.password));
        elsewhere.is_out().await?;
        self.own.read(1 - at, "/v1/me").await.map(drop)
    }

    async fn rise_and_fall(&mut self) -> Result<(), Breach> {
        let everybody = Ask::get("/v1/users?limit=1");
        let at = self.lot.below(2);
        let admin = self.world.admin(self.lot).await;
        self.own.refused(&everybody, 403).await?;
        for (at, role) in [(at, "admin"), (1 - at, "user")] {
            let user = self.seen_by(&admin, at).await?;
            let ask = admin.follow(at, &user, "update")?.json(&json!({ "role": role }));
            self.world.begin(&self.id);
            admin.must(at, &ask, 200, 200).await?;
            self.world.settle(&self.id, |user| user.role = role);
            if role == "admin" {
                self.own.must(1 - at, &everybody, 200, 200).await?;
            } else {
                self.own.refused(&everybody, 403).await?;
            }
        }
        Ok(())
    }

    async fn be_suspended(&mut self) -> Result<(), Breach> {
        let at = self.lot.below(2);
        let admin = self.world.admin(self.lot).await;
        for (at, relation, other, status) in
            [(at, "suspend", "reactivate", "suspended"), (1 - at, "reactivate", "suspend", "active")]
        {
            let user = self.seen_by(&admin, at).await?;
            if Ask::link(&user, other).is_some() {
                return Err(self.world.book.breach(format!("{other} is offered as well as {relation}: {user}")));
            }
            let ask = admin.follow(at, &user, relation)?;
            self.world.begin(&self.id);
            admin.must(at, &ask, 200, 409).await?;
            self.world.settle(&self.id, |user| user.status = status);
            self.own.is_out().await?;
            if status == "suspended" {
                self.nobody.refused(&Caller::password_grant(&self.address(), self.password), 400).await?;
            }
        }
        drop(admin);
        self.own = self.sign_in(at).await?;
        Ok(())
    }

    async fn sign_out(&mut self) -> Result<(), Breach> {
        let (at, me) = self.me().await?;
        let ask = self.own.follow(at, &me, "revoke-all")?;
        self.own.must(at, &ask, 204, 401).await?;
        self.own.is_out().await
    }

    async fn be_deleted(self) -> Result<(), Breach> {
        let at = self.lot.below(2);
        let own = self.sign_in(at).await?;
        let admin = self.world.admin(self.lot).await;
        let user = self.seen_by(&admin, at).await?;
        let ask = admin.follow(at, &user, "delete")?;
        self.world.begin(&self.id);
        admin.must(at, &ask, 204, 404).await?;
        self.world.settle(&self.id, |user| user.deleted = true);
        admin.refused(&Ask::get(&self.path()), 404).await?;
        own.is_out().await
    }

    async fn delete_oneself(mut self) -> Result<(), Breach> {
        let at = self.lot.below(2);
        self.own = self.sign_in(at).await?;
        let (at, me) = self.me().await?;
        let ask = self.own.follow(at, &me, "delete")?;
        self.world.begin(&self.id);
        self.own.must(at, &ask, 204, 401).await?;
        self.world.settle(&self.id, |user| user.deleted = true);
        self.own.is_out().await
    }
}
