//! Settings of payments.

mod kyc_limits;

use std::collections::BTreeMap;

use contracts::payments::TransactionType;
use money::{Amount, AmountError, Currency};
use payments_core::wallet::{DepositLimits, Limits};
use serde::{Deserialize, Serialize};

use crate::acquirer::AcquirerConfig;
use crate::alarms::AlarmConfig;
use crate::journal::JournalConfig;
use crate::journal::postgres::SessionTimeouts;
pub use kyc_limits::{KycLimits, LevelLimitConfig};

/// Settings of payments: the section `[payments]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How much the journal takes.
    pub journal: JournalConfig,
    /// How long the journal's session on PostgreSQL may wait.
    pub postgres: SessionTimeouts,
    /// What may leave a new wallet, and be on its way into any, by currency, in decimal text;
    /// `default` for those not named.
    pub limits: BTreeMap<String, LimitConfig>,
    /// What users may do by how far their identity is verified.
    pub kyc_limits: KycLimits,
    /// How many wallets a user may open, closed ones included.
    pub wallets_per_user: u32,
    /// How long a manual payment holds the money, in seconds.
    pub authorisation_seconds: u32,
    /// How long a transaction waits for its maker's code, in minutes.
    pub verification_minutes: u32,
    /// How long a transaction waits for an operator's decision, in days.
    pub review_days: u32,
    /// How long a refund request can be answered, in seconds.
    pub refund_request_seconds: u32,
    /// How long a request waits for the acquirer before it answers `processing`, in ms.
    pub inline_wait_ms: u64,
    /// How many recipient look-ups a user may make per minute.
    pub recipient_lookups_per_minute: u32,
    /// How much is read for a list.
    pub lists: ListConfig,
    /// What risk is given, and what holds where it cannot answer.
    pub risk: RiskConfig,
    /// When an account of PayFlow's own is an alarm.
    pub alarms: AlarmConfig,
    /// The acquirer.
    pub acquirer: AcquirerConfig,
}

/// What may leave a new wallet, and be on its way into any. An empty text: no limit; `None`: as the
/// default says.
#[derive(Debug, Clone, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields)]
pub struct LimitConfig {
    /// Per UTC day, such as "50000".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<String>,
    /// Per UTC month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<String>,
    /// With one deposit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposit: Option<String>,
    /// On its way to one wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<String>,
}

/// How much is read for one page of a list, and what is remembered so that it need not be.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ListConfig {
    /// The most rows that are looked at for a page, about. Where they are not enough, the page is
    /// short and says where to go on.
    pub effort: u32,
    /// How many transactions are summarised together.
    pub zone: u32,
    /// The most memory for summaries, in MiB.
    pub memory_mib: u32,
}

/// What risk is given, and what holds where it cannot answer.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RiskConfig {
    /// How long it may take to assess a transaction, in ms.
    pub deadline_ms: u64,
    /// Up to which amount a code will do where it cannot answer, by type of transaction, in decimal
    /// text; `default` for those not named. More is refused. An empty text: whatever the amount.
    pub step_up_up_to: BTreeMap<String, String>,
}

impl RiskConfig {
    /// Up to how much a code will do for a type of transaction, in minor units; `None`: whatever
    /// the amount. Where nothing is said, it never will.
    #[must_use]
    pub fn step_up_up_to(&self, kind: TransactionType, currency: Currency) -> Option<i64> {
        let named = self.step_up_up_to.get(kind.as_str());
        match named.or_else(|| self.step_up_up_to.get("default")) {
            Some(text) => limit_in(text, currency),
            None => Some(0),
        }
    }

    fn validate(&self) -> Result<(), String> {
        if self.deadline_ms == 0 {
            return Err("payments.risk.deadline_ms must be above 0".into());
        }
        for (name, text) in &self.step_up_up_to {
            let key = format!("payments.risk.step_up_up_to.{name}");
            if name != "default" && TransactionType::from_name(name).is_none() {
                return Err(format!("{key}: there is no such type of transaction"));
            }
            parse_limit(text, Currency::USD).map_err(|error| format!("{key}: {error}"))?;
        }
        Ok(())
    }
}

