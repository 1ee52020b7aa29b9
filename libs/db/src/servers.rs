//! The PostgreSQL servers that a URL names, one or several, and how a session with the one that
//! writes begins. It knows no table and keeps no session.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};

use super::DbError;

/// The longest that the servers together may take to give a session.
pub const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How long a start waits for a server that is starting, too.
const START_PATIENCE: Duration = Duration::from_secs(5);
/// The wait between two tries meanwhile.
const PAUSE: Duration = Duration::from_millis(200);

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// To write: only the primary will do.
    Write,
    /// To look: a standby will do.
    Look,
}

/// The servers of a URL, asked in turn. Cheap to clone.
#[derive(Clone)]
pub struct Servers {
    hosts: Arc<[PgConnectOptions]>,
    /// The one that answered last, asked first.
    last: Arc<AtomicUsize>,
    /// What a session begins with: its settings, and the question whether it only reads.
    greeting: Arc<str>,
    purpose: Use,
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Their options hold a password.
        f.debug_tuple("Servers").field(&self.names()).finish()
    }
}

impl Servers {
    /// Those of `postgres://user:password@host1:5432,host2:5433/database`, with the schema as the
    /// search path.
    ///
    /// Settings are sent as statements and not with the first message, which poolers refuse or
    /// forget.
    ///
    /// # Errors
    /// [`DbError::Unusable`] where the URL cannot be read.
    pub fn of<'a>(
        url: &str,
        schema: &'a str,
        settings: impl IntoIterator<Item = (&'a str, Cow<'a, str>)>,
        purpose: Use,
    ) -> Result<Self, DbError> {
        let (urls, purpose_of_url) = hosts(url)?;
        let hosts = urls.iter().map(|url| options(url));
        let mut greeting = String::new();
        let fixed = [("search_path", schema)].into_iter().chain(SESSION);
        let fixed = fixed.map(|(name, value)| (name, Cow::Borrowed(value)));
        for (name, value) in fixed.chain(settings) {
            greeting.push_str(&format!("SET {name} = '{}'; ", value.replace('\'', "''")));
        }
        greeting.push_str(READY);
        Ok(Self {
            hosts: hosts.collect::<Result<_, _>>()?,
            last: Arc::default(),
            greeting: greeting.into(),
            purpose: purpose_of_url
                .filter(|_| purpose == Use::Look)
                .unwrap_or(purpose),
        })
    }

    /// Where they are, without secrets: `host1:5432, host2:5433`.
    #[must_use]
    pub fn names(&self) -> String {
        let names: Vec<_> = self.hosts.iter().map(name).collect();
        names.join(", ")
    }

    /// A session with the first server that answers and will do, beginning with the one that did
    /// last.
    ///
    /// # Errors
    /// What stands against it; of several servers, what stands against each.
    pub async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let (first, count) = (self.last.load(Ordering::Relaxed), self.hosts.len());
        let each = CONNECT_PATIENCE / u32::try_from(count).unwrap_or(u32::MAX);
        let mut failures = Vec::new();
        for at in (0..count).map(|turn| (first + turn) % count) {
            let Some(host) = self.hosts.get(at) else {
                break;
            };
            let silent = || io::Error::new(io::ErrorKind::TimedOut, "it does not answer").into();
            match tokio::time::timeout(each, self.greet(host)).await {
                Ok(Ok(session)) => {
                    self.last.store(at, Ordering::Relaxed);
                    return Ok(session);
                }
                Ok(Err(error)) => failures.push((host, error)),
                Err(_) => failures.push((host, silent())),
            }
        }
        if failures.len() == 1
            && let Some((_, error)) = failures.pop()
        {
            return Err(error);
        }
        let each =
            |(host, error): &(&PgConnectOptions, sqlx::Error)| format!("{}: {error}", name(host));
        let texts: Vec<_> = failures.iter().map(each).collect();
        Err(io::Error::other(texts.join("; ")).into())
    }

    /// A session when a program starts: says where it connects to and what stands against it, and
    /// gives a server that is starting, too, a few seconds.
    ///
    /// # Errors
    /// [`DbError::Unusable`] with what to do about it.
    pub async fn connect_first(&self) -> Result<PgConnection, DbError> {
        let names = self.names();
        tracing::info!("connecting to PostgreSQL at {names}");
        let begun = Instant::now();
        let mut told = false;
        loop {
            let error = match self.connect().await {
                Ok(session) => return Ok(session),
                Err(error) => error,
            };
            if !may_pass(&error) || begun.elapsed() >= START_PATIENCE {
                return Err(DbError::Unusable(Cow::Owned(format!(
                    "no PostgreSQL can be used at {names} ({error}): check that it runs, that it takes writes, and that \
                     database_url names its host, port, user, password and database"
                ))));
            }
            if !told {
                told = true;
                tracing::warn!(
                    "PostgreSQL at {names} cannot be used yet ({error}): trying again for {} s",
                    START_PATIENCE.as_secs()
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn greet(&self, host: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
        let mut session = host.connect().await?;
        let greeting = AssertSqlSafe(self.greeting.to_string());
        let row = session.fetch_one(greeting).await?;
        let reads_only: bool = sqlx::Row::try_get(&row, 0)?;
        if reads_only && self.purpose == Use::Write {
            // Nothing was begun, so a goodbye that is not heard does no harm.
            drop(session.close().await);
            let text = "it only reads: a standby, or a database with default_transaction_read_only";
            return Err(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, text).into());
        }
        Ok(session)
    }
}

/// Whether a server that is starting, or a network that is, would say so.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // Starting or stopping; no resources.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("57P") || code.starts_with("53")),
        _ => false,
    }
}

