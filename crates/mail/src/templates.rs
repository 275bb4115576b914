//! The texts of mails, rendered from the files in `templates/`: one for each mail and part.
//!
//! The HTML parts are escaped, the text parts and subjects are not. A template that uses a variable it is not given, or that
//! leaves one out, does not compile without a warning.

use crate::Links;
use askama::Template;
use usher_domain::MailKind;

/// The text of a mail.
pub(crate) struct Content {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// Renders the three templates of a mail with these variables.
macro_rules! content {
    ($subject:tt, $text:tt, $html:tt, $($variable:ident = $value:expr),+) => {{
        #[derive(Template)]
        #[template(path = $subject)]
        struct Subject;

        #[derive(Template)]
        #[template(path = $text)]
        struct Text<'a> {
            $($variable: &'a str),+
        }

        #[derive(Template)]
        #[template(path = $html)]
        struct Html<'a> {
            subject: &'a str,
            $($variable: &'a str),+
        }

        let subject = Subject.render()?;
        let text = Text { $($variable: $value),+ }.render()?;
        let html = Html { subject: &subject, $($variable: $value),+ }.render()?;
        Content { subject, text, html }
    }};
}

impl Content {
    pub(crate) fn render(kind: MailKind, links: &Links, token: &str) -> Result<Self, askama::Error> {
        let site = links.base.as_str();
        let confirm = || links.link("verify-email", token);
        let choose = || links.link("reset-password", token);
        Ok(match kind {
            MailKind::VerifyEmail => content!(
                "verify_email.subject.txt",
                "verify_email.txt",
                "verify_email.html",
                site = site,
                link = &confirm()
            ),
            MailKind::ResetPassword => content!(
                "reset_password.subject.txt",
                "reset_password.txt",
                "reset_password.html",
                site = site,
                link = &choose()
            ),
            MailKind::Invitation => {
                content!("invitation.subject.txt", "invitation.txt", "invitation.html", site = site, link = &choose())
            }
            MailKind::PasswordChanged => {
                content!("password_changed.subject.txt", "password_changed.txt", "password_changed.html", site = site)
            }
            MailKind::EmailChanging => {
                content!("email_changing.subject.txt", "email_changing.txt", "email_changing.html", site = site)
            }
            MailKind::EmailChanged => {
                content!("email_changed.subject.txt", "email_changed.txt", "email_changed.html", site = site)
            }
            MailKind::ApiKeyCreated => {
                content!("api_key_created.subject.txt", "api_key_created.txt", "api_key_created.html", site = site)
            }
            MailKind::FactorEnrolled => {
                content!("factor_enrolled.subject.txt", "factor_enrolled.txt", "factor_enrolled.html", site = site)
            }
            MailKind::FactorRemoved => {
                content!("factor_removed.subject.txt", "factor_removed.txt", "factor_removed.html", site = site)
            }
            MailKind::FactorsReset => {
                content!("factors_reset.subject.txt", "factors_reset.txt", "factors_reset.html", site = site)
            }
            MailKind::FactorsResetByOperator => content!(
                "factors_reset_by_operator.subject.txt",
                "factors_reset_by_operator.txt",
                "factors_reset_by_operator.html",
                site = site
            ),
            MailKind::FactorsAndPasswordReset => content!(
                "factors_and_password_reset.subject.txt",
                "factors_and_password_reset.txt",
                "factors_and_password_reset.html",
                site = site
            ),
            MailKind::RecoveryCodesCreated => content!(
                "recovery_codes_created.subject.txt",
                "recovery_codes_created.txt",
                "recovery_codes_created.html",
                site = site
            ),
            MailKind::SignInsRefused => {
                content!("sign_ins_refused.subject.txt", "sign_ins_refused.txt", "sign_ins_refused.html", site = site)
            }
            MailKind::SecondFactorsRefused => content!(
                "second_factors_refused.subject.txt",
                "second_factors_refused.txt",
                "second_factors_refused.html",
                site = site
            ),
            MailKind::RecoveryCodeUsed => content!(
                "recovery_code_used.subject.txt",
                "recovery_code_used.txt",
                "recovery_code_used.html",
                site = site
            ),
        })
    }
}
