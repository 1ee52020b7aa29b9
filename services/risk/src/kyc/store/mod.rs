//! The SQL of KYC.

pub(crate) mod documents;
pub(crate) mod standings;
pub(crate) mod submissions;
