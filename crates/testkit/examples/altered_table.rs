//! Serves with other operations than the released service: prints its URL, and ends with its standard input. The first admin is
//! `ADMIN` with `PASSWORD`.

use std::io::{Read, stdin};
use usher_testkit::{Options, TestApp, altered_table};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = TestApp::with(Options { table: altered_table(), rate_limit: false, ..Options::default() }).await;
    println!("{}", app.url);
    tokio::task::spawn_blocking(|| stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}
