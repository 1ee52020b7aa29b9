//! A wallet: who owns the ledger account behind it, what they may spend, and where its history
//! ends. The money itself is the account's; a wallet never holds a balance of its own.

use contracts::identity::UserId;
use contracts::payments::WalletId;
use ledger::{Account, AccountNo, Flags};
use money::{Amount, Currency};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;

/// The code of accounts that stand behind wallets.
pub const WALLET: u16 = 1;

/// The code of the account that says that a user is to own no wallets any more. Nothing is ever
/// booked on it.
pub const CLOSED_OWNER: u16 = 2;

/// The id of that account: the user's, as a UUID of version 8 (RFC 9562, section 5.8), so that it
/// need not be looked up. Callers of the raw ledger cannot open accounts with such ids.
#[must_use]
pub const fn closed_owner_id(owner: Uuid) -> Uuid {
    let version = 0xf << 76;
    Uuid::from_u128((owner.as_u128() & !version) | (8 << 76))
}

/// What the house keeps per currency. Money enters and leaves only through these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum SystemAccount {
    /// Cash at the bank and at the acquirer: where deposits come from and withdrawals go to.
    Settlement = 10,
    /// Money that moved outside and that its wallet, or the settlement account, could not take when
    /// two operators said so: somebody has to find out where it belongs. Zero, as a rule.
    Suspense = 11,
}

impl SystemAccount {
    /// The id of this account for an organisation and a currency: always the same, so that it need
    /// not be looked up. A UUID of version 8 (RFC 9562, section 5.8), which no clock ever makes.
    #[must_use]
    pub const fn id(self, org: i64, currency: Currency) -> Uuid {
        let fields = (8_u128 << 76) | (2 << 62);
        let org = (org.cast_unsigned() as u128 & 0xffff_ffff) << 96;
        Uuid::from_u128(org | ((self as u128) << 80) | fields | currency.numeric() as u128)
    }
}

/// The id of the transfer that enters a deposit on the suspense account: the deposit's own as a
/// UUID of version 8, which no clock ever makes.
#[must_use]
pub const fn suspended(deposit: Uuid) -> Uuid {
    const VERSION: u128 = 0xf << 76;
    Uuid::from_u128(deposit.as_u128() & !VERSION | (8 << 76))
}

/// A wallet's own row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    /// The account behind it.
    pub account: AccountNo,
    /// The organisation.
    pub org: i64,
    /// The user it belongs to.
    pub owner: Uuid,
    /// What the owner calls it.
    pub label: Option<String>,
    /// What may leave it per UTC day and month, in minor units.
    pub limits: Limits,
    /// What has left it.
    pub used: Used,
    /// The number of its last transaction: the head of its history. 0: none.
    pub last_transaction: u64,
    /// The seq of its last event of its own. 0: none.
    pub last_event: u64,
    /// The time of opening.
    pub created_at: Timestamp,
}

/// What may leave a wallet, in minor units; `None`: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Per UTC day.
    pub daily: Option<i64>,
    /// Per UTC month.
    pub monthly: Option<i64>,
}

/// What may be on its way into a wallet from outside, in minor units; `None`: no limit. The place
/// of each deposit is held in the settlement account, which all wallets of a currency share:
/// without limits one user could take all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DepositLimits {
    /// With one deposit.
    pub each: Option<i64>,
    /// At once, with everything else that is held in the wallet's favour.
    pub pending: Option<i64>,
}

/// What has left a wallet in one day and one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    /// Days since 1970.
    pub day: i64,
    /// Minor units on that day.
    pub on_day: i64,
    /// Months since year 0.
    pub month: i64,
    /// Minor units in that month.
    pub in_month: i64,
}

/// Which limit stands against an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitPeriod {
    /// The daily one.
    Day,
    /// The monthly one.
    Month,
}

impl Used {
    /// What counts at `now`: a new day or month begins at nothing.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        let (day, month) = (now.day(), now.month());
        Self {
            day,
            on_day: if day == self.day { self.on_day } else { 0 },
            month,
            in_month: if month == self.month {
                self.in_month
            } else {
                0
            },
        }
    }

    /// With `amount` more at `now`.
    ///
    /// # Errors
    /// The period whose limit would be exceeded.
    pub fn plus(self, amount: i64, limits: Limits, now: Timestamp) -> Result<Self, LimitPeriod> {
        let used = self.at(now);
        let add = |sum: i64, limit: Option<i64>| {
            sum.checked_add(amount)
                .filter(|sum| limit.is_none_or(|limit| *sum <= limit))
        };
        Ok(Self {
            on_day: add(used.on_day, limits.daily).ok_or(LimitPeriod::Day)?,
            in_month: add(used.in_month, limits.monthly).ok_or(LimitPeriod::Month)?,
            ..used
        })
    }

    /// With `amount`, counted at `counted`, given back: money that never left.
    #[must_use]
    pub fn less(self, amount: i64, counted: Timestamp, now: Timestamp) -> Self {
        let used = self.at(now);
        let give = |sum: i64, same: bool| {
            if same {
                sum.saturating_sub(amount).max(0)
            } else {
                sum
            }
        };
        Self {
            on_day: give(used.on_day, counted.day() == used.day),
            in_month: give(used.in_month, counted.month() == used.month),
            ..used
        }
    }
}

