//! The network between the service and its database fails.

use crate::{
    clients::{home, status},
    postgres::Postgres,
    proxy::{Mood, Proxy},
    writers::Writers,
};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn connections_that_are_cut_in_the_middle_of_transactions_leave_nothing_by_half() {
    const CUTS: usize = 150;
    let postgres = Postgres::start().await;
    let proxy = Proxy::start(postgres.socket()).await;
    let home = home(&proxy.url());
    let service = home.serve().await;
    let writers = Writers::start(&service.url);
    writers.progress(10).await;
    for n in 0..CUTS {
        proxy.set(Mood::Cuts(n));
        // Some cuts come quickly after each other, some leave time for many statements: wherever a transaction stands.
        tokio::time::sleep(Duration::from_millis(7 + n as u64 * 13 % 61)).await;
    }
    let began = Instant::now();
    writers.progress(1).await;
    println!("{CUTS} cuts: writes again {:?} after the last", began.elapsed());
    writers.progress(40).await;
    assert_eq!(writers.lost(), 0, "the service itself was there all the while");
    writers.compare(postgres.url()).await;
    service.terminate().await;
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn a_network_that_swallows_everything_is_not_waited_for() {
    const SILENCE: Duration = Duration::from_secs(14);
    let postgres = Postgres::start().await;
    let proxy = Proxy::start(postgres.socket()).await;
    let home = home(&proxy.url());
    let service = home.serve().await;
    let writers = Writers::start(&service.url);
    writers.progress(40).await;
    proxy.set(Mood::Swallows);
    let began = Instant::now();
    writers.trouble().await;
    println!("the network swallows: the first 503 {:?} later", began.elapsed());
    while began.elapsed() < SILENCE {
        assert_eq!(status(&service.client(), "/health/live").await, 200);
        assert_eq!(status(&service.client(), "/health/ready").await, 503);
    }
    proxy.set(Mood::Forwards);
    let began = Instant::now();
    writers.progress(1).await;
    println!("the network is back: writes again {:?} later", began.elapsed());
    writers.progress(40).await;
    let longest = writers.longest_wait();
    println!("nobody waited longer than {longest:?} for an answer");
    assert!(longest < SILENCE, "requests waited until it was over");
    assert_eq!(writers.lost(), 0, "the service itself was there all the while");
    writers.compare(postgres.url()).await;
    service.terminate().await;
    postgres.stop().await;
}
