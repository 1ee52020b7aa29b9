//! A script of `scripts/` that runs a server for as long as its standard input is open. Also the
//! death of the test closes that, so the server is gone when the test is over, however the test
//! ends.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The script, which waits for the end of its standard input and then removes the server.
#[derive(Debug)]
pub(crate) struct ServerScript {
    script: Child,
    what: &'static str,
}

impl ServerScript {
    /// Runs a script with these words and settings; also the values of the variables that it sets.
    ///
    /// # Panics
    /// Where it does not start a server; it has said why.
    pub(crate) fn start<const N: usize>(
        what: &'static str,
        script: &str,
        words: &[&str],
        settings: &[(&str, &str)],
        variables: [&str; N],
    ) -> (Self, [String; N]) {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts");
        let says: Vec<_> = variables
            .iter()
            .map(|name| format!("\"${name}\""))
            .collect();
        // Says where the server is and waits.
        let hold = format!("printf '%s\\n' {} && exec cat", says.join(" "));
        let mut command = Command::new(scripts.join(script));
        command.args(words).args(["sh", "-c", &hold]);
        for (name, value) in settings {
            match *value {
                "" => command.env_remove(name),
                value => command.env(name, value),
            };
        }
        let mut script = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("scripts/{script} cannot be run: {error}"));
        let lines = script.stdout.take().map(BufReader::new);
        let mut lines = lines.into_iter().flat_map(BufRead::lines);
        let said = variables.map(|_| {
            lines.next().and_then(Result::ok).unwrap_or_else(|| {
                panic!("this test needs {what} of its own, and could not start it")
            })
        });
        (Self { script, what }, said)
    }
}

impl Drop for ServerScript {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let ended = self.script.wait();
        if !matches!(&ended, Ok(status) if status.success()) && !std::thread::panicking() {
            panic!("{} of the test was not removed: {ended:?}", self.what);
        }
    }
}

/// Runs a program of such a server.
///
/// # Panics
/// Where it fails.
pub(crate) fn control(program: &str, words: &[&str]) {
    let done = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .output();
    if !matches!(&done, Ok(Output { status, .. }) if status.success()) {
        panic!("{program} {}: {done:?}", words.join(" "));
    }
}
