//! The words of the command line.

mod sanctions;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use contracts::identity::Role;
use platform::text::{TEXT_RULE, free_text};

pub use crate::cli::sanctions::{SanctionsCommand, UpdateSanctions};
use crate::settings::Settings;

/// A self-hosted payments platform in one binary.
///
/// Without further settings the data lives in the folder `data` and the server listens on
/// 127.0.0.1:8080:
///
///     payflow serve --demo
#[derive(Debug, Parser)]
#[command(name = "payflow", version, verbatim_doc_comment, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start the server.
    ///
    /// It ends in order on Ctrl-C or SIGTERM: nothing new is taken, what was taken is committed.
    Serve(Serve),
    /// Bring the tables up to date and end.
    Migrate(Store),
    /// Recompute every balance, hold and hash from the journal and name the first row that differs.
    ///
    /// Works on a running store. Exit code 1 where something differs.
    Verify(Store),
    /// Copy an embedded store, which may be in use, into a new folder.
    ///
    /// The copy shows one moment, and everything that was acknowledged before the command began is
    /// in it. It is verified and gets its name only when it is complete. A store on PostgreSQL is
    /// backed up with PostgreSQL's own tools; see docs/backup.md.
    Backup(Backup),
    /// Make an embedded store from a backup, in an empty or absent folder.
    ///
    /// The backup is checked against its manifest and the store verified before it is put in place;
    /// where something is wrong, nothing is left behind.
    Restore(Restore),
    /// Print the OpenAPI document of the HTTP API.
    Openapi,
    /// Settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Users.
    #[command(subcommand)]
    User(UserCommand),
    /// The keys that sign access tokens.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// The machine's clock.
    #[command(subcommand)]
    Clock(ClockCommand),
    /// What was committed and is gone.
    #[command(subcommand)]
    History(HistoryCommand),
    /// Events that could not be handled. The server has to be stopped where the store is embedded.
    #[command(subcommand)]
    DeadLetters(DeadLettersCommand),
    /// The feeds of events.
    #[command(subcommand)]
    Feed(FeedCommand),
    /// Print live events of your account, and send them on as webhooks, while you develop.
    ///
    /// It logs in with the API key (or access token) in `PAYFLOW_API_KEY`. What is sent on is
    /// signed as webhooks are, with the secret in `PAYFLOW_WEBHOOK_SECRET`, or one that is always
    /// the same for the key, and is printed. What is not taken is tried again by the schedule of
    /// webhooks; what is sent again to an endpoint of yours comes, too. After a lost connection it
    /// goes on where it was.
    Listen(Listen),
    /// Make something happen in a demo (`payflow serve --demo`) that has an event, through the API.
    ///
    /// Without a type it prints those that it can make. It refuses a store that is no demo.
    Trigger(Trigger),
    /// The texts of messages.
    #[command(subcommand)]
    Templates(TemplatesCommand),
    /// Take history from elsewhere in.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Sanctions lists. The server has to be stopped where the store is embedded; the API does the
    /// same while it runs.
    #[command(subcommand)]
    Sanctions(SanctionsCommand),
    /// How well something does what it is for, on labelled data.
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Print a completion script for a shell, such as
    /// `payflow completion bash > /etc/bash_completion.d/payflow`.
    Completion {
        /// Which shell.
        shell: Shell,
    },
}

/// Where the data is.
#[derive(Debug, Clone, Args, Default)]
pub struct Store {
    /// A settings file (TOML); see config/default.toml for every key.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder of the embedded store [default: data].
    #[arg(long, value_name = "DIR", conflicts_with = "database_url")]
    pub data: Option<PathBuf>,
    /// A PostgreSQL database instead, such as <postgres://user:password@127.0.0.1:5432/payflow>.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

impl Store {
    /// The settings in force.
    ///
    /// # Errors
    /// [`crate::Usage`].
    pub fn settings(&self, more: &[(&str, Option<String>)]) -> anyhow::Result<Settings> {
        let data = self.data.as_ref().map(|path| path.display().to_string());
        // A folder named on the command line goes before a database named in a file.
        let no_url = self.data.as_ref().map(|_| String::new());
        let mut flags = vec![];
        let own = [
            ("data", data),
            ("database_url", self.database_url.clone().or(no_url)),
        ];
        for (key, value) in own.into_iter().chain(more.iter().cloned()) {
            if let Some(value) = value {
                flags.push((key, value));
            }
        }
        Settings::load(self.config.as_deref(), &flags)
    }
}

/// `payflow backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The folder to make; it must not exist.
    pub target: PathBuf,
    #[command(flatten)]
    pub store: Store,
    /// Leave out the verification of the copy, which takes longer than the copying; also copies a
    /// store of which something is known to be lost, or whose master key is not at hand.
    #[arg(long)]
    pub no_verify: bool,
}

