//! How the verification of a user's identity stands, as risk tells: kept with the user, and told to
//! others by the trail. It never decides anything of it.

use contracts::kyc::KycStanding;

use crate::accounts::stores::users;
use crate::audit::{self, Actor, AuditAction, Entry};
use crate::fault::Fault;
use crate::service::Service;

impl Service {
    /// Takes a standing, where it is newer than what is there and the account is open.
    pub(crate) async fn take_kyc_standing(&self, standing: &KycStanding) -> Result<(), Fault> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        if !users::set_kyc(&mut tx, standing).await? {
            return Ok(());
        }
        let act = AuditAction::KycStatusChanged;
        let changed = Entry::done(standing.org, act, Actor::System, None)
            .to(standing.user)
            .with("kyc_status", standing.status.as_str())
            .with("kyc_level", standing.level.as_str())
            .with("kyc_version", standing.version);
        audit::record(&mut tx, now, &changed).await?;
        Ok(tx.commit().await?)
    }
}
