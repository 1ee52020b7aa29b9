//! The wallets of the model.

use ::ledger::{AccountId, AccountTerms, Flags};
use contracts::identity::UserId;
use contracts::payments::WalletId;
use ledger_model::Ask;
use money::Currency;
use payments_core::command::{Command, NewAccount, NewTransaction, NewWallet, WalletChange};
use payments_core::wallet::closed_owner_id;
use serde_json::{Value, json};
use uuid::Uuid;
use values::Timestamp;

use super::{Code, Model, decimal, only};

#[derive(Debug, Clone)]
pub(crate) struct Wallet {
    pub(crate) org: i64,
    pub(crate) owner: Uuid,
    pub(crate) currency: &'static str,
    label: Option<String>,
    daily: Option<i64>,
    monthly: Option<i64>,
    /// What left or is held to leave: the transaction, when it was made, how much.
    pub(crate) spent: Vec<(Uuid, Timestamp, i128)>,
    created_at: Timestamp,
}

impl Wallet {
    fn used(&self, counts: impl Fn(Timestamp) -> bool) -> i128 {
        let counted = self.spent.iter().filter(|(_, at, _)| counts(*at));
        counted.map(|(_, _, amount)| amount).sum()
    }

    fn today(&self, now: Timestamp) -> i128 {
        self.used(|at| at.day() == now.day())
    }

    fn this_month(&self, now: Timestamp) -> i128 {
        self.used(|at| at.month() == now.month())
    }

    /// Counts what leaves.
    pub(crate) fn spend(
        &mut self,
        transaction: Uuid,
        amount: i64,
        now: Timestamp,
    ) -> Result<(), Code> {
        let amount = i128::from(amount);
        for (used, limit) in [
            (self.today(now), self.daily),
            (self.this_month(now), self.monthly),
        ] {
            if used + amount > i128::from(limit.unwrap_or(i64::MAX)) {
                return Err("limit_exceeded");
            }
        }
        self.spent.push((transaction, now, amount));
        Ok(())
    }

    /// What says that it was spent later than this was spent now.
    pub(crate) fn count_until(&mut self, now: Timestamp) {
        for (_, at, _) in &mut self.spent {
            *at = now.min(*at);
        }
    }

    /// So much of a transaction left in the end.
    pub(crate) fn correct(&mut self, transaction: Uuid, amount: i64) {
        for (_, _, spent) in self
            .spent
            .iter_mut()
            .filter(|(id, _, _)| *id == transaction)
        {
            *spent = amount.into();
        }
    }
}

impl Model {
    pub(crate) fn open_wallet(&mut self, org: i64, new: &NewWallet) -> Result<Value, Code> {
        if self.account(closed_owner_id(new.owner)).is_some() {
            return Err("owner_closed");
        }
        if self.account(new.id).is_some() {
            return Err("account_exists_with_different_fields");
        }
        let theirs = self.wallets.values();
        let theirs = theirs.filter(|wallet| wallet.owner == new.owner).count();
        if new.most.is_some_and(|most| theirs >= most as usize) {
            return Err("too_many_wallets");
        }
        let account = NewAccount {
            id: new.id,
            currency: new.currency,
            code: 1,
            terms: AccountTerms {
                flags: Flags::DEBITS_MUST_NOT_EXCEED_CREDITS,
                overdraft_limit: 0,
                max_balance: None,
            },
        };
        self.open(org, &account)?;
        let wallet = Wallet {
            org,
            owner: new.owner,
            currency: new.currency.code(),
            label: new.label.clone(),
            daily: new.limits.daily,
            monthly: new.limits.monthly,
            spent: Vec::new(),
            created_at: self.now,
        };
        self.wallets.insert(new.id, wallet);
        Ok(self.tell(new.id, self.show_wallet(new.id)))
    }

    /// Whether the maker's level lets so much pass at once, and leave all their wallets of the
    /// currency.
    pub(crate) fn may_by_level(
        &self,
        command: &Command,
        new: &NewTransaction,
        from: Option<Uuid>,
    ) -> Result<(), Code> {
        let (Some(level), Some(user)) = (new.level, only(command.actor)) else {
            return Ok(());
        };
        let within = |used: i128, limit: Option<i64>| {
            used + i128::from(new.amount) <= i128::from(limit.unwrap_or(i64::MAX))
        };
        let sum = |of: fn(&Wallet, Timestamp) -> i128| -> i128 {
            let wallets = self.wallets.values();
            let theirs =
                wallets.filter(|it| it.owner == user && it.currency == new.currency.code());
            theirs.map(|wallet| of(wallet, self.now)).sum()
        };
        let fits = within(0, level.each)
            && (from.is_none()
                || (within(sum(Wallet::today), level.daily)
                    && within(sum(Wallet::this_month), level.monthly)));
        match fits {
            true => Ok(()),
            false => Err("limit_exceeded"),
        }
    }

