//! Connections to a private Postgres, and queries.

use tokio_postgres::{Client, NoTls};

pub async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub async fn query(client: &Client, sql: &str) -> String {
    client.query_one(sql, &[]).await.unwrap().get(0)
}

/// Identifies the cluster.
pub async fn identity(client: &Client) -> String {
    query(client, "SELECT system_identifier::text FROM pg_control_system()").await
}
