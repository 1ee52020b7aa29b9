//! Asks somebody to confirm a registration; there is no account before they do.

pub(crate) const SUBJECT: &str = "Confirm your registration";

pub(crate) fn text(link: &str) -> String {
    format!(
        "Somebody wants to register at PayFlow with this e-mail address.\n\n\
         If that was you, just now, open your account within a day, in the browser in which you registered:\n\n{link}\n\n\
         If it was not, do nothing: there will be no account.\n"
    )
}