impl Default for ListConfig {
    fn default() -> Self {
        platform::config::defaults("payments.lists")
    }
}

impl Default for Config {
    fn default() -> Self {
        platform::config::defaults("payments")
    }
}

impl Config {
    /// Checks everything that a type cannot.
    ///
    /// # Errors
    /// The key and what is wrong with it.
    pub fn validate(&self) -> Result<(), String> {
        if self.journal.batch == 0
            || self.journal.queue == 0
            || self.journal.cached_accounts < 1_000
        {
            return Err("payments.journal: `batch` and `queue` must be above 0, `cached_accounts` at least 1000".into());
        }
        self.postgres.validate()?;
        if self.authorisation_seconds == 0 {
            return Err("payments.authorisation_seconds must be above 0".into());
        }
        if self.verification_minutes == 0 || self.review_days == 0 {
            return Err(
                "payments: `verification_minutes` and `review_days` must be above 0".into(),
            );
        }
        if self.refund_request_seconds == 0 {
            return Err("payments.refund_request_seconds must be above 0".into());
        }
        if self.wallets_per_user == 0 {
            return Err("payments.wallets_per_user must be above 0".into());
        }
        for (name, limit) in &self.limits {
            let currency = table_currency("payments.limits", self.limits.keys(), name)?;
            let texts = [&limit.daily, &limit.monthly, &limit.deposit, &limit.pending];
            for text in texts.into_iter().flatten() {
                parse_limit(text, currency)
                    .map_err(|error| format!("payments.limits.{name}: {error}"))?;
            }
        }
        if self.lists.effort < 64 || self.lists.zone == 0 {
            return Err("payments.lists: `effort` must be at least 64, `zone` above 0".into());
        }
        self.kyc_limits.validate()?;
        self.risk.validate()?;
        self.alarms.validate()?;
        self.acquirer.validate()
    }

    /// The limits of a new wallet in a currency: those of its own table, or else the default
    /// without the decimals that the currency does not have. What may leave is the same either way:
    /// no amount of it lies between the two.
    #[must_use]
    pub fn limits_for(&self, currency: Currency) -> Limits {
        Limits {
            daily: self.limit(currency, |limit| limit.daily.as_ref()),
            monthly: self.limit(currency, |limit| limit.monthly.as_ref()),
        }
    }

    /// What may be on its way into a wallet of a currency.
    #[must_use]
    pub fn deposit_limits_for(&self, currency: Currency) -> DepositLimits {
        DepositLimits {
            each: self.limit(currency, |limit| limit.deposit.as_ref()),
            pending: self.limit(currency, |limit| limit.pending.as_ref()),
        }
    }

    /// What the currency's own table does not say is as the default says, so that nobody is without
    /// a limit who did not ask for it.
    fn limit(&self, currency: Currency, of: fn(&LimitConfig) -> Option<&String>) -> Option<i64> {
        let mut tables = self.tables_for(currency).into_iter().flatten();
        limit_in(tables.find_map(of)?, currency)
    }

    /// A currency's own table, and the default.
    fn tables_for(&self, currency: Currency) -> [Option<&LimitConfig>; 2] {
        // Keys from the environment arrive in lower case.
        let named = self
            .limits
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(currency.code()))
            .map(|(_, limit)| limit);
        [named, self.limits.get("default")]
    }
}

/// The currency of a table of limits, which is there once; of the default, any.
pub(crate) fn table_currency<'n>(
    section: &str,
    mut names: impl Iterator<Item = &'n String>,
    name: &str,
) -> Result<Currency, String> {
    let is_same = |other: &&String| *other != name && other.eq_ignore_ascii_case(name);
    if let Some(other) = names.find(is_same) {
        return Err(format!(
            "{section}: `{name}` and `{other}` are the same; keep one. What comes from the environment is in lower \
             case: where it is to go before the file, name the file's table in lower case, too"
        ));
    }
    if name == "default" {
        return Ok(Currency::USD);
    }
    let currency = Currency::from_code(&name.to_uppercase());
    currency.map_err(|error| format!("{section}.{name}: {error}"))
}