/// How a wallet stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WalletStatus {
    /// Sends and receives.
    Active,
    /// Sends nothing; takes no new transactions. What is already on its way still arrives.
    Frozen,
    /// Ended.
    Closed,
}

impl WalletStatus {
    /// What the flags of the account behind a wallet mean.
    #[must_use]
    pub const fn of(flags: Flags) -> Self {
        if flags.has(Flags::CLOSED) {
            Self::Closed
        } else if flags.has(Flags::FROZEN_DEBIT) {
            Self::Frozen
        } else {
            Self::Active
        }
    }
}

/// Which sides have frozen a wallet: two facts, each of which keeps it frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Freezes {
    /// Its owner has.
    pub by_owner: bool,
    /// An operator has.
    pub by_operator: bool,
}

impl Freezes {
    const FLAGS: Flags = Flags::FROZEN_DEBIT
        .with(Flags::FROZEN_BY_OWNER)
        .with(Flags::FROZEN_BY_OPERATOR);

    /// What the flags of the account behind a wallet mean.
    #[must_use]
    pub const fn of(flags: Flags) -> Self {
        let by_owner = flags.has(Flags::FROZEN_BY_OWNER);
        // Older journals have no flag for an operator's freeze, only none of the owner's.
        let unsaid = flags.has(Flags::FROZEN_DEBIT) && !by_owner;
        Self {
            by_owner,
            by_operator: flags.has(Flags::FROZEN_BY_OPERATOR) || unsaid,
        }
    }

    /// Whether the wallet is frozen.
    #[must_use]
    pub const fn any(self) -> bool {
        self.by_owner || self.by_operator
    }

    /// The flags of an account that had others.
    #[must_use]
    pub const fn set_in(self, flags: Flags) -> Flags {
        let mut flags = flags.without(Self::FLAGS);
        if self.any() {
            flags = flags.with(Flags::FROZEN_DEBIT);
        }
        if self.by_owner {
            flags = flags.with(Flags::FROZEN_BY_OWNER);
        }
        if self.by_operator {
            flags = flags.with(Flags::FROZEN_BY_OPERATOR);
        }
        flags
    }
}

/// Who has frozen a wallet, and so may let it go again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FrozenBy {
    /// Its owner; an operator may let it go, too.
    Owner,
    /// An operator, and perhaps its owner, too: only operators let go what operators froze.
    Operator,
}

impl FrozenBy {
    /// What the flags of the account behind a wallet mean.
    #[must_use]
    pub const fn of(flags: Flags) -> Option<Self> {
        match WalletStatus::of(flags) {
            WalletStatus::Active | WalletStatus::Closed => None,
            WalletStatus::Frozen if Freezes::of(flags).by_operator => Some(Self::Operator),
            WalletStatus::Frozen => Some(Self::Owner),
        }
    }
}

/// A wallet as the API shows it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WalletView {
    /// Its id.
    pub id: WalletId,
    /// The user it belongs to.
    pub owner_id: UserId,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// What the owner calls it.
    pub label: Option<String>,
    /// How it stands.
    pub status: WalletStatus,
    /// Who has frozen it; `null` where it is not frozen.
    #[serde(default)]
    pub frozen_by: Option<FrozenBy>,
    /// What is on it.
    pub balance: BalanceView,
    /// What may leave it.
    pub limits: LimitsView,
    /// The time of opening.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A balance: decimal strings in the wallet's currency.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BalanceView {
    /// What is on it for good.
    #[schema(example = "100.00")]
    pub posted: String,
    /// What of it is held.
    #[schema(example = "12.50")]
    pub held: String,
    /// What can be spent: posted less held.
    #[schema(example = "87.50")]
    pub available: String,
}

/// The limits of a wallet; `null`: no limit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LimitsView {
    /// Per UTC day.
    pub daily: Option<LimitView>,
    /// Per UTC month.
    pub monthly: Option<LimitView>,
}

/// One limit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LimitView {
    /// The most that may leave.
    pub limit: String,
    /// What has left.
    pub used: String,
    /// What may still leave.
    pub remaining: String,
}

/// An amount of minor units as decimal text.
#[must_use]
pub fn decimal(minor: i64, currency: Currency) -> String {
    Amount::from_minor(minor, currency).to_decimal_string()
}