/// `payflow restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The folder that `payflow backup` made.
    pub source: PathBuf,
    #[command(flatten)]
    pub store: Store,
}

/// `payflow serve`.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub store: Store,
    /// Address and port [default: 127.0.0.1:8080]; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Which roles run in this process. So far every role runs in one: `all`.
    #[arg(long, value_name = "ROLES", default_value = "all", value_parser = ["all"])]
    pub roles: String,
    /// Fill an empty store with users, wallets and history, and print their logins.
    #[arg(long)]
    pub demo: bool,
}

/// `payflow config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the settings in force, as TOML, secrets hidden.
    Print(Store),
}

/// `payflow user`.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user and print their id. The server has to be stopped where the store is embedded.
    Create(CreateUser),
}

/// `payflow user create`.
#[derive(Debug, Args)]
pub struct CreateUser {
    #[command(flatten)]
    pub store: Store,
    /// The e-mail to log in with.
    #[arg(long)]
    pub email: String,
    /// What they are called [default: what is before the @].
    #[arg(long)]
    pub name: Option<String>,
    /// user, merchant, operator, auditor or admin.
    #[arg(long, default_value = "user")]
    pub role: Role,
    /// Read the password from standard input; else one is made and printed.
    #[arg(long)]
    pub password_stdin: bool,
}

/// `payflow clock`.
#[derive(Debug, Subcommand)]
pub enum ClockCommand {
    /// Say that the clock is right now, after commits have stopped because it was set or is behind
    /// the last commit.
    ///
    /// Commits go on at the clock's time. What was committed while it was ahead counts as of now:
    /// for limits, balances at a time, statements and lists. The journal's chain and the audit
    /// trail keep that it was so. Servers on PostgreSQL go on by themselves; where the store is
    /// embedded the server has to be stopped.
    Accept(AcceptClock),
}

/// `payflow clock accept`.
#[derive(Debug, Args)]
pub struct AcceptClock {
    #[command(flatten)]
    pub store: Store,
    /// What had happened, for anyone who reads the audit trail.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub reason: String,
}

/// `payflow history`.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// Go on with a store of which something is lost, so that a start is refused: somebody has put
    /// an older copy of a database back, or overwritten one while PayFlow ran.
    ///
    /// What was committed since is gone for good; docs/backup.md says what to look after. Where
    /// that is so of identity, all sessions end: some of them had ended before. The server has to
    /// be stopped. It is in the audit trail.
    Accept(AcceptHistory),
}

/// `payflow history accept`.
#[derive(Debug, Args)]
pub struct AcceptHistory {
    #[command(flatten)]
    pub store: Store,
    /// What had happened, for anyone who reads the audit trail.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub reason: String,
}

/// `payflow dead-letters`.
#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// Print how many wait, by cause, and the newest of them.
    List(ListDeadLetters),
    /// Print one with its event.
    Show(NamedDeadLetter),
    /// Have one handled now, or, without an id, all that wait and fit. It is in the audit trail.
    Replay(ReplayDeadLetters),
    /// End one that nobody wants handled. It is in the audit trail.
    Discard(DiscardDeadLetter),
}

/// Which dead letters.
#[derive(Debug, Args)]
pub struct WhichDeadLetters {
    /// Of this consumer.
    #[arg(long)]
    pub consumer: Option<String>,
    /// That failed for this cause, as `list` prints it.
    #[arg(long)]
    pub cause: Option<String>,
    /// Of events of this type.
    #[arg(long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// The number of the organisation.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub organisation: i64,
}

/// `payflow dead-letters list`.
#[derive(Debug, Args)]
pub struct ListDeadLetters {
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub which: WhichDeadLetters,
}