    /// Nobody whose end is here opens a wallet.
    pub(crate) fn close_owner(&mut self, org: i64, owner: Uuid) -> Result<Uuid, Code> {
        let id = closed_owner_id(owner);
        if self.account(id).is_some() {
            return Ok(id);
        }
        let mut theirs = self
            .wallets
            .iter()
            .filter(|(_, wallet)| wallet.owner == owner);
        if theirs.any(|(id, _)| self.wallet_status(*id) != "closed") {
            return Err("wallets_open");
        }
        let end = NewAccount {
            id,
            currency: Currency::USD,
            code: 2,
            terms: AccountTerms {
                flags: Flags::CLOSED,
                overdraft_limit: 0,
                max_balance: None,
            },
        };
        self.open(org, &end)
    }

    pub(crate) fn change_wallet(
        &mut self,
        command: &Command,
        id: Uuid,
        change: &WalletChange,
    ) -> Result<Value, Code> {
        let wallet = self.wallets.get_mut(&id).ok_or("wallet_not_found")?;
        let is_others = only(command.actor).is_some_and(|user| user != wallet.owner);
        if is_others || wallet.org != command.org {
            return Err("wallet_not_found");
        }
        let terms = self.ledger.account(AccountId(id.as_u128())).unwrap().terms;
        if terms.flags.has(Flags::CLOSED) {
            return Err("account_closed");
        }
        let by_owner = only(command.actor).is_some();
        let (own, theirs) = if by_owner {
            (Flags::FROZEN_BY_OWNER, Flags::FROZEN_BY_OPERATOR)
        } else {
            (Flags::FROZEN_BY_OPERATOR, Flags::FROZEN_BY_OWNER)
        };
        let flags = match change {
            WalletChange::Freeze { .. } => terms.flags.with(own).with(Flags::FROZEN_DEBIT),
            WalletChange::Unfreeze { .. } if terms.flags.has(own.with(theirs)) => {
                terms.flags.without(own)
            }
            WalletChange::Unfreeze { .. } if by_owner && terms.flags.has(theirs) => {
                return Err("frozen_by_operator");
            }
            WalletChange::Unfreeze { .. } => {
                let all = own.with(theirs).with(Flags::FROZEN_DEBIT);
                terms.flags.without(all)
            }
            WalletChange::Close => terms.flags.with(Flags::CLOSED),
            WalletChange::Limit(limits) => {
                wallet.daily = limits.daily;
                wallet.monthly = limits.monthly;
                terms.flags
            }
        };
        let terms = Ask::Terms(AccountId(id.as_u128()), AccountTerms { flags, ..terms });
        let changed = self.ledger.take(&terms);
        changed.map_err(|refusal| refusal.code())?;
        Ok(self.tell(id, self.show_wallet(id)))
    }

    fn show_wallet(&self, id: Uuid) -> Value {
        let (wallet, account) = (&self.wallets[&id], self.account(id).unwrap());
        let text = |minor: i128| decimal(minor, wallet.currency);
        let limit = |limit: Option<i64>, used: i128| {
            limit.map(|limit| {
                let limit = i128::from(limit);
                let remaining = text((limit - used).max(0));
                json!({ "limit": text(limit), "used": text(used), "remaining": remaining })
            })
        };
        json!({
            "id": WalletId(id),
            "owner_id": UserId(wallet.owner),
            "currency": wallet.currency,
            "label": wallet.label,
            "status": self.wallet_status(id),
            "frozen_by": self.frozen_by(id),
            "balance": {
                "posted": text(account.balance().into()),
                "held": text(account.held().into()),
                "available": text(account.available().into()),
            },
            "limits": {
                "daily": limit(wallet.daily, wallet.today(self.now)),
                "monthly": limit(wallet.monthly, wallet.this_month(self.now)),
            },
            "created_at": wallet.created_at,
        })
    }

    fn frozen_by(&self, id: Uuid) -> Option<&'static str> {
        let flags = self.account(id).unwrap().terms.flags;
        match self.wallet_status(id) {
            "frozen" if flags.has(Flags::FROZEN_BY_OPERATOR) => Some("operator"),
            "frozen" => Some("owner"),
            _ => None,
        }
    }

    pub(crate) fn wallet_status(&self, id: Uuid) -> &'static str {
        let flags = self.account(id).unwrap().terms.flags;
        if flags.has(Flags::CLOSED) {
            "closed"
        } else if flags.has(Flags::FROZEN_DEBIT) {
            "frozen"
        } else {
            "active"
        }
    }
}
