//! A PostgreSQL server of a test's own, which the test may kill and start again. Durable, because
//! anyone who kills a server wants to see what it kept. It is gone when the test is over, however
//! the test ends.

use crate::server_script::{ServerScript, control};

/// The server, as `scripts/with-postgres.sh` makes it.
#[derive(Debug)]
pub struct PrivateServer {
    url: String,
    control: String,
    _script: ServerScript,
}

impl PrivateServer {
    /// Makes and starts a server on a free port of this machine.
    ///
    /// # Panics
    /// Where the server's programs are not found or it does not start; the script has said why.
    #[must_use]
    pub fn start() -> Self {
        let settings = [
            ("PAYFLOW_TEST_DATABASE_URL", ""),
            ("PAYFLOW_TEST_PG_FSYNC", "on"),
        ];
        let variables = ["PAYFLOW_TEST_DATABASE_URL", "PAYFLOW_TEST_PG_CTL"];
        let (script, [url, control]) = ServerScript::start(
            "a PostgreSQL server",
            "with-postgres.sh",
            &[],
            &settings,
            variables,
        );
        Self {
            url,
            control,
            _script: script,
        }
    }

    /// The URL of its database `postgres`, as superuser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Kills every process of the server at once, as a crash would: nothing is finished, nothing is
    /// written.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn kill(&self) {
        control(&self.control, &["stop", "-m", "immediate"]);
    }

    /// Starts it again on the same data and port; returns when it has recovered and takes
    /// connections.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn restart(&self) {
        control(&self.control, &["start"]);
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