/// `payflow dead-letters show`.
#[derive(Debug, Args)]
pub struct NamedDeadLetter {
    /// Its id: `dlt_…`.
    pub id: String,
    #[command(flatten)]
    pub store: Store,
    /// The number of the organisation.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub organisation: i64,
}

/// `payflow dead-letters replay`.
#[derive(Debug, Args)]
pub struct ReplayDeadLetters {
    /// Its id: `dlt_…`; left out: all that fit.
    pub id: Option<String>,
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub which: WhichDeadLetters,
}

/// `payflow dead-letters discard`.
#[derive(Debug, Args)]
pub struct DiscardDeadLetter {
    #[command(flatten)]
    pub named: NamedDeadLetter,
    /// Why, for those who look at it later.
    #[arg(long, value_parser = reason)]
    pub reason: String,
}

/// `payflow feed`.
#[derive(Debug, Subcommand)]
pub enum FeedCommand {
    /// Put a consumer back in its feed, or ahead: what comes after is handled, again or for the
    /// first time.
    ///
    /// It says what it will repeat, and asks. Effects that are rows of the consumer are not
    /// doubled; what has left (mails, webhooks) may leave again. The server has to be stopped where
    /// the store is embedded. It is in the audit trail.
    Rewind(RewindFeed),
}

/// `payflow feed rewind`.
#[derive(Debug, Args)]
pub struct RewindFeed {
    /// The consumer, and the feed that it reads, as `GET /api/v1/admin/queues` names them:
    /// `notifications:payments`.
    pub queue: String,
    #[command(flatten)]
    pub store: Store,
    /// The place of the last event that is not handled; 0 for the beginning.
    #[arg(long, value_name = "PLACE")]
    pub to: i64,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// `payflow eval`.
#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// Screening of names against sanctions lists: how many pairs of names are judged rightly, how
    /// many misspelled names are found, how many harmless ones alert, how long a search takes.
    ///
    /// It opens no store. See docs/screening.md.
    Screening(EvalScreening),
}

/// `payflow eval screening`.
#[derive(Debug, Args)]
pub struct EvalScreening {
    /// The folder with the lists: `ofac/sdn.csv`, `ofac/alt.csv`, … and `un/consolidated.xml`.
    #[arg(long, value_name = "DIR")]
    pub lists: PathBuf,
    /// The folder with `name-pairs.csv`, `un-misspelled.csv` and files named `benign-….csv`.
    #[arg(long, value_name = "DIR")]
    pub labelled: PathBuf,
    /// Print one JSON object, not a table.
    #[arg(long)]
    pub json: bool,
}

/// `payflow keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Print the keys, the newest first: id, what it is good for, since when it signs and until
    /// when it verifies.
    ///
    /// The server has to be stopped where the store is embedded.
    List(Store),
    /// Make a new key, which is published at once and signs in ten minutes.
    ///
    /// The old key verifies until the last token that it signed has ended. Servers on PostgreSQL
    /// take the new key up within a second; where the store is embedded the server has to be
    /// stopped. Keys are also exchanged by themselves, see `identity.keys.rotate_after_days`.
    Rotate(RotateKeys),
}

/// `payflow keys rotate`.
#[derive(Debug, Args)]
pub struct RotateKeys {
    #[command(flatten)]
    pub store: Store,
    /// Have the new key sign at once. Anyone who verifies tokens alone refuses them until they read
    /// the published keys again.
    #[arg(long)]
    pub now: bool,
    /// Have the new key sign at once and delete all others, since somebody else may have one.
    /// Clients refresh their tokens.
    #[arg(long, conflicts_with = "now")]
    pub leaked: bool,
}

/// Which server.
#[derive(Debug, Args)]
pub struct Server {
    /// Where PayFlow is.
    #[arg(
        long,
        value_name = "URL",
        env = "PAYFLOW_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    pub url: String,
}

