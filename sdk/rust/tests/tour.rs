//! The whole tour against a real service: `sdk/with-service sdk/rust/test`.

use reqwest::StatusCode;
use std::time::{SystemTime, UNIX_EPOCH};
use totp_rs::{Builder, Secret};
use usher_client::{
    apis::{
        Error, ResponseContent,
        accounts_api::{IssueTokenError, RegisterUserError, issue_token, register_user},
        audit_api::list_audit_events,
        configuration::Configuration,
        factors_api::{confirm_totp, enrol_totp, list_factors},
        sessions_api::step_up,
        users_api::{create_user, delete_user, get_me, list_users, update_user},
    },
    links::{follow, next_page, oauth_error, problem},
    models::{
        AuditSort, LinkMethod, Registration, StepUpProof, Token, TotpConfirmation, TotpEnrolment, User, UserChanges,
        UserCreation, UserSort,
    },
};

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run this by sdk/with-service"))
}

/// The service, as somebody sees it who has this token, or none.
fn service(token: Option<Token>) -> Configuration {
    Configuration {
        base_path: setting("USHER_URL"),
        oauth_access_token: token.map(|token| token.access_token),
        ..Configuration::default()
    }
}

async fn try_to_sign_in(username: &str, password: &str) -> Result<Token, Error<IssueTokenError>> {
    let (username, password) = (Some(username), Some(password));
    issue_token(&service(None), Some("password"), username, password, None, None, None, None, None, None).await
}

async fn sign_in(username: &str, password: &str) -> Token {
    try_to_sign_in(username, password).await.unwrap()
}

/// The code that an authenticator app shows at this time.
fn totp(secret: &str, at: u64) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let app = Builder::new().with_secret(secret.as_bytes().to_vec()).build_noncompliant();
    app.generate(at).to_string()
}

async fn admin() -> Configuration {
    service(Some(sign_in("admin", &setting("USHER_ADMIN_PASSWORD")).await))
}

#[tokio::test]
async fn a_user_registers_signs_in_stays_signed_in_changes_and_goes() {
    let nobody = service(None);
    let cleo = Registration::new("cleo".into(), "cleo@example.com".into(), "analytical-engine".into());
    let registered = register_user(&nobody, cleo).await.unwrap();
    assert_eq!(registered.role, "user");
    assert_eq!(registered._links.token.unwrap().method, Some(LinkMethod::Post));

    let token = sign_in("cleo", "analytical-engine").await;
    let (grant, refresh_token) = (Some("refresh_token"), Some(token.refresh_token.as_str()));
    let refreshed = issue_token(&nobody, grant, None, None, refresh_token, None, None, None, None, None).await.unwrap();
    assert_ne!(refreshed.refresh_token, token.refresh_token);
    let cleo = service(Some(refreshed));

    let me = get_me(&cleo).await.unwrap();
    assert_eq!(me.id, registered.id);
    assert_eq!(me._links.update.as_ref().unwrap().method, Some(LinkMethod::Patch));
    assert_eq!(me._links.suspend, None);

    let id = me.id.to_string();
    let seen = follow::<User>(&cleo, me._links.param_self.as_ref().unwrap()).await.unwrap();
    assert_eq!(seen.representation, me);
    let rename = |name: &str| UserChanges { username: Some(name.to_owned()), ..UserChanges::default() };
    let changed = update_user(&cleo, &id, rename("cleopatra"), seen.etag.as_deref()).await.unwrap();
    assert_eq!(changed.username, "cleopatra");
    let late = update_user(&cleo, &id, rename("cleo"), seen.etag.as_deref()).await.unwrap_err();
    assert_eq!(problem(&late).unwrap().code, "precondition_failed");

    delete_user(&cleo, &id, None).await.unwrap();
    let gone = follow::<User>(&cleo, me._links.param_self.as_ref().unwrap()).await.unwrap_err();
    assert_eq!(problem(&gone).unwrap().code, "invalid_token");
}

#[tokio::test]
async fn what_is_wrong_with_the_input_is_told_all_at_once_in_types() {
    let wrong = Registration::new("x".into(), "nowhere".into(), "short".into());
    let refused = register_user(&service(None), wrong).await.unwrap_err();
    let Error::ResponseError(ResponseContent { status, entity: Some(RegisterUserError::Status400(problem)), .. }) =
        refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!((status, problem.code.as_str()), (StatusCode::BAD_REQUEST, "invalid_input"));
    let mut pointers: Vec<_> = problem.errors.unwrap().into_iter().map(|fault| fault.pointer).collect();
    pointers.sort();
    assert_eq!(pointers, ["/email", "/password", "/username"]);
}

