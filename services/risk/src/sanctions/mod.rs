//! Sanctions: which lists are in force, who of the customers is like somebody on them, and what
//! operators have said of that. How names are compared is in the crate `screening`.

mod comparing;
pub(crate) mod config;
mod deciding;
mod fetch;
pub(crate) mod health;
pub(crate) mod http;
pub(crate) mod lists;
pub(crate) mod loading;
pub(crate) mod matches;
pub(crate) mod standing;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod watch;

use std::sync::Arc;
use std::time::Duration;

use screening::lists::Source;
use tokio::time::interval;
use values::typed_id;

use crate::error::Error;
use crate::sanctions::store::screenings;
use crate::service::Service;

typed_id!(
    /// A customer who is like an entry of a sanctions list: `mat_…`.
    MatchId,
    "mat"
);

/// Of how lists are read and names compared. One more, and everybody is compared anew: raised with
/// each change of the crate `screening` by which other entries or scores come out.
pub(crate) const EDITION: i64 = 1;
/// How often it is looked what is due, and who waits.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Service {
    /// Takes up the lists of the store. That of the demo is part of the program and in force at
    /// once.
    pub(crate) async fn open_lists(&self) {
        if !self.config.enabled {
            return;
        }
        let opened = async {
            screenings::retire(&self.db, EDITION).await?;
            self.take_up_lists().await?;
            let is_missing = self.sanctions.lists().missing.contains(&Source::Demo);
            if is_missing {
                self.update_list(Source::Demo, false).await?;
            }
            self.look_at_loads().await
        };
        if let Err(error) = opened.await {
            tracing::error!(%error, "the sanctions lists of the store cannot be read: nobody counts as compared");
        }
    }

    /// Loads lists when they are due: for ever.
    pub(crate) async fn keep_loading(self: Arc<Self>) {
        let mut ticks = interval(LOOK_EVERY);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let done = self.load_due_lists().await;
            tell(&mut failing, &done, "sanctions lists are not loaded");
        }
    }

    /// Compares who waits: for ever. A download does not hold it up.
    pub(crate) async fn keep_screening(self: Arc<Self>) {
        let mut ticks = interval(LOOK_EVERY);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let done = self.screen_once().await;
            tell(
                &mut failing,
                &done,
                "customers are not compared with sanctions lists",
            );
        }
    }

    /// Takes up lists that another node has loaded, and compares who waits.
    ///
    /// # Errors
    /// A fault: it is tried again.
    pub async fn screen_once(&self) -> Result<(), Error> {
        self.take_up_lists().await?;
        self.look_at_loads().await?;
        self.screen_waiting().await?;
        Ok(())
    }
}

/// Tells once that something has begun to fail.
fn tell(failing: &mut bool, done: &Result<(), Error>, what: &str) {
    if let Err(error) = done
        && !*failing
    {
        tracing::error!(%error, "{what}");
    }
    *failing = done.is_err();
}
