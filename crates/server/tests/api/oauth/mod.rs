//! The OAuth endpoints, one file each; the grants of the token endpoint have their own.

mod introspect;
mod metadata;
mod mfa;
mod refresh;
mod revoke;
mod role_claim;
mod sign_in;
mod token;

use usher_testkit::Person;

fn token<'a>(person: &'a Person, name: &str) -> &'a str {
    person.token[name].as_str().unwrap()
}
