//! The log, for development: that an SMS would have been sent, and of what kind. What it says and
//! to whom is not for a log.

use async_trait::async_trait;

use crate::channels::{Address, Channel, ChannelKind, Rendered, Sent, Unsent};

/// Logs them.
pub(super) struct Log;

#[async_trait]
impl Channel for Log {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Sms
    }

    fn name(&self) -> &'static str {
        "log"
    }

    async fn send(&self, message: &Rendered, _: &Address) -> Result<Sent, Unsent> {
        tracing::info!(id = %message.id, kind = message.kind, "an SMS would be sent here");
        Ok(Sent { provider_id: None })
    }
}
