//! The checks at the end of the soak test, and its summary.

use super::{
    Soak,
    invariants::Sample,
    shared_state::{Record, Violation},
};
use crate::home::Home;
use std::{fs, sync::atomic::Ordering::Relaxed, thread::available_parallelism, time::Duration};
use usher_testkit::Mail;

/// Remaining users who sign in at the end.
const SIGN_INS: usize = 20;
/// The size of the connection pool of a replica.
const POOL_SIZE: usize = 16;
/// Maximum time of a request: 20 s to hash a password on a busy machine, 2 s for a connection, 10 s for a silent database.
const LONGEST_WAIT: Duration = Duration::from_secs(20 + 2 + 10);
/// Time in which each fault is injected once. A run of less than three times as long gives no result about memory.
const FULL_ROUND: Duration = Duration::from_mins(10);
/// Allowed growth after the first third of the time; verified access tokens are cached for 15 minutes.
const MAX_MEMORY_GROWTH_PERCENT: u64 = 10;
const MAX_OPEN_FILES_GROWTH: usize = 20;

impl Soak {
    /// Remaining users sign in with the passwords that were acknowledged last.
    pub async fn sign_in_again(&mut self) -> Result<(), Violation> {
        let users = self.state.settled();
        let left: Vec<_> = users.iter().filter(|user| !user.deleted && user.status == "active").collect();
        for n in 0..SIGN_INS.min(left.len()) {
            let user = *self.target.rng.choice(&left).unwrap();
            // No sign-in has failed from these addresses.
            self.state.nobody((250 << 16) + n).sign_in(n % 2, &user.email, &user.password).await?;
        }
        Ok(())
    }

    pub async fn compare_mail(&self) {
        let homes = [&self.steady_home, &self.target.home];
        let mailed: Vec<String> = homes.into_iter().flat_map(addresses).collect();
        if let Err(error) = self.checker.compare_mail(&mailed).await {
            self.state.record.violation(format!("cannot read the outbox: {error}"));
        }
    }

    /// The measurements must be within their limits, and the log must have no errors of the service.
    pub fn check_limits(&self) {
        let record = &self.state.record;
        if record.lost[0].load(Relaxed) > 0 {
            record.violation(format!(
                "the replica that was not restarted lost {} connections",
                record.lost[0].load(Relaxed)
            ));
        }
        let (longest, what) = record.longest_wait();
        if longest > LONGEST_WAIT {
            record.violation(format!("{what} after {longest:?}"));
        }
        // For lookups, each serving thread has a connection, and the other threads share one.
        let lookups = available_parallelism().map_or(1, usize::from) + 1;
        if self.checker.most_connections() > 2 * (POOL_SIZE + lookups) {
            record.violation(format!("{} connections to Postgres", self.checker.most_connections()));
        }
        let samples = self.checker.samples();
        if let [_, settled, end] = stages(&samples)[..]
            && settled.at >= FULL_ROUND
        {
            if end.memory > settled.memory + settled.memory * MAX_MEMORY_GROWTH_PERCENT / 100 {
                record.violation(format!("memory has grown from {} to {} kB", settled.memory, end.memory));
            }
            if end.open_files > settled.open_files + MAX_OPEN_FILES_GROWTH {
                record.violation(format!("open files have grown from {} to {}", settled.open_files, end.open_files));
            }
        }
        for home in [&self.steady_home, &self.target.home] {
            for line in home.log().lines().filter(|line| line.contains("\"ERROR\"") || line.contains("panicked")) {
                record.violation(format!("logged: {line}"));
            }
        }
    }

    pub fn print_summary(&self) {
        let Record { answered, acknowledged, refused, unavailable, rate_limited, lost, .. } = &*self.state.record;
        let [answered, acknowledged, refused, unavailable, rate_limited] =
            [answered, acknowledged, refused, unavailable, rate_limited].map(|n| n.load(Relaxed));
        println!("\n{answered} requests answered: {acknowledged} writes acknowledged, {refused} refused as expected");
        println!("{unavailable} unavailable (503), {rate_limited} rate limited (429), {lost:?} lost at the replicas");
        let (longest, what) = self.state.record.longest_wait();
        println!("the longest wait was {longest:.1?} ({what})");
        for (fault, recoveries) in &self.recoveries {
            let (least, most) = (recoveries.iter().min().unwrap(), recoveries.iter().max().unwrap());
            println!(
                "{:>3} times {}: writes again {least:.2?} to {most:.2?} later",
                recoveries.len(),
                fault.describe()
            );
        }
        let (checks, missed) = self.checker.checks();
        println!("the database was checked {checks} times, and {missed} times it was unavailable");
        println!("at most {} connections to Postgres without a fault", self.checker.most_connections());
        for Sample { at, memory, open_files } in stages(&self.checker.samples()) {
            println!("after {:>4} s: {memory} kB of memory, {open_files} open files", at.as_secs());
        }
        println!("{} violations", self.state.record.violations().len());
    }
}

/// The addresses of a replica's mails.
fn addresses(home: &Home) -> Vec<String> {
    let Ok(entries) = fs::read_dir(home.data_dir().join("outbox")) else { return Vec::new() };
    entries.map(|entry| Mail::parse(&fs::read_to_string(entry.unwrap().path()).unwrap()).to).collect()
}

/// Samples at the beginning, after a third of the time, and at the end, each the median of several.
fn stages(samples: &[Sample]) -> Vec<Sample> {
    let some = samples.len() / 15;
    if some == 0 {
        return Vec::new();
    }
    let median = |of: &[Sample]| {
        let mut memory: Vec<u64> = of.iter().map(|sample| sample.memory).collect();
        let mut open_files: Vec<usize> = of.iter().map(|sample| sample.open_files).collect();
        memory.sort_unstable();
        open_files.sort_unstable();
        let middle = of.len() / 2;
        Sample { at: of[middle].at, memory: memory[middle], open_files: open_files[middle] }
    };
    let settled = samples.len() / 3;
    vec![median(&samples[..some]), median(&samples[settled..settled + some]), median(&samples[samples.len() - some..])]
}
