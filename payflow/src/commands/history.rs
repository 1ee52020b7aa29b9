//! `payflow history`: an operator goes on with a store of which something was lost. It brings
//! nothing back.

use anyhow::Context;
use identity::KeyRotation;

use super::{of_a_store, runtime, say};
use crate::cli::AcceptHistory;
use crate::wiring::{App, file, services};

/// Has the store go on with services of whose databases something is lost, and tells the audit
/// trail.
///
/// # Errors
/// What stands against it.
pub fn accept(args: &AcceptHistory) -> anyhow::Result<()> {
    let settings = of_a_store(&args.store)?;
    runtime()?.block_on(async {
        let app = App::open_after_loss(&settings).await?;
        let accepted = accept_in(&app, &args.reason).await;
        let (folder, with_losses) = (app.folder(), app.with_losses.clone());
        app.close().await;
        let accepted = accepted?;
        if let (Some(folder), false) = (folder, with_losses.is_empty()) {
            // Of all of them: the store is accepted as a whole.
            for service in services(&settings).names() {
                let path = file(folder.path(), service);
                db::accept_loss(&path).with_context(|| path.display().to_string())?;
            }
        }
        say(&accepted)
    })
}

async fn accept_in(app: &App, reason: &str) -> anyhow::Result<String> {
    let with_losses = &app.with_losses;
    if with_losses.is_empty() {
        return Ok("Nothing of the store is known to be lost: nothing was changed.".into());
    }
    // The trail first: what ends in between is accepted again.
    let recorded = app
        .identity
        .record_accepted_history(with_losses, reason)
        .await;
    recorded.context("the audit trail cannot be written")?;
    if with_losses
        .iter()
        .any(|service| service == identity::SCHEMA)
    {
        // Of sessions that began after the copy, and their ends, the store knows nothing: their
        // access tokens would count until they expire.
        let rotated = app.identity.rotate_keys(KeyRotation::Leaked).await;
        rotated.context("the keys that sign access tokens were not changed")?;
    }
    for service in with_losses {
        app.notifications.accept_history(service).await?;
        app.risk.accept_history(service).await?;
        app.operations.accept_history(service).await?;
    }
    Ok(format!(
        "The store goes on with {} as it is. docs/backup.md says what to look after.",
        with_losses.join(" and ")
    ))
}
