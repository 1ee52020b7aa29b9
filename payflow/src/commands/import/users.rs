//! `payflow import users`: the users of another system, with the hashes of their passwords.
//!
//! A user is known by the e-mail: one that is there already is left as it is, so that an import can
//! be run again.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read};

use anyhow::Context;
use contracts::identity::{OrgId, Role};
use identity::{AccountError, ImportedUser, PasswordError};
use secrecy::SecretString;
use web::csv::{Rows, StringRecord};

use super::rejects::Rejects;
use crate::cli::ImportUsers;
use crate::commands::{runtime, say};
use crate::wiring::App;

/// Takes a file in and says what became of it.
///
/// # Errors
/// Where the file cannot be read or the store cannot be written. Bad rows are no error.
pub fn users(args: &ImportUsers) -> anyhow::Result<()> {
    let settings = args.store.settings(&[])?;
    let file = File::open(&args.file)
        .with_context(|| format!("{} cannot be opened", args.file.display()))?;
    let mut reader = Reader::new(BufReader::new(file))?;
    let mut rejects = Rejects::new(args.rejects.as_deref(), &args.file);
    runtime()?.block_on(async {
        let app = App::open(&settings).await?;
        let done = import(&app, &mut reader, &mut rejects).await;
        app.close().await;
        // Also after a fault: what was rejected until then is in the file.
        let rejected = rejects.finish()?;
        let Tally { rows, made, known } = done?;
        let count = rejected.count;
        say(&format!(
            "{rows} rows: {made} imported, {known} there already, {count} rejected"
        ))?;
        match rejected.path {
            Some(path) => say(&format!("rejected rows: {}", path.display())),
            None => Ok(()),
        }
    })
}

#[derive(Debug, Default)]
struct Tally {
    rows: u64,
    made: u64,
    known: u64,
}

async fn import<R: Read>(
    app: &App,
    reader: &mut Reader<R>,
    rejects: &mut Rejects,
) -> anyhow::Result<Tally> {
    let (mut tally, mut seen) = (Tally::default(), HashSet::new());
    while let Some((line, row)) = reader.next() {
        tally.rows += 1;
        let user = match row {
            Ok(user) => user,
            Err(reason) => {
                rejects.add(line, &reason, &reader.without_hash())?;
                continue;
            }
        };
        let again = !seen.insert(user.email.to_lowercase());
        let reason = match app.identity.import_user(user).await {
            Ok(_) => {
                tally.made += 1;
                continue;
            }
            Err(AccountError::EmailTaken) if again => {
                "the e-mail stands in this file before".to_owned()
            }
            Err(AccountError::EmailTaken) => {
                tally.known += 1;
                continue;
            }
            Err(
                refusal @ (AccountError::Invalid(_)
                | AccountError::UnconfirmedHasWallets
                | AccountError::Password(PasswordError::ForeignHash)),
            ) => refusal.to_string(),
            Err(fault) => return Err(fault).context(format!("line {line} was not imported")),
        };
        rejects.add(line, &reason, &reader.without_hash())?;
    }
    Ok(tally)
}

/// Reads users from CSV.
struct Reader<R> {
    rows: Rows<R>,
    columns: Columns,
}

/// Where what stands.
struct Columns {
    count: usize,
    email: usize,
    hash: usize,
    name: Option<usize>,
    role: Option<usize>,
    verified: Option<usize>,
}

impl<R: Read> Reader<R> {
    /// Reads the header row.
    ///
    /// # Errors
    /// Names the column that is missing, or that nobody knows: it may be a known one with a slip of
    /// the pen.
    fn new(input: R) -> anyhow::Result<Self> {
        let rows = Rows::new(input).context("the header row cannot be read")?;
        let known = ["email", "password_hash", "name", "role", "email_verified"];
        if let Some(other) = rows.header().iter().find(|name| !known.contains(name)) {
            let known = known.join(", ");
            anyhow::bail!("the header row has a column `{other}`; there are {known}");
        }
        let needed = |name| {
            rows.column(name)
                .with_context(|| format!("the header row has no column `{name}`"))
        };
        let columns = Columns {
            count: rows.header().len(),
            email: needed("email")?,
            hash: needed("password_hash")?,
            name: rows.column("name"),
            role: rows.column("role"),
            verified: rows.column("email_verified"),
        };
        Ok(Self { rows, columns })
    }

