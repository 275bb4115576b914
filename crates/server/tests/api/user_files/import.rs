//! Importing users.

use super::*;

/// The secret key of the services of these tests.
const SECRET_OF_TESTS: &str = "a secret for tests, long enough to be taken for one";

#[tokio::test(flavor = "multi_thread")]
async fn imported_users_sign_in_with_their_old_password_which_is_hashed_again() {
    let app = TestApp::start().await;
    let mut file = "username,email,password_hash\n".to_owned();
    for (name, hash) in HASHES {
        writeln!(file, "{name},{name}@example.com,\"{hash}\"").unwrap();
    }
    import(&app.database_url, file).await.expect_summary("9 added, 0 already there, 0 refused").expect_success();
    for (name, hash) in HASHES {
        app.nobody().password_grant(name, "correct horsf").await.expect_problem(400, "invalid_grant");
        app.nobody().sign_in(name, CORRECT_HORSE).await;
        let statement = format!("SELECT password_hash AS answer FROM users WHERE username = '{name}'");
        let now = ask(&app.database_url, &statement).await.remove(0);
        // bcrypt of any letter at the service's own cost is its own.
        assert_eq!(now.starts_with("$2b$04$"), !hash.starts_with("$2"), "{name}: {now}");
        app.nobody().sign_in(&format!("{name}@EXAMPLE.com"), CORRECT_HORSE).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_leaves_out_is_what_a_new_user_has() {
    let app = TestApp::start().await;
    let file = "{\"username\": \"ada\", \"email\": \"ada@example.com\", \"role\": null}\n";
    import(&app.database_url, file).await.expect_success();
    let page = app.admin().await.get("/v1/users?q=ada").await.expect_status(200);
    let ada = &page.json["_embedded"]["users"][0];
    for (field, value) in [
        ("email_verified", json!(false)),
        ("role", json!("user")),
        ("status", json!("active")),
        ("pending_email", json!(null)),
        ("last_login_at", json!(null)),
    ] {
        assert_eq!(ada[field], value, "{field}");
    }
    assert_eq!(ada["created_at"], ada["updated_at"]);
    assert_eq!(page.json["total"], 1);
    app.nobody().password_grant("ada", PASSWORD).await.expect_problem(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_admin_may_do_what_admins_may_and_a_suspended_user_nothing() {
    let app = TestApp::start().await;
    let file = format!(
        "username,email,role,status,password_hash\n\
         chief,chief@example.com,admin,active,{hash}\n\
         gone,gone@example.com,user,suspended,{hash}\n",
        hash = HASHES[0].1
    );
    import(&app.database_url, file).await.expect_success();
    let chief = app.nobody().sign_in("chief", CORRECT_HORSE).await;
    let page = chief.get("/v1/users?status=suspended").await.expect_status(200);
    assert_eq!(page.json["total"], 1);
    app.nobody().password_grant("gone", CORRECT_HORSE).await.expect_problem(400, "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_user_has_a_role_that_exists_or_the_line_is_refused() {
    let app = TestApp::start().await;
    app.role("support", &["users.read"]).await;
    let file = format!(
        "username,email,role,password_hash\n\
         ada,ada@example.com,support,{hash}\n\
         bob,bob@example.com,supporter,\n\
         carol,carol@example.com,,\n\
         dora,@example.com,supporter,\n\
         root,ada@example.org,supporter,\n",
        hash = HASHES[0].1
    );
    let refused = [
        "line 3: there is no role supporter",
        "line 5: email must begin with a letter or a digit (a to z, 0 to 9)",
        "line 6: username is taken; there is no role supporter",
        "usher: 3 lines were refused",
    ];
    let done = run(&app.database_url, &["import", "-", "--all-or-nothing"], &file).await;
    assert_eq!(done.expect_summary("nothing was imported; 2 valid lines, 3 refused").expect_failure(), refused);
    let done = import(&app.database_url, &file).await.expect_summary("2 added, 0 already there, 3 refused");
    assert_eq!(done.expect_failure(), refused);
    let ada = app.nobody().sign_in("ada", CORRECT_HORSE).await;
    ada.get("/v1/users").await.expect_status(200);

    // An export has the names of roles. They must exist where it is imported.
    let exported = export(&app.database_url, &[]).await;
    let other = new_database().await;
    let done = import(&other, &exported).await.expect_summary("2 added, 0 already there, 1 refused").expect_failure();
    assert!(done[0].ends_with(": there is no role support"), "{done:?}");
    let role = "INSERT INTO roles VALUES ('support', '', '{}', false, 1, now(), now()) RETURNING name AS answer";
    ask(&other, role).await;
    import(&other, &exported).await.expect_summary("1 added, 2 already there, 0 refused").expect_success();
    assert_eq!(export(&other, &[]).await, exported);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_deleted_during_an_import_of_all_or_nothing_fails_it() {
    let app = TestApp::start().await;
    app.role("support", &["users.read"]).await;
    let mut child = command(&app.database_url, &["import", "-", "--all-or-nothing"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let file = csv(0..1_000).replace("email\n", "email,role\n").replace(".com\n", ".com,support\n");
    stdin.write_all(file.as_bytes()).await.unwrap();
    let gathered = "pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction' \
         AND query LIKE 'INSERT INTO gathered_users%'";
    while count(&app.database_url, gathered).await == 0 {
        tokio::task::yield_now().await;
    }
    ask(&app.database_url, "DELETE FROM roles RETURNING name AS answer").await;
    drop(stdin);
    let said = String::from_utf8(child.wait_with_output().await.unwrap().stderr).unwrap();
    assert_eq!(said, "usher: nothing was imported: one of the roles was deleted during the import\n");
    assert_eq!(count(&app.database_url, "users").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_users_are_not_changed() {
    let app = TestApp::start().await;
    app.user("ada").await;
    let before = export(&app.database_url, &[]).await;
    let file = format!(
        "username,email,role,password_hash\n\
         ADA,Ada@Example.com,admin,{hash}\n\
         ada,other@example.com,admin,{hash}\n\
         other,ada@example.com,admin,{hash}\n\
         ada,root@example.com,admin,{hash}\n",
        hash = HASHES[0].1
    );
    let done = import(&app.database_url, file).await.expect_summary("0 added, 1 already there, 3 refused");
    let said = done.expect_failure();
    assert_eq!(
        said,
        [
            "line 3: username is taken",
            "line 4: email is taken",
            "line 5: username is taken; email is taken",
            "usher: 3 lines were refused"
        ]
    );
    assert_eq!(export(&app.database_url, &[]).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_compares_addresses_however_their_domain_is_spelled() {
    let app = TestApp::start().await;
    let made = json!({ "username": "ada", "email": "ada@münchen.de", "password": PASSWORD });
    app.nobody().post("/v1/register", &made).await.expect_status(201);
    let file = "username,email\n\
        ada,ada@xn--mnchen-3ya.de\n\
        other,ADA@XN--MNCHEN-3YA.DE\n\
        bob,bo@straße.de\n\
        bob2,bo@xn--strae-oqa.de\n\
        eve,bo@strasse.de\n";
    let done = import(&app.database_url, file).await.expect_summary("2 added, 1 already there, 2 refused");
    assert_eq!(
        done.expect_failure(),
        ["line 3: email is taken", "line 5: email is taken", "usher: 2 lines were refused"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_lines_with_the_same_value_the_earlier_is_imported() {
    let file = "id,username,email\n\
        ,ada,ada@example.com\n\
        ,ADA,other@example.com\n\
        ,other,Ada@example.com\n\
        ,Ada,ADA@example.com\n\
        019373a0-8b5a-7c31-9f5e-2f6f0c9b1a77,ada,third@example.com\n\
        019373a0-8b5a-7c31-9f5e-2f6f0c9b1a77,bob,bob@example.com\n\
        019373a0-8b5a-7c31-9f5e-2f6f0c9b1a77,eve,eve@example.com\n\
        019373a0-8b5a-7c31-9f5e-2f6f0c9b1a77,bob,bob@example.com\n\
        019373a0-8b5a-7c31-9f5e-2f6f0c9b1a78,bob,bob@example.com\n";
    let said = [
        "line 3: username is taken",
        "line 4: email is taken",
        "line 6: username is taken; id is taken",
        "line 8: id is taken",
        "usher: 4 lines were refused",
    ];
    let url = new_database().await;
    let done = run(&url, &["import", "-", "--dry-run"], file)
        .await
        .expect_summary("dry run; the import would give: 2 added, 3 already there, 4 refused");
    assert_eq!(done.expect_failure(), said);
    let done = import(&url, file).await.expect_summary("2 added, 3 already there, 4 refused");
    assert_eq!(done.expect_failure(), said);
    assert_eq!(usernames(&url).await, ["ada", "bob"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_or_nothing_adds_no_user_when_a_line_is_refused_and_all_when_none_is() {
    let url = new_database().await;
    let file = csv(0..2_500);
    let spoilt = format!("{file}user7,another@example.com\nx,y\n");
    let done = run(&url, &["import", "-", "--all-or-nothing"], &spoilt)
        .await
        .expect_summary("nothing was imported; 2500 valid lines, 2 refused");
    assert_eq!(done.expect_failure().len(), 3);
    assert_eq!([count(&url, "users").await, count(&url, "audit_events").await], [0, 0]);

    let done = run(&url, &["import", "-", "--all-or-nothing", "--dry-run"], &file).await;
    done.expect_summary("dry run; the import would give: 2500 added, 0 already there, 0 refused").expect_success();
    assert_eq!([count(&url, "users").await, count(&url, "audit_events").await], [0, 0]);

    import(&url, csv(0..5)).await.expect_success();
    let done = run(&url, &["import", "-", "--all-or-nothing"], &file).await;
    done.expect_summary("2495 added, 5 already there, 0 refused").expect_success();
    assert_eq!([count(&url, "users").await, count(&url, "audit_events").await], [2_500, 2_500]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_gathers_all_users_first_blocks_no_request() {
    let app = TestApp::start().await;
    let mut child = command(&app.database_url, &["import", "-", "--all-or-nothing"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(csv([7_000].into_iter().chain(0..2_999)).as_bytes()).await.unwrap();
    let gathered = "pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction' \
         AND query LIKE 'INSERT INTO gathered_users%'";
    while count(&app.database_url, gathered).await == 0 {
        tokio::task::yield_now().await;
    }
    app.nobody().register("user7000").await.expect_status(201);
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "usher: nothing was imported: another user took one of the names during the import; try again\n");
    assert_eq!(count(&app.database_url, "users").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_imported_again_after_a_crash_and_the_rest_is_added() {
    let url = new_database().await;
    let mut child = command(&url, &["import", "-"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(csv(0..2_500).as_bytes()).await.unwrap();
    while count(&url, "users").await < 2_000 {
        tokio::task::yield_now().await;
    }
    child.kill().await.unwrap();
    import(&url, csv(0..4_000)).await.expect_summary("2000 added, 2000 already there, 0 refused").expect_success();
    assert_eq!(count(&url, "users").await, 4_000);
    assert_eq!(count(&url, "audit_events WHERE action = 'user_imported'").await, 4_000);
    let totals = ask(&url, "SELECT sum(n)::text AS answer FROM user_counts").await;
    assert_eq!(totals, ["4000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_imported_user_has_an_audit_event_without_an_actor() {
    let url = new_database().await;
    import(&url, csv(0..3)).await.expect_success();
    let statement = "SELECT concat_ws(' ', action, outcome, actor_id, actor_is_admin, changes, username) AS answer \
         FROM audit_events JOIN users ON target_id = users.id ORDER BY username";
    let expected = [0, 1, 2].map(|number| format!("user_imported success f [] user{number}"));
    assert_eq!(ask(&url, statement).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_planner_knows_how_many_users_there_are_when_an_import_ends() {
    for options in [&[][..], &["--all-or-nothing"]] {
        let url = new_database().await;
        let arguments = [&["import"], options, &["-"]].concat();
        run(&url, &arguments, csv(0..3_000)).await.expect_success();
        let known = "SELECT concat_ws(' ', relname, reltuples) AS answer FROM pg_class \
             WHERE relname IN ('users', 'audit_events') ORDER BY relname";
        assert_eq!(ask(&url, known).await, ["audit_events 3000", "users 3000"], "{options:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_authenticator_app_is_a_second_factor() {
    let app = TestApp::start().await;
    let uri = "otpauth://totp/Old:bob?secret=gezd%20gnbv%20gy3t%20qojq%20gezd%20gnbv%20gy3t%20qojq&digits=8&period=60";
    let file = format!(
        "username,email,password_hash,totp_secret\n\
         ada,ada@example.com,{hash},GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n\
         bob,bob@example.com,{hash},{uri}\n\
         carol,carol@example.com,{hash},\n\
         dora,dora@example.com,{hash},GEZDGNBVGY3TQOJ1\n\
         emil,emil@example.com,{hash},GEZDGNBV\n",
        hash = HASHES[0].1
    );
    // Without the secret key nothing can be encrypted.
    let done =
        import(&app.database_url, &file).await.expect_summary("1 added, 0 already there, 4 refused").expect_failure();
    assert!(done[0].starts_with("line 2: totp_secret cannot be encrypted: set the secret key"), "{done:?}");
    let mut with_another_key = command(&app.database_url, &["import", "-"]);
    let mut child = with_another_key.env("USHER_SECRET_KEY", "not the secret key of the services").spawn().unwrap();
    child.stdin.take().unwrap().write_all(file.as_bytes()).await.unwrap();
    let errors = String::from_utf8(child.wait_with_output().await.unwrap().stderr).unwrap();
    assert!(errors.starts_with("line 2: totp_secret cannot be encrypted: USHER_SECRET_KEY: "), "{errors}");
    assert_eq!(count(&app.database_url, "factors").await, 0);
    for (more, added) in [(&["--all-or-nothing"][..], 0), (&[][..], 2)] {
        let mut command = command(&app.database_url, &[&["import", "-"], more].concat());
        let child = command.env("USHER_SECRET_KEY", SECRET_OF_TESTS);
        let mut child = child.spawn().unwrap();
        child.stdin.take().unwrap().write_all(file.as_bytes()).await.unwrap();
        let output = child.wait_with_output().await.unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        let errors: Vec<&str> = errors.lines().collect();
        assert_eq!(errors[0], "line 5: totp_secret is not a secret of an authenticator app: the secret is not base32");
        assert!(errors[1].starts_with("line 6: totp_secret is not a secret of an authenticator app: "), "{errors:?}");
        assert_eq!(count(&app.database_url, "factors").await, added);
    }
    let at_once = new_database().await;
    let file = file.split_inclusive('\n').take(4).collect::<String>();
    let mut command = command(&at_once, &["import", "-", "--all-or-nothing"]);
    let mut child = command.env("USHER_SECRET_KEY", SECRET_OF_TESTS).spawn().unwrap();
    child.stdin.take().unwrap().write_all(file.as_bytes()).await.unwrap();
    assert!(child.wait_with_output().await.unwrap().status.success());
    for database in [&app.database_url, &at_once] {
        let factors = "SELECT concat_ws(' ', username, type, name, confirmed_at IS NOT NULL, last_step IS NULL, has_factors) AS answer \
            FROM users LEFT JOIN factors ON user_id = users.id WHERE username <> 'root' ORDER BY username";
        let expected = ["ada totp Authenticator app t t t", "bob totp Authenticator app t t t", "carol f t f"];
        assert_eq!(ask(database, factors).await, expected);
    }
    let exported = export(&app.database_url, &["--format", "ndjson"]).await;
    assert!(!exported.contains("totp"), "{exported}");
}

/// The ids and times of creation in the order of creation.
async fn order_of_creation(url: &str) -> Vec<String> {
    let file = export(url, &["--format", "ndjson"]).await;
    let of = |line: &str| {
        let user: serde_json::Value = serde_json::from_str(line).unwrap();
        format!("{} {}", user["id"].as_str().unwrap(), &user["created_at"].as_str().unwrap()[..10])
    };
    file.lines().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_users_keep_ids_of_any_version_and_are_listed_by_their_time_of_creation() {
    let app = TestApp::start().await;
    let file = format!(
        "id,username,email,created_at,password_hash\n\
         f47ac10b-58cc-4372-a567-0e02b2c3d479,ada,ada@example.com,2020-01-02T00:00:00Z,{hash}\n\
         0B2C3D4E-58CC-4372-A567-0E02B2C3D479,bob,bob@example.com,2020-01-03T00:00:00Z,\n\
         019373a0-8b5a-7c31-9f5e-2f6f0c9b1a77,carol,carol@example.com,2020-01-01T00:00:00Z,\n\
         ffffffff-ffff-ffff-ffff-ffffffffffff,dora,dora@example.com,2020-01-01T00:00:00Z,\n\
         019373a0-8b5a-7c31-9f5e-2f6f0c9b1a78,emil,emil@example.com,,\n",
        hash = HASHES[0].1
    );
    import(&app.database_url, file).await.expect_summary("5 added, 0 already there, 0 refused").expect_success();
    let ids = order_of_creation(&app.database_url).await;
    let expected = [
        "019373a0-8b5a-7c31-9f5e-2f6f0c9b1a77 2020-01-01",
        "ffffffff-ffff-ffff-ffff-ffffffffffff 2020-01-01",
        "f47ac10b-58cc-4372-a567-0e02b2c3d479 2020-01-02",
        "0b2c3d4e-58cc-4372-a567-0e02b2c3d479 2020-01-03",
        // The time of creation of this file's last user is that of the id.
        "019373a0-8b5a-7c31-9f5e-2f6f0c9b1a78 2024-11-28",
    ];
    assert_eq!(ids[..5], expected);

    let admin = app.admin().await;
    let page = admin.get("/v1/users?limit=2&sort=-created_at&offset=1").await.expect_status(200);
    let page = admin.get(&page.href("next").unwrap()).await.expect_status(200);
    let shown: Vec<_> =
        page.json["_embedded"]["users"].as_array().unwrap().iter().map(|user| &user["username"]).collect();
    assert_eq!(shown, ["ada", "dora"]);
    let ada = app.nobody().sign_in("ada", CORRECT_HORSE).await;
    ada.get("/v1/users/f47ac10b-58cc-4372-a567-0e02b2c3d479").await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_user_under_another_id_is_already_there() {
    let (one, other) = (TestApp::start().await, TestApp::start().await);
    one.user("ada").await;
    let before = export(&other.database_url, &[]).await;
    let exported = export(&one.database_url, &[]).await;
    for options in [&["--all-or-nothing"][..], &[]] {
        let arguments = [&["import", "-"], options].concat();
        let added = usize::from(!options.is_empty());
        run(&other.database_url, &arguments, &exported)
            .await
            .expect_summary(&format!("{added} added, {} already there, 0 refused", 2 - added))
            .expect_success();
    }
    let after = export(&other.database_url, &[]).await;
    assert!(after.starts_with(&before), "{before}{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_id_belongs_to_one_user() {
    let file = "external_id,username,email\n\
        42,ada,ada@example.com\n\
        42,bob,bob@example.com\n\
        \" auth0|Xy \",carol,carol@example.com\n\
        auth0|xy,dora,dora@example.com\n\
        42,ada,ada@example.com\n\
        ,emil,emil@example.com\n\
        ,finn,finn@example.com\n\
        42,ada,gina@example.com\n";
    let said = [
        "line 3: external_id is taken",
        "line 9: username is taken; external_id is taken",
        "usher: 2 lines were refused",
    ];
    let url = new_database().await;
    let done = run(&url, &["import", "-", "--dry-run"], file)
        .await
        .expect_summary("dry run; the import would give: 5 added, 1 already there, 2 refused");
    assert_eq!(done.expect_failure(), said);
    let done = import(&url, file).await.expect_summary("5 added, 1 already there, 2 refused");
    assert_eq!(done.expect_failure(), said);
    let stored = "SELECT concat_ws(' ', username, external_id) AS answer FROM users ORDER BY username";
    let expected = ["ada 42", "carol auth0|Xy", "dora auth0|xy", "emil", "finn"];
    assert_eq!(ask(&url, stored).await, expected);

    let done = import(&url, "external_id,username,email\n42,hugo,hugo@example.com\n").await;
    assert_eq!(done.expect_failure(), ["line 2: external_id is taken", "usher: a line was refused"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_shortly_after_now_is_now_and_a_later_one_is_refused() {
    let url = new_database().await;
    let line = |name: &str, minutes| {
        let time = usher_domain::clock::format_time(chrono::Utc::now() + chrono::TimeDelta::minutes(minutes));
        format!("{name},{name}@example.com,{time},{time}\n")
    };
    let file = format!("username,email,created_at,last_login_at\n{}{}", line("ada", 4), line("bob", 7));
    let done = import(&url, file).await.expect_summary("1 added, 0 already there, 1 refused");
    let fault =
        "line 3: created_at must be a time between 1970 and now; last_login_at must be a time between 1970 and now";
    assert_eq!(done.expect_failure(), [fault, "usher: a line was refused"]);
    let past = "SELECT (greatest(created_at, updated_at, last_login_at) <= now())::text AS answer FROM users";
    assert_eq!(ask(&url, past).await, ["true"]);
}
