//! Tells a user that a new password was chosen with a mailed link.

pub(crate) const SUBJECT: &str = "Your password was changed";

pub(crate) const TEXT: &str = "A new password for your PayFlow account was chosen with the link that was mailed to you. All devices were logged out, and \
    all API keys of the account have ended: make new ones where programs need them.\n\n\
    If that was not you, ask for a new password at once (\"forgot password\") and tell the operator of this installation.\n";
