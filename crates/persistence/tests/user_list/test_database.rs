//! Databases full of users with similar values.

use crate::model::{CUSTOM_ROLE, StoredUser};
use chrono::{DateTime, TimeDelta, Utc};
use std::{path::PathBuf, sync::LazyLock};
use tokio::runtime::{Handle, Runtime};
use tokio_postgres::{Client, NoTls};
use usher_domain::{
    Clock, User,
    clock::id_at,
    cursor::UserCursor,
    fold,
    page::{Page, Start, UserFilter, UserOrder},
};
use usher_persistence::Database;
use usher_private_postgres::{Durability, Options, PrivatePostgres};
use uuid::{Builder, Uuid};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static POSTGRES: LazyLock<PrivatePostgres> = LazyLock::new(|| {
    // Kept from run to run, because making a cluster takes longer than starting it.
    let data_dir = PathBuf::from(concat!(env!("CARGO_TARGET_TMPDIR"), "/user-list"));
    let options = Options { data_dir, durability: Durability::Throwaway, max_connections: 100 };
    std::thread::spawn(|| RUNTIME.block_on(PrivatePostgres::start(options)).unwrap()).join().unwrap()
});

pub fn run(test: impl Future<Output = ()>) {
    LazyLock::force(&POSTGRES);
    RUNTIME.block_on(test);
}

pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A database for one test.
pub struct TestDatabase {
    pub handle: Database,
    pub url: String,
    client: Client,
}

impl TestDatabase {
    pub async fn new(name: &str) -> Self {
        let client = connect(POSTGRES.url()).await;
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let (server, _) = POSTGRES.url().rsplit_once('/').unwrap();
        let url = format!("{server}/{name}");
        usher_persistence::migrate(&url).await.unwrap();
        let handle = Database::new(&url, 4, Clock::default(), &Handle::current()).unwrap();
        let client = connect(&url).await;
        let role = format!("INSERT INTO roles VALUES ('{CUSTOM_ROLE}', '', '{{users.read}}', false, 1, now(), now())");
        client.batch_execute(&role).await.unwrap();
        Self { handle, url, client }
    }

    pub async fn list(
        &self,
        filter: &UserFilter,
        order: UserOrder,
        start: &Start<UserCursor>,
        limit: usize,
    ) -> Page<User, UserCursor> {
        self.handle.list_users(filter, order, start, limit.try_into().unwrap()).await.unwrap()
    }

    pub async fn populate(&self, random: &mut Random, count: usize) {
        insert(&self.client, random, count).await;
    }

    pub async fn delete(&self, id: Uuid) {
        self.client.batch_execute(&format!("DELETE FROM users WHERE id = '{id}'")).await.unwrap();
    }

    pub async fn clear(&self) {
        self.client.batch_execute("TRUNCATE users CASCADE").await.unwrap();
    }

    pub async fn ask(&self, question: &str) -> i64 {
        let answer = self.client.simple_query(question).await.unwrap();
        let number = answer.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
            _ => None,
        });
        number.unwrap()
    }

    pub async fn all_users(&self) -> Vec<StoredUser> {
        let text = "SELECT id, username_key, email_key, role, status, external_id, \
                    (extract(epoch FROM created_at) * 1000000)::bigint, \
                    (extract(epoch FROM updated_at) * 1000000)::bigint, \
                    (extract(epoch FROM last_login_at) * 1000000)::bigint FROM users";
        let answer = self.client.simple_query(text).await.unwrap();
        let rows = answer.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let time = |micros: &str| DateTime::from_timestamp_micros(micros.parse().unwrap()).unwrap();
        rows.map(|row| StoredUser {
            id: row.get(0).unwrap().parse().unwrap(),
            username_key: row.get(1).unwrap().to_owned(),
            email_key: row.get(2).unwrap().to_owned(),
            role: row.get(3).unwrap().to_owned(),
            status: row.get(4).unwrap().to_owned(),
            external_id: row.get(5).map(str::to_owned),
            created_at: time(row.get(6).unwrap()),
            updated_at: time(row.get(7).unwrap()),
            last_login_at: row.get(8).map(time),
        })
        .collect()
    }
}

/// Adds users with similar names and often equal times. Some have ids that are not in the order of their creation, and external
/// ids. No user has a password, so there is no last admin
/// that must stay.
pub async fn insert(client: &Client, random: &mut Random, count: usize) {
    const LETTERS: [&str; 8] = ["a", "b", "B", "ß", "_", ".", "c", "é"];
    for _ in 0..count {
        let start: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
        let created = start + TimeDelta::milliseconds(random.below(40).try_into().unwrap());
        let is_imported = random.below(3) == 0;
        let number = u128::try_from(random.below(usize::MAX)).unwrap() << 64 | 1;
        let id =
            if is_imported { Builder::from_random_bytes(number.to_be_bytes()).into_uuid() } else { id_at(created) };
        let external_id = if is_imported { format!("'{number}'") } else { "null".to_owned() };
        let mut name = String::from("a");
        for _ in 0..2 + random.below(4) {
            name.push_str(LETTERS[random.below(LETTERS.len())]);
        }
        let (username, email) =
            (format!("{name}{}", random.below(1 << 40)), format!("{}{name}@example.com", random.below(1 << 40)));
        let role = match random.below(10) {
            0 => "admin",
            1 => CUSTOM_ROLE,
            _ => "user",
        };
        let status = if random.below(5) == 0 { "suspended" } else { "active" };
        let updated = random.below(20);
        let login =
            if random.below(2) == 0 { "null".to_owned() } else { format!("now() + interval '{}s'", random.below(20)) };
        let (username_key, email_key) = (fold(&username), fold(&email));
        let text = format!(
            "INSERT INTO users (id, external_id, username, username_key, email, email_key, email_verified, role, status, version, \
             created_at, updated_at, last_login_at) VALUES ('{id}', {external_id}, '{username}', '{username_key}', '{email}', \
             '{email_key}', true, '{role}', '{status}', 1, '{created}', '2024-01-01Z'::timestamptz + interval '{updated}s', {login})"
        );
        client.batch_execute(&text).await.unwrap();
    }
}

/// A random number generator with a fixed seed (`SplitMix64`).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % (end as u64)).unwrap()
    }
}
