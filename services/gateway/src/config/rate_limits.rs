//! The settings `gateway.rate_limits`, and how they were written before windows had a length.

use serde::{Deserialize, Serialize};
use web::rate_limit::Quota;

/// How many requests of a kind one caller may make at once, and as many in each window. An account
/// is one caller wherever it calls from; anyone who is not known is counted by address (of IPv6 by
/// /64).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Written")]
pub struct RateLimits {
    /// Whether requests are counted at all.
    pub enabled: bool,
    /// Logins, registrations and whatever else is sent to `/api/v1/auth/`, always by address:
    /// `60/min`.
    pub auth: Quota,
    /// Other requests that may change something: `6000/min`, a hundred a second.
    pub writes: Quota,
    /// Requests that only read: `12000/min`.
    pub reads: Quota,
}

impl Default for RateLimits {
    fn default() -> Self {
        platform::config::defaults("gateway.rate_limits")
    }
}

/// The settings as they stand in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    enabled: bool,
    auth: Quota,
    writes: Quota,
    reads: Quota,
    #[serde(default)]
    auth_per_minute: Option<u32>,
    #[serde(default)]
    writes_per_minute: Option<u32>,
    #[serde(default)]
    reads_per_minute: Option<u32>,
}

impl TryFrom<Written> for RateLimits {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let quota = |name: &str, new: Quota, usual: fn(Self) -> Quota, old: Option<u32>| {
            let Some(old) = old else { return Ok(new) };
            let key = format!("gateway.rate_limits.{name}");
            if new != usual(Self::default()) {
                return Err(format!(
                    "{key} and {key}_per_minute say the same: leave {key}_per_minute out"
                ));
            }
            let text = format!("{old}/min");
            text.parse::<Quota>()
                .map_err(|error| format!("{key}_per_minute: {error}"))
        };
        let Written {
            auth,
            writes,
            reads,
            ..
        } = written;
        Ok(Self {
            enabled: written.enabled,
            auth: quota("auth", auth, |usual| usual.auth, written.auth_per_minute)?,
            writes: quota(
                "writes",
                writes,
                |usual| usual.writes,
                written.writes_per_minute,
            )?,
            reads: quota(
                "reads",
                reads,
                |usual| usual.reads,
                written.reads_per_minute,
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(settings: Value) -> Result<RateLimits, String> {
        platform::config::defaults_with("gateway.rate_limits", settings)
            .map_err(|error| error.to_string())
    }

    fn quotas(limits: &RateLimits) -> [String; 3] {
        [limits.auth, limits.writes, limits.reads].map(|quota| quota.to_string())
    }

    #[test]
    fn each_class_has_a_quota_with_a_window_of_its_own() {
        let limits = read(json!({"auth": "100/15min", "writes": "100/min"})).unwrap();
        assert_eq!(quotas(&limits), ["100/15min", "100/min", "12000/min"]);
        assert_eq!(read(serde_json::to_value(&limits).unwrap()), Ok(limits));
        assert_eq!(read(json!({})), Ok(RateLimits::default()));
    }

    #[test]
    fn a_quota_that_cannot_be_is_refused_with_what_can() {
        for (settings, hint) in [
            (json!({"reads": "many"}), "100/15min"),
            (json!({"reads": 100}), "a string"),
            (json!({"reads": "0/min"}), "1 to 1,000,000"),
            (json!({"reads": "1/2d"}), "one day"),
            (json!({"read": "1/min"}), "`read`"),
        ] {
            let said = read(settings.clone()).unwrap_err();
            assert!(said.contains(hint), "{settings}: {said}");
        }
    }

    #[test]
    fn the_former_names_mean_what_they_meant() {
        let limits =
            read(json!({"auth": "60/min", "auth_per_minute": 30, "reads_per_minute": 1})).unwrap();
        assert_eq!(quotas(&limits), ["30/min", "6000/min", "1/min"]);
        let both = read(json!({"auth": "100/15min", "auth_per_minute": 30})).unwrap_err();
        assert!(
            both.contains("leave gateway.rate_limits.auth_per_minute out"),
            "{both}"
        );
        for count in [0, 1_000_001] {
            let said = read(json!({"reads_per_minute": count})).unwrap_err();
            assert!(
                said.contains("gateway.rate_limits.reads_per_minute: a quota has 1 to"),
                "{said}"
            );
        }
    }
}