impl BalanceView {
    /// From minor units.
    #[must_use]
    pub fn new(posted: i64, held: i64, currency: Currency) -> Self {
        Self {
            posted: decimal(posted, currency),
            held: decimal(held, currency),
            available: decimal(posted.saturating_sub(held), currency),
        }
    }
}

impl WalletView {
    /// A wallet and its account, at `now`.
    #[must_use]
    pub fn new(wallet: &Wallet, account: &Account, now: Timestamp) -> Self {
        let currency = account.currency;
        let used = wallet.used.at(now);
        let limit = |limit: Option<i64>, used: i64| {
            limit.map(|limit| LimitView {
                limit: decimal(limit, currency),
                used: decimal(used, currency),
                remaining: decimal(limit.saturating_sub(used).max(0), currency),
            })
        };
        Self {
            id: WalletId(Uuid::from_u128(account.id.0)),
            owner_id: UserId(wallet.owner),
            currency,
            label: wallet.label.clone(),
            status: WalletStatus::of(account.terms.flags),
            frozen_by: FrozenBy::of(account.terms.flags),
            balance: BalanceView::new(account.balance(), account.held(), currency),
            limits: LimitsView {
                daily: limit(wallet.limits.daily, used.on_day),
                monthly: limit(wallet.limits.monthly, used.in_month),
            },
            created_at: wallet.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use values::DAY;

    const NOON: Timestamp = Timestamp(1_700_000_000_000_000);
    const LIMITS: Limits = Limits {
        daily: Some(100),
        monthly: Some(150),
    };

    #[test]
    fn a_limit_is_reached_to_the_cent_and_not_passed() {
        let used = Used::default().plus(100, LIMITS, NOON).unwrap();
        assert_eq!(used.plus(1, LIMITS, NOON), Err(LimitPeriod::Day));
        let next_day = NOON.plus(DAY);
        assert_eq!(used.plus(51, LIMITS, next_day), Err(LimitPeriod::Month));
        assert_eq!(used.plus(50, LIMITS, next_day).unwrap().on_day, 50);
        assert_eq!(
            used.plus(i64::MAX, Limits::default(), NOON),
            Err(LimitPeriod::Day)
        );
    }

    #[test]
    fn what_never_left_is_given_back_to_its_own_day_only() {
        let used = Used::default().plus(100, LIMITS, NOON).unwrap();
        assert_eq!(used.less(100, NOON, NOON).on_day, 0);
        let next_day = NOON.plus(DAY);
        let used = used.plus(30, LIMITS, next_day).unwrap();
        let after = used.less(100, NOON, next_day);
        assert_eq!((after.on_day, after.in_month), (30, 30));
    }

    #[test]
    fn the_end_of_an_owner_has_an_id_that_nothing_else_has() {
        let owner =
            |number: u128| Uuid::from_u128((0x0199 << 112) | (7 << 76) | (2 << 62) | number);
        let ends = [owner(1), owner(2)].map(closed_owner_id);
        assert_ne!(ends[0], ends[1]);
        assert!(ends.iter().all(|id| id.get_version_num() == 8));
        let system = SystemAccount::Settlement.id(1, Currency::USD);
        assert!(!ends.contains(&system));
    }

    #[test]
    fn system_accounts_differ_by_organisation_and_currency() {
        let id = |org, currency| SystemAccount::Settlement.id(org, currency);
        let ids = [
            id(1, Currency::USD),
            id(1, Currency::EUR),
            id(2, Currency::USD),
        ];
        assert!(ids.iter().all(|id| id.get_version_num() == 8));
        assert_eq!(
            ids.iter().collect::<std::collections::HashSet<_>>().len(),
            3
        );
    }

    #[test]
    fn either_freeze_keeps_a_wallet_frozen_and_older_flags_mean_what_they_meant() {
        let (owner, operator) = (Some(FrozenBy::Owner), Some(FrozenBy::Operator));
        for (by_owner, by_operator, frozen_by) in [
            (false, false, None),
            (true, false, owner),
            (false, true, operator),
            (true, true, operator),
        ] {
            let freezes = Freezes {
                by_owner,
                by_operator,
            };
            let flags = freezes.set_in(Flags::SYSTEM);
            assert_eq!(Freezes::of(flags), freezes);
            assert_eq!(FrozenBy::of(flags), frozen_by);
            assert_eq!(flags.has(Flags::FROZEN_DEBIT), freezes.any());
            assert_eq!(Freezes::default().set_in(flags), Flags::SYSTEM);
        }
        let by_owner = Flags::FROZEN_DEBIT.with(Flags::FROZEN_BY_OWNER);
        assert_eq!(FrozenBy::of(Flags::FROZEN_DEBIT), operator);
        assert_eq!(FrozenBy::of(by_owner), owner);
    }
}
