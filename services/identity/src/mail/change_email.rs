//! Asks a user to show that the new e-mail is theirs.

pub(crate) const SUBJECT: &str = "Confirm your new e-mail address";

pub(crate) fn text(link: &str) -> String {
    format!(
        "Somebody wants to use this e-mail address for their PayFlow account from now on.\n\n\
         If that was you, confirm the address within a day, in a browser in which you are logged in:\n\n{link}\n\n\
         If it was not, do nothing: the account keeps its address.\n"
    )
}
