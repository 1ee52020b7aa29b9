//! The SMS folder, for development: each SMS is a text file, the first line of which is the number.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use platform::private;

use crate::channels::{Address, Channel, ChannelKind, Rendered, Sent, Unsent};

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
        let (folder, file) = (self.folder.clone(), name.clone());
        let wrote = tokio::task::spawn_blocking(move || write(&folder, &file, text.as_bytes()));
        let wrote = wrote.await.map_err(io::Error::other).flatten();
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

/// Whole or not at all, for its owner alone.
fn write(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    private::folder().recursive(true).create(folder)?;
    let partial = folder.join(format!("{name}.partial"));
    let mut file = private::rewrite(&partial)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(partial, folder.join(name))
}
