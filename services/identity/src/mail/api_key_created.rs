//! Tells somebody that an API key of their account was made.

pub(crate) const SUBJECT: &str = "A new API key of your account";

pub(crate) fn text(name: &str, shown: &str, scopes: &str) -> String {
    format!(
        "An API key was made for your PayFlow account. Anyone who has it can use the account within its scopes without a login.\n\n\
         Name: {name}\nBegins with: {shown}\nScopes: {scopes}\n\n\
         If that was you, there is nothing to do.\n\n\
         If it was not, somebody else is in your account: end the key, change your password, end all sessions, and tell the \
         people who run this installation.\n"
    )
}
