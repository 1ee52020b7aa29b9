//! The levels at which an operator should look at PayFlow's own accounts: one that runs out of
//! room, and money that stands in suspense. It raises alarms in the log and in the metrics; it
//! never stops a payment.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use contracts::payments::AccountId;
use ledger::Account;
use payments_core::wallet::{SystemAccount, decimal};
use platform::metrics::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// When an account of PayFlow's own is an alarm: the section `[payments.alarms]`.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AlarmConfig {
    /// How much of the room for its sums an account may have used, in percent of 64 bits.
    pub used_percent: u8,
    /// Whether money on a suspense account is an alarm.
    pub suspense: bool,
}

impl Default for AlarmConfig {
    fn default() -> Self {
        platform::config::defaults("payments.alarms")
    }
}

impl AlarmConfig {
    /// Checks everything that a type cannot.
    ///
    /// # Errors
    /// The key and what is wrong with it.
    pub fn validate(&self) -> Result<(), String> {
        match self.used_percent {
            1..=100 => Ok(()),
            _ => Err("payments.alarms.used_percent must be 1 to 100".to_owned()),
        }
    }
}

/// How much of the room for its sums an account has used, in percent, what is held included.
#[must_use]
pub fn used_percent(account: &Account) -> u8 {
    let side = |posted: i64, pending: i64| i128::from(posted).saturating_add(pending.into());
    let debits = side(account.debits_posted, account.debits_pending);
    let credits = side(account.credits_posted, account.credits_pending);
    let percent = debits.max(credits).saturating_mul(100) / i128::from(i64::MAX);
    u8::try_from(percent).unwrap_or(100)
}

/// Why an account of PayFlow's own is an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Alarm {
    /// Its sums run out of room.
    Full,
    /// It should be at zero and is not.
    NotEmpty,
}

/// What is wrong with an account of PayFlow's own.
fn alarms(account: &Account, config: AlarmConfig) -> impl Iterator<Item = Alarm> {
    let is_full = used_percent(account) >= config.used_percent;
    let is_suspense = account.code == SystemAccount::Suspense as u16;
    let is_not_empty = is_suspense && config.suspense && account.balance() != 0;
    [(is_full, Alarm::Full), (is_not_empty, Alarm::NotEmpty)]
        .into_iter()
        .filter_map(|(is, alarm)| is.then_some(alarm))
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    account: &'static str,
    currency: &'static str,
}

/// The alarms that stand, and the series that show how near they are.
#[derive(Debug)]
pub(crate) struct Alarms {
    config: AlarmConfig,
    used: Family<Labels, Gauge>,
    balance: Family<Labels, Gauge>,
    raised: Gauge,
    /// By organisation and id, so that each is told once.
    standing: Mutex<HashSet<(i64, u128, Alarm)>>,
}

impl Alarms {
    pub(crate) fn new(config: AlarmConfig) -> Arc<Self> {
        Arc::new(Self {
            config,
            used: Family::default(),
            balance: Family::default(),
            raised: Gauge::default(),
            standing: Mutex::default(),
        })
    }

    /// Puts the series into the metrics of the process.
    pub(crate) fn register(&self, metrics: &Metrics) {
        let of = "of an account of PayFlow's own, by account and currency; of several organisations the largest";
        let used = format!("Used room for the sums, in percent of 64 bits, {of}");
        let balance = format!("Balance without its sign, in minor units, {of}");
        let used = metrics.register(
            "payments_system_account_used_percent",
            &used,
            self.used.clone(),
        );
        let balance = metrics.register(
            "payments_system_account_balance_minor",
            &balance,
            self.balance.clone(),
        );
        let raised = metrics.register(
            "payments_alarms",
            "Alarms of accounts of PayFlow's own that stand; the log says which",
            self.raised.clone(),
        );
        drop((used, balance, raised));
    }

