//! Logs: structured lines on standard error. A line says what happened, its fields say to whom;
//! it never carries secrets or personal data.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The target of the line that each request writes.
pub const REQUESTS: &str = "requests";

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging; `filter` is a `tracing` filter such as `info` or `payments=debug,warn`.
///
/// A person who reads along on a terminal is not shown a line for each request, unless the filter
/// names [`REQUESTS`]. Colours are for terminals, and only where `NO_COLOR` is not set.
///
/// # Errors
/// A text that says what is wrong with the filter.
pub fn start(filter: &str, format: LogFormat) -> Result<(), String> {
    let watched = format == LogFormat::Text && std::io::stderr().is_terminal();
    let parsed = EnvFilter::try_new(in_force(filter, watched)).map_err(|error| {
        format!(
            "the filter `{filter}` cannot be read ({error}); it is a level (error, warn, info, debug, trace), or levels by \
             module such as `info,payments=debug`"
        )
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        // Where standard error takes nothing more (a full disk), saying so there would be a panic
        // for anyone who logs.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text if watched => builder.with_target(false).try_init(),
        LogFormat::Text => builder.with_target(false).with_ansi(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| format!("logging is already started: {error}"))
}

/// The filter, without the requests where somebody watches and did not ask for them.
fn in_force(filter: &str, watched: bool) -> String {
    match watched && !filter.contains(REQUESTS) {
        true => format!("{filter},{REQUESTS}=warn"),
        false => filter.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_left_out_where_somebody_watches_and_did_not_ask_for_them() {
        assert_eq!(in_force("info", true), "info,requests=warn");
        assert_eq!(in_force("info,requests=info", true), "info,requests=info");
        assert_eq!(in_force("info", false), "info");
    }
}
