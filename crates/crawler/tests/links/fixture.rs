//! Services with small databases, and callers in each.

use crate::{
    document::Document,
    facts::{Facts, Identity, Settings},
    policy_table::PolicyTable,
    state::{Dump, State},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use usher_crawler::{Agent, Filling, Property, Template};
use usher_domain::{
    Permission, PermissionSet, Scope,
    policy::{Registration, RequireMfa},
};
use usher_testkit::{ADMIN, Authenticator, Client, Options, PASSWORD, Person, TestApp, token_claims};

/// A password that no user has yet.
const NEW_PASSWORD: &str = "barbara-liskov-1939";

/// The usual settings.
pub const SETTINGS: Settings = Settings { registration_closed: false, require_mfa: RequireMfa::Off, enrolment: true };

/// The mailed tokens of alice: to confirm her address, and to choose a new password.
const VERIFICATION: &str = "to-confirm-an-address-alice-was-mailed-this";
const RESET: &str = "to-choose-a-password-alice-was-mailed--this";

/// A service, its database, and its callers.
pub struct Fixture {
    pub state: State,
    pub document: Document,
    pub policy_table: PolicyTable,
    pub callers: Vec<Caller>,
    /// Serves until it is dropped.
    app: TestApp,
    settings: Settings,
}

/// A client of the service, with or without a token.
#[derive(Clone)]
pub struct Caller {
    /// A description of the caller.
    pub name: String,
    pub agent: Agent,
    /// The user's id, of a user.
    pub user: Option<String>,
    /// The validity of their token, which the database does not show.
    token_state: TokenState,
    base: String,
    /// The authenticator app of the user, if there is one.
    authenticator: Option<Authenticator>,
    /// A recovery code of the user, if there is one.
    recovery_code: Option<String>,
}

#[derive(Clone)]
enum TokenState {
    /// No token.
    Absent,
    /// A token that is invalid independently of the database: forged or expired.
    Invalid,
    /// The session that the token names.
    Session(String),
    /// The API key that is the token.
    Key(String),
}

/// A role that the database has.
#[derive(Debug, Clone)]
pub struct CustomRole {
    pub name: String,
    pub permissions: PermissionSet,
    pub reserved: bool,
}

impl CustomRole {
    pub fn new(name: &str, permissions: PermissionSet) -> Self {
        Self { name: name.to_owned(), permissions, reserved: false }
    }

    pub fn of(name: &str, permissions: &[Permission]) -> Self {
        Self::new(name, PermissionSet::of(permissions))
    }

    /// A role that gives nothing, and is for admins to give.
    fn reserved() -> Self {
        Self { reserved: true, ..Self::of("board", &[]) }
    }
}

impl Fixture {
    /// A service with open registration, several admins, and a caller of each kind.
    pub async fn with_many_callers() -> Self {
        // Sending mail changes rows, which would be mistaken for changes by a request.
        let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
        let expired = app.user("elsa").await;
        app.clock.advance(TimeDelta::minutes(16));
        let root = app.admin().await;
        let [alice, bob] = [app.user("alice").await, app.user("bob").await];
        let [suspended, deleted, left] = [app.user("sue").await, app.user("dan").await, app.user("ned").await];
        let [eve, demoted, retired] =
            [app.another_admin("eve").await, app.another_admin("tom").await, app.another_admin("pat").await];
        let invited = json!({ "username": "ivy", "email": "ivy@example.com" });
        root.post("/v1/users", &invited).await.expect_status(201);
        root.act(&format!("{}/suspend", suspended.path())).await.expect_status(200);
        root.act(&format!("{}/suspend", retired.path())).await.expect_status(200);
        root.delete(&deleted.path()).await.expect_status(204);
        left.delete(&format!("{}/sessions", left.path())).await.expect_status(204);
        root.patch(&demoted.path(), &json!({ "role": "user" })).await.expect_status(200);
        app.sql().await.execute("UPDATE users SET email_verified = true WHERE username IN ('bob', 'tom')").await;
        let moving = json!({ "email": "robert@example.com", "current_password": PASSWORD });
        bob.patch(&bob.path(), &moving).await.expect_status(200);
        fail_to_sign_in(&app, "bob").await;
        let [sam, mia, tim] = [
            with_role(&app, &root, "sam", &supporter()).await,
            with_role(&app, &root, "mia", &manager()).await,
            with_role(&app, &root, "tim", &CustomRole::reserved()).await,
        ];
        let callers = vec![
            Caller::anonymous(&app),
            Caller::with_key(&app, &sam, &["account.read", "account.write", "users.read", "users.suspend"]).await,
            Caller::with_key(&app, &root, Scope::NAMES).await,
            Caller::signed_in("a supporter", &app, &sam),
            Caller::signed_in("a manager", &app, &mia),
            Caller::signed_in("a user with a reserved role", &app, &tim),
            Caller::signed_in("a user", &app, &alice),
            Caller::signed_in("another user, whose new address is to be confirmed", &app, &bob),
            Caller::signed_in("a user who was an admin and whose address is confirmed", &app, &demoted),
            Caller::signed_in("an admin", &app, &root),
            Caller::signed_in("a second admin", &app, &eve),
            Caller::with_invalid_token("a user with a forged token", &app, &forged(&alice)),
            Caller::with_invalid_token("a user whose token has expired", &app, expired.access_token().unwrap()),
            Caller::signed_in("a suspended user", &app, &suspended),
            Caller::signed_in("a suspended admin", &app, &retired),
            Caller::signed_in("a deleted user", &app, &deleted),
            Caller::signed_in("a user who has signed out", &app, &left),
        ];
        Self::of(app, callers, SETTINGS).await
    }

    /// A service with closed registration. Only one active admin has a password; another one signed in before losing theirs.
    pub async fn with_closed_registration() -> Self {
        let app =
            TestApp::with(Options { registration: Registration::Closed, send_mail: false, ..Options::default() }).await;
        let root = app.admin().await;
        let [alice, suspended] = [created(&app, &root, "alice").await, created(&app, &root, "sue").await];
        let eve = app.another_admin("eve").await;
        root.act(&format!("{}/suspend", suspended.path())).await.expect_status(200);
        let callers = vec![
            Caller::anonymous(&app),
            Caller::signed_in("a suspended user", &app, &suspended),
            Caller::signed_in("a user", &app, &alice),
            Caller::signed_in("the last admin", &app, &root),
            Caller::signed_in("an admin without a password", &app, &eve),
        ];
        State::keep(&app.database_url)
            .await
            .execute("UPDATE users SET password_hash = NULL WHERE username = 'eve'")
            .await;
        Self::of(app, callers, Settings { registration_closed: true, ..SETTINGS }).await
    }

    /// A service with few callers, for random walks.
    pub async fn with_few_callers() -> Self {
        let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
        let [root, eve] = [app.admin().await, app.another_admin("eve").await];
        let [alice, bob] = [app.user("alice").await, app.user("bob").await];
        fail_to_sign_in(&app, "bob").await;
        let [sam, mia] =
            [with_role(&app, &root, "sam", &supporter()).await, with_role(&app, &root, "mia", &manager()).await];
        let callers = vec![
            Caller::anonymous(&app),
            Caller::signed_in("root", &app, &root),
            Caller::signed_in("eve", &app, &eve),
            Caller::signed_in("alice", &app, &alice),
            Caller::signed_in("bob", &app, &bob),
            Caller::signed_in("sam", &app, &sam),
            Caller::signed_in("mia", &app, &mia),
            Caller::with_key(&app, &mia, &["account.read", "users.read", "users.assign-role", "roles.read"]).await,
        ];
        Self::of(app, callers, SETTINGS).await
    }

    /// A service where each of these roles has two users, the first of whom is a caller. There are others with more rights and
    /// with fewer: a user, a suspended user, one with every permission, one whose role is reserved, and admins. Perhaps the
    /// callers have keys, with some of the scopes that they may give.
    pub async fn with_roles(roles: &[CustomRole], with_keys: bool) -> Self {
        let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
        let (root, _) = (app.admin().await, app.another_admin("eve").await);
        let [alice, suspended] = [created(&app, &root, "alice").await, created(&app, &root, "sue").await];
        root.act(&format!("{}/suspend", suspended.path())).await.expect_status(200);
        let everything = CustomRole::new("everything", PermissionSet::ALL);
        let [omar, tim] = [
            with_role(&app, &root, "omar", &everything).await,
            with_role(&app, &root, "tim", &CustomRole::reserved()).await,
        ];
        let mut callers = Vec::new();
        for (nth, role) in roles.iter().enumerate() {
            let caller = with_role(&app, &root, &format!("caller-{nth}"), role).await;
            invited(&app, &root, &format!("twin-{nth}"), role).await;
            callers.push(Caller::signed_in(&format!("a user with {:?}", role.permissions.names()), &app, &caller));
            if with_keys {
                callers.push(Caller::with_key(&app, &caller, &scopes(nth, role)).await);
            }
        }
        if with_keys {
            callers.push(Caller::with_key(&app, &omar, Scope::NAMES).await);
            callers.push(Caller::with_key(&app, &root, Scope::NAMES).await);
        }
        callers.extend([
            Caller::signed_in("a user", &app, &alice),
            Caller::signed_in("a user with every permission", &app, &omar),
            Caller::signed_in("a user with a reserved role", &app, &tim),
            Caller::signed_in("an admin", &app, &root),
        ]);
        Self::of(app, callers, SETTINGS).await
    }

    /// A service with as many roles as there can be. One user has as many valid API keys as a user can have, another one has
    /// as many keys, of which one has expired. Two users have as many factors as a user can have.
    pub async fn with_full_lists() -> Self {
        let app = TestApp::with(Options { send_mail: false, ..Options::default() }).await;
        let root = app.admin().await;
        let [alice, bob] = [created(&app, &root, "alice").await, created(&app, &root, "bob").await];
        let mia = with_role(&app, &root, "mia", &manager()).await;
        let roles = "INSERT INTO roles (name, description, permissions, reserved, version, created_at, updated_at)
            SELECT 'role-' || n, '', '{}', false, 1, now(), now() FROM generate_series(1, 99) n";
        let keys = "INSERT INTO api_keys (id, user_id, digest, name, hint, scopes, created_at, expires_at)
            SELECT gen_random_uuid(), users.id, sha256((username || n)::bytea), 'a key', 'usher_pat_abcd',
                '{account.read}', now() - interval '2 days',
                now() + CASE WHEN username = 'bob' AND n = 1 THEN -interval '1 day' ELSE interval '30 days' END
            FROM users, generate_series(1, 50) n WHERE username IN ('alice', 'bob')";
        // Whose sessions have proved a factor, one of them long ago.
        let [carl, dora] = [created(&app, &root, "carl").await, created(&app, &root, "dora").await];
        let factors = "INSERT INTO factors (id, user_id, type, name, created_at, confirmed_at, secret)
            SELECT gen_random_uuid(), users.id, 'totp', 'an app', now(), now(), '\\x00'
            FROM users, generate_series(1, 20) n WHERE username IN ('carl', 'dora')";
        let proved = "UPDATE sessions SET methods = 35, authenticated_at = now()
            - CASE WHEN username = 'dora' THEN interval '1 hour' ELSE interval '0' END
            FROM users WHERE users.id = user_id AND username IN ('carl', 'dora')";
        let have = "UPDATE users SET has_factors = true WHERE username IN ('carl', 'dora')";
        for statement in [roles, keys, factors, proved, have] {
            app.sql().await.execute(statement).await;
        }
        let callers = vec![
            Caller::signed_in("an admin", &app, &root),
            Caller::signed_in("a manager", &app, &mia),
            Caller::signed_in("a user with all keys", &app, &alice),
            Caller::signed_in("a user with a key that has expired", &app, &bob),
            Caller::signed_in("a user with all factors", &app, &carl),
            Caller::signed_in("a user with all factors and a stale session", &app, &dora),
        ];
        Self::of(app, callers, SETTINGS).await
    }

    pub async fn of(app: TestApp, callers: Vec<Caller>, settings: Settings) -> Self {
        for (token, purpose) in [(VERIFICATION, "verify_email"), (RESET, "reset_password")] {
            let mailed = format!(
                "INSERT INTO mailed_tokens (digest, purpose, user_id, address, expires_at)
                SELECT sha256('{token}'), '{purpose}', id, email, now() + interval '1 day'
                FROM users WHERE username = 'alice'"
            );
            app.sql().await.execute(&mailed).await;
        }
        let state = State::keep(&app.database_url).await;
        let document = Document::read(&Agent::new(&app.url, None)).await;
        Self { state, document, policy_table: PolicyTable::read(), callers, app, settings }
    }

    /// The current facts.
    pub async fn facts(&self) -> Facts {
        self.facts_of(&self.state.dump().await)
    }

    /// The facts in this state.
    pub fn facts_of(&self, dump: &Dump) -> Facts {
        Facts::read(dump, self.settings, self.app.clock.now())
    }

    /// The ways to fill in a form that are worth trying for this caller.
    pub fn fillings(&self, caller: &Caller, form: &Template) -> Vec<Filling> {
        let code = caller.authenticator.as_ref().map(|authenticator| authenticator.code(&self.app));
        let mut fillings = usher_crawler::fillings(form, |property| match (property.name.as_str(), &code) {
            ("code" | "otp", Some(code)) => code.clone(),
            _ => field_value(&form.key, property),
        });
        // The form cannot express which of its fields belong together.
        for (field, value) in [("otp", &code), ("recovery_code", &caller.recovery_code)] {
            let Some(value) = value.as_deref().filter(|_| form.key == "step-up") else { continue };
            let filled = |(name, value): (&str, &str)| (name.to_owned(), Value::from(value));
            fillings.push([("password", PASSWORD), (field, value)].map(filled).into());
        }
        fillings
    }
}

impl Caller {
    fn new(name: &str, app: &TestApp, token: Option<&str>, token_state: TokenState) -> Self {
        Self {
            name: name.to_owned(),
            agent: Agent::new(&app.url, token),
            user: None,
            token_state,
            base: app.url.clone(),
            authenticator: None,
            recovery_code: None,
        }
    }

    pub fn anonymous(app: &TestApp) -> Self {
        Self::new("an anonymous caller", app, None, TokenState::Absent)
    }

    fn with_invalid_token(name: &str, app: &TestApp, token: &str) -> Self {
        Self::new(name, app, Some(token), TokenState::Invalid)
    }

    pub fn signed_in(name: &str, app: &TestApp, person: &Person) -> Self {
        let token = person.access_token().unwrap();
        let token_state = TokenState::Session(session(token));
        Self { user: Some(person.id.clone()), ..Self::new(name, app, Some(token), token_state) }
    }

    /// A script with a key of this user.
    pub async fn with_key(app: &TestApp, person: &Person, scopes: &[&str]) -> Self {
        let body = json!({ "name": "script", "scopes": scopes, "current_password": PASSWORD });
        let answer = person.post(&format!("{}/api-keys", person.path()), &body).await.expect_status(201).json;
        let text = |name: &str| answer[name].as_str().unwrap();
        // The first use in an hour is recorded later, which would be mistaken for a change by another request.
        let used = "UPDATE api_keys SET last_used_at = created_at + interval '1 day'";
        app.sql().await.execute(used).await;
        let name = format!("a key with {scopes:?}");
        // Nobody can sign in as a key.
        Self::new(&name, app, Some(text("key")), TokenState::Key(text("id").to_owned()))
    }

    /// The same caller, at another replica.
    pub fn at(self, app: &TestApp) -> Self {
        Self { agent: self.agent.at(&app.url), base: app.url.clone(), ..self }
    }

    /// The same user, with this authenticator app.
    pub fn with_authenticator(self, authenticator: Authenticator) -> Self {
        Self { authenticator: Some(authenticator), ..self }
    }

    /// The same user, with the recovery codes that came with the first factor.
    pub fn with_recovery_codes(self, enrolled: &Value) -> Self {
        Self { recovery_code: enrolled["recovery_codes"][0].as_str().map(str::to_owned), ..self }
    }

    /// Replaces the token.
    pub fn sign_in(&mut self, token: &str) {
        self.agent = Agent::new(&self.base, Some(token));
        self.token_state = TokenState::Session(session(token));
    }

    /// Who calls, by these facts.
    pub fn identity(&self, facts: &Facts) -> Identity {
        match &self.token_state {
            TokenState::Absent => Identity::Anonymous,
            TokenState::Invalid => Identity::InvalidToken,
            TokenState::Session(session) => facts.identity(session),
            TokenState::Key(key) => facts.identity_of_key(key),
        }
    }
}

pub async fn created(app: &TestApp, by: &Client, username: &str) -> Person {
    let body = json!({ "username": username, "email": format!("{username}@example.com"), "password": PASSWORD });
    by.post("/v1/users", &body).await.expect_status(201);
    app.nobody().sign_in(username, PASSWORD).await
}

/// Adds the role, unless the database has it, and a user who has it.
pub async fn with_role(app: &TestApp, by: &Client, username: &str, role: &CustomRole) -> Person {
    let user = created(app, by, username).await;
    give(app, username, role).await;
    user
}

/// A user with a role who has not chosen a password yet.
async fn invited(app: &TestApp, by: &Client, username: &str, role: &CustomRole) {
    let body = json!({ "username": username, "email": format!("{username}@example.com") });
    by.post("/v1/users", &body).await.expect_status(201);
    give(app, username, role).await;
}

async fn give(app: &TestApp, username: &str, CustomRole { name, permissions, reserved }: &CustomRole) {
    let permissions = permissions.names().join(",");
    let added = format!(
        "INSERT INTO roles (name, description, permissions, reserved, version, created_at, updated_at)
        VALUES ('{name}', '', '{{{permissions}}}', {reserved}, 1, now(), now()) ON CONFLICT DO NOTHING"
    );
    let given = format!("UPDATE users SET role = '{name}' WHERE username = '{username}'");
    for statement in [added, given] {
        app.sql().await.execute(&statement).await;
    }
}

/// Scopes that differ from one caller to the next: those of the account or not, and every second permission of the role or each.
fn scopes(nth: usize, role: &CustomRole) -> Vec<&'static str> {
    let account: &[&str] = [&[][..], &["account.read"], &["account.read", "account.write"]][nth % 3];
    let chosen = role.permissions.iter().enumerate().filter(|(at, _)| nth.is_multiple_of(2) || at.is_multiple_of(2));
    let chosen = chosen.map(|(_, permission)| permission).collect::<PermissionSet>().with_required();
    let scopes: Vec<_> = account.iter().copied().chain(chosen.names()).collect();
    // A key has one scope at least.
    if scopes.is_empty() { vec!["account.read"] } else { scopes }
}

