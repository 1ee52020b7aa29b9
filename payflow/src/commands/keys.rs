//! `payflow keys`: what signs access tokens, and its exchange. It never prints a private key.

use anyhow::Context;
use identity::{KeyInfo, KeyRotation, KeyState};

use super::{of_a_store, runtime, say};
use crate::cli::{RotateKeys, Store};
use crate::wiring::App;

/// Prints the keys.
///
/// # Errors
/// What stands against opening the store.
pub fn list(store: &Store) -> anyhow::Result<()> {
    let settings = of_a_store(store)?;
    runtime()?.block_on(async {
        let app = App::open(&settings).await?;
        let keys = app.identity.list_keys();
        app.close().await;
        say(&text(&keys))
    })
}

/// Makes a new key and prints all.
///
/// # Errors
/// What stands against it.
pub fn rotate(args: &RotateKeys) -> anyhow::Result<()> {
    let settings = of_a_store(&args.store)?;
    let how = match (args.now, args.leaked) {
        (_, true) => KeyRotation::Leaked,
        (true, false) => KeyRotation::AtOnce,
        (false, false) => KeyRotation::Announced,
    };
    runtime()?.block_on(async {
        let app = App::open(&settings).await?;
        let rotated = app.identity.rotate_keys(how).await;
        let keys = app.identity.list_keys();
        app.close().await;
        rotated.context("the keys were not changed")?;
        say(&text(&keys))
    })
}

fn text(keys: &[KeyInfo]) -> String {
    let line = |key: &KeyInfo| {
        let state = match key.state {
            KeyState::Next => "next",
            KeyState::Signing => "signing",
            KeyState::Retired => "retired",
            KeyState::Ended => "ended",
        };
        let until = match key.verifies_until {
            Some(until) => format!("  verifies until {until}"),
            None => String::new(),
        };
        format!(
            "{}  {state:<8} signs from {}{until}\n",
            key.kid, key.signs_from
        )
    };
    keys.iter().map(line).collect()
}
