//! Callers who have proved a second factor, or have not, at services that require one or not: links, what a step-up opens, and
//! refusals are those of the policy table.

use crate::{
    facts::Settings,
    fixture::{Caller, CustomRole, Fixture, SETTINGS, created, with_role},
    offered::{follow_every_safe_link, submit_every_form},
    refused::{Targets, try_unlinked_operations},
};
use std::time::Duration;
use usher_domain::{FactorSupport, Permission, Scope, policy::RequireMfa};
use usher_testkit::{Device, Options, PASSWORD, Person, TestApp};

/// A service with these settings, where users have enrolled their factors before.
async fn fixture(settings: Settings) -> Fixture {
    let options = || Options {
        send_mail: false,
        access_token_ttl: Duration::from_hours(2),
        require_mfa: settings.require_mfa,
        factors: FactorSupport { enrolment: settings.enrolment, ..FactorSupport::FULL },
        ..Options::default()
    };
    let before =
        TestApp::with(Options { require_mfa: RequireMfa::Off, factors: FactorSupport::FULL, ..options() }).await;
    let root = before.admin().await;
    let helper = CustomRole::of("helper", &[Permission::UsersRead, Permission::FactorsRead, Permission::FactorsReset]);
    let [alice, stan, fay, gus, pam, lou, uma, pia, tess] = [
        created(&before, &root, "alice").await,
        created(&before, &root, "stan").await,
        created(&before, &root, "fay").await,
        created(&before, &root, "gus").await,
        created(&before, &root, "pam").await,
        created(&before, &root, "lou").await,
        created(&before, &root, "uma").await,
        created(&before, &root, "pia").await,
        created(&before, &root, "tess").await,
    ];
    let [hal, hob] = [with_role(&before, &root, "hal", &helper).await, with_role(&before, &root, "hob", &helper).await];
    let eve = before.another_admin("eve").await;
    let keys = [
        Caller::with_key(&before, &stan, &["account.read", "account.write"]).await,
        Caller::with_key(&before, &fay, &["account.read", "account.write"]).await,
        Caller::with_key(&before, &hal, &["account.read", "users.read", "factors.read", "factors.reset"]).await,
        Caller::with_key(&before, &eve, Scope::NAMES).await,
    ];
    let unproved = before.nobody().sign_in("pam", PASSWORD).await;
    let of_fay = before.enrol_totp(&fay).await;
    let of_gus = before.enrol_totp(&gus).await;
    gus.enrol_passkey(&mut Device::new()).await;
    let of_pam = before.enrol_totp(&pam).await;
    let of_hal = before.enrol_totp(&hal).await;
    let of_eve = before.enrol_totp(&eve).await;
    // Two factors: either may go, also where one is required.
    before.enrol_totp(&fay).await;
    let of_pia = pia.enrol_passkey(&mut Device::new()).await.json;
    let of_tess = tess.enrol_passkey(&mut Device::new()).await.json;
    let unconfirmed = before.enrol_unconfirmed_totp(&uma).await;
    // What was proved in sessions: by those of lou a factor that is gone, by those of stan and gus nothing of late.
    let now = before.clock.now().to_rfc3339();
    for statement in [
        format!("UPDATE sessions SET authenticated_at = '{now}'"),
        format!("UPDATE sessions SET methods = 35 WHERE user_id = '{}'", lou.id),
        stale(&stan),
        stale(&gus),
        stale(&hob),
        stale(&pia),
        stale(&tess),
        format!("UPDATE factors SET rp_id = 'another.test' WHERE user_id = '{}' AND type = 'passkey'", tess.id),
    ] {
        before.sql().await.execute(&statement).await;
    }
    let app = before.replica_with(options()).await;
    app.clock.advance(before.clock.now() - app.clock.now());
    let at = |caller: Caller| caller.at(&app);
    let callers = [
        Caller::anonymous(&app),
        Caller::signed_in("a user without a factor", &app, &alice),
        Caller::signed_in("a user without a factor and with a stale session", &app, &stan),
        Caller::signed_in("a user with a factor", &app, &fay).with_authenticator(of_fay),
        Caller::signed_in("a user with factors and with a stale session", &app, &gus).with_authenticator(of_gus),
        Caller::signed_in("a user whose session has not proved the factor", &app, &unproved).with_authenticator(of_pam),
        Caller::signed_in("a user whose session has proved a factor that is gone", &app, &lou),
        Caller::signed_in("a user with an unconfirmed app", &app, &uma).with_authenticator(unconfirmed),
        Caller::signed_in("a user with a passkey and with a stale session", &app, &pia).with_recovery_codes(&of_pia),
        Caller::signed_in("a user with a passkey of another domain and with a stale session", &app, &tess)
            .with_recovery_codes(&of_tess),
        Caller::signed_in("a helper with a factor", &app, &hal).with_authenticator(of_hal),
        Caller::signed_in("a helper without a factor and with a stale session", &app, &hob),
        Caller::signed_in("an admin without a factor", &app, &root),
        Caller::signed_in("an admin with a factor", &app, &eve).with_authenticator(of_eve),
    ];
    let callers = callers.into_iter().chain(keys.map(at)).collect();
    Fixture::of(app, callers, settings).await
}

/// Makes the sessions of a user stale.
fn stale(user: &Person) -> String {
    format!("UPDATE sessions SET authenticated_at = authenticated_at - interval '1 hour' WHERE user_id = '{}'", user.id)
}

async fn links_and_refusals(settings: Settings) {
    let fixture = Box::pin(fixture(settings)).await;
    follow_every_safe_link(&fixture).await;
    try_unlinked_operations(&fixture, Targets::Matching).await;
    submit_every_form(&fixture).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_refusals_are_exact_for_callers_with_and_without_second_factors() {
    links_and_refusals(SETTINGS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_refusals_are_exact_where_users_with_permissions_must_have_a_second_factor() {
    links_and_refusals(Settings { require_mfa: RequireMfa::Privileged, ..SETTINGS }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_refusals_are_exact_where_everybody_must_have_a_second_factor() {
    links_and_refusals(Settings { require_mfa: RequireMfa::All, ..SETTINGS }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_refusals_are_exact_where_no_factor_can_be_enrolled() {
    links_and_refusals(Settings { enrolment: false, ..SETTINGS }).await;
}
