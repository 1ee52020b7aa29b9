//! `payflow-bench auth`: what it costs a request that the server must know who is asking. The same
//! empty handler behind the same gateway, with and without a principal, in this process and in
//! turns: no network, and no journal.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use access::Principal;
use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use axum::routing::get;
use clap::Args;
use contracts::identity::{OrgId, Role, UserId};
use payflow::wiring::App;
use platform::metrics::Metrics;
use tokio::sync::watch;
use tower::ServiceExt;
use utoipa_axum::router::OpenApiRouter;

use crate::arguments::Place;
use crate::interrupt::Interrupt;
use crate::report::Report;
use crate::tally::{percentiles, rounded};
use crate::target::{Target, create_user};
use crate::{ids, runtime};

/// `payflow-bench auth`.
#[derive(Debug, Args)]
pub struct AuthArgs {
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// How many requests of each kind are measured.
    #[arg(long, value_name = "N", default_value = "100000", value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    requests: u32,
}

const OPEN: &str = "/bench/open";
const KNOWN: &str = "/bench/known";
/// Requests of each kind before any is measured.
const WARM_UP: u32 = 1_000;
/// Requests between two looks at whether the user has had enough.
const LOOK_EVERY: u32 = 1_000;

/// Measures and prints.
///
/// # Errors
/// Where a request is not answered as it must be.
pub fn run(args: &AuthArgs, interrupt: &Interrupt) -> anyhow::Result<()> {
    let target = Target::new(&args.place, &ids())?;
    let mut report = Report::of(target.describe()?);
    report.set("requests", args.requests);
    let [mut open, mut known] = runtime()?.block_on(async {
        let app = target.open().await?;
        let measured = measure(&app, args.requests, interrupt).await;
        app.close().await;
        measured
    })?;
    let [open_p50, open_p99] = percentiles(&mut open, [50, 99]);
    let [known_p50, known_p99] = percentiles(&mut known, [50, 99]);
    for (name, time) in [
        ("open_p50_us", open_p50),
        ("open_p99_us", open_p99),
        ("authenticated_p50_us", known_p50),
        ("authenticated_p99_us", known_p99),
        ("overhead_p50_us", known_p50.saturating_sub(open_p50)),
    ] {
        report.figure(name, rounded(time.as_secs_f64() * 1e6));
    }
    report.print(args.json)
}

/// How long each request took: those to the open route, and those whose access token is read.
async fn measure(
    app: &App,
    requests: u32,
    interrupt: &Interrupt,
) -> anyhow::Result<[Vec<Duration>; 2]> {
    let user = UserId(create_user(app, "auth", Role::User).await?);
    let tokens = app.identity.issue_tokens_for(OrgId::DEFAULT, user).await?;
    let bearer = format!("Bearer {}", tokens.access_token);
    let router = router(app)?;
    let mut times = [vec![], vec![]];
    for number in 0..WARM_UP + requests {
        if number.is_multiple_of(LOOK_EVERY) {
            interrupt.check()?;
        }
        for (path, times) in [OPEN, KNOWN].into_iter().zip(&mut times) {
            let took = call(&router, path, &bearer).await?;
            if number >= WARM_UP {
                times.push(took);
            }
        }
    }
    Ok(times)
}

/// The gateway as `payflow serve` builds it, with the two routes alone.
fn router(app: &App) -> anyhow::Result<Router> {
    let routes = OpenApiRouter::new()
        .route(OPEN, get(async || StatusCode::NO_CONTENT))
        .route(KNOWN, get(async |_: Principal| StatusCode::NO_CONTENT));
    let (_, stopping) = watch::channel(false);
    Ok(gateway::build(gateway::Parts {
        routers: vec![routes],
        services: vec![],
        identity: app.identity.clone(),
        authenticator: app.identity.clone(),
        metrics: Metrics::default(),
        ids: app.ids.clone(),
        limiter: app.limiter.clone(),
        clock: app.clock.clone(),
        checks: vec![],
        stopping,
        config: gateway::Config::default(),
        settings: vec![],
        web_app: &[],
        mail_folder: None,
        version: env!("CARGO_PKG_VERSION"),
    })?)
}

/// Both carry the token: only one of them reads it.
async fn call(router: &Router, path: &str, bearer: &str) -> anyhow::Result<Duration> {
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 4_711));
    let request = Request::get(path)
        .header(header::HOST, "localhost")
        .header(header::AUTHORIZATION, bearer)
        .extension(ConnectInfo(peer))
        .body(Body::empty())?;
    let router = router.clone();
    let begun = Instant::now();
    let answer = router.oneshot(request).await.context("no answer")?;
    let took = begun.elapsed();
    let status = answer.status();
    ensure!(status == StatusCode::NO_CONTENT, "{path} answered {status}");
    Ok(took)
}
