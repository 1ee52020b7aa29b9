//! Tells somebody that their account is closed.

pub(crate) const SUBJECT: &str = "Your account is closed";

pub(crate) const TEXT: &str = "Your PayFlow account is closed, and what it knew of you is erased, except what the law or the audit trail keeps.\n\n\
    If that was not you, tell the operator of this installation at once.\n";
