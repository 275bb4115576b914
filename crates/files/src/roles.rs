//! Roles in lines of NDJSON.

use crate::{
    document::object,
    report::{Faults, quoted},
};
use serde_json::Value;
use usher_domain::{JsonObject, Permission, PermissionSet, RoleDescription, RoleName, checked};
use usher_persistence::NewRole;

/// The keys of a line. What only the service writes is accepted and ignored.
const KEYS: [&str; 8] =
    ["name", "description", "permissions", "reserved", "built_in", "users", "created_at", "updated_at"];

/// A role of a file.
pub struct RoleLine {
    pub role: NewRole,
    /// Whether the line says that the role is built in, as an export does.
    pub built_in: bool,
}

/// Reads a line.
///
/// # Errors
/// All faults.
pub fn read(line: &str) -> Result<RoleLine, Faults> {
    let mut faults = Faults::default();
    let [name, description, permissions, reserved, built_in, ..] = &members(line, &mut faults)?;
    let name = faults.required("name", &name.into(), checked::<RoleName>);
    let description =
        faults.optional("description", &description.into(), checked::<RoleDescription>).unwrap_or_default();
    let permissions = read_permissions(permissions, &mut faults);
    let reserved = faults.flag("reserved", &reserved.into());
    let role = name.zip(permissions).map(|(name, permissions)| NewRole { name, description, permissions, reserved });
    let role = faults.finish(role)?;
    Ok(RoleLine { role, built_in: *built_in == Value::Bool(true) })
}

/// The values of a line, in the order of [`KEYS`]; null if a value is missing.
fn members(line: &str, faults: &mut Faults) -> Result<[Value; KEYS.len()], String> {
    let JsonObject { members } = object(line)?;
    let mut values = [const { Value::Null }; KEYS.len()];
    let mut seen = [false; KEYS.len()];
    for (key, value) in members {
        let Some(at) = KEYS.iter().position(|known| *known == key) else {
            faults.add(format!("unknown key {}", quoted(&key)));
            continue;
        };
        if std::mem::replace(&mut seen[at], true) {
            faults.add(format!("key {key} is duplicated"));
            continue;
        }
        values[at] = value;
    }
    Ok(values)
}

fn read_permissions(value: &Value, faults: &mut Faults) -> Option<PermissionSet> {
    if value.is_null() {
        return faults.add_to("permissions", "is missing");
    }
    let names = value.as_array().and_then(|names| names.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
    let Some(names) = names else {
        return faults.add_to("permissions", "must be an array of strings");
    };
    let unknown: Vec<_> = names.iter().filter(|name| Permission::from_name(name).is_none()).collect();
    if !unknown.is_empty() {
        let unknown = unknown.into_iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        faults.add(format!("unknown permission {unknown}; the permissions are {}", Permission::NAMES.join(", ")));
    }
    let permissions = PermissionSet::from_names(names);
    let missing: Vec<_> = permissions.missing().map(Permission::as_str).collect();
    if !missing.is_empty() {
        faults.add(format!("permissions must also have {}", missing.join(", ")));
    }
    Some(permissions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_name_and_permissions_and_what_is_left_out_or_null_has_its_default() {
        let line = read(r#"{"name": "auditor", "permissions": ["audit.read"], "description": null}"#).unwrap();
        assert_eq!(line.role.name.as_str(), "auditor");
        assert_eq!(line.role.permissions.names(), ["audit.read"]);
        assert!(line.role.description.as_str().is_empty() && !line.role.reserved && !line.built_in);
        let exported = r#"{"name":"user","description":"","permissions":[],"reserved":true,"built_in":true,"users":3,"created_at":"","updated_at":""}"#;
        let line = read(exported).unwrap();
        assert!(line.role.reserved && line.built_in);
    }

    #[test]
    fn all_faults_of_a_line_are_reported_in_plain_english() {
        let list = Permission::NAMES.join(", ");
        for (line, faults) in [
            ("nonsense", "is not JSON at column 2".to_owned()),
            (r#"{"name": "#, "is not JSON at column 9".to_owned()),
            ("[]", "is not a JSON object".to_owned()),
            ("7", "is not a JSON object".to_owned()),
            ("{}", "name is missing; permissions is missing".to_owned()),
            (
                r#"{"nam":"x","name":"Bad","permissions":"all","reserved":"maybe","description":7,"name":"x"}"#,
                "unknown key \"nam\"; key name is duplicated; name must begin with a lowercase letter (a to z); \
                 description must be a string; permissions must be an array of strings; reserved must be true or false"
                    .to_owned(),
            ),
            (
                r#"{"name":"x","permissions":["users.fly","sessions.revoke","\u001b[2J"]}"#,
                format!(
                    "unknown permission \"users.fly\", \"\\u{{1b}}[2J\"; the permissions are {list}; \
                     permissions must also have sessions.read, users.read"
                ),
            ),
        ] {
            assert_eq!(read(line).err().map(|faults| faults.to_string()), Some(faults), "{line}");
        }
    }
}
