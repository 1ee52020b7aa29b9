//! `payflow dead-letters`: events that could not be handled, at the command line. What letters are,
//! `libs/events` says.

use std::time::Duration;

use anyhow::Context;
use contracts::identity::{OperatorAction, OrgId};
use events::{DeadLetterId, DeadLetters, Letter, LetterError, LetterFilter};
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

/// The dead letters of each service that reads feeds.
fn letters(app: &App) -> [&DeadLetters; 2] {
    [app.notifications.dead_letters(), app.risk.dead_letters()]
}

/// The service that has a letter.
async fn of(app: &App, org: OrgId, id: DeadLetterId) -> anyhow::Result<&DeadLetters> {
    for letters in letters(app) {
        match letters.show(org, id).await {
            Err(LetterError::NoSuchLetter) => {}
            found => return Ok(found.map(|_| letters)?),
        }
    }
    Err(LetterError::NoSuchLetter.into())
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
    let (mut counts, mut newest) = (String::new(), String::new());
    for letters in letters(app) {
        for group in letters.groups(org, &filter, MOST).await? {
            let (count, consumer, cause) = (group.count, group.consumer, group.cause);
            let line = format!("{count:>7}  {consumer}: {cause}");
            counts.push_str(&for_terminal_line(&line));
            counts.push('\n');
        }
        let found = letters.list(org, &filter, Uuid::max(), MOST).await?;
        newest.extend(found.iter().map(line));
    }
    Ok(match counts.is_empty() {
        true => "No dead letter waits.".to_owned(),
        false => format!("{counts}The newest:\n{newest}"),
    })
}

async fn show(app: &App, args: &NamedDeadLetter) -> anyhow::Result<String> {
    let (org, id) = (OrgId(args.organisation), id(&args.id)?);
    let (letter, event) = of(app, org, id).await?.show(org, id).await?;
    let event = match event {
        Some(event) => serde_json::to_string_pretty(&event.public())?,
        None => "The feed does not tell of this event any more.".to_owned(),
    };
    Ok(format!("{}{event}", line(&letter)))
}

async fn replay(app: &App, args: &ReplayDeadLetters) -> anyhow::Result<String> {
    let org = OrgId(args.which.organisation);
    if let Some(text) = &args.id {
        let id = id(text)?;
        let replayed = of(app, org, id).await?.replay(org, id, BY, &()).await?;
        record(app, org, OperatorAction::DeadLetterReplayed, text).await?;
        return Ok(line(&replayed));
    }
    let mut told = Vec::new();
    for letters in letters(app) {
        told.push(replay_all(app, letters, (org, &filter(&args.which))).await?);
    }
    Ok(told.join("\n"))
}

async fn replay_all(
    app: &App,
    letters: &DeadLetters,
    (org, filter): (OrgId, &LetterFilter),
) -> anyhow::Result<String> {
    let begun = letters.begin_replay(org, filter, BY, &()).await?;
    let subject = begun.id.to_string();
    record(app, org, OperatorAction::DeadLetterReplayed, &subject).await?;
    while letters.work(Duration::ZERO).await? {}
    let replay = letters.find_replay(org, begun.id).await?;
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
    let id = id(text)?;
    let ended = of(app, org, id)
        .await?
        .discard(org, id, (BY, args.reason.as_str()), &())
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
