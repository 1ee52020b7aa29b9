//! The mail folder, for development: each letter is a file that a mail program opens.

use std::path::PathBuf;

use async_trait::async_trait;

use crate::channels::email::letter::Sender;
use crate::channels::{Address, Channel, ChannelKind, Rendered, Sent, Unsent, file};

/// Writes letters into a folder, which is made when it is needed.
pub(super) struct Folder {
    folder: PathBuf,
    sender: Sender,
}

impl Folder {
    pub(super) const fn new(folder: PathBuf, sender: Sender) -> Self {
        Self { folder, sender }
    }
}

#[async_trait]
impl Channel for Folder {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Email
    }

    fn name(&self) -> &'static str {
        "folder"
    }

    async fn send(&self, message: &Rendered, to: &Address) -> Result<Sent, Unsent> {
        let letter = self.sender.letter(message, to)?;
        let name = format!("{}.eml", message.id);
        let wrote = file::write(self.folder.clone(), name.clone(), letter.bytes).await;
        wrote.map_err(|error| Unsent::Later {
            reason: format!("the mail folder cannot be written: {error}"),
            retry_at: None,
        })?;
        // The greeting of the server names the folder.
        tracing::debug!(id = %message.id, kind = message.kind, "a mail was written");
        Ok(Sent {
            provider_id: Some(name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::tests::message;
    use testkit::{Engine, TestStore};

    fn channel(folder: PathBuf) -> Folder {
        Folder::new(folder, Sender::new("payflow@example.com").unwrap())
    }

    #[tokio::test]
    async fn a_mail_is_a_file_of_its_own_and_the_same_one_when_it_is_repeated() {
        let store = TestStore::new(Engine::Sqlite);
        let folder = store.folder().join("deep").join("mail");
        let to = Address("ann@example.com".to_owned());
        for _ in 0..2 {
            channel(folder.clone()).send(&message(), &to).await.unwrap();
        }
        let files = std::fs::read_dir(&folder).unwrap();
        let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names, ["msg_00000000000000000000000001.eml"]);
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_tried_again_later() {
        let store = TestStore::new(Engine::Sqlite);
        let file = store.folder().join("mail");
        std::fs::write(&file, "mine").unwrap();
        let to = Address("a@b.c".to_owned());
        let sent = channel(file).send(&message(), &to).await;
        assert!(matches!(sent, Err(Unsent::Later { .. })), "{sent:?}");
    }
}
