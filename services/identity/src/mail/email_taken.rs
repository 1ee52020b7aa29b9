//! Tells a user that somebody wanted to use their e-mail for an account; what was answered there told nothing.

pub(crate) const SUBJECT: &str = "You have an account already";

pub(crate) const TEXT: &str = "Somebody wanted to use this e-mail address for a PayFlow account, but it has one already.\n\n\
    If that was you, log in, or ask for a new password if you have forgotten yours.\n\
    If it was not, do nothing: your account is as it was.\n";
