//! Holds a Postgres that many short test runs share: prints its URL, and ends with its standard input.

use std::io::{Read, stdin};
use usher_testkit::start_postgres;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let postgres = start_postgres().await;
    println!("{}", postgres.url());
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
