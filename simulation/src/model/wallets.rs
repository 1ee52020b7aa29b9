//! The wallets of the model.

use ::ledger::Flags;
use contracts::identity::UserId;
use contracts::payments::WalletId;
use payments::command::{Command, NewWallet, WalletChange};
use payments::wallet::closed_owner_id;
use serde_json::{Value, json};
use uuid::Uuid;
use values::Timestamp;

use super::ledger::Account;
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
        if self.accounts.contains_key(&closed_owner_id(new.owner)) {
            return Err("owner_closed");
        }
        if self.accounts.contains_key(&new.id) {
            return Err("account_exists_with_different_fields");
        }
        let theirs = self.wallets.values();
        let theirs = theirs.filter(|wallet| wallet.owner == new.owner).count();
        if new.most.is_some_and(|most| theirs >= most as usize) {
            return Err("too_many_wallets");
        }
        let currency = new.currency.code();
        let account = Account {
            org,
            currency,
            code: 1,
            flags: Flags::DEBITS_MUST_NOT_EXCEED_CREDITS.0,
            overdraft: 0,
            most: None,
            debits: 0,
            credits: 0,
            debits_held: 0,
            credits_held: 0,
        };
        self.open(new.id, account)?;
        let wallet = Wallet {
            org,
            owner: new.owner,
            currency,
            label: new.label.clone(),
            daily: new.limits.daily,
            monthly: new.limits.monthly,
            spent: Vec::new(),
            created_at: self.now,
        };
        self.wallets.insert(new.id, wallet);
        Ok(self.tell(new.id, self.show_wallet(new.id)))
    }

    /// Nobody whose end is here opens a wallet.
    pub(crate) fn close_owner(&mut self, org: i64, owner: Uuid) -> Result<Uuid, Code> {
        let id = closed_owner_id(owner);
        if self.accounts.contains_key(&id) {
            return Ok(id);
        }
        let mut theirs = self
            .wallets
            .iter()
            .filter(|(_, wallet)| wallet.owner == owner);
        if theirs.any(|(id, _)| self.accounts[id].flags & Flags::CLOSED.0 == 0) {
            return Err("wallets_open");
        }
        let end = Account {
            org,
            currency: "USD",
            code: 2,
            flags: Flags::CLOSED.0,
            overdraft: 0,
            most: None,
            debits: 0,
            credits: 0,
            debits_held: 0,
            credits_held: 0,
        };
        self.open(id, end)
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
        let account = self.accounts.get_mut(&id).unwrap();
        if account.flags & Flags::CLOSED.0 != 0 {
            return Err("account_closed");
        }
        let before = account.flags;
        match change {
            WalletChange::Freeze { .. } => account.flags |= Flags::FROZEN_DEBIT.0,
            WalletChange::Unfreeze { .. } => account.flags &= !Flags::FROZEN_DEBIT.0,
            WalletChange::Close if !account.is_settled() => return Err("account_not_empty"),
            WalletChange::Close => account.flags |= Flags::CLOSED.0,
            WalletChange::Limit(limits) => {
                wallet.daily = limits.daily;
                wallet.monthly = limits.monthly;
            }
        }
        if account.flags != before {
            self.next_seq();
        }
        Ok(self.tell(id, self.show_wallet(id)))
    }

    fn show_wallet(&self, id: Uuid) -> Value {
        let (wallet, account) = (&self.wallets[&id], &self.accounts[&id]);
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
            "balance": {
                "posted": text(account.balance()),
                "held": text(account.debits_held),
                "available": text(account.balance() - account.debits_held),
            },
            "limits": {
                "daily": limit(wallet.daily, wallet.today(self.now)),
                "monthly": limit(wallet.monthly, wallet.this_month(self.now)),
            },
            "created_at": wallet.created_at,
        })
    }

    pub(crate) fn wallet_status(&self, id: Uuid) -> &'static str {
        let flags = self.accounts[&id].flags;
        if flags & Flags::CLOSED.0 != 0 {
            "closed"
        } else if flags & Flags::FROZEN_DEBIT.0 != 0 {
            "frozen"
        } else {
            "active"
        }
    }
}
