//! `payflow feed`: where consumers stand in their feeds. It says what it will repeat before it
//! does.

use std::io::{BufRead, Write};

use anyhow::Context;
use contracts::identity::{OperatorAction, OrgId};
use platform::text::for_terminal_line;

use super::dead_letters::{on, record};
use crate::cli::RewindFeed;
use crate::wiring::App;

/// Puts a consumer to another place, once somebody has said that they want it.
///
/// # Errors
/// What stands against it.
pub fn rewind(args: &RewindFeed) -> anyhow::Result<()> {
    on(&args.store, async |app| rewind_in(app, args).await)
}

async fn rewind_in(app: &App, args: &RewindFeed) -> anyhow::Result<String> {
    let name = args.queue.split_once([':', '/']);
    let consumer = name.and_then(|(name, feed)| {
        let told = app.notifications.consumer(name, feed);
        told.or_else(|| app.risk.consumer(name, feed))
            .or_else(|| app.operations.consumer(name, feed))
    });
    let consumer = consumer.with_context(|| {
        format!(
            "nobody is called {}: name a consumer and its feed, such as notifications:payments",
            args.queue
        )
    })?;
    let (position, newest) = consumer.place().await?;
    anyhow::ensure!(
        (0..=newest).contains(&args.to),
        "the feed has places from 0 to {newest}"
    );
    let what = match args.to.cmp(&position) {
        std::cmp::Ordering::Less => format!("handles {} entries again", position - args.to),
        std::cmp::Ordering::Equal => "stays where it is".to_owned(),
        std::cmp::Ordering::Greater => format!("never handles {} entries", args.to - position),
    };
    let queue = &args.queue;
    let said = format!(
        "{queue} stands at {position} of {newest}; put to {} it {what}.",
        args.to
    );
    if !args.yes && !agreed(&said)? {
        return Ok("Nothing was changed.".to_owned());
    }
    consumer.rewind(args.to).await?;
    let org = OrgId::DEFAULT;
    record(app, org, OperatorAction::FeedRewound, queue).await?;
    Ok(format!("{said} Done."))
}

/// Asks on the terminal.
fn agreed(said: &str) -> anyhow::Result<bool> {
    let mut out = std::io::stderr().lock();
    write!(out, "{} Go on? [y/N] ", for_terminal_line(said))?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