/// A limit that was validated at start, in minor units of a currency that may have fewer decimals
/// than it was written with. More than 64 bits hold is as much as any wallet can spend. What cannot
/// be read lets nothing leave.
pub(crate) fn limit_in(text: &str, currency: Currency) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    let whole = match text.split_once('.') {
        Some((whole, decimals)) => {
            let kept = usize::from(currency.exponent()).min(decimals.len());
            let kept = decimals.get(..kept).unwrap_or_default();
            format!("{whole}.{kept}").trim_end_matches('.').to_owned()
        }
        None => text.to_owned(),
    };
    match Amount::parse(&whole, currency) {
        Ok(amount) => Some(amount.minor()),
        Err(AmountError::Overflow) => Some(i64::MAX),
        Err(
            AmountError::Malformed
            | AmountError::Precision { .. }
            | AmountError::CurrencyMismatch { .. },
        ) => Some(0),
    }
}

pub(crate) fn parse_limit(text: &str, currency: Currency) -> Result<Option<i64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let amount = Amount::parse(text, currency).map_err(|error| error.to_string())?;
    if amount.minor() < 0 {
        return Err("a limit cannot be negative".to_owned());
    }
    Ok(Some(amount.minor()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_a_currency_may_say_less_than_the_default() {
        let mut config = Config::default();
        let limit: LimitConfig = serde_json::from_str(r#"{"pending": "7"}"#).unwrap();
        config.limits.insert("JPY".to_owned(), limit);
        assert!(config.validate().is_ok());
        let limits = config.limits_for(Currency::JPY);
        assert_eq!(
            (limits.daily, limits.monthly),
            (Some(50_000), Some(200_000))
        );
        let deposits = config.deposit_limits_for(Currency::JPY);
        assert_eq!(
            (deposits.each, deposits.pending),
            (Some(1_000_000), Some(7))
        );
    }

    #[test]
    fn a_currency_has_its_own_limits_or_the_default() {
        let mut config = Config::default();
        let jpy = LimitConfig {
            daily: Some("1000000".to_owned()),
            monthly: Some(String::new()),
            pending: Some("5000000".to_owned()),
            ..LimitConfig::default()
        };
        config.limits.insert("jpy".to_owned(), jpy);
        assert!(config.validate().is_ok());
        assert_eq!(
            config.limits_for(Currency::JPY),
            Limits {
                daily: Some(1_000_000),
                monthly: None
            }
        );
        assert_eq!(config.limits_for(Currency::KWD).daily, Some(50_000_000));
        let deposits = config.deposit_limits_for(Currency::JPY);
        assert_eq!(deposits.each, Some(1_000_000), "as the default says");
        assert_eq!(deposits.pending, Some(5_000_000));
        let deposits = config.deposit_limits_for(Currency::KWD);
        assert_eq!(deposits.pending, Some(2_000_000_000));
        let none = LimitConfig {
            deposit: Some(String::new()),
            ..LimitConfig::default()
        };
        config.limits.insert("kwd".to_owned(), none);
        assert_eq!(config.deposit_limits_for(Currency::KWD).each, None);
    }

    #[test]
    fn a_default_limit_holds_in_every_currency_whatever_its_decimals() {
        let mut config = Config::default();
        let with_cents = LimitConfig {
            daily: Some("99.50".to_owned()),
            monthly: Some("9000000000000000.25".to_owned()),
            ..LimitConfig::default()
        };
        config.limits.insert("default".to_owned(), with_cents);
        assert!(config.validate().is_ok());
        let daily = |currency| config.limits_for(currency).daily;
        assert_eq!(daily(Currency::JPY), Some(99));
        assert_eq!(daily(Currency::USD), Some(9_950));
        assert_eq!(daily(Currency::KWD), Some(99_500));
        for currency in Currency::all() {
            let Limits { daily, monthly } = config.limits_for(currency);
            assert!(daily.is_some() && monthly.is_some(), "{currency}");
        }
        // More than fits is all that a wallet can ever have.
        let monthly = config.limits_for(Currency::KWD).monthly;
        assert_eq!(monthly, Some(9_000_000_000_000_000_250));
        let finest = Currency::all().max_by_key(|currency| currency.exponent());
        assert_eq!(config.limits_for(finest.unwrap()).monthly, Some(i64::MAX));
    }

    #[test]
    fn two_tables_for_one_currency_are_refused() {
        let mut config = Config::default();
        for name in ["JPY", "jpy"] {
            config
                .limits
                .insert(name.to_owned(), LimitConfig::default());
        }
        let refused = config.validate().unwrap_err();
        assert!(refused.contains("`JPY` and `jpy`"), "{refused}");
    }

    #[test]
    fn a_session_that_would_wait_for_ever_is_refused() {
        let mut config = Config::default();
        config.postgres.lock_timeout_ms = 0;
        let refused = config.validate().unwrap_err();
        assert!(
            refused.contains("payments.postgres.lock_timeout_ms"),
            "{refused}"
        );
    }

    #[test]
    fn lists_that_would_never_come_to_an_end_are_refused() {
        for (effort, zone) in [(63, 1_024), (0, 1), (64, 0)] {
            let mut config = Config::default();
            config.lists.effort = effort;
            config.lists.zone = zone;
            let refused = config.validate().unwrap_err();
            assert!(refused.contains("payments.lists"), "{refused}");
        }
    }

    #[test]
    fn without_risk_a_code_will_do_up_to_an_amount_of_the_type_in_any_currency() {
        let mut config = Config::default();
        let most = |config: &Config, kind, currency| config.risk.step_up_up_to(kind, currency);
        let transfer = TransactionType::Transfer;
        assert_eq!(most(&config, transfer, Currency::USD), Some(100_000));
        assert_eq!(most(&config, transfer, Currency::JPY), Some(1_000));
        let set = |config: &mut Config, name: &str, text: &str| {
            let table = &mut config.risk.step_up_up_to;
            table.insert(name.to_owned(), text.to_owned());
            config.validate()
        };
        assert!(set(&mut config, "withdrawal", "0").is_ok());
        assert!(set(&mut config, "deposit", "").is_ok());
        let withdrawal = TransactionType::Withdrawal;
        assert_eq!(most(&config, withdrawal, Currency::USD), Some(0));
        let deposit = TransactionType::Deposit;
        assert_eq!(most(&config, deposit, Currency::USD), None);
        assert_eq!(most(&config, transfer, Currency::USD), Some(100_000));
        for (name, text) in [("gift", "1"), ("payment", "much")] {
            let mut config = Config::default();
            let refused = set(&mut config, name, text).unwrap_err();
            assert!(refused.contains(name), "{refused}");
        }
        config.risk.step_up_up_to.clear();
        assert_eq!(most(&config, deposit, Currency::USD), Some(0));
    }

    #[test]
    fn a_wrong_limit_is_named() {
        let mut config = Config::default();
        config.limits.insert(
            "USD".to_owned(),
            LimitConfig {
                daily: Some("1.234".into()),
                ..LimitConfig::default()
            },
        );
        assert!(
            config
                .validate()
                .unwrap_err()
                .contains("payments.limits.USD")
        );
        for wrong in ["1.234", "-1", "much"] {
            let limit = LimitConfig {
                pending: Some(wrong.to_owned()),
                ..LimitConfig::default()
            };
            config.limits.insert("USD".to_owned(), limit);
            let refused = config.validate().unwrap_err();
            assert!(refused.contains("payments.limits.USD"), "{refused}");
        }
        config.limits.clear();
        config
            .limits
            .insert("ZZZ".to_owned(), LimitConfig::default());
        assert!(config.validate().unwrap_err().contains("ZZZ"));
    }
}
