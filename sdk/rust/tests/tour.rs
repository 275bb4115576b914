//! The whole tour against a real service: `sdk/with-service sdk/rust/test`.

use reqwest::StatusCode;
use usher_client::{
    apis::{
        Error, ResponseContent,
        accounts_api::{IssueTokenError, RegisterUserError, issue_token, register_user},
        audit_api::list_audit_events,
        configuration::Configuration,
        users_api::{create_user, delete_user, get_me, list_users, update_user},
    },
    links::{follow, next_page, problem},
    models::{
        AuditAction, AuditSort, LinkMethod, OAuthErrorCode, Registration, Token, User, UserChanges, UserCreation,
        UserSort,
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

async fn sign_in(username: &str, password: &str) -> Token {
    issue_token(&service(None), Some("password"), Some(username), Some(password), None).await.unwrap()
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
    let refreshed = issue_token(&nobody, Some("refresh_token"), None, None, Some(&token.refresh_token)).await.unwrap();
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
    let nobody = service(None);
    let refused = issue_token(&nobody, Some("password"), Some("nobody-at-all"), Some("analytical-engine"), None).await;
    let Err(Error::ResponseError(ResponseContent { entity: Some(IssueTokenError::Status400(refusal)), .. })) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(refusal.error, OAuthErrorCode::InvalidGrant);
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
    let (admin, action, sort) = (admin().await, Some(AuditAction::SignedIn), Some(AuditSort::At));
    let mut page =
        Some(list_audit_events(&admin, Some(1), None, None, action, None, None, None, None, sort, None).await.unwrap());
    let mut seen = 0;
    while let Some(this) = page {
        assert!(this._embedded.audit_events.iter().all(|event| event.action == AuditAction::SignedIn));
        seen += this._embedded.audit_events.len();
        page = next_page(&admin, &this).await.unwrap();
    }
    assert!(seen > 0);
}
