//! The delivery of mail, by the settings.

use crate::{failure::Failure, secrets, settings::MailSettings};
use std::path::Path;
use usher_mail::{Sender, Transport, hello_name};

/// The transport and the sender of mails. The host of the public URL, if that is set, is the name of the service in the EHLO
/// command.
pub fn prepare(
    settings: &MailSettings,
    public_url: Option<&str>,
    data_dir: &Path,
) -> Result<(Transport, Sender), Failure> {
    let sender = settings.mail_from.clone();
    match (secrets::from_environment("USHER_SMTP_URL")?, sender) {
        (Some(url), Some(sender)) => {
            let transport = Transport::smtp(&url, hello_name(public_url, &sender).as_deref());
            Ok((transport.map_err(|reason| Failure::new(format!("USHER_SMTP_URL {reason}")))?, sender))
        }
        (Some(_), None) => Err(Failure::new("USHER_SMTP_URL needs USHER_MAIL_FROM, the sender of mails")),
        (None, sender) => Ok((Transport::Folder(data_dir.to_owned()), sender.unwrap_or_else(Sender::placeholder))),
    }
}
