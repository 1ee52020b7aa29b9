//! Tells a user that the password was changed.

pub(super) const SUBJECT: &str = "Your password was changed";

pub(super) const TEXT: &str = "The password of your PayFlow account was changed, and other devices were logged out.\n\n\
    If that was not you, ask for a new password at once (\"forgot password\") and tell whoever runs this installation.\n";
