//! The whole database of a service: its current rows, and a copy to restore.

use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use std::collections::BTreeMap;
use tokio::sync::Mutex;

/// Every row of every table: a list of objects, as JSON.
pub type Dump = BTreeMap<String, String>;

/// The table in which a refused request may leave a row: the audit trail.
const AUDIT_TRAIL: &str = "audit_events";
/// The tables that change without a request, because events get their positions in the background.
const EVENT_FEED: [&str; 2] = ["event_queue", "events"];

/// The database of one service.
pub struct State {
    connection: Mutex<AsyncPgConnection>,
    tables: Vec<Table>,
}

struct Table {
    name: String,
    /// The columns that are not computed from others.
    columns: String,
}

#[derive(QueryableByName)]
struct TableRows {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    rows: String,
}

impl State {
    /// Keeps a copy of the database as it is now.
    pub async fn keep(url: &str) -> Self {
        let mut connection = AsyncPgConnection::establish(url).await.unwrap();
        let tables = "SELECT relname::text AS name, string_agg(quote_ident(attname), ', ') AS rows
            FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE '\\_\\_%'
                AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            GROUP BY relname";
        let tables: Vec<TableRows> = sql_query(tables).load(&mut connection).await.unwrap();
        let tables: Vec<Table> = tables.into_iter().map(|row| Table { name: row.name, columns: row.rows }).collect();
        connection.batch_execute("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept").await.unwrap();
        for Table { name: table, .. } in &tables {
            connection.batch_execute(&format!("CREATE TABLE kept.{table} AS TABLE public.{table}")).await.unwrap();
        }
        // This runs after each of thousands of requests: planning it would take most of the time.
        connection.batch_execute(&format!("PREPARE dump AS {}", dump(&tables))).await.unwrap();
        Self { connection: Mutex::new(connection), tables }
    }

    /// Restores the copy of the database. No trigger fires.
    pub async fn restore(&self) {
        let refill = |Table { name, columns }: &Table| {
            format!("DELETE FROM {name}; INSERT INTO {name} ({columns}) SELECT {columns} FROM kept.{name};")
        };
        let refill: String = self.tables.iter().map(refill).collect();
        let sql = format!("BEGIN; SET LOCAL session_replication_role = replica; {refill} COMMIT");
        self.connection.lock().await.batch_execute(&sql).await.unwrap();
    }

    /// All rows, except the audit events of refusals, and the feed of events.
    pub async fn dump(&self) -> Dump {
        let rows: Vec<TableRows> = sql_query("EXECUTE dump").load(&mut *self.connection.lock().await).await.unwrap();
        rows.into_iter().map(|row| (row.name, row.rows)).collect()
    }

    /// Changes rows without the service.
    pub async fn execute(&self, sql: &str) {
        self.connection.lock().await.batch_execute(sql).await.unwrap();
    }
}

fn dump(tables: &[Table]) -> String {
    let select = |Table { name: table, .. }: &Table| {
        let which = if table == AUDIT_TRAIL { " WHERE outcome <> 'refused'" } else { "" };
        format!(
            "SELECT '{table}' AS name, (SELECT coalesce(json_agg(t ORDER BY t), '[]') FROM {table} t{which})::text AS rows"
        )
    };
    let dumped = tables.iter().filter(|table| !EVENT_FEED.contains(&table.name.as_str()));
    dumped.map(select).collect::<Vec<_>>().join(" UNION ALL ")
}
