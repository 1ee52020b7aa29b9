//! The log instead of mail: that there was one. To whom and what it says is at level debug only,
//! since its links open accounts; a code is not there either.

use async_trait::async_trait;

use crate::channels::{Address, Channel, ChannelKind, Rendered, Sent, Unsent};

/// Writes to the log.
pub(super) struct Log;

#[async_trait]
impl Channel for Log {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Email
    }

    fn name(&self) -> &'static str {
        "log"
    }

    async fn send(&self, message: &Rendered, to: &Address) -> Result<Sent, Unsent> {
        let id = message.id;
        tracing::info!(%id, kind = message.kind, "a mail, for the log alone");
        if !message.is_code() {
            tracing::debug!(%id, to = to.0, text = message.words.text, "what the mail says");
        }
        Ok(Sent { provider_id: None })
    }
}