/// `payflow listen`.
#[derive(Debug, Args)]
pub struct Listen {
    #[command(flatten)]
    pub server: Server,
    /// Send each event on to this URL, such as `127.0.0.1:3000/hooks`.
    #[arg(long, value_name = "URL")]
    pub forward_to: Option<String>,
    /// Only these types, such as `transaction.completed,wallet.*` [default: what webhooks get].
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    pub events: Vec<String>,
    /// Print the events themselves, too.
    #[arg(long)]
    pub print: bool,
    /// Begin after this id of the stream, such as `identity:4,payments:0`, not now.
    #[arg(long, value_name = "ID")]
    pub after: Option<String>,
}

/// `payflow trigger`.
#[derive(Debug, Args)]
pub struct Trigger {
    /// The type of event, such as `transaction.completed`.
    pub event: Option<String>,
    #[command(flatten)]
    pub server: Server,
}

/// `payflow templates`.
#[derive(Debug, Subcommand)]
pub enum TemplatesCommand {
    /// Print the names of all texts with their titles, and the languages.
    List(Templates),
    /// Show a message with facts that were made up.
    Preview(PreviewTemplate),
}

/// Which texts.
#[derive(Debug, Args)]
pub struct Templates {
    /// A settings file (TOML), which may name a folder of texts (`notifications.templates_folder`).
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The language.
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub lang: String,
}

impl Templates {
    /// The settings in force.
    ///
    /// # Errors
    /// [`crate::Usage`].
    pub fn settings(&self) -> anyhow::Result<Settings> {
        Settings::load(self.config.as_deref(), &[])
    }
}

/// `payflow templates preview`.
#[derive(Debug, Args)]
pub struct PreviewTemplate {
    /// The name of the text, such as `money_received`.
    pub name: String,
    #[command(flatten)]
    pub of: Templates,
    /// A folder to write the message into as HTML and as plain text; without it the plain text is
    /// printed.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `payflow import`.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Take card payments in from a CSV file.
    ///
    /// The file has a header row and the columns `transaction_id`, `datetime` (RFC 3339),
    /// `customer_id`, `terminal_id` and `amount`; other columns are kept as metadata. Customers
    /// become wallets, funded by one deposit each; terminals become merchants' wallets. A row is
    /// taken in once, however often the import is run: one that was interrupted is finished by
    /// running it again. Rows that cannot be used go to the rejects file with their line number and
    /// the reason. The server has to be stopped where the store is embedded.
    Payments(ImportPayments),
    /// Take users in from a CSV file, with the hashes of their passwords.
    ///
    /// The file has a header row and the columns `email` and `password_hash` (bcrypt `$2a$`, `$2b$`
    /// or `$2y$` with a cost of 13 at most, or Argon2 as a PHC string with 64 MiB, 4 passes and 4
    /// lanes at most), and may have `name`, `role` (else `user`) and `email_verified` (`true` or
    /// `false`). A hash is replaced by one of today's parameters when its user logs in. A user who
    /// is there already is left as they are, so that an import can be run again. Rows that cannot
    /// be used go to the rejects file with their line number and the reason. The server has to be
    /// stopped where the store is embedded.
    Users(ImportUsers),
}

/// `payflow import users`.
#[derive(Debug, Args)]
pub struct ImportUsers {
    /// The CSV file.
    pub file: PathBuf,
    #[command(flatten)]
    pub store: Store,
    /// Where bad rows go [default: FILE.rejects.csv].
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
}

/// `payflow import payments`.
#[derive(Debug, Args)]
pub struct ImportPayments {
    /// The CSV file.
    pub file: PathBuf,
    #[command(flatten)]
    pub store: Store,
    /// The currency of the amounts.
    #[arg(long, default_value = "USD")]
    pub currency: String,
    /// The name of the source: `transaction_id`, customers and terminals are unique within it.
    #[arg(long, default_value = "import")]
    pub source: String,
    /// Where bad rows go [default: FILE.rejects.csv].
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
}

/// What somebody says for others to read, as the API takes it.
fn reason(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.chars().count() <= 500 && free_text(text);
    match fits && !text.contains('\n') {
        true => Ok(text.to_owned()),
        false => Err(format!("one line of 1 to 500 characters: {TEXT_RULE}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_folder_and_a_database_exclude_each_other() {
        let words = [
            "payflow",
            "verify",
            "--data",
            "x",
            "--database-url",
            "postgres://127.0.0.1/x",
        ];
        assert!(Cli::try_parse_from(words).is_err());
    }
}
