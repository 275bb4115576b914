//! `usher role`, with and without a running service.

use crate::home::Home;
use serde_json::Value;
use usher_domain::Permission;
use usher_testkit::PASSWORD;

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_administered_while_the_service_runs() {
    let home = Home::new();
    let service = home.serve().await;
    let create =
        ["role", "create", "support", "--permissions", "users.read,audit.read", "--description", "First level"];
    assert_eq!(home.run(&create).await.expect_success(), "created support\n");
    home.run_with_input(&["user", "create", "grace", "grace@example.com", "--role", "support"], PASSWORD)
        .await
        .expect_success();
    let list = home.run(&["role", "list"]).await.expect_success();
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["admin", "1", "all"]);
    assert_eq!(rows[1], ["user", "0"]);
    assert_eq!(rows[2], ["support", "1", "audit.read,", "users.read"]);

    // What the shell takes away is taken away at once.
    let grace = service.client().sign_in("grace", PASSWORD).await;
    grace.get("/v1/audit-events").await.expect_status(200);
    let update = ["role", "update", "support", "--permissions", "users.read", "--reserved", "true"];
    assert_eq!(home.run(&update).await.expect_success(), "support: users.read\n");
    grace.get("/v1/audit-events").await.expect_problem(403, "not_allowed");
    let complaint = home.run(&["role", "delete", "support"]).await.expect_failure();
    assert!(complaint.contains("some user has the role support"), "{complaint}");
    let set_role = async |role: &str| home.run(&["user", "set-role", "grace", role]).await;
    set_role("user").await.expect_success();
    grace.get("/v1/users").await.expect_problem(403, "not_allowed");
    set_role("support").await.expect_success();
    grace.get("/v1/users").await.expect_status(200);
    let complaint = set_role("nothing").await.expect_failure();
    assert!(complaint.contains("there is no role nothing"), "{complaint}");
    assert_eq!(grace.get("/v1/me").await.json["role"], "support");
    set_role("user").await.expect_success();
    assert_eq!(home.run(&["role", "delete", "support"]).await.expect_success(), "deleted support\n");
    service.terminate().await;
    home.expect_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_shell_may_not_do_to_roles_is_refused_with_its_reason() {
    let home = Home::with_database().await;
    let complaint = async |arguments: &[&str]| home.run(&[&["role"], arguments].concat()).await.expect_failure();
    home.run(&["role", "create", "support"]).await.expect_success();
    for (arguments, reason) in [
        (&["create", "support"][..], "there is a role support already"),
        (&["create", "admin"], "there is a role admin already"),
        (&["create", "Support"], "lowercase"),
        (&["create", "x", "--permissions", "users.fly"], "must be one of"),
        (&["create", "x", "--permissions", "users.suspend"], "must also have users.read"),
        (&["update", "nothing", "--reserved", "true"], "there is no role nothing"),
        (&["update", "support"], "nothing to change"),
        (&["update", "user", "--description", "x"], "is built in"),
        (&["delete", "user"], "the role user is built in and cannot be changed or deleted"),
        (&["delete", "nothing"], "there is no role nothing"),
    ] {
        let said = complaint(arguments).await;
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
    let complaint = home.run(&["user", "set-role", "nobody", "support"]).await.expect_failure();
    assert!(complaint.contains("there is no user nobody"), "{complaint}");
    let create = ["user", "create", "grace", "grace@example.com", "--role", "zip"];
    let complaint = home.run_with_input(&create, PASSWORD).await.expect_failure();
    assert!(complaint.contains("there is no role zip"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_lists_the_permissions() {
    let home = Home::new();
    for command in ["create", "update"] {
        let help = home.run(&["role", command, "--help"]).await.expect_success();
        for permission in Permission::ALL {
            let line = help.lines().find(|line| line.trim_start().starts_with(permission.as_str()));
            let about = permission.description();
            assert!(line.is_some_and(|line| line.contains(about)), "{command} {permission:?}: {help}");
        }
        assert!(help.contains("End another user's sessions (requires sessions.read)"), "{help}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_imported_from_the_export_once() {
    let home = Home::with_database().await;
    home.run(&["role", "create", "auditor", "--permissions", "audit.read", "--description", "Reads the trail"])
        .await
        .expect_success();
    home.run(&["role", "create", "manager", "--permissions", "users.read,users.update", "--reserved"])
        .await
        .expect_success();
    let exported = home.run(&["role", "list", "--format", "ndjson"]).await.expect_success();
    let first: Value = serde_json::from_str(exported.lines().next().unwrap()).unwrap();
    assert_eq!((&first["name"], &first["built_in"]), (&"admin".into(), &true.into()));

    let other = Home::with_database().await;
    let file = other.file("roles.ndjson", &exported);
    let imported = other.run(&["role", "import", &file]).await.expect_success();
    assert_eq!(imported, "2 added, 2 already there, 0 refused\n");
    let again = other.run(&["role", "import", &file]).await.expect_success();
    assert_eq!(again, "0 added, 4 already there, 0 refused\n");
    let lines = |text: &str| {
        let members = |line: &str| {
            let role: Value = serde_json::from_str(line).unwrap();
            ["name", "description", "permissions", "reserved"].map(|member| role[member].clone())
        };
        text.lines().map(members).collect::<Vec<_>>()
    };
    let there = other.run(&["role", "list", "--format", "ndjson"]).await.expect_success();
    assert_eq!(lines(&there), lines(&exported));

    let differing = other.file(
        "differing.ndjson",
        "{\"name\":\"auditor\",\"permissions\":[\"audit.read\",\"users.read\"]}\n\
         {\"name\":\"new\",\"permissions\":[]}\n\
         {\"name\":\"bad\",\"permissions\":[\"users.fly\"]}\n\
         {\"name\":\"worse\",\"permissions\":[\"users.delete\"]}\n\
         {\"name\":\"Bad\",\"permissions\":[]}\n\
         {\"name\":\"odd\",\"permissions\":[],\"colour\":\"red\"}\n\
         {\"name\":\"admin\",\"permissions\":[]}\n\
         {\"name\":\"user\",\"permissions\":[\"users.read\"]}\n\
         nonsense\n",
    );
    let run = other.run(&["role", "import", &differing]).await;
    assert!(run.out.contains("1 added, 0 already there, 8 refused"), "{}", run.out);
    for (number, reason) in [
        (1, "the role auditor exists with another value of description, permissions"),
        (3, "unknown permission \"users.fly\"; the permissions are api-keys.read, "),
        (4, "permissions must also have users.read"),
        (5, "name must begin with a lowercase letter"),
        (6, "unknown key \"colour\""),
        (7, "the role admin exists with another value of description, permissions"),
        (8, "the role user exists with another value of description, permissions"),
        (9, "is not JSON at column 2"),
    ] {
        let reason = format!("line {number}: {reason}");
        assert!(run.err.lines().any(|line| line.starts_with(&reason)), "{reason}: {}", run.err);
    }
    assert!(run.expect_failure().contains("8 lines were refused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_permissions_of_admin_in_the_export_of_an_earlier_release_are_no_difference() {
    let home = Home::with_database().await;
    let exported = home.run(&["role", "list", "--format", "ndjson"]).await.expect_success();
    let earlier = exported.replace("\"users.update\"", "\"users.read\"");
    assert_ne!(earlier, exported);
    let file = home.file("earlier.ndjson", &earlier);
    let imported = home.run(&["role", "import", &file]).await.expect_success();
    assert_eq!(imported, "0 added, 2 already there, 0 refused\n");
    // A line that does not say that the role is built in was written by hand.
    let by_hand = home.file("by-hand.ndjson", &earlier.replace("\"built_in\":true", "\"built_in\":false"));
    let run = home.run(&["role", "import", &by_hand]).await;
    let reason = "line 1: the role admin exists with another value of permissions";
    assert!(run.err.lines().any(|line| line == reason), "{}", run.err);
    assert_eq!(run.out, "0 added, 1 already there, 1 refused\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_too_many_is_a_refused_line_of_an_import() {
    let home = Home::with_database().await;
    let lines = |names: std::ops::Range<u8>| -> String {
        names.map(|n| format!("{{\"name\":\"role-{n}\",\"permissions\":[]}}\n")).collect::<Vec<_>>().concat()
    };
    let most = home.file("most.ndjson", &lines(0..99));
    let imported = home.run(&["role", "import", &most]).await.expect_success();
    assert_eq!(imported, "99 added, 0 already there, 0 refused\n");
    let rest = home.file("rest.ndjson", &lines(99..101));
    let run = home.run(&["role", "import", &rest]).await;
    assert_eq!(run.out, "1 added, 0 already there, 1 refused\n");
    assert!(run.err.lines().any(|line| line == "line 2: there are too many roles"), "{}", run.err);
    assert!(run.expect_failure().contains("a line was refused"));
}
