//! The fields of a user in a file.

/// A field of a user: a column of CSV, a key of NDJSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    Id,
    ExternalId,
    Username,
    Email,
    EmailVerified,
    PendingEmail,
    Role,
    Status,
    CreatedAt,
    UpdatedAt,
    LastLoginAt,
    PasswordHash,
    TotpSecret,
}

impl Field {
    /// All fields, in the order in which they are written. The hash is the last that is written, so that it can be omitted.
    pub const ALL: [Self; 13] = [
        Self::Id,
        Self::ExternalId,
        Self::Username,
        Self::Email,
        Self::EmailVerified,
        Self::PendingEmail,
        Self::Role,
        Self::Status,
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::LastLoginAt,
        Self::PasswordHash,
        Self::TotpSecret,
    ];

    /// The name of its column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::ExternalId => "external_id",
            Self::Username => "username",
            Self::Email => "email",
            Self::EmailVerified => "email_verified",
            Self::PendingEmail => "pending_email",
            Self::Role => "role",
            Self::Status => "status",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::LastLoginAt => "last_login_at",
            Self::PasswordHash => "password_hash",
            Self::TotpSecret => "totp_secret",
        }
    }

    /// The field of a column.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The field of a column or key in its normalized spelling, of which some have two.
    pub fn of_normalized(name: &str) -> Option<Self> {
        match name {
            "user_name" => Some(Self::Username),
            "e_mail" => Some(Self::Email),
            name => Self::from_name(name),
        }
    }
}
