//! What each command does.

mod backup;
mod clock;
mod dead_letters;
pub(crate) mod demo;
mod eval;
mod feed;
mod history;
mod import;
mod keys;
mod listen;
mod online;
mod restore;
mod sanctions;
mod serve;
mod templates;
mod trigger;
mod user;
pub(crate) mod verify;

use std::io::Write;
use std::path::Path;

use clap::CommandFactory;
use platform::text::for_terminal;
use utoipa::openapi::OpenApi;

use crate::cli::{
    Cli, ClockCommand, Command, ConfigCommand, EvalCommand, FeedCommand, HistoryCommand,
    ImportCommand, KeysCommand, Store, TemplatesCommand, UserCommand,
};
use crate::examples::with_examples;
use crate::settings::Settings;
use crate::wiring::{App, List, Services, file_name, services};

/// Runs a command to its end.
///
/// # Errors
/// [`crate::Usage`] for the command line and the settings, anything else for what failed.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    run_listed(cli, services)
}

/// The same with a list of services of the caller's own.
pub(crate) fn run_listed(cli: Cli, list: List) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(args) => serve::run(&args, list),
        Command::Migrate(store) => migrate(&store, list),
        Command::Verify(store) => verify::run(&store, list),
        Command::Backup(args) => backup::run(&args, list),
        Command::Restore(args) => restore::run(&args, list),
        Command::Openapi => say(&openapi(list)?.to_pretty_json()?),
        Command::Config(ConfigCommand::Print(store)) => say(&store.settings(&[])?.print()?),
        Command::User(UserCommand::Create(args)) => user::create(&args),
        Command::Keys(KeysCommand::List(store)) => keys::list(&store),
        Command::Keys(KeysCommand::Rotate(args)) => keys::rotate(&args),
        Command::Clock(ClockCommand::Accept(args)) => clock::accept(&args),
        Command::History(HistoryCommand::Accept(args)) => history::accept(&args),
        Command::DeadLetters(command) => dead_letters::run(&command),
        Command::Feed(FeedCommand::Rewind(args)) => feed::rewind(&args),
        Command::Listen(args) => listen::run(&args),
        Command::Trigger(args) => trigger::run(&args),
        Command::Templates(TemplatesCommand::List(of)) => templates::list(&of),
        Command::Templates(TemplatesCommand::Preview(args)) => templates::preview(&args),
        Command::Import(ImportCommand::Payments(args)) => import::payments(&args),
        Command::Import(ImportCommand::Users(args)) => import::users(&args),
        Command::Sanctions(command) => sanctions::run(&command),
        Command::Eval(EvalCommand::Screening(args)) => eval::screening(&args),
        Command::Completion { shell } => {
            clap_complete::generate(
                shell,
                &mut Cli::command(),
                "payflow",
                &mut std::io::stdout(),
            );
            Ok(())
        }
    }
}

/// Writes a text to standard output, without what would command a terminal; a reader that went away
/// is no failure.
///
/// # Errors
/// Where standard output cannot be written.
pub fn say(text: &str) -> anyhow::Result<()> {
    let text = for_terminal(text);
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| {
        if text.ends_with('\n') {
            Ok(())
        } else {
            out.write_all(b"\n")
        }
    });
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The settings of a store that is there: looking at keys or accepting a time makes none.
///
/// # Errors
/// Where there is none, or [`crate::Usage`].
fn of_a_store(store: &Store) -> anyhow::Result<Settings> {
    let settings = store.settings(&[])?;
    if settings.database_url().is_none() {
        must_be_a_store(&settings.data, &services(&settings))?;
    }
    Ok(settings)
}

/// Whether an embedded store is in a folder: a command that only reads makes none.
///
/// # Errors
/// Where there is none.
fn must_be_a_store(folder: &Path, services: &Services) -> anyhow::Result<()> {
    for name in services.names().into_iter().map(file_name) {
        anyhow::ensure!(
            folder.join(&name).is_file(),
            "there is no store in {} ({name} is missing): name its folder with --data",
            folder.display()
        );
    }
    Ok(())
}

/// The runtime of commands that talk to a store.
///
/// # Errors
/// Where the system gives no threads.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    // What a command waits for is said; the server has started its own log before.
    drop(platform::telemetry::start(
        "warn",
        platform::telemetry::LogFormat::Text,
    ));
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}

fn migrate(store: &Store, list: List) -> anyhow::Result<()> {
    let settings = store.settings(&[])?;
    runtime()?.block_on(async {
        // Opening brings the tables up to date.
        let app = App::migrate_listed(&settings, &list(&settings)).await?;
        app.close().await;
        say("The tables are up to date.")
    })
}

/// The document of the HTTP API. It opens no store, and no setting changes it.
pub(crate) fn openapi(list: List) -> anyhow::Result<OpenApi> {
    let routers = with_examples(list(&Settings::documented()?).apis());
    Ok(gateway::openapi(routers, env!("CARGO_PKG_VERSION")))
}
