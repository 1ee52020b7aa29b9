//! A PostgreSQL server of a test's own, which the test may kill and start again. Durable, because whoever kills a
//! server wants to see what it kept. It is gone when the test is over, however the test ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The server, as `scripts/with-postgres.sh` makes it.
#[derive(Debug)]
pub struct PrivateServer {
    /// The script, which waits for the end of its standard input and then removes the server.
    script: Child,
    url: String,
    control: String,
}

/// Says where the server is and waits: also the death of the test closes its standard input.
const HOLD: &str =
    r#"printf '%s\n' "$PAYFLOW_TEST_DATABASE_URL" "$PAYFLOW_TEST_PG_CTL" && exec cat"#;

impl PrivateServer {
    /// Makes and starts a server on a free port of this machine.
    ///
    /// # Panics
    /// Where the server's programs are not found or it does not start; the script has said why.
    #[must_use]
    pub fn start() -> Self {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts");
        let mut script = Command::new(scripts.join("with-postgres.sh"))
            .args(["sh", "-c", HOLD])
            .env_remove("PAYFLOW_TEST_DATABASE_URL")
            .env("PAYFLOW_TEST_PG_FSYNC", "on")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("scripts/with-postgres.sh cannot be run: {error}"));
        let lines = script.stdout.take().map(BufReader::new);
        let mut lines = lines.into_iter().flat_map(BufRead::lines);
        let mut line = || {
            lines.next().and_then(Result::ok).unwrap_or_else(|| {
                panic!("this test kills a PostgreSQL server of its own, and could not start one")
            })
        };
        let (url, control) = (line(), line());
        Self {
            script,
            url,
            control,
        }
    }

    /// The URL of its database `postgres`, as superuser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Kills every process of the server at once, as a crash would: nothing is finished, nothing is written.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn kill(&self) {
        self.control(&["stop", "-m", "immediate"]);
    }

    /// Starts it again on the same data and port; returns when it has recovered and takes connections.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn restart(&self) {
        self.control(&["start"]);
    }

    fn control(&self, words: &[&str]) {
        let done = Command::new(&self.control)
            .args(words)
            .stdin(Stdio::null())
            .output();
        if !matches!(&done, Ok(Output { status, .. }) if status.success()) {
            panic!("pg_ctl {}: {done:?}", words.join(" "));
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let ended = self.script.wait();
        if !matches!(&ended, Ok(status) if status.success()) && !std::thread::panicking() {
            panic!("the test's PostgreSQL server was not removed: {ended:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, Executor, PgConnection};

    use super::*;
    use crate::{Engine, engines};

    #[test]
    fn what_was_committed_outlives_a_killed_server() {
        if !engines().contains(&Engine::Postgres) {
            return;
        }
        let server = PrivateServer::start();
        crate::store::block_on(async {
            let mut session = PgConnection::connect(server.url()).await.unwrap();
            let sql = "CREATE TABLE kept (what BIGINT); INSERT INTO kept VALUES (7)";
            session.execute(sql).await.unwrap();
            server.kill();
            assert!(PgConnection::connect(server.url()).await.is_err());
            server.restart();
            let mut session = PgConnection::connect(server.url()).await.unwrap();
            let kept: i64 = sqlx::query_scalar("SELECT what FROM kept")
                .fetch_one(&mut session)
                .await
                .unwrap();
            assert_eq!(kept, 7);
        });
        let url = server.url().to_owned();
        drop(server);
        crate::store::block_on(async {
            assert!(PgConnection::connect(&url).await.is_err());
        });
    }
}