/// May help users, but neither promote nor delete them.
fn supporter() -> CustomRole {
    CustomRole::of(
        "support",
        &[
            Permission::UsersRead,
            Permission::UsersUpdate,
            Permission::UsersSuspend,
            Permission::UsersSendPasswordReset,
            Permission::SessionsRead,
            Permission::SessionsRevoke,
        ],
    )
}

/// May add and delete users and give them roles, but reads nothing of what they do.
fn manager() -> CustomRole {
    CustomRole::of(
        "manager",
        &[
            Permission::UsersRead,
            Permission::UsersCreate,
            Permission::UsersAssignRole,
            Permission::UsersDelete,
            Permission::UsersLiftThrottle,
            Permission::RolesRead,
            Permission::RolesWrite,
        ],
    )
}

/// Makes the account rate limited by failed sign-ins, and lets the current wait end.
async fn fail_to_sign_in(app: &TestApp, username: &str) {
    for _ in 0..6 {
        app.nobody().password_grant(username, "not-the-password").await.expect_status(400);
    }
    app.clock.advance(TimeDelta::seconds(2));
}

/// The session that an access token names (RFC 9068 §2.2; `sid`).
fn session(token: &str) -> String {
    token_claims(token)["sid"].as_str().unwrap().to_owned()
}

/// The token with a wrong signature.
fn forged(person: &Person) -> String {
    let (signed, signature) = person.access_token().unwrap().rsplit_once('.').unwrap();
    let reversed: String = signature.chars().rev().collect();
    format!("{signed}.{reversed}")
}

/// A value for a field of the form `key`.
pub fn field_value(key: &str, property: &Property) -> String {
    let value = match (property.name.as_str(), property.kind.as_str()) {
        ("username", _) if key == "token" => ADMIN,
        ("current_password" | "password", _) => PASSWORD,
        ("new_password", _) => NEW_PASSWORD,
        ("username", _) => "newcomer",
        (_, "email") => "newcomer@example.com",
        ("name", _) => "new-one",
        ("expires_at", _) => return (chrono::Utc::now() + TimeDelta::days(30)).to_rfc3339(),
        ("token", _) if key == "verify-email" => VERIFICATION,
        ("token", _) if key == "reset-password" => RESET,
        ("token", _) => "one-that-was-never-mailed",
        ("credential", _) => "{}",
        // If only some texts are valid, the response reports it and the test fails.
        (_, "text") => "any text",
        (name, kind) => panic!("no value for the field {name} ({kind})"),
    };
    value.to_owned()
}
