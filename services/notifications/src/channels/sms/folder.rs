//! The SMS folder, for development: each SMS is a text file, the first line of which is the number.

use std::path::PathBuf;

use async_trait::async_trait;

use crate::channels::{Address, Channel, ChannelKind, Rendered, Sent, Unsent, file};

/// Writes SMS into a folder, which is made when it is needed.
pub(super) struct Folder {
    folder: PathBuf,
}

impl Folder {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

#[async_trait]
impl Channel for Folder {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Sms
    }

    fn name(&self) -> &'static str {
        "folder"
    }

    async fn send(&self, message: &Rendered, to: &Address) -> Result<Sent, Unsent> {
        let name = format!("{}.txt", message.id);
        let text = format!("{}\n{}\n", to.0, message.words.body);
        let wrote = file::write(self.folder.clone(), name.clone(), text.into_bytes()).await;
        wrote.map_err(|error| Unsent::Later {
            reason: format!("the SMS folder cannot be written: {error}"),
            retry_at: None,
        })?;
        tracing::info!(id = %message.id, kind = message.kind, "an SMS was written");
        Ok(Sent {
            provider_id: Some(name),
        })
    }
}
