//! How mail leaves, by the settings.

use crate::{failure::Failure, secrets, settings::Mail};
use std::path::Path;
use usher_mail::{Author, Transport, hello_name};

/// The way out, and who mails are from. The service says hello to a mail server with the host of its public URL, if that is
/// set.
pub fn prepare(settings: &Mail, public_url: Option<&str>, data_dir: &Path) -> Result<(Transport, Author), Failure> {
    let from = settings.mail_from.clone();
    match (secrets::from_environment("USHER_SMTP_URL")?, from) {
        (Some(url), Some(from)) => {
            let transport = Transport::smtp(&url, hello_name(public_url, &from).as_deref());
            Ok((transport.map_err(|why| Failure::new(format!("USHER_SMTP_URL {why}")))?, from))
        }
        (Some(_), None) => Err(Failure::new("USHER_SMTP_URL needs USHER_MAIL_FROM: who mails are from")),
        (None, from) => Ok((Transport::Folder(data_dir.to_owned()), from.unwrap_or_else(Author::nobody))),
    }
}