#[tokio::test]
async fn a_sign_in_that_is_refused_is_an_oauth_error() {
    let refused = try_to_sign_in("nobody-at-all", "analytical-engine").await;
    let Err(Error::ResponseError(ResponseContent { entity: Some(IssueTokenError::Status400(refusal)), .. })) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(refusal.error, "invalid_grant");
}

#[tokio::test]
async fn a_user_with_a_second_factor_signs_in_in_two_steps_and_proves_it_again_where_that_is_needed() {
    let (nobody, password) = (service(None), "difference-engine");
    let joan = Registration::new("joan".into(), "joan@example.com".into(), password.into());
    let id = register_user(&nobody, joan).await.unwrap().id.to_string();
    let joan = service(Some(sign_in("joan", password).await));
    let earlier = service(Some(sign_in("joan", password).await));

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let name = TotpEnrolment { name: Some("phone".to_owned()) };
    let app = enrol_totp(&joan, &id, None, Some(name)).await.unwrap();
    let code = TotpConfirmation::new(totp(&app.secret, now));
    let confirmed = confirm_totp(&joan, &id, &app.id.to_string(), code, None).await.unwrap();
    let recovery_codes = confirmed.recovery_codes.unwrap();
    let page = list_factors(&joan, &id, None, None, None).await.unwrap();
    let mut types: Vec<_> = page._embedded.factors.iter().map(|factor| factor.r#type.as_str()).collect();
    types.sort_unstable();
    assert_eq!(types, ["recovery_codes", "totp"]);
    assert_eq!(next_page(&joan, &page).await.unwrap(), None);

    let required = oauth_error(&try_to_sign_in("joan", password).await.unwrap_err()).unwrap();
    assert_eq!(required.error, "mfa_required");
    assert!(required.error_description.contains("second factor"), "{}", required.error_description);
    assert_eq!(required.mfa_methods.unwrap(), ["totp", "recovery_code"]);
    let (grant, mfa_token) = (Some("urn:usher:grant:mfa"), required.mfa_token.as_deref());
    let used = Some(totp(&app.secret, now));
    let used = issue_token(&nobody, grant, None, None, None, mfa_token, used.as_deref(), None, None, None).await;
    let wrong = oauth_error(&used.unwrap_err()).unwrap();
    assert_eq!((wrong.error.as_str(), wrong.code.as_deref()), ("invalid_grant", Some("wrong_code")));
    let next = Some(totp(&app.secret, now + 30));
    let token = issue_token(&nobody, grant, None, None, None, mfa_token, next.as_deref(), None, None, None).await;
    assert_eq!(get_me(&service(Some(token.unwrap()))).await.unwrap().username, "joan");

    // The first factor has made the other session stale.
    let stale = enrol_totp(&earlier, &id, None, Some(TotpEnrolment::new())).await.unwrap_err();
    assert_eq!(problem(&stale).unwrap().code, "insufficient_user_authentication");
    let recovery_code = recovery_codes.into_iter().next();
    let proof = StepUpProof { password: Some(password.to_owned()), recovery_code, ..StepUpProof::default() };
    let session = step_up(&earlier, proof).await.unwrap();
    assert!(session.methods.iter().any(|method| method == "mfa"), "{:?}", session.methods);
    enrol_totp(&earlier, &id, None, Some(TotpEnrolment::new())).await.unwrap();
}

#[tokio::test]
async fn an_admin_walks_the_list_by_its_links() {
    let admin = admin().await;
    let names = ["rambler-1", "rambler-2", "rambler-3", "rambler-4", "rambler-5"];
    for name in names {
        create_user(&admin, UserCreation::new(name.to_owned(), format!("{name}@example.com"))).await.unwrap();
    }
    let sort = Some(UserSort::UsernameDescending);
    let first = list_users(&admin, Some(2), None, None, Some("rambler-"), None, None, sort).await.unwrap();
    assert_eq!(first.total, 5);
    let (mut sizes, mut seen) = (Vec::new(), Vec::new());
    let mut page = Some(first);
    while let Some(this) = page {
        sizes.push(this._embedded.users.len());
        seen.extend(this._embedded.users.iter().map(|user| user.username.clone()));
        page = next_page(&admin, &this).await.unwrap();
    }
    assert_eq!(sizes, [2, 2, 1]);
    assert!(seen.iter().eq(names.iter().rev()));
}

#[tokio::test]
async fn audit_events_are_pages_too() {
    let (admin, action, sort) = (admin().await, Some("signed_in"), Some(AuditSort::At));
    let mut page =
        Some(list_audit_events(&admin, Some(1), None, None, action, None, None, None, None, sort, None).await.unwrap());
    let mut seen = 0;
    while let Some(this) = page {
        assert!(this._embedded.audit_events.iter().all(|event| event.action == "signed_in"));
        seen += this._embedded.audit_events.len();
        page = next_page(&admin, &this).await.unwrap();
    }
    assert!(seen > 0);
}
