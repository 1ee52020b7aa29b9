//! `payflow serve`: every role in one process, until it is told to stop.

use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{demo, runtime, say};
use crate::cli::Serve;
use crate::settings::Settings;
use crate::wiring::{App, List};

/// Serves until Ctrl-C or SIGTERM. A second one ends it at once.
///
/// # Errors
/// What stands against the start.
pub fn run(args: &Serve, list: List) -> anyhow::Result<()> {
    let (key, value) = demo::OPEN_TO_ALL;
    let mut settings = args.store.settings(&[
        ("listen", args.listen.clone()),
        (key, args.demo.then(|| value.to_owned())),
    ])?;
    settings.is_demo = args.demo;
    if args.demo && settings.risk.sanctions.lists.is_empty() {
        demo::LISTS.clone_into(&mut settings.risk.sanctions.lists);
    }
    platform::telemetry::start(&settings.log.filter, settings.log.format)
        .map_err(|error| crate::Usage(format!("log.filter: {error}")))?;
    for unknown in platform::config::unknown_variables() {
        tracing::warn!("{unknown}");
    }
    runtime()?.block_on(serve(settings, args.demo, list))
}

async fn serve(mut settings: Settings, with_demo: bool, list: List) -> anyhow::Result<()> {
    // The address first: what is taken already should not touch the store.
    let listener = TcpListener::bind(&settings.listen).await.with_context(|| {
        format!(
            "cannot listen on {}: choose another address and port with --listen, such as 127.0.0.1:8081",
            settings.listen
        )
    })?;
    let address = listener.local_addr()?;
    settings.listens_on(address);
    let app = App::open_listed(&settings, &list(&settings)).await?;
    if let Err(refused) = demo::fits(&app, with_demo).await {
        app.close().await;
        return Err(refused);
    }
    let background = app.start_background();
    let (stop, stopping) = watch::channel(false);
    let router = crate::router(&app, &settings, stopping)?;
    let next = match with_demo {
        true => demo::fill(&app).await?,
        false => what_next(&app, &settings).await?,
    };
    let mut signals = Signals::listen();
    let drain = Duration::from_millis(settings.gateway.shutdown_drain_ms);
    say(&greeting(
        &address.to_string(),
        settings.mail_folder(),
        &next,
    ))?;
    let opened = &app;
    gateway::serve(listener, router, &settings.gateway, async move {
        signals.next().await;
        // From now on `/ready` says so, and anyone who asks it sends nothing new.
        stop.send_replace(true);
        opened.end_long_answers();
        tokio::spawn(async move {
            signals.next().await;
            tracing::warn!(
                "told to stop again: ending at once; what was acknowledged is on the disk"
            );
            std::process::exit(END_AT_ONCE)
        });
        tokio::time::sleep(drain).await;
        tracing::info!("told to stop: taking nothing more, committing what was taken");
    })
    .await;
    drop(background);
    app.close().await;
    tracing::info!("stopped");
    Ok(())
}

fn greeting(address: &str, mails: Option<String>, next: &str) -> String {
    let mails = mails.map_or_else(String::new, |folder| {
        format!("  Mails              files in {folder}\n")
    });
    let app = match crate::web_app::FILES {
        [] => "  without the web app: it was not built (Node 20 or newer is missing)\n".to_owned(),
        _ => format!(
            "  Wallet             http://{address}/wallet\n  Console            http://{address}/console\n"
        ),
    };
    format!(
        "PayFlow {} listens on http://{address}\n{app}  API documentation  http://{address}/api-docs\n{mails}{next}",
        env!("CARGO_PKG_VERSION")
    )
}

/// What anyone who started the server does next, as long as nobody administers it.
async fn what_next(app: &App, settings: &Settings) -> anyhow::Result<String> {
    if app.identity.has_administrator().await? {
        return Ok(String::new());
    }
    let (how, store) = match settings.database_url() {
        None => (
            "stop this server (Ctrl-C), make one, and start it again",
            format!("--data {}", settings.data.display()),
        ),
        Some(_) => ("make one", "--database-url …".to_owned()),
    };
    Ok(format!(
        "  This store has no administrator yet: {how}.\n    \
         payflow user create --role admin --email YOU@EXAMPLE.ORG {store}\n  \
         That prints a password. Log in with it in the console, which leads through the second factor that\n  \
         administrators need. Everybody else signs up in the wallet. By the API: POST /api/v1/auth/login,\n  \
         POST /api/v1/auth/2fa/setup, POST /api/v1/auth/register.\n  \
         For a look around instead, with users, wallets and history: payflow serve --demo --data NEW_FOLDER\n"
    ))
}

/// The exit code of a server that was told to stop twice: the shell's for a program that Ctrl-C
/// ended.
const END_AT_ONCE: i32 = 130;

/// Ctrl-C, and SIGTERM where there is such a thing. They are listened for from the beginning:
/// anyone who has read the greeting may stop the server at once.
#[cfg(unix)]
struct Signals([std::io::Result<tokio::signal::unix::Signal>; 2]);

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self([SignalKind::interrupt(), SignalKind::terminate()].map(signal))
    }

    /// Returns when the server is told to stop; again when it is told again.
    async fn next(&mut self) {
        // Without a signal to wait for the server runs until it is killed.
        async fn heard(listening: &mut std::io::Result<tokio::signal::unix::Signal>) {
            match listening {
                Ok(listening) => drop(listening.recv().await),
                Err(_) => std::future::pending().await,
            }
        }
        let [interrupt, terminate] = &mut self.0;
        tokio::select! {
            () = heard(interrupt) => {}
            () = heard(terminate) => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) {
        // Without a signal to wait for the server runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
