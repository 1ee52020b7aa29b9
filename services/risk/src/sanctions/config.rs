//! The settings of sanctions screening: the section `[risk.sanctions]`.

use std::collections::BTreeSet;
use std::time::Duration;

use screening::lists::Source;
use serde::{Deserialize, Serialize};
use values::{DAY, SECOND};

/// Which lists customers are compared with, and where those come from.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SanctionsConfig {
    /// The names of the lists, with commas; empty: nobody is compared with any.
    pub lists: String,
    /// A folder with a folder for each list; empty: the addresses in `urls`.
    pub folder: String,
    /// How often each list is loaded, in hours; 0: only by `payflow sanctions update`.
    pub refresh_hours: u32,
    /// How long after a load that failed it is tried again, in minutes.
    pub retry_minutes: u32,
    /// What a list may lose from one version to the next, in percent of its entries.
    pub most_lost_percent: u8,
    /// From which age on a list is a warning, in hours.
    pub warn_after_hours: u32,
    /// How long the download of a file may take, in ms.
    pub timeout_ms: u64,
    /// The most megabytes that a file may have.
    pub most_megabytes: u32,
    /// Where each file is.
    pub urls: ListUrls,
}

/// Where each file of a list is.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListUrls {
    /// `sdn.csv`.
    pub ofac_sdn: String,
    /// `alt.csv`.
    pub ofac_alt: String,
    /// `add.csv`.
    pub ofac_add: String,
    /// `sdn_comments.csv`.
    pub ofac_comments: String,
    /// `consolidated.xml`.
    pub un: String,
    /// `eu.xml`.
    pub eu: String,
}

impl ListUrls {
    /// The setting of a file, and where it is.
    fn of(&self, file: &str) -> (&'static str, &str) {
        let (setting, url) = match file {
            "sdn.csv" => ("ofac_sdn", &self.ofac_sdn),
            "alt.csv" => ("ofac_alt", &self.ofac_alt),
            "add.csv" => ("ofac_add", &self.ofac_add),
            "sdn_comments.csv" => ("ofac_comments", &self.ofac_comments),
            "consolidated.xml" => ("un", &self.un),
            "eu.xml" => ("eu", &self.eu),
            _ => return ("", ""),
        };
        (setting, url.trim())
    }
}

impl SanctionsConfig {
    /// The lists that customers are compared with.
    ///
    /// # Errors
    /// A name that no list has.
    pub fn sources(&self) -> Result<BTreeSet<Source>, String> {
        let names = self.lists.split(',').map(str::trim);
        let names = names.filter(|name| !name.is_empty());
        names
            .map(|name| {
                Source::from_name(name).ok_or_else(|| {
                    format!("risk.sanctions.lists: `{name}` is no list: use ofac, un, eu or demo")
                })
            })
            .collect()
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        for source in self.sources()? {
            self.check_source(source)?;
        }
        for (name, value, most) in [
            ("retry_minutes", u64::from(self.retry_minutes), 24 * 60),
            (
                "warn_after_hours",
                u64::from(self.warn_after_hours),
                24 * 365,
            ),
            ("timeout_ms", self.timeout_ms, 3_600_000),
            ("most_megabytes", u64::from(self.most_megabytes), 1_000),
        ] {
            if !(1..=most).contains(&value) {
                return Err(format!("risk.sanctions.{name} must be 1 to {most}"));
            }
        }
        if self.refresh_hours > 24 * 365 {
            return Err("risk.sanctions.refresh_hours must be at most 8760".to_owned());
        }
        if self.most_lost_percent > 100 {
            return Err("risk.sanctions.most_lost_percent must be at most 100".to_owned());
        }
        Ok(())
    }

    fn check_source(&self, source: Source) -> Result<(), String> {
        if source == Source::Demo || !self.folder.is_empty() {
            return Ok(());
        }
        for (file, needed) in source.format().files() {
            let (setting, url) = self.urls.of(file);
            if url.is_empty() && *needed {
                return Err(format!(
                    "risk.sanctions.urls.{setting} is missing: say where {file} is, or name a folder in risk.sanctions.folder"
                ));
            }
            let is_loopback = ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"]
                .into_iter()
                .any(|prefix| url.starts_with(prefix));
            if !url.is_empty() && !url.starts_with("https://") && !is_loopback {
                return Err(format!(
                    "risk.sanctions.urls.{setting} must begin with https://"
                ));
            }
        }
        Ok(())
    }

    /// Where a file is; none where the settings do not say.
    pub(crate) fn url(&self, file: &str) -> Option<&str> {
        let (_, url) = self.urls.of(file);
        (!url.is_empty()).then_some(url)
    }

    /// How long after a load, in µs, there is another one; none where there is none by itself.
    pub(crate) fn refresh_after(&self) -> Option<i64> {
        let hours = i64::from(self.refresh_hours);
        (hours > 0).then_some(hours * (DAY / 24))
    }

    /// How long after a load that failed, in µs, it is tried again.
    pub(crate) fn retry_after(&self) -> i64 {
        i64::from(self.retry_minutes) * 60 * SECOND
    }

    /// From which age on, in µs, a list is a warning.
    pub(crate) fn warn_after(&self) -> i64 {
        i64::from(self.warn_after_hours) * (DAY / 24)
    }

    pub(crate) fn most_bytes(&self) -> usize {
        self.most_megabytes as usize * 1_000_000
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(change: impl Fn(&mut SanctionsConfig)) -> Result<(), String> {
        let mut config: SanctionsConfig = platform::config::defaults("risk.sanctions");
        change(&mut config);
        config.check()
    }

    #[test]
    fn settings_that_cannot_work_are_refused_with_their_names() {
        assert_eq!(config(|_| ()), Ok(()));
        assert_eq!(config(|it| it.lists = " ofac, un ,demo".to_owned()), Ok(()));
        for (change, named) in [
            (
                (|it| it.lists = "ofac,nobody".to_owned()) as fn(&mut SanctionsConfig),
                "risk.sanctions.lists",
            ),
            (|it| it.lists = "eu".to_owned(), "risk.sanctions.urls.eu "),
            (
                |it| {
                    it.lists = "un".to_owned();
                    it.urls.un = "http://example.org/".to_owned();
                },
                "risk.sanctions.urls.un ",
            ),
            (|it| it.retry_minutes = 0, "risk.sanctions.retry_minutes"),
            (
                |it| it.most_lost_percent = 101,
                "risk.sanctions.most_lost_percent",
            ),
            (|it| it.timeout_ms = 0, "risk.sanctions.timeout_ms"),
        ] {
            let refused = config(change).unwrap_err();
            assert!(refused.starts_with(named), "{refused}");
        }
    }
}
