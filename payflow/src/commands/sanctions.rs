//! `payflow sanctions`: sanctions lists at the command line.

use contracts::identity::{OperatorAction, OrgId};
use platform::text::for_terminal_line;
use risk::ListStatus;

use super::dead_letters::{on, record};
use crate::Usage;
use crate::cli::{SanctionsCommand, UpdateSanctions};
use crate::wiring::App;

/// Does what was asked, and prints what came of it.
///
/// # Errors
/// What stands against it; a list that was not loaded, too.
pub fn run(command: &SanctionsCommand) -> anyhow::Result<()> {
    match command {
        SanctionsCommand::Update(args) => on(&args.store, async |app| update(app, args).await),
        SanctionsCommand::Status(store) => on(store, async |app| status(app).await),
    }
}

async fn update(app: &App, args: &UpdateSanctions) -> anyhow::Result<String> {
    let updates = app
        .risk
        .update_lists(args.list.as_deref(), args.accept_loss);
    let updates = updates.await?;
    if updates.is_empty() {
        let how = "the settings name no such list: name lists in risk.sanctions.lists, such as \"ofac,un\"";
        return Err(Usage(how.to_owned()).into());
    }
    let (mut text, mut failed) = (String::new(), false);
    for update in updates {
        let act = OperatorAction::SanctionsListLoaded;
        record(app, OrgId::DEFAULT, act, update.list).await?;
        failed |= update.outcome.is_err();
        let said = match update.outcome {
            Ok(words) => format!("{}: {words}", update.list),
            Err(why) => format!(
                "{} was not loaded, the one in force stays: {why}",
                update.list
            ),
        };
        text.push_str(&for_terminal_line(&said));
        text.push('\n');
    }
    anyhow::ensure!(!failed, "{}", text.trim_end());
    Ok(text)
}

async fn status(app: &App) -> anyhow::Result<String> {
    let lists = app.risk.list_status().await?;
    if lists.is_empty() {
        return Ok("The settings name no list: nobody is compared with any.".to_owned());
    }
    let lines = lists.iter().map(|list| {
        let line = line(list);
        for_terminal_line(&line).into_owned() + "\n"
    });
    Ok(lines.collect())
}

fn line(list: &ListStatus) -> String {
    let in_force = match (list.version, list.loaded_at) {
        (Some(version), Some(at)) => {
            format!(
                "version {version}, {} entries, last loaded at {at}",
                list.entries
            )
        }
        _ => "never loaded: nothing is known of it".to_owned(),
    };
    let failure = list.failure.as_ref();
    let failure = failure.map_or_else(String::new, |why| format!("; the last load failed: {why}"));
    format!("{:<6} {in_force}{failure}", list.list)
}
