//! The service and its database are killed, stopped and restarted in the middle of writes.

use crate::{
    clients::{home, status},
    postgres::Postgres,
    writers::Writers,
};
use rustix::process::Signal;
use std::time::{Duration, Instant};

/// Writes that must succeed before and after each fault.
const WRITES: usize = 40;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn a_service_that_is_killed_loses_nothing_that_it_has_acknowledged() {
    let postgres = Postgres::start().await;
    let home = home(postgres.url());
    let mut service = home.serve().await;
    let writers = Writers::start(&service.url);
    for _ in 0..5 {
        writers.progress(WRITES).await;
        service.kill().await;
        let began = Instant::now();
        service = home.serve().await;
        writers.progress(WRITES / 4).await;
        println!("killed: writes again {:?} after the start", began.elapsed());
    }
    writers.progress(WRITES).await;
    writers.compare(postgres.url()).await;
    service.terminate().await;
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn a_private_postgres_stops_with_its_killed_service_and_loses_nothing() {
    let home = home("");
    let mut service = home.serve().await;
    let writers = Writers::start(&service.url);
    for _ in 0..3 {
        writers.progress(WRITES).await;
        service.kill().await;
        let began = Instant::now();
        service = home.serve().await;
        writers.progress(WRITES / 4).await;
        println!("killed with its Postgres: writes again {:?} after the start", began.elapsed());
    }
    let database = usher_private_postgres::running(&home.data_dir()).unwrap().unwrap();
    writers.compare(&database).await;
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn a_replica_replaced_under_load_loses_no_write_and_does_not_affect_the_other() {
    let postgres = Postgres::start().await;
    let replica = || home(postgres.url()).set("USHER_SECRET_KEY", "the same for both replicas, and long enough");
    let (there, home) = (replica(), replica());
    let (other, mut service) = (there.serve().await, home.serve().await);
    let (writers, others) = (Writers::start(&service.url), Writers::start(&other.url));
    for _ in 0..3 {
        tokio::join!(writers.progress(WRITES), others.progress(WRITES));
        let began = Instant::now();
        service.terminate().await;
        let stopped = began.elapsed();
        service = home.serve().await;
        writers.progress(WRITES / 4).await;
        println!("replaced: stopped {stopped:?} after the signal, writes again {:?} after the signal", began.elapsed());
    }
    tokio::join!(writers.progress(WRITES), others.progress(WRITES));
    assert_eq!(others.lost(), 0, "the other replica did not fail");
    writers.compare(postgres.url()).await;
    others.compare(postgres.url()).await;
    other.terminate().await;
    service.terminate().await;
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn a_postgres_that_crashes_or_restarts_loses_nothing_and_is_used_again_by_itself() {
    let postgres = Postgres::start().await;
    let home = home(postgres.url());
    let service = home.serve().await;
    let writers = Writers::start(&service.url);
    for signal in [Signal::KILL, Signal::INT, Signal::KILL, Signal::INT] {
        writers.progress(WRITES).await;
        postgres.signal(signal);
        let began = Instant::now();
        writers.trouble().await;
        assert_eq!(status(&service.client(), "/health/live").await, 200);
        writers.progress(WRITES / 4).await;
        println!("Postgres got {signal:?}: writes again {:?} later", began.elapsed());
    }
    writers.progress(WRITES).await;
    assert_eq!(status(&service.client(), "/health/ready").await, 200);
    assert_eq!(writers.lost(), 0, "the service itself did not fail");
    writers.compare(postgres.url()).await;
    service.terminate().await;
    postgres.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make test-faults"]
async fn a_silent_postgres_delays_no_request_for_long() {
    // Longer than any request waits for it.
    const SILENCE: Duration = Duration::from_secs(14);
    let postgres = Postgres::start().await;
    let home = home(postgres.url());
    let service = home.serve().await;
    let writers = Writers::start(&service.url);
    writers.progress(WRITES).await;
    postgres.signal_all(Signal::STOP);
    // Earlier requests may have waited for a password hash too.
    writers.measure_waits();
    let began = Instant::now();
    writers.trouble().await;
    println!("Postgres stopped: the first 503 {:?} later", began.elapsed());
    let nobody = service.client();
    while began.elapsed() < SILENCE {
        assert_eq!(status(&nobody, "/health/live").await, 200);
        assert_eq!(status(&nobody, "/health/ready").await, 503);
    }
    postgres.signal_all(Signal::CONT);
    let began = Instant::now();
    writers.progress(WRITES / 4).await;
    println!("Postgres goes on: writes again {:?} later", began.elapsed());
    writers.progress(WRITES).await;
    let longest = writers.longest_wait();
    println!("the longest wait for an answer was {longest:?}");
    assert!(longest < SILENCE, "requests waited until it was over");
    assert_eq!(writers.lost(), 0, "the service itself did not fail");
    writers.compare(postgres.url()).await;
    service.terminate().await;
    postgres.stop().await;
}
