//! What it costs to know an access token: one that was seen before, and one whose signature has to be checked.
#![allow(clippy::unwrap_used)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::{hint::black_box, time::Duration};
use usher_auth::{KeySet, SigningKey, Tokens, TokensConfig};
use usher_domain::Clock;
use uuid::Uuid;

fn issuer() -> Tokens {
    let url = "https://id.example.com".to_owned();
    let config = TokensConfig { issuer: url.clone(), audience: url, ttl: Duration::from_mins(15) };
    Tokens::new(config, KeySet::new(SigningKey::generate().unwrap(), []), Clock::default())
}

fn verification(criterion: &mut Criterion) {
    let tokens = issuer();
    let issue = || tokens.issue(Uuid::now_v7(), Uuid::now_v7()).unwrap().0;

    let remembered = issue();
    tokens.verify(&remembered).unwrap();
    criterion.bench_function("token: verify, remembered", |bencher| {
        bencher.iter(|| tokens.verify(black_box(&remembered)).unwrap());
    });

    // Each is new, and remembered from then on: what a client's first request costs.
    criterion.bench_function("token: verify, not remembered", |bencher| {
        bencher.iter_batched_ref(issue, |token| tokens.verify(token).unwrap(), BatchSize::SmallInput);
    });
}

criterion_group!(benches, verification);
criterion_main!(benches);
