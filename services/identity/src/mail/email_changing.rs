//! Tells a user at the old e-mail that another one is about to take its place.

pub(crate) const SUBJECT: &str = "Your e-mail address is about to change";

pub(crate) const TEXT: &str = "Somebody who knows your password has asked for another e-mail address for your PayFlow account. It changes once \
    the new address is confirmed.\n\n\
    If that was not you, change your password at once.\n";
