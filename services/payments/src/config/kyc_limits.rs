//! What users may do by how far their identity is verified: the section `[payments.kyc_limits]`.

use std::collections::BTreeMap;

use contracts::kyc::KycLevel;
use contracts::payments::TransactionType;
use money::Currency;
use payments_core::level::LevelLimits;
use serde::{Deserialize, Serialize};

use crate::config::{limit_in, parse_limit, table_currency};

/// What users may do by the level of their verified identity: the section `[payments.kyc_limits]`.
/// For each level tables by currency; `default` for those not named.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KycLimits {
    /// Of those whose identity is not verified.
    #[serde(default)]
    pub none: BTreeMap<String, LevelLimitConfig>,
    /// Of those with a verified identity document.
    #[serde(default)]
    pub basic: BTreeMap<String, LevelLimitConfig>,
    /// Of those with a verified address, too.
    #[serde(default)]
    pub full: BTreeMap<String, LevelLimitConfig>,
}

/// The limits of a level in a currency, in decimal text. An empty text: no limit; `None`: as the
/// default says.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LevelLimitConfig {
    /// With one transfer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<String>,
    /// With one deposit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposit: Option<String>,
    /// With one withdrawal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<String>,
    /// With one payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// From all wallets of a user in the currency per UTC day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<String>,
    /// Per UTC month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monthly: Option<String>,
}

impl LevelLimitConfig {
    const fn texts(&self) -> [Option<&String>; 6] {
        let Self {
            transfer,
            deposit,
            withdrawal,
            payment,
            daily,
            monthly,
        } = self;
        [
            transfer.as_ref(),
            deposit.as_ref(),
            withdrawal.as_ref(),
            payment.as_ref(),
            daily.as_ref(),
            monthly.as_ref(),
        ]
    }

    const fn each(&self, kind: TransactionType) -> Option<&String> {
        match kind {
            TransactionType::Transfer => self.transfer.as_ref(),
            TransactionType::Deposit => self.deposit.as_ref(),
            TransactionType::Withdrawal => self.withdrawal.as_ref(),
            TransactionType::Payment => self.payment.as_ref(),
            TransactionType::Refund => None,
        }
    }
}

impl KycLimits {
    fn tables(&self) -> [(KycLevel, &BTreeMap<String, LevelLimitConfig>); 3] {
        [
            (KycLevel::None, &self.none),
            (KycLevel::Basic, &self.basic),
            (KycLevel::Full, &self.full),
        ]
    }

    /// Whether anything is limited.
    #[must_use]
    pub fn limits_anything(&self) -> bool {
        let configs = self.tables().into_iter().flat_map(|(_, by)| by.values());
        let mut texts = configs.flat_map(LevelLimitConfig::texts).flatten();
        texts.any(|text| !text.is_empty())
    }

    /// The limits of a level for a type of transaction.
    #[must_use]
    pub fn of(&self, level: KycLevel, kind: TransactionType, currency: Currency) -> LevelLimits {
        let tables = self.tables().into_iter().find(|(of, _)| *of == level);
        let tables = tables.map(|(_, tables)| tables);
        // Keys from the environment arrive in lower case.
        let named = tables.and_then(|tables| {
            let mut tables = tables.iter();
            tables.find(|(name, _)| name.eq_ignore_ascii_case(currency.code()))
        });
        let default = tables.and_then(|tables| tables.get("default"));
        let tables = [named.map(|(_, config)| config), default];
        let limit = |of: &dyn Fn(&LevelLimitConfig) -> Option<String>| {
            let text = tables.into_iter().flatten().find_map(of)?;
            limit_in(&text, currency)
        };
        LevelLimits {
            level,
            each: limit(&|config| config.each(kind).cloned()),
            daily: limit(&|config| config.daily.clone()),
            monthly: limit(&|config| config.monthly.clone()),
        }
    }

    pub(crate) fn validate(&self) -> Result<(), String> {
        for (level, tables) in self.tables() {
            let section = format!("payments.kyc_limits.{}", level.as_str());
            for (name, config) in tables {
                let currency = table_currency(&section, tables.keys(), name)?;
                for text in config.texts().into_iter().flatten() {
                    parse_limit(text, currency)
                        .map_err(|error| format!("{section}.{name}: {error}"))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    fn read(toml: &str) -> KycLimits {
        serde_json::from_str(toml).unwrap()
    }

    #[test]
    fn nothing_is_limited_by_default() {
        let limits = Config::default().kyc_limits;
        assert!(!limits.limits_anything());
        assert_eq!(limits.validate(), Ok(()));
        for level in KycLevel::ALL {
            let of = limits.of(*level, TransactionType::Transfer, Currency::USD);
            assert_eq!((of.each, of.daily, of.monthly), (None, None, None));
        }
    }

    #[test]
    fn a_level_is_limited_by_type_and_currency_or_as_the_default_says() {
        let limits = read(
            r#"{"none": {"default": {"withdrawal": "0", "daily": "99.50", "monthly": "1000"},
                         "jpy": {"daily": "", "transfer": "5000"}},
                "basic": {"default": {"daily": "2000"}}}"#,
        );
        assert!(limits.limits_anything());
        assert_eq!(limits.validate(), Ok(()));
        use TransactionType::{Deposit, Transfer, Withdrawal};
        for (level, kind, currency, expected) in [
            (
                KycLevel::None,
                Transfer,
                Currency::USD,
                (None, Some(9_950), Some(100_000)),
            ),
            (
                KycLevel::None,
                Withdrawal,
                Currency::USD,
                (Some(0), Some(9_950), Some(100_000)),
            ),
            (
                KycLevel::None,
                Transfer,
                Currency::JPY,
                (Some(5_000), None, Some(1_000)),
            ),
            (
                KycLevel::None,
                Deposit,
                Currency::KWD,
                (None, Some(99_500), Some(1_000_000)),
            ),
            (
                KycLevel::Basic,
                Withdrawal,
                Currency::EUR,
                (None, Some(200_000), None),
            ),
            (
                KycLevel::Full,
                Withdrawal,
                Currency::EUR,
                (None, None, None),
            ),
        ] {
            let of = limits.of(level, kind, currency);
            assert_eq!(
                (of.each, of.daily, of.monthly),
                expected,
                "{level:?} {kind:?}"
            );
        }
    }

    #[test]
    fn what_is_no_limit_of_a_level_is_refused_with_its_key() {
        for (json, key) in [
            (
                r#"{"none": {"default": {"daily": "-1"}}}"#,
                "payments.kyc_limits.none.default",
            ),
            (r#"{"basic": {"ZZZ": {}}}"#, "payments.kyc_limits.basic.ZZZ"),
            (
                r#"{"full": {"JPY": {"transfer": "1.5"}}}"#,
                "payments.kyc_limits.full.JPY",
            ),
            (r#"{"full": {"JPY": {}, "jpy": {}}}"#, "`JPY` and `jpy`"),
        ] {
            let refused = read(json).validate().unwrap_err();
            assert!(refused.contains(key), "{refused}");
        }
        assert!(serde_json::from_str::<KycLimits>(r#"{"expert": {}}"#).is_err());
    }
}
