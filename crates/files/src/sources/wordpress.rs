//! WordPress: `wp user list --format=csv`, or the table `wp_users`.

use super::{Names, Row, Settings, TableSource, fill};
use crate::user::{Draft, Field};

pub struct WordPress;

impl TableSource for WordPress {
    fn recognizes(&self, first_row: &[&str]) -> bool {
        first_row.contains(&"user_login") && first_row.contains(&"user_email")
    }

    fn columns(&self) -> Names {
        Names {
            read: &[
                "id",
                "user_login",
                "user_pass",
                "user_email",
                "user_registered",
                "roles",
                "role",
                "wp_capabilities",
                "spam",
                "deleted",
            ],
            ignored: &[
                "allcaps",
                "cap_key",
                "caps",
                "description",
                "display_name",
                "filter",
                "first_name",
                "last_name",
                "nickname",
                "url",
                "user_activation_key",
                "user_nicename",
                "user_status",
                "user_url",
            ],
        }
    }

    fn read<'a>(&self, row: &Row<'a>, settings: &'a Settings, user: &mut Draft<'a>) {
        fill::id(user, row.get("id"));
        fill::names(user, row.get("user_login"), row.get("user_email"));
        user.set(Field::PasswordHash, row.get("user_pass"));
        user.set(Field::CreatedAt, row.get("user_registered"));
        // Networks of sites mark users whom nobody may see.
        fill::suspended_if(user, ["spam", "deleted"].iter().any(|flag| row.get(flag) == Some("1")));
        let roles = row.get("roles").or_else(|| row.get("role")).into_iter().flat_map(|roles| roles.split(','));
        let capabilities = row.get("wp_capabilities").into_iter().flat_map(capabilities);
        user.set(Field::Role, settings.role(roles.map(str::trim).chain(capabilities)));
    }
}

/// The names in the text of PHP's `serialize`, such as `a:1:{s:6:"editor";b:1;}`, that are true.
fn capabilities(serialized: &str) -> impl Iterator<Item = &str> {
    serialized.split("s:").skip(1).filter_map(|item| {
        let (name, rest) = item.split_once('"')?.1.split_once('"')?;
        rest.starts_with(";b:1;").then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::table;

    #[test]
    fn the_table_is_read() {
        assert_eq!(
            table(&WordPress, include_str!("samples/wordpress.csv"), b','),
            [
                "external_id=1 username=ada email=ada@example.com role=admin created_at=2025-08-25 09:10:00 password_hash=$P$5q7Zr…",
                "external_id=2 username=bob email=bob@example.com created_at=2025-08-26 09:10:00 password_hash=$wp$2y$0…",
                "external_id=3 username=cleo email=cleo@example.com created_at=0000-00-00 00:00:00",
            ]
        );
    }
}
