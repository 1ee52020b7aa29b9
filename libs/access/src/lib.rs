//! Who is asking, and whether they may: the principal behind a token or a cookie, the permission
//! that an endpoint needs, and the fresh proof that dangerous acts ask for. The table of
//! permissions is in `contracts`; what a token is worth, identity says.

mod authenticator;
mod guarded;
mod principal;

pub use authenticator::{AuthenticationError, Authenticator, SharedAuthenticator};
pub use contracts::identity::needs;
pub use guarded::guarded;
pub use principal::{Principal, STEP_UP_WITHIN, step_up_required};
