//! What is wrong with a setting, in a sentence, and the line where it stands. It reads no settings.

use config::ConfigError;

/// Says what is wrong with the value of a key, or with the key.
pub(super) fn what_is_wrong(key: &str, error: &ConfigError) -> String {
    match error {
        ConfigError::At { error, .. } => what_is_wrong(key, error),
        ConfigError::Type {
            unexpected,
            expected,
            ..
        } => {
            let found = unexpected.to_string().replacen("string ", "the text ", 1);
            format!("`{key}` cannot be {found}: it must be {expected}")
        }
        ConfigError::NotFound(_) => format!("`{key}` needs more settings: {error}"),
        other => of_serde(key, &other.to_string()),
    }
}

/// The choice that somebody made and that there is not.
pub(super) fn unknown_choice(error: &ConfigError) -> Option<&str> {
    match error {
        ConfigError::At { error, .. } => unknown_choice(error),
        ConfigError::Message(said) => said
            .split_once("does not have variant constructor ")
            .map(|(_, found)| found),
        _ => None,
    }
}

/// Says what Serde says, which names what it found and what there is between backticks.
pub(super) fn of_serde(key: &str, said: &str) -> String {
    let mut names = said.split('`').skip(1).step_by(2);
    let found = names.next().unwrap_or_default();
    let choices: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    if said.starts_with("unknown field") {
        return format!(
            "there is no setting `{key}`; there are {}",
            list(&choices, "and")
        );
    }
    if said.starts_with("unknown variant") {
        return format!(
            "`{key}` cannot be `{found}`: it is {}",
            list(&choices, "or")
        );
    }
    format!("`{key}`: {said}")
}

fn list(choices: &[String], last: &str) -> String {
    match choices {
        [] => "none here".to_owned(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// The line of a TOML text, counted from 1, that sets a key or the nearest table around it.
pub(super) fn line_of(key: &str, text: &str) -> Option<usize> {
    let mut table = String::new();
    let mut best: Option<(usize, usize)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let name = if let Some(header) = line.strip_prefix('[') {
            table = plain(header.trim_start_matches('[').split(']').next()?);
            table.clone()
        } else if let Some((name, _)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            match table.as_str() {
                "" => plain(name),
                table => format!("{table}.{}", plain(name)),
            }
        } else {
            continue;
        };
        let around = key == name || key.starts_with(&format!("{name}."));
        if around && best.is_none_or(|(length, _)| name.len() > length) {
            best = Some((name.len(), number));
        }
    }
    best.map(|(_, number)| number)
}

/// Whether a table sets a key, whose parts may have dots of their own.
pub(super) fn has(table: &toml::Table, key: &str) -> bool {
    table.iter().any(|(name, value)| {
        let rest = key.strip_prefix(name.as_str());
        let inner = rest.and_then(|rest| rest.strip_prefix('.'));
        let in_it = || Some(has(value.as_table()?, inner?));
        rest == Some("") || in_it().unwrap_or_default()
    })
}

/// A dotted key without quotes and spaces.
fn plain(key: &str) -> String {
    let parts = key
        .split('.')
        .map(|part| part.trim().trim_matches(['"', '\'']));
    parts.collect::<Vec<_>>().join(".")
}
