//! Settings: an error names the setting.

use crate::home::Home;
use std::collections::BTreeSet;
use usher_testkit::{Answer, PASSWORD, token_claims};

/// Runs `serve` with this setting, which must fail, and returns the message.
async fn complaint(name: &str, value: &str) -> String {
    let home = Home::with_database().await.set(name, value);
    let complaint = home.run(&["serve"]).await.expect_failure();
    assert!(complaint.contains(name), "{name}={value}: {complaint}");
    complaint
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_value_is_reported_by_its_variable() {
    for (name, value) in [
        ("USHER_LISTEN", "8080"),
        ("USHER_LISTEN", "localhost"),
        ("USHER_METRICS_LISTEN", "9090"),
        ("USHER_BCRYPT_COST", "9"),
        ("USHER_BCRYPT_COST", "17"),
        ("USHER_REGISTRATION", "maybe"),
        ("USHER_RATE_LIMIT", "sometimes"),
        ("USHER_CONSOLE", "yes"),
        ("USHER_ACCESS_TOKEN_TTL", "0s"),
        ("USHER_REFRESH_TOKEN_TTL", "thirty days"),
        ("USHER_SESSION_TTL", "11years"),
        ("USHER_API_KEY_MAX_TTL", "0s"),
        ("USHER_EVENT_RETENTION", "0s"),
        ("USHER_SECOND_FACTORS", "maybe"),
        ("USHER_REQUIRE_MFA", "some"),
        ("USHER_FRESH_FOR", "0s"),
        ("USHER_WEBAUTHN_RP_ID", "192.0.2.7"),
        ("USHER_WEBAUTHN_RP_ID", "https://id.example.com"),
        ("USHER_WEBAUTHN_ORIGINS", "http://localhost:5173,https://localhost.example.com"),
        ("USHER_TOKEN_CLAIMS", "role,email"),
        ("USHER_PUBLIC_URL", "example.com"),
        ("USHER_PUBLIC_URL", "https://example.com/?a=b"),
        ("USHER_TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("USHER_KEEP_ALIVE", "0s"),
        ("USHER_KEEP_ALIVE", "2days"),
        ("USHER_CORS_ORIGINS", "*"),
        ("USHER_CORS_ORIGINS", "null"),
        ("USHER_CORS_ORIGINS", "https://app.example.com,https://app.example.com/path"),
        ("USHER_CORS_ORIGINS", "file://localhost"),
        ("USHER_CORS_HEADERS", "*"),
        ("USHER_CORS_HEADERS", "sentry-trace,x y"),
        ("USHER_LOG_FORMAT", "xml"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://key@collector/v1/traces"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team=accounts,production"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
    ] {
        let complaint = complaint(name, value).await;
        let part = value.split(',').next_back().unwrap();
        assert!(complaint.contains(part), "the value is not in: {complaint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_need_a_domain_name_and_origins_within_it() {
    let mut home = Home::with_database().await;
    for (url, rp_id, warning) in [
        ("", "", None),
        ("http://127.0.0.1:8080", "", None),
        ("https://id.example.com", "", None),
        ("https://id.example.com", "example.com", None),
        ("http://192.0.2.7:8080", "", Some("no passkeys at http://192.0.2.7:8080: ")),
        ("https://[2001:db8::7]", "", Some("no passkeys at https://[2001:db8::7]: ")),
        ("http://id.example.com", "", Some("no passkeys at http://id.example.com: ")),
    ] {
        home = home.set("USHER_PUBLIC_URL", url).set("USHER_WEBAUTHN_RP_ID", rp_id);
        let printed = home.run(&["check"]).await.expect_success();
        assert_eq!(printed.contains("passkeys"), warning.is_some(), "{url} {rp_id}: {printed}");
        assert!(printed.contains(warning.unwrap_or_default()), "{printed}");
    }
    let home = home.set("USHER_PUBLIC_URL", "https://id.example.com").set("USHER_WEBAUTHN_RP_ID", "example.org");
    let complaint = home.run(&["check"]).await.expect_failure();
    assert!(complaint.contains("USHER_WEBAUTHN_RP_ID") && complaint.contains("example.org"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_flag_is_reported_by_its_own_name() {
    let home = Home::with_database().await;
    let complaint = home.run(&["serve", "--bcrypt-cost", "9"]).await.expect_failure();
    assert!(complaint.contains("--bcrypt-cost") && !complaint.contains("USHER_BCRYPT_COST"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_that_cannot_be_created_is_reported() {
    let home = Home::with_database().await;
    let file = home.file("taken", "");
    let home = home.set("USHER_DATA_DIR", &format!("{file}/data"));
    let complaint = home.run(&["serve"]).await.expect_failure();
    assert!(complaint.contains("USHER_DATA_DIR") && complaint.contains(&file), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_database_url_is_reported_at_once() {
    let began = std::time::Instant::now();
    complaint("DATABASE_URL", "mysql://root@localhost/usher").await;
    assert!(began.elapsed().as_secs() < 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unavailable_database_is_retried_for_fifteen_seconds_and_named() {
    let began = std::time::Instant::now();
    let secret = "a-password-of-the-database";
    // No process listens on port 1.
    let complaint = complaint("DATABASE_URL", &format!("postgres://usher:{secret}@127.0.0.1:1/usher")).await;
    assert!((15..30).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert!(complaint.contains("127.0.0.1:1/usher after 15 s") && !complaint.contains(secret), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_comes_from_a_file_too_but_not_from_both() {
    let secret = "a secret of more than thirty-two bytes";
    let home = Home::with_database().await;
    let file = home.file("secret", &format!("{secret}\n"));
    let home = home.set("USHER_SECRET_KEY_FILE", &file);
    home.serve().await.terminate().await;
    assert!(!home.data_dir().join("secret_key").exists());

    // What editors on Windows add is not part of it: the signing keys are opened with the same key.
    let file = home.file("secret", &format!("\u{feff}{secret}\r\n"));
    let home = home.set("USHER_SECRET_KEY_FILE", &file);
    home.run(&["check"]).await.expect_success();

    let home = home.set("USHER_SECRET_KEY", secret);
    let complaint = home.run(&["serve"]).await.expect_failure();
    assert!(complaint.contains("USHER_SECRET_KEY and USHER_SECRET_KEY_FILE are both set"), "{complaint}");

    let home = home.set("USHER_SECRET_KEY", "").set("USHER_SECRET_KEY_FILE", "/nowhere/secret");
    let complaint = home.run(&["serve"]).await.expect_failure();
    assert!(complaint.contains("USHER_SECRET_KEY_FILE") && complaint.contains("/nowhere/secret"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_key_is_reported_and_never_shown() {
    let home = Home::with_database().await.set("USHER_SECRET_KEY", "too short");
    let complaint = home.run(&["serve"]).await.expect_failure();
    assert!(complaint.contains("USHER_SECRET_KEY") && !complaint.contains("too short"), "{complaint}");

    let home = home.set("USHER_SECRET_KEY", "the first secret, which wraps the keys");
    home.serve().await.terminate().await;
    let other = "another secret, which does not open them";
    let home = home.set("USHER_SECRET_KEY", other);
    for command in ["serve", "check"] {
        let complaint = home.run(&[command]).await.expect_failure();
        assert!(complaint.contains("USHER_SECRET_KEY") && !complaint.contains(other), "{command}: {complaint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_secret_key_is_private_to_its_owner_and_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::with_database().await;
    home.serve().await.terminate().await;
    let path = home.data_dir().join("secret_key");
    let first = std::fs::read_to_string(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    home.serve().await.terminate().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_registration_and_the_path_of_the_public_url_take_effect() {
    let home = Home::with_database().await.set("USHER_REGISTRATION", "closed").set("USHER_PUBLIC_URL", "http://x/auth");
    let service = home.serve().await;
    service.client().register("ada").await.expect_problem(403, "registration_closed");
    let root = service.client().get("/auth/v1").await.expect_status(200);
    assert_eq!(root.href("token").as_deref(), Some("/auth/v1/oauth/token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn access_tokens_have_the_claims_of_the_setting() {
    let home = Home::with_database().await.set("USHER_TOKEN_CLAIMS", "role");
    let service = home.serve().await;
    service.client().register("ada").await.expect_status(201);
    let ada = service.client().sign_in("ada", PASSWORD).await;
    assert_eq!(token_claims(ada.access_token().unwrap())["roles"], serde_json::json!(["user"]));
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn help_lists_every_setting() {
    let home = Home::new();
    let help = home.run(&["serve", "--help"]).await.expect_success();
    for name in [
        "DATABASE_URL",
        "USHER_DATA_DIR",
        "USHER_LISTEN",
        "localhost:8080",
        "USHER_KEEP_ALIVE",
        "USHER_PUBLIC_URL",
        "USHER_SECRET_KEY",
        "USHER_GENERATE_SECRETS",
        "USHER_ADMIN_USERNAME",
        "USHER_ADMIN_EMAIL",
        "USHER_ADMIN_PASSWORD",
        "USHER_INTROSPECTION_CLIENTS",
        "USHER_REGISTRATION",
        "USHER_BCRYPT_COST",
        "USHER_RATE_LIMIT",
        "USHER_ACCESS_TOKEN_TTL",
        "USHER_REFRESH_TOKEN_TTL",
        "USHER_SESSION_TTL",
        "USHER_API_KEY_MAX_TTL",
        "USHER_TOKEN_AUDIENCE",
        "USHER_TOKEN_CLAIMS",
        "USHER_TRUSTED_PROXIES",
        "USHER_METRICS_LISTEN",
        "USHER_CORS_ORIGINS",
        "USHER_CORS_HEADERS",
        "USHER_LOG",
        "USHER_LOG_FORMAT",
    ] {
        assert!(help.contains(name), "{name} is not in the help");
    }
    assert!(help.contains("_FILE"));
}

/// Every variable that the help of `serve` names.
async fn variables() -> BTreeSet<String> {
    let help = Home::new().run(&["serve", "--help"]).await.expect_success();
    let words = help.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let ours = |word: &&str| ["USHER_", "OTEL_", "DATABASE_"].iter().any(|prefix| word.starts_with(prefix));
    words.filter(ours).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_that_is_set_and_empty_counts_as_unset() {
    let url = usher_testkit::new_database().await;
    let mut home = Home::new();
    let data_dir = home.data_dir();
    let variables = variables().await;
    assert!(variables.len() > 30, "{variables:?}");
    for name in &variables {
        home = home.set(name, "").set(&format!("{name}_FILE"), "");
    }
    let home = home
        .set("SSL_CERT_FILE", "")
        .set("DATABASE_URL", &url)
        .set("USHER_DATA_DIR", data_dir.to_str().unwrap())
        .set("USHER_LISTEN", "127.0.0.1:0");
    let service = home.serve().await;
    service.client().register("ada").await.expect_status(201);
    let ada = service.client().sign_in("ada", PASSWORD).await;
    let claims = token_claims(ada.access_token().unwrap());
    assert_eq!(claims["aud"], claims["iss"]);
    service.terminate().await;
    for name in variables.iter().filter(|name| *name != "DATABASE_URL" && *name != "USHER_DATA_DIR") {
        let home = Home::new().set("DATABASE_URL", &url).set(name, "");
        let home = home.set("USHER_SECRET_KEY", "");
        // The secret key of the first service is elsewhere, so this is the only error.
        let complaint = home.run(&["check"]).await.expect_failure();
        assert!(complaint.contains("signing key"), "{name}: {complaint}");
    }
    let flag = Home::new().set("DATABASE_URL", &url).run(&["serve", "--token-audience", ""]).await.expect_failure();
    assert!(flag.contains("--token-audience"), "{flag}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_a_url_is_not_repeated() {
    for name in
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "USHER_PUBLIC_URL", "USHER_APP_URL"]
    {
        for value in ["http://ada:hush@example.com", "http://ada:hush@hush/hush#hush@example.com"] {
            let complaint = complaint(name, value).await;
            assert!(complaint.contains("@example.com") && !complaint.contains("hush"), "{complaint}");
        }
    }
    for value in ["\"smtp://ada:hush@mail.example.com\"", "smtps://ada:hu/sh@mail", "smtps://ada:hush#hush@mail"] {
        let home = Home::with_database().await.set("USHER_SMTP_URL", value).set("USHER_MAIL_FROM", "ada@example.com");
        let complaint = home.run(&["check"]).await.expect_failure();
        assert!(complaint.contains("percent-encode") && !complaint.contains("hu"), "{complaint}");
    }
    let home = Home::with_database().await;
    let complaint = home.run(&["serve", "postgres://ada:hush@example.com/usher"]).await.expect_failure();
    assert!(!complaint.contains("hush"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_key_is_generated_where_the_settings_forbid_it() {
    let home = Home::with_database().await.set("USHER_GENERATE_SECRETS", "off");
    for command in ["serve", "check"] {
        let complaint = home.run(&[command]).await.expect_failure();
        assert!(
            complaint.contains("USHER_SECRET_KEY") && complaint.contains("32 random bytes"),
            "{command}: {complaint}"
        );
        assert!(!home.data_dir().join("secret_key").exists());
    }
    let home = home.set("USHER_SECRET_KEY", "0123456789abcdef0123456789abcdef");
    home.run(&["check"]).await.expect_success();
    home.serve().await.terminate().await;
    // One that was generated before stays good.
    let home = Home::with_database().await;
    home.serve().await.terminate().await;
    let home = home.set("USHER_GENERATE_SECRETS", "off");
    home.serve().await.terminate().await;
    // A private Postgres is kept or lost together with its key.
    let home = Home::new().set("USHER_GENERATE_SECRETS", "off");
    home.serve().await.terminate().await;
    assert!(home.data_dir().join("secret_key").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn origins_of_apps_and_of_browsers_and_header_fields_may_be_named() {
    let home = Home::with_database().await;
    let home = home.set("USHER_CORS_ORIGINS", "capacitor://localhost, tauri://localhost, https://MÜNCHEN.de:443");
    let home = home.set("USHER_CORS_HEADERS", "Sentry-Trace, x-client-version");
    let service = home.serve().await;
    for origin in ["capacitor://localhost", "tauri://localhost", "https://xn--mnchen-3ya.de"] {
        let request = service.client().request("OPTIONS", "/v1/oauth/token").header("origin", origin);
        let answer = Answer::to(request.header("access-control-request-method", "POST")).await;
        assert_eq!(answer.header("access-control-allow-origin"), origin);
        assert!(answer.header("access-control-allow-headers").ends_with("sentry-trace, x-client-version"));
    }
    service.terminate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_can_be_turned_off() {
    for (value, status) in [("on", 200), ("off", 404)] {
        let home = Home::with_database().await.set("USHER_CONSOLE", value);
        let service = home.serve().await;
        service.client().get("/console").await.expect_status(status);
        service.terminate().await;
    }
}
