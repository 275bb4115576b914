//! What is looked at when it is over, and the sum of it all.

use super::{
    Soak,
    watch::Sample,
    world::{Book, Breach},
};
use crate::home::Home;
use std::{fs, sync::atomic::Ordering::Relaxed, thread::available_parallelism, time::Duration};
use usher_testkit::Mail;

/// Of the users that are left, so many sign in at the end.
const SIGN_INS: usize = 20;
/// The pool of a replica.
const POOL: usize = 16;
/// Longest that a request may take: until a password is hashed on a machine that has become slower, until there is a
/// connection, and until a silent database is given up.
const LONGEST_WAIT: Duration = Duration::from_secs(20 + 2 + 10);
/// By then everything has broken once. A run of less than three times as long says nothing of memory.
const EVERYTHING: Duration = Duration::from_mins(10);
/// What memory and open files may grow by after the first third of the time: access tokens are remembered for 15 minutes.
const GROWTH_PERCENT: u64 = 10;
const GROWTH_FILES: usize = 20;

impl Soak {
    /// Users who are left sign in with the passwords that were acknowledged last.
    pub async fn sign_in_again(&mut self) -> Result<(), Breach> {
        let users = self.world.settled();
        let left: Vec<_> = users.iter().filter(|user| !user.deleted && user.status == "active").collect();
        for n in 0..SIGN_INS.min(left.len()) {
            let user = *self.target.lot.pick(&left);
            // None of them has failed from there.
            self.world.nobody((250 << 16) + n).sign_in(n % 2, &user.email, &user.password).await?;
        }
        Ok(())
    }

    pub async fn compare_mail(&self) {
        let homes = [&self.steady_home, &self.target.home];
        let mailed: Vec<String> = homes.into_iter().flat_map(addresses).collect();
        if let Err(error) = self.watch.compare_mail(&mailed).await {
            self.world.book.breach(format!("the outbox could not be read: {error}"));
        }
    }

    /// What was measured must be within its limits, and no log may tell of a fault of the service's own.
    pub fn judge(&self) {
        let book = &self.world.book;
        if book.lost[0].load(Relaxed) > 0 {
            book.breach(format!(
                "the replica that lived all the while lost {} connections",
                book.lost[0].load(Relaxed)
            ));
        }
        let (longest, what) = book.longest_wait();
        if longest > LONGEST_WAIT {
            book.breach(format!("{what} after {longest:?}"));
        }
        // For lookups, each thread that serves has one of its own, and so have all others together.
        let lookups = available_parallelism().map_or(1, usize::from) + 1;
        if self.watch.most_connections() > 2 * (POOL + lookups) {
            book.breach(format!("{} connections to Postgres", self.watch.most_connections()));
        }
        let samples = self.watch.samples();
        if let [_, settled, end] = stages(&samples)[..]
            && settled.at >= EVERYTHING
        {
            if end.memory > settled.memory + settled.memory * GROWTH_PERCENT / 100 {
                book.breach(format!("memory has grown from {} to {} kB", settled.memory, end.memory));
            }
            if end.open_files > settled.open_files + GROWTH_FILES {
                book.breach(format!("open files have grown from {} to {}", settled.open_files, end.open_files));
            }
        }
        for home in [&self.steady_home, &self.target.home] {
            for line in home.log().lines().filter(|line| line.contains("\"ERROR\"") || line.contains("panicked")) {
                book.breach(format!("logged: {line}"));
            }
        }
    }

    pub fn sum_up(&self) {
        let Book { answered, acknowledged, refused, put_off, slowed, lost, .. } = &*self.world.book;
        let [answered, acknowledged, refused, put_off, slowed] =
            [answered, acknowledged, refused, put_off, slowed].map(|n| n.load(Relaxed));
        println!(
            "\n{answered} requests answered: {acknowledged} writes acknowledged, {refused} refused as they had to be"
        );
        println!("{put_off} put off with 503, {slowed} slowed with 429, {lost:?} lost at the replicas");
        let (longest, what) = self.world.book.longest_wait();
        println!("nobody waited longer than {longest:.1?} ({what})");
        for (blow, recoveries) in &self.recoveries {
            let (least, most) = (recoveries.iter().min().unwrap(), recoveries.iter().max().unwrap());
            println!("{:>3} times {}: writes again {least:.2?} to {most:.2?} later", recoveries.len(), blow.describe());
        }
        let (looks, missed) = self.watch.looks();
        println!("the database was looked at {looks} times, {missed} more while it was away");
        println!("at most {} connections to Postgres while nothing was broken", self.watch.most_connections());
        for Sample { at, memory, open_files } in stages(&self.watch.samples()) {
            println!("after {:>4} s: {memory} kB of memory, {open_files} open files", at.as_secs());
        }
        println!("{} breaches", self.world.book.breaches().len());
    }
}

/// To whom a replica's mails went.
fn addresses(home: &Home) -> Vec<String> {
    let Ok(entries) = fs::read_dir(home.data_dir().join("outbox")) else { return Vec::new() };
    entries.map(|entry| Mail::parse(&fs::read_to_string(entry.unwrap().path()).unwrap()).to).collect()
}

/// At the beginning, after a third of the time, and at the end: each the median of those around it.
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
