//! `payflow user create`: the way in for the first administrator.

use std::io::Read;

use anyhow::Context;
use contracts::identity::OrgId;
use identity::NewUser;
use secrecy::SecretString;

use super::{runtime, say};
use crate::cli::CreateUser;
use crate::wiring::App;

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
    let given = if args.password_stdin {
        Some(read_password()?)
    } else {
        None
    };
    runtime()?.block_on(async {
        let app = App::open(&settings).await?;
        let made = given.is_none().then(|| new_password(&app));
        let password = given.or_else(|| made.clone()).unwrap_or_default();
        let user = app
            .identity
            .create_user(NewUser {
                org: OrgId::DEFAULT,
                email: args.email.clone(),
                name,
                password: SecretString::from(password),
                role: args.role,
            })
            .await
            .context("the user was not created");
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
fn new_password(app: &App) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes: [u8; 24] = app.ids.secret();
    bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect()
}
