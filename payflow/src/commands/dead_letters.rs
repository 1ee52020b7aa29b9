//! `payflow dead-letters`: events that could not be handled, at the command line. What letters are,
//! `libs/events` says.

use std::time::Duration;

use anyhow::Context;
use contracts::identity::{OperatorAction, OrgId};
use events::{DeadLetterId, DeadLetters, Letter, LetterFilter};
use platform::text::for_terminal_line;
use uuid::Uuid;

use super::{of_a_store, runtime, say};
use crate::cli::{
    DeadLettersCommand, DiscardDeadLetter, ListDeadLetters, NamedDeadLetter, ReplayDeadLetters,
    Store, WhichDeadLetters,
};
use crate::wiring::App;

/// Who does what is done here.
const BY: &str = "system";

/// Does what was asked, and prints what came of it.
///
/// # Errors
/// What stands against it.
pub fn run(command: &DeadLettersCommand) -> anyhow::Result<()> {
    let store = match command {
        DeadLettersCommand::List(args) => &args.store,
        DeadLettersCommand::Show(args) => &args.store,
        DeadLettersCommand::Replay(args) => &args.store,
        DeadLettersCommand::Discard(args) => &args.named.store,
    };
    on(store, async |app| match command {
        DeadLettersCommand::List(args) => list(app, args).await,
        DeadLettersCommand::Show(args) => show(app, args).await,
        DeadLettersCommand::Replay(args) => replay(app, args).await,
        DeadLettersCommand::Discard(args) => discard(app, args).await,
    })
}

/// Opens a store for something that ends with a text.
pub(super) fn on(
    store: &Store,
    work: impl AsyncFnOnce(&App) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let settings = of_a_store(store)?;
    runtime()?.block_on(async {
        let app = App::open(&settings).await?;
        let done = work(&app).await;
        app.close().await;
        say(&done?)
    })
}

fn letters(app: &App) -> &DeadLetters {
    app.notifications.dead_letters()
}

fn filter(which: &WhichDeadLetters) -> LetterFilter {
    LetterFilter {
        consumer: which.consumer.clone(),
        cause: which.cause.clone(),
        kind: which.kind.clone(),
        ..LetterFilter::default()
    }
}

fn id(text: &str) -> anyhow::Result<DeadLetterId> {
    let id = text.parse::<DeadLetterId>();
    id.map_err(|error| crate::Usage(format!("{text} is no id of a dead letter: {error}")).into())
}

fn line(letter: &Letter) -> String {
    let line = format!(
        "{}  {}  {}/{}  {}  {}  {} attempts, last at {}: {}",
        letter.id,
        letter.state.as_str(),
        letter.consumer,
        letter.feed,
        letter.kind,
        letter.subject,
        letter.attempts,
        letter.last_at,
        letter.error
    );
    for_terminal_line(&line).into_owned() + "\n"
}

async fn list(app: &App, args: &ListDeadLetters) -> anyhow::Result<String> {
    const MOST: i64 = 50;
    let (org, filter) = (OrgId(args.which.organisation), filter(&args.which));
    let groups = letters(app).groups(org, &filter, MOST).await?;
    if groups.is_empty() {
        return Ok("No dead letter waits.".to_owned());
    }
    let mut text = String::new();
    for group in groups {
        let (count, consumer, cause) = (group.count, group.consumer, group.cause);
        let line = format!("{count:>7}  {consumer}: {cause}");
        text.push_str(&for_terminal_line(&line));
        text.push('\n');
    }
    text.push_str("The newest:\n");
    let newest = letters(app).list(org, &filter, Uuid::max(), MOST).await?;
    text.extend(newest.iter().map(line));
    Ok(text)
}

async fn show(app: &App, args: &NamedDeadLetter) -> anyhow::Result<String> {
    let found = letters(app).show(OrgId(args.organisation), id(&args.id)?);
    let (letter, event) = found.await?;
    let event = match event {
        Some(event) => serde_json::to_string_pretty(&event.public())?,
        None => "The feed does not tell of this event any more.".to_owned(),
    };
    Ok(format!("{}{event}", line(&letter)))
}

async fn replay(app: &App, args: &ReplayDeadLetters) -> anyhow::Result<String> {
    let org = OrgId(args.which.organisation);
    if let Some(text) = &args.id {
        let replayed = letters(app).replay(org, id(text)?, BY, &()).await?;
        record(app, org, OperatorAction::DeadLetterReplayed, text).await?;
        return Ok(line(&replayed));
    }
    let begun = letters(app)
        .begin_replay(org, &filter(&args.which), BY, &())
        .await?;
    let subject = begun.id.to_string();
    record(app, org, OperatorAction::DeadLetterReplayed, &subject).await?;
    while letters(app).work(Duration::ZERO).await? {}
    let replay = letters(app).find_replay(org, begun.id).await?;
    Ok(format!(
        "{}: {} of {} were handled, {} failed again ({}).",
        replay.id,
        replay.replayed,
        replay.total,
        replay.failed,
        replay.state.as_str()
    ))
}

async fn discard(app: &App, args: &DiscardDeadLetter) -> anyhow::Result<String> {
    let NamedDeadLetter {
        id: text,
        organisation,
        ..
    } = &args.named;
    let org = OrgId(*organisation);
    let ended = letters(app)
        .discard(org, id(text)?, (BY, args.reason.as_str()), &())
        .await?;
    record(app, org, OperatorAction::DeadLetterDiscarded, text).await?;
    Ok(line(&ended))
}

/// Adds what was done to the audit trail.
pub(super) async fn record(
    app: &App,
    org: OrgId,
    action: OperatorAction,
    subject: &str,
) -> anyhow::Result<()> {
    let recorded = app.identity.record_at_command_line(org, action, subject);
    recorded
        .await
        .context("it was done, but the audit trail does not say so")
}
