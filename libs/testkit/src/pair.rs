//! Two PostgreSQL servers of a test's own: a primary and the standby that follows it, which can
//! change places.

use crate::server_script::{ServerScript, control};

/// The servers, as `scripts/with-postgres.sh` makes them.
#[derive(Debug)]
pub struct Pair {
    urls: [String; 2],
    controls: [String; 2],
    follow: String,
    _script: ServerScript,
}

impl Pair {
    /// Makes and starts both on free ports of this machine.
    ///
    /// # Panics
    /// Where the server's programs are not found or they do not start; the script has said why.
    #[must_use]
    pub fn start() -> Self {
        let settings = [
            ("PAYFLOW_TEST_DATABASE_URL", ""),
            ("PAYFLOW_TEST_PG_STANDBY", "on"),
        ];
        let variables = [
            "PAYFLOW_TEST_DATABASE_URL",
            "PAYFLOW_TEST_STANDBY_URL",
            "PAYFLOW_TEST_PG_CTL",
            "PAYFLOW_TEST_STANDBY_CTL",
            "PAYFLOW_TEST_PG_FOLLOW",
        ];
        let (script, [first, second, control, control_of_second, follow]) = ServerScript::start(
            "a pair of PostgreSQL servers",
            "with-postgres.sh",
            &[],
            &settings,
            variables,
        );
        Self {
            urls: [first, second],
            controls: [control, control_of_second],
            follow,
            _script: script,
        }
    }

    /// The URLs of their databases `postgres`, as superuser: the first is the primary's in the
    /// beginning.
    #[must_use]
    pub fn urls(&self) -> &[String; 2] {
        &self.urls
    }

    /// Where one of them listens: `host:port`.
    ///
    /// # Panics
    /// Where there is no such server.
    #[must_use]
    pub fn address(&self, which: usize) -> &str {
        let after_user = self.urls[which].split('@').nth(1);
        after_user
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_else(|| panic!("no address in {}", self.urls[which]))
    }

    /// Stops the first in order: it tells the standby all that it has committed.
    pub fn stop_first(&self) {
        control(&self.controls[0], &["stop", "-m", "fast"]);
    }

    /// Starts the first again, as a standby of the second.
    pub fn start_first_as_standby(&self) {
        control(&self.follow, &[]);
        control(&self.controls[0], &["start"]);
    }

    /// Makes the second the primary; returns when it takes writes.
    pub fn promote_second(&self) {
        control(&self.controls[1], &["promote"]);
    }
}
