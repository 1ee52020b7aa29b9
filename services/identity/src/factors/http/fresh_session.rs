//! The fresh proof that dangerous acts ask for.

use access::Principal;
use contracts::identity::SessionId;
use web::problem::Problem;

use crate::service::Service;

impl Service {
    /// Refuses a dangerous act of somebody who has not shown of late who they are.
    ///
    /// # Errors
    /// 403 `session_required` or `step_up_required`.
    pub(crate) fn require_fresh_session(
        &self,
        principal: &Principal,
    ) -> Result<SessionId, Problem> {
        let session = principal.require_session()?;
        let within = access::STEP_UP_WITHIN;
        principal.require_recent_second_factor(self.clock.now(), within)?;
        Ok(session)
    }
}
