//! The settings of second factors: who needs one, and the domain that passkeys are for.

use crate::{
    failure::{Context, Failure},
    settings::{RequireMfa, ServeSettings, Switch},
};
use std::net::IpAddr;
use url::{Host, Url};
use usher_auth::passkeys::{RelyingParty, RelyingPartyError};
use usher_persistence::Database;

const RP_ID: &str = "USHER_WEBAUTHN_RP_ID";
const ORIGINS: &str = "USHER_WEBAUTHN_ORIGINS";
/// What authenticators call the service.
const NAME: &str = "usher";

/// The relying party of passkeys at this public URL, or a warning that says why there are no passkeys.
///
/// # Errors
/// A setting is not valid. What is derived from the public URL never is an error: a service needs no passkeys.
pub fn relying_party(settings: &ServeSettings, public_url: &str) -> Result<Result<RelyingParty, String>, Failure> {
    let (host, origin) = host_and_origin(public_url);
    let (id, is_set) = match &settings.webauthn_rp_id {
        Some(id) => (id.as_str(), true),
        None => (host.as_str(), false),
    };
    let own = [origin];
    let origins = if settings.webauthn_origins.is_empty() { &own[..] } else { &settings.webauthn_origins[..] };
    let faulty = match RelyingParty::new(id, NAME, origins.iter().map(|origin| origin.trim())) {
        Ok(relying_party) => return Ok(Ok(relying_party)),
        Err(faulty) => faulty,
    };
    let is_about_id = matches!(faulty, RelyingPartyError::IpAddress { .. } | RelyingPartyError::NotADomain { .. });
    if is_about_id && is_set {
        return Err(faulty).context(RP_ID);
    }
    if !is_about_id && !settings.webauthn_origins.is_empty() {
        return Err(faulty).context(ORIGINS);
    }
    if !is_about_id && is_set {
        return Err(faulty).context(format_args!("{RP_ID}, {ORIGINS}"));
    }
    Ok(Err(format!("no passkeys at {public_url}: {faulty}; set USHER_PUBLIC_URL to an https URL with a domain name")))
}

/// The host of a URL, and its origin. Loopback addresses are written as `localhost`, the only name that browsers allow
/// passkeys for there.
fn host_and_origin(public_url: &str) -> (String, String) {
    let Ok(mut url) = Url::parse(public_url) else { return (public_url.to_owned(), public_url.to_owned()) };
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address).to_canonical()),
        Some(Host::Domain(_)) | None => None,
    };
    if address.is_some_and(|address| address.is_loopback()) && url.set_host(Some("localhost")).is_err() {
        return (public_url.to_owned(), public_url.to_owned());
    }
    (url.host_str().unwrap_or_default().to_owned(), url.origin().ascii_serialization())
}

/// The warning about passkeys that do not work, because they were created for another domain.
pub async fn passkeys_of_other_domains(database: &Database, rp_id: Option<&str>) -> Result<Option<String>, Failure> {
    let count = database.count_passkeys_of_other_domains(rp_id).await.context("cannot count the passkeys")?;
    let domain = rp_id.map_or_else(|| "this service, which has no domain".to_owned(), |id| format!("the domain {id}"));
    Ok((count > 0).then(|| {
        format!(
            "passkeys that are not for {domain}, and do not work: {count}; set {RP_ID} to the domain that they were created for"
        )
    }))
}

/// The warning about settings by which users must have second factors that they cannot enrol.
pub fn unattainable(settings: &ServeSettings) -> Option<&'static str> {
    let is_required = settings.require_mfa != RequireMfa::Off;
    (is_required && settings.second_factors == Switch::Off).then_some(
        "USHER_REQUIRE_MFA is set and USHER_SECOND_FACTORS is off: users who must have a second factor and have none cannot \
         enrol one",
    )
}
