//! `payflow clock`: an operator says that the machine's clock is right. It sets no clock.

use anyhow::Context;
use contracts::identity::OrgId;
use payments_core::acceptance::Acceptance;
use payments_core::command::{Actor, Answer, Command, Operation};

use super::{of_a_store, runtime, say};
use crate::cli::AcceptClock;
use crate::wiring::App;

/// Has the journal go on at the clock's time, and tells the audit trail.
///
/// # Errors
/// What stands against it.
pub fn accept(args: &AcceptClock) -> anyhow::Result<()> {
    let settings = of_a_store(&args.store)?;
    runtime()?.block_on(async {
        let app = App::open(&settings).await?;
        let accepted = accept_in(&app, &args.reason).await;
        app.close().await;
        let Acceptance {
            accepted,
            last_commit,
            ..
        } = accepted?;
        say(&format!(
            "Commits go on at {accepted}; the last one before was at {last_commit}.\n"
        ))
    })
}

async fn accept_in(app: &App, reason: &str) -> anyhow::Result<Acceptance> {
    let command = Command {
        org: OrgId::DEFAULT.0,
        actor: Actor::System,
        idempotency: None,
        request_id: None,
        operation: Operation::AcceptClock {
            reason: reason.to_owned(),
        },
    };
    let answer = app.payments.journal().submit(command).await;
    let accepted: Acceptance = match answer.context("the time was not accepted")? {
        Answer::Done(document) => serde_json::from_str(&document.text())?,
        other => anyhow::bail!("the journal answered {other:?}"),
    };
    let told = app
        .identity
        .record_accepted_time(accepted.last_commit, accepted.accepted, reason);
    told.await
        .context("the time was accepted, but the audit trail does not say so")?;
    Ok(accepted)
}
