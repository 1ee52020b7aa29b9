//! What is looked at: all services, and the parts that `/health` asks. It asks nothing itself.

use std::sync::{Arc, Weak};

use module::Opened;
use platform::health::{HealthCheck, NamedCheck};

/// What is looked at. It is not kept open by that.
pub(crate) struct Watched {
    services: Vec<Weak<dyn Opened>>,
    checks: Vec<(String, Weak<dyn HealthCheck>)>,
}

impl Watched {
    pub(crate) fn new(services: &[Arc<dyn Opened>], checks: &[NamedCheck]) -> Self {
        let weak = |(name, check): &NamedCheck| (name.clone(), Arc::downgrade(check));
        Self {
            services: services.iter().map(Arc::downgrade).collect(),
            checks: checks.iter().map(weak).collect(),
        }
    }

    /// The services that are still there.
    pub(crate) fn services(&self) -> Vec<Arc<dyn Opened>> {
        self.services.iter().filter_map(Weak::upgrade).collect()
    }

    /// The parts that are still there.
    pub(crate) fn checks(&self) -> Vec<NamedCheck> {
        let named = |(name, check): &(String, Weak<dyn HealthCheck>)| {
            check.upgrade().map(|check| (name.clone(), check))
        };
        self.checks.iter().filter_map(named).collect()
    }
}
