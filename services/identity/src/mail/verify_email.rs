//! Asks a user to show that the e-mail is theirs.

pub(crate) const SUBJECT: &str = "Confirm your e-mail address";

pub(crate) fn text(link: &str) -> String {
    format!(
        "Somebody has registered at PayFlow with this e-mail address.\n\n\
         If that was you, confirm the address within a day, in the browser in which you registered or are logged in:\n\n{link}\n\n\
         If it was not, do nothing: the address stays unconfirmed. If you want the account, ask for a new password: whatever was done \
         with your address before ends then.\n"
    )
}