    /// Looks at all accounts of PayFlow's own: what is new is told to the log, and what has ended.
    pub(crate) fn look(&self, accounts: &[Account]) {
        self.used.clear();
        self.balance.clear();
        let mut standing = HashSet::new();
        for account in accounts {
            self.show(account);
            for alarm in alarms(account, self.config) {
                standing.insert((account.org, account.id.0, alarm));
            }
        }
        self.raised
            .set(i64::try_from(standing.len()).unwrap_or(i64::MAX));
        let mut before = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        for account in accounts {
            for alarm in [Alarm::Full, Alarm::NotEmpty] {
                let key = (account.org, account.id.0, alarm);
                match (before.contains(&key), standing.contains(&key)) {
                    (false, true) => tell(account, alarm),
                    (true, false) => {
                        let (name, currency) = (name(account), account.currency);
                        tracing::info!(org = account.org, account = name, %currency, "an alarm has ended");
                    }
                    (true, true) | (false, false) => {}
                }
            }
        }
        *before = standing;
    }

    fn show(&self, account: &Account) {
        let labels = Labels {
            account: name(account),
            currency: account.currency.code(),
        };
        let used = self.used.get_or_create_owned(&labels);
        used.set(used.get().max(used_percent(account).into()));
        let balance = self.balance.get_or_create_owned(&labels);
        balance.set(balance.get().max(account.balance().saturating_abs()));
    }

    /// How many alarms stand.
    #[cfg(test)]
    fn count(&self) -> i64 {
        self.raised.get()
    }
}

/// The name of an account of PayFlow's own.
pub(crate) fn name(account: &Account) -> &'static str {
    if account.code == SystemAccount::Suspense as u16 {
        "suspense"
    } else {
        "settlement"
    }
}

fn tell(account: &Account, alarm: Alarm) {
    let (org, currency) = (account.org, account.currency);
    match alarm {
        Alarm::Full => {
            let (account, used_percent) = (name(account), used_percent(account));
            tracing::error!(
                org, account, %currency, used_percent,
                "the sums of an account of PayFlow's own run out of room: at 100 % what needs it is refused with amount_overflow"
            );
        }
        Alarm::NotEmpty => {
            let balance = decimal(account.balance(), currency);
            let account = AccountId(Uuid::from_u128(account.id.0));
            tracing::error!(
                org, %account, %currency, balance,
                "money stands in suspense: find out where it belongs and post it there"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use ledger::{AccountId, AccountNo, AccountTerms};
    use money::Currency;

    use super::*;

    fn account(code: SystemAccount, debits_posted: i64, debits_pending: i64) -> Account {
        let id = code.id(1, Currency::USD);
        Account {
            no: AccountNo(1),
            id: AccountId(id.as_u128()),
            org: 1,
            currency: Currency::USD,
            code: code as u16,
            terms: AccountTerms {
                flags: ledger::Flags::SYSTEM,
                overdraft_limit: 0,
                max_balance: None,
            },
            debits_posted,
            credits_posted: 0,
            debits_pending,
            credits_pending: 0,
            last_seq: 0,
            entries: 0,
            opened_at: 0,
        }
    }

    #[test]
    fn what_is_held_takes_room_too() {
        let settlement = |posted, pending| account(SystemAccount::Settlement, posted, pending);
        assert_eq!(used_percent(&settlement(0, 0)), 0);
        assert_eq!(used_percent(&settlement(i64::MAX / 2, i64::MAX / 4)), 74);
        assert_eq!(used_percent(&settlement(1, i64::MAX - 1)), 100);
    }

    #[test]
    fn an_account_without_room_and_money_in_suspense_are_alarms_until_they_are_not() {
        let watch = Alarms::new(AlarmConfig::default());
        let full = account(SystemAccount::Settlement, i64::MAX / 10 * 8, i64::MAX / 100);
        let in_suspense = account(SystemAccount::Suspense, 5, 0);
        watch.look(&[full, in_suspense]);
        assert_eq!(watch.count(), 2);
        let metrics = Metrics::default();
        watch.register(&metrics);
        let text = metrics.render();
        let line = r#"payments_system_account_balance_minor{account="suspense",currency="USD"} 5"#;
        assert!(text.contains(line), "{text}");
        let empty = account(SystemAccount::Suspense, 0, 0);
        let roomy = account(SystemAccount::Settlement, i64::MAX / 10 * 7, 0);
        watch.look(&[roomy, empty]);
        assert_eq!(watch.count(), 0);
    }

    #[test]
    fn a_level_that_is_no_level_is_refused() {
        for used_percent in [0, 101] {
            let config = AlarmConfig {
                used_percent,
                ..AlarmConfig::default()
            };
            let refused = config.validate().unwrap_err();
            assert!(refused.contains("payments.alarms"), "{refused}");
        }
    }
}
