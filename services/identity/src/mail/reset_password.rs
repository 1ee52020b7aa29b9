//! The link of a forgotten password.

pub(crate) const SUBJECT: &str = "Choose a new password";

pub(crate) fn text(link: &str) -> String {
    format!(
        "Somebody has asked for a new password for your PayFlow account.\n\n\
         If that was you, choose one within an hour:\n\n{link}\n\n\
         If it was not, do nothing: your password stays as it is. Give this link to nobody.\n"
    )
}
