//! What `/health` asks of every store, whatever its services ask beside that.

use std::sync::Arc;

use db::Db;
use platform::data_dir::DataDir;
use platform::health::HealthCheck;

/// A database, and where it is embedded its files.
pub(super) struct StoreCheck(pub(super) Db);

#[async_trait::async_trait]
impl HealthCheck for StoreCheck {
    async fn check(&self) -> Result<(), String> {
        if let Err(error) = self.0.history().check_file() {
            let error = anyhow::Error::from(error);
            tracing::error!("a database is not what was opened: {error:#}");
            return Err(
                "its files were replaced, deleted or overwritten; the log says more".to_owned(),
            );
        }
        self.0.check().await.map_err(|error| error.to_string())
    }
}

/// The data folder, and whether its lock still keeps a second server out of it.
pub(super) struct FolderCheck(pub(super) Arc<DataDir>);

#[async_trait::async_trait]
impl HealthCheck for FolderCheck {
    async fn check(&self) -> Result<(), String> {
        self.0.check().map_err(|error| {
            tracing::error!(error, "the data folder is not locked any more");
            "its lock was replaced or deleted; the log says more".to_owned()
        })
    }
}
