//! `payflow user create`: the way in for the first administrator.

use std::io::Read;
use std::sync::Arc;

use anyhow::Context;
use contracts::identity::OrgId;
use identity::NewUser;
use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};
use secrecy::SecretString;

use super::{runtime, say};
use crate::cli::CreateUser;
use crate::wiring::App;

const NOT_CREATED: &str = "the user was not created";

/// Creates a user and prints their id; on a second line the password, where one was made.
///
/// # Errors
/// What identity refuses, and why.
pub fn create(args: &CreateUser) -> anyhow::Result<()> {
    let settings = args.store.settings(&[])?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => args.email.split('@').next().unwrap_or_default().to_owned(),
    };
    let (password, made) = if args.password_stdin {
        (read_password()?, None)
    } else {
        let made = new_password();
        (made.clone(), Some(made))
    };
    let new = NewUser {
        org: OrgId::DEFAULT,
        email: args.email.clone(),
        name,
        password: SecretString::from(password),
        role: args.role,
    };
    // Before the store is opened, which makes it where there is none.
    identity::check_new_user(&new, &settings.identity).context(NOT_CREATED)?;
    runtime()?.block_on(async {
        let app = App::open(&settings).await?;
        let user = app.identity.create_user(new).await.context(NOT_CREATED);
        app.close().await;
        let id = user?.id;
        match made {
            Some(password) => say(&format!("{id}\npassword: {password}")),
            None => say(&id.to_string()),
        }
    })
}

/// The first line of standard input.
fn read_password() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .take(4_096)
        .read_to_string(&mut text)
        .context("no password on standard input")?;
    let password = text.lines().next().unwrap_or_default().to_owned();
    if password.is_empty() {
        return Err(crate::Usage("no password on standard input".to_owned()).into());
    }
    Ok(password)
}

/// 120 random bits in letters and digits.
fn new_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    let bytes: [u8; 24] = ids.secret();
    bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect()
}
