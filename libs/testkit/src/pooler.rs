//! A PgBouncer of a test's own in front of the PostgreSQL of the tests.

use crate::server_script::ServerScript;
use crate::store::with_database;

/// The pooler, as `scripts/with-pgbouncer.sh` makes it.
#[derive(Debug)]
pub struct Pooler {
    url: String,
    _script: ServerScript,
}

impl Pooler {
    /// Starts one in this pool mode (`session` or `transaction`) on a free port of this machine.
    ///
    /// # Panics
    /// Where PgBouncer is not found or does not start; the script has said why.
    #[must_use]
    pub fn start(mode: &str) -> Self {
        let variables = ["PAYFLOW_TEST_PGBOUNCER_URL"];
        let (script, [url]) =
            ServerScript::start("a PgBouncer", "with-pgbouncer.sh", &[mode], &[], variables);
        Self {
            url,
            _script: script,
        }
    }

    /// The URL of a database on the server, through the pooler; `direct` leads there without it.
    ///
    /// # Panics
    /// Where `direct` names no database.
    #[must_use]
    pub fn url(&self, direct: &str) -> String {
        let database = direct.rsplit('/').next();
        let database = database.unwrap_or_else(|| panic!("no database in {direct}"));
        with_database(&self.url, database)
    }
}
