//! The targets that are factors.

use crate::{
    operation::{FieldValue, Parameter, Target},
    resources::users::{self, USER_ID},
};
use chrono::DateTime;
use std::sync::Arc;
use usher_domain::{Factor, FactorName, FactorSupport, FactorType, Rights, User, policy::Resource};
use usher_persistence::TargetIds;
use uuid::Uuid;

/// The id in a factor's path.
const FACTOR_ID: Parameter = Parameter::id("factor_id", "The factor's id", "01937f42-3c4d-7e5f-9a6b-7c8d9e0f1a2b");

/// The factors of the user that the path names.
pub struct FactorsOfUser {
    pub user: Arc<User>,
}

/// The factor that the path names.
pub struct FactorById {
    pub factor: Arc<Factor>,
}

/// Which factors the service allows.
pub fn support(service: Resource<'_>) -> FactorSupport {
    match service {
        Resource::Service { factors, .. } => factors,
        _ => FactorSupport::FULL,
    }
}

impl Target for FactorsOfUser {
    type Row = User;
    const PATH_PARAMETERS: &'static [Parameter] = &[USER_ID];
    const VERSIONED: bool = true;

    fn resource<'a>(service: Resource<'a>, ids: TargetIds, user: Option<&'a User>) -> Resource<'a> {
        // The handler that counts the factors replaces `is_full`.
        Resource::Factors { owner: ids.id, user, support: support(service), is_full: false }
    }

    fn from_row(user: Option<Arc<User>>) -> Option<Self> {
        user.map(|user| Self { user })
    }

    fn row(&self) -> Option<&User> {
        Some(&self.user)
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        let without = users::sample();
        let with = User { has_factors: true, ..without.clone() };
        let (owner, support) = (without.id, FactorSupport::FULL);
        for user in [Some(&without), Some(&with), None] {
            visit(&Resource::Factors { owner, user, support, is_full: false });
        }
        visit(&Resource::Factors { owner, user: Some(&with), support, is_full: true });
        for support in [FactorSupport { enrolment: false, ..support }, FactorSupport { passkeys: false, ..support }] {
            visit(&Resource::Factors { owner, user: Some(&with), support, is_full: false });
        }
    }
}

impl Target for FactorById {
    type Row = Factor;
    const PATH_PARAMETERS: &'static [Parameter] = &[USER_ID, FACTOR_ID];
    const VERSIONED: bool = true;

    fn resource<'a>(service: Resource<'a>, ids: TargetIds, factor: Option<&'a Factor>) -> Resource<'a> {
        Resource::Factor { owner: ids.owner_id, factor, support: support(service) }
    }

    fn from_row(factor: Option<Arc<Factor>>) -> Option<Self> {
        factor.map(|factor| Self { factor })
    }

    fn row(&self) -> Option<&Factor> {
        Some(&self.factor)
    }

    fn current_value<'a>(resource: &Resource<'a>, field: &str) -> Option<FieldValue<'a>> {
        match resource {
            Resource::Factor { factor: Some(factor), .. } if field == "name" => Some(factor.name.as_str().into()),
            _ => None,
        }
    }

    fn states(visit: &mut dyn FnMut(&Resource<'_>)) {
        let owner = users::sample().id;
        let unconfirmed = Factor {
            id: Uuid::nil(),
            user_id: owner,
            owner: Rights::NONE,
            kind: FactorType::Totp,
            name: FactorName::stored(String::new()),
            confirmed: false,
            created_at: DateTime::default(),
            last_used_at: None,
            remaining: None,
            is_last: false,
            version: 1,
        };
        let confirmed = Factor { confirmed: true, ..unconfirmed.clone() };
        let last = Factor { is_last: true, ..confirmed.clone() };
        let codes = Factor { kind: FactorType::RecoveryCodes, remaining: Some(10), ..confirmed.clone() };
        let support = FactorSupport::FULL;
        for factor in [&unconfirmed, &confirmed, &last, &codes] {
            visit(&Resource::Factor { owner, factor: Some(factor), support });
        }
        visit(&Resource::Factor { owner, factor: None, support });
        let support = FactorSupport { enrolment: false, ..support };
        visit(&Resource::Factor { owner, factor: Some(&unconfirmed), support });
    }
}
