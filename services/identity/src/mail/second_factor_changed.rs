//! Tells a user that a second factor or an account at a provider was added or taken away.

pub(crate) const SUBJECT: &str = "How you sign in has changed";

pub(crate) fn text(change: &str) -> String {
    format!(
        "{change}\n\n\
         If that was you, there is nothing to do.\n\n\
         If it was not, somebody else is in your account: change your password, end all sessions, and tell the \
         people who run this installation.\n"
    )
}