    /// The next row with its line number: a user, or why it is none.
    fn next(&mut self) -> Option<(u64, Result<ImportedUser, String>)> {
        let (line, read) = self.rows.advance()?;
        Some((line, read.and_then(|()| self.user())))
    }

    /// The row read last, for the eyes of anyone who mends it; a hash of a password is nobody's
    /// business.
    fn without_hash(&self) -> StringRecord {
        let fields = self.rows.row().iter().enumerate();
        fields
            .map(|(place, text)| match place == self.columns.hash {
                true => "(hidden)",
                false => text,
            })
            .collect()
    }

    fn user(&self) -> Result<ImportedUser, String> {
        let columns = &self.columns;
        if self.rows.row().len() != columns.count {
            let (has, needs) = (self.rows.row().len(), columns.count);
            return Err(format!("the row has {has} fields, the header {needs}"));
        }
        let field = |place: usize| self.rows.row().get(place).unwrap_or_default().trim();
        let optional = |place: Option<usize>| place.map(field).filter(|text| !text.is_empty());
        let email = field(columns.email);
        let name = optional(columns.name).unwrap_or_else(|| email.split('@').next().unwrap_or(""));
        let role = match optional(columns.role) {
            Some(text) => text.parse().map_err(|error| format!("`role`: {error}"))?,
            None => Role::User,
        };
        let email_verified = match optional(columns.verified) {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(_) => return Err("`email_verified` is neither `true` nor `false`".to_owned()),
        };
        Ok(ImportedUser {
            org: OrgId::DEFAULT,
            email: email.to_owned(),
            name: name.to_owned(),
            password_hash: SecretString::from(field(columns.hash)),
            role,
            email_verified,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn read(text: &str) -> Vec<Result<ImportedUser, String>> {
        let mut reader = Reader::new(text.as_bytes()).unwrap();
        std::iter::from_fn(|| reader.next().map(|(_, row)| row)).collect()
    }

    #[test]
    fn columns_are_found_by_name_and_only_two_are_needed() {
        let rows = read("password_hash,email\n$2b$x, ann@example.com \n");
        let ann = rows[0].as_ref().unwrap();
        assert_eq!(
            (ann.email.as_str(), ann.name.as_str(), ann.role),
            ("ann@example.com", "ann", Role::User)
        );
        assert_eq!(ann.password_hash.expose_secret(), "$2b$x");
        assert!(!ann.email_verified);
        let rows = read(
            "email,password_hash,name,role,email_verified\nb@example.com,h,Bob,auditor,true\n",
        );
        let bob = rows[0].as_ref().unwrap();
        assert_eq!((bob.name.as_str(), bob.role), ("Bob", Role::Auditor));
        assert!(bob.email_verified);
    }

    #[test]
    fn a_bad_row_says_why_and_the_next_is_read() {
        let rows = read(concat!(
            "email,password_hash,role,email_verified\n",
            "a@example.com,h,root,true\n",
            "a@example.com,h,user,perhaps\n",
            "a@example.com,h\n",
            "a@example.com,h,user,true,more\n",
            "a@example.com,h,,\n",
        ));
        let reasons: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
        let expected = ["`role`", "`email_verified`", "2 fields", "5 fields"];
        assert_eq!(reasons.len(), expected.len());
        for (reason, expected) in reasons.iter().zip(expected) {
            assert!(reason.contains(expected), "{reason}");
        }
        assert!(rows[4].is_ok());
    }

    #[test]
    fn a_header_says_what_is_missing_or_unknown() {
        for (header, said) in [
            ("email\n", "`password_hash`"),
            ("password_hash\n", "`email`"),
            ("email,password_hash,Role\n", "`Role`"),
            ("", "`email`"),
        ] {
            let error = Reader::new(header.as_bytes()).err().unwrap().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
