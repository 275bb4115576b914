//! The cost of verifying an access token: a cached one, and one whose signature has to be checked.
#![allow(clippy::unwrap_used)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::{hint::black_box, time::Duration};
use usher_auth::{AccessTokenConfig, AccessTokens, KeySet, SigningKey};
use usher_domain::{Authentication, Clock, MethodSet};
use uuid::Uuid;

fn issuer() -> AccessTokens {
    let url = "https://id.example.com".to_owned();
    let config =
        AccessTokenConfig { issuer: url.clone(), audience: url, ttl: Duration::from_mins(15), role_claim: false };
    AccessTokens::new(config, KeySet::new(SigningKey::generate().unwrap(), []), Clock::default())
}

fn verification(criterion: &mut Criterion) {
    let tokens = issuer();
    let authentication = Authentication { methods: MethodSet::PASSWORD, at: Clock::default().now() };
    let issue = || tokens.issue(Uuid::now_v7(), Uuid::now_v7(), authentication, None, None).unwrap().0;

    let cached = issue();
    tokens.verify(&cached).unwrap();
    criterion.bench_function("token: verify, cached", |bencher| {
        bencher.iter(|| tokens.verify(black_box(&cached)).unwrap());
    });

    // Each token is new: the cost of a client's first request.
    criterion.bench_function("token: verify, not cached", |bencher| {
        bencher.iter_batched_ref(issue, |token| tokens.verify(token).unwrap(), BatchSize::SmallInput);
    });
}

criterion_group!(benches, verification);
criterion_main!(benches);