/// What every session begins with.
const SESSION: [(&str, &str); 5] = [
    // Each statement sees what was committed before it began. A stricter level would look at the
    // tables as they were before the wait for a row, and fail because they have changed.
    ("default_transaction_isolation", "read committed"),
    // A node that vanished is noticed within half a minute.
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "4"),
    ("tcp_user_timeout", "30s"),
];

/// Whether a session could write, were it asked to. Where the server would acknowledge commits that
/// it could still lose, the session asks it not to; the levels between that and the strictest are
/// the operator's choice.
const READY: &str = "SELECT pg_is_in_recovery() OR CAST(current_setting('transaction_read_only') AS BOOLEAN), \
    CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END";

fn name(host: &PgConnectOptions) -> String {
    match host.get_socket() {
        Some(folder) => format!("{}:{}", folder.display(), host.get_port()),
        None => format!("{}:{}", host.get_host(), host.get_port()),
    }
}

/// Connection options for a service's schema on a PostgreSQL server: of several, the first. For
/// tools that measure one server and send settings with the first message.
///
/// # Errors
/// [`DbError::Unusable`] where the URL cannot be read.
pub fn postgres_options(url: &str, schema: &str) -> Result<PgConnectOptions, DbError> {
    let (urls, _) = hosts(url)?;
    let first = urls.first().map_or(url, String::as_str);
    Ok(options(first)?.options([("search_path", schema)]))
}

fn options(url: &str) -> Result<PgConnectOptions, DbError> {
    // The text of this error has no part of the URL, which may hold a password.
    let options = PgConnectOptions::from_str(url).map_err(|error| unusable(&error.to_string()))?;
    Ok(options
        .application_name("payflow")
        .extra_float_digits(None)
        .disable_statement_logging())
}

fn unusable(problem: &str) -> DbError {
    DbError::Unusable(Cow::Owned(format!(
        "database_url cannot be read ({problem}): write postgres://user:password@host:5432/database, or several hosts with \
         commas, such as postgres://user:password@host1:5432,host2:5432/database"
    )))
}

/// A URL for each host of a URL, and what its `target_session_attrs` asks for (PostgreSQL manual,
/// libpq, 34.1.1.3).
fn hosts(url: &str) -> Result<(Vec<String>, Option<Use>), DbError> {
    let Some((scheme, rest)) = url
        .split_once("://")
        .filter(|(scheme, _)| matches!(*scheme, "postgres" | "postgresql"))
    else {
        return Err(unusable("it does not begin with postgres://"));
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, authority) = match authority.rsplit_once('@') {
        Some((user, authority)) => (format!("{user}@"), authority),
        None => (String::new(), authority),
    };
    let mut purpose = None;
    let mut kept = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("target_session_attrs", "read-write" | "primary")) => purpose = Some(Use::Write),
            Some(("target_session_attrs", "any")) => purpose = Some(Use::Look),
            Some(("target_session_attrs", _)) => {
                return Err(unusable(
                    "PayFlow writes, so target_session_attrs must be read-write, primary or any",
                ));
            }
            Some(("host", value)) if value.contains(',') => {
                return Err(unusable("several hosts stand before the database's name"));
            }
            _ => kept.push(pair),
        }
    }
    let query = if kept.is_empty() {
        String::new()
    } else {
        format!("?{}", kept.join("&"))
    };
    let each = |host: &str| match host {
        "" if authority.contains(',') => Err(unusable("the name of a host is empty")),
        host => Ok(format!("{scheme}://{user}{host}/{database}{query}")),
    };
    let urls = authority.split(',').map(each);
    Ok((urls.collect::<Result<_, _>>()?, purpose))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_of_a_url_is_asked_with_the_rest_of_it() {
        let (urls, purpose) = hosts(
            "postgres://u:p%40@h1:1,[::1]:2,h3/db?sslmode=disable&target_session_attrs=read-write",
        )
        .unwrap();
        assert_eq!(
            urls,
            [
                "postgres://u:p%40@h1:1/db?sslmode=disable",
                "postgres://u:p%40@[::1]:2/db?sslmode=disable",
                "postgres://u:p%40@h3/db?sslmode=disable"
            ]
        );
        assert_eq!(purpose, Some(Use::Write));
        let (urls, purpose) = hosts("postgres:///db?host=/run").unwrap();
        assert_eq!(
            (urls, purpose),
            (vec!["postgres:///db?host=/run".to_owned()], None)
        );
    }

    #[test]
    fn the_names_of_servers_hold_no_secrets() {
        let url = "postgres://ann:hunter2@h1:1,h2/db";
        let servers = Servers::of(url, "s", [], Use::Write).unwrap();
        assert_eq!(servers.names(), "h1:1, h2:5432");
        assert!(!format!("{servers:?}").contains("hunter2"));
    }

    #[test]
    fn a_url_that_cannot_be_used_says_why_and_not_what_it_holds() {
        for url in [
            "mysql://ann:hunter2@h/db",
            "hunter2",
            "postgres://ann:hunter2@h1,,h2/db",
            "postgres://ann:hunter2@h:port/db",
            "postgres://ann:hunter2@h/db?target_session_attrs=standby",
            "postgres://ann:hunter2@h/db?host=h1,h2",
        ] {
            let error = Servers::of(url, "s", [], Use::Write)
                .unwrap_err()
                .to_string();
            assert!(
                error.contains("h1") || error.contains("host1:5432"),
                "{error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
