//! With whom a transaction was, as one of its sides sees it: the other side's name is what
//! `GET /recipients` shows of it, never an e-mail. Identity knows the names; without it there are
//! none.

use std::collections::{HashMap, HashSet};

use access::Principal;
use contracts::identity::UserId;
use contracts::payments::{TransactionType, WalletId};
use payments_core::document::TransactionRecord;
use payments_core::transaction::TransactionView;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;

use crate::risk::seen_risk;
use crate::service::Service;
use crate::store::transactions::Owned;

/// A transaction, and who is at its other end.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeenTransaction {
    #[serde(flatten)]
    transaction: TransactionView,
    /// Who is at the other end from the caller; `null` where neither wallet is the caller's.
    counterparty: Option<Counterparty>,
}

/// Who is at the other end of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Counterparty {
    /// What they call themselves; `null` where it is nobody, or is not known now.
    #[schema(example = "Bob Example")]
    name: Option<String>,
    /// Their wallet; `null` for what is outside of PayFlow.
    wallet_id: Option<WalletId>,
    /// What they are to the transaction.
    kind: CounterpartyKind,
}

/// What somebody at the other end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CounterpartyKind {
    /// Another user.
    User,
    /// Who takes the payment, or gives it back.
    Merchant,
    /// The caller, with another wallet.
    OwnWallet,
    /// Money from outside: `source` says from where.
    Deposit,
    /// Money to the outside: `destination` says where to.
    Withdrawal,
}

/// The other side of a transaction.
struct Other {
    kind: CounterpartyKind,
    wallet: Option<Uuid>,
    owner: Option<UserId>,
}

/// The other side from a user's.
fn other_side((record, owners): &Owned, user: UserId) -> Option<Other> {
    let [from, to] = [record.from_wallet, record.to_wallet];
    let [payer, payee] = owners.map(|owner| owner.map(UserId));
    let (wallet, owner, gives) = match [payer, payee].map(|owner| owner == Some(user)) {
        [false, false] => return None,
        [true, true] => {
            return Some(Other {
                kind: CounterpartyKind::OwnWallet,
                wallet: to,
                owner: None,
            });
        }
        [true, false] => (to, payee, false),
        [false, true] => (from, payer, true),
    };
    let kind = match (record.row.kind, gives) {
        (TransactionType::Deposit, _) => CounterpartyKind::Deposit,
        (TransactionType::Withdrawal, _) => CounterpartyKind::Withdrawal,
        (TransactionType::Payment, false) | (TransactionType::Refund, true) => {
            CounterpartyKind::Merchant
        }
        (TransactionType::Transfer | TransactionType::Payment | TransactionType::Refund, _) => {
            CounterpartyKind::User
        }
    };
    Some(Other {
        kind,
        wallet,
        owner,
    })
}

/// What nobody answered in time has expired.
fn seen_at(now: Timestamp, mut transaction: TransactionView) -> TransactionView {
    if let Some(request) = &mut transaction.refund_request {
        request.expire(now);
    }
    transaction
}

/// A transaction without what is not for the caller: what risk thinks of it, and what its maker has
/// to show.
pub(crate) fn seen_by(principal: &Principal, record: &TransactionRecord) -> TransactionView {
    let risk = seen_risk(principal, &record.row);
    let view = record.view();
    TransactionView {
        verification: view.verification.filter(|_| risk.is_some()),
        risk,
        ..view
    }
}

impl Service {
    /// A page of transactions as the caller sees them. All names come with one question.
    pub(crate) async fn seen(
        &self,
        principal: &Principal,
        page: Vec<Owned>,
    ) -> Vec<SeenTransaction> {
        let user = principal.user;
        let others: Vec<_> = page.iter().map(|owned| other_side(owned, user)).collect();
        let owners = others.iter().flatten().filter_map(|other| other.owner);
        let owners: HashSet<UserId> = owners.collect();
        let names = self.names(principal, &Vec::from_iter(owners)).await;
        let now = self.clock.now();
        let seen = |((record, _), other): (Owned, Option<Other>)| SeenTransaction {
            transaction: seen_at(now, seen_by(principal, &record)),
            counterparty: other.map(|other| Counterparty {
                name: other.owner.and_then(|owner| names.get(&owner).cloned()),
                wallet_id: other.wallet.map(WalletId),
                kind: other.kind,
            }),
        };
        page.into_iter().zip(others).map(seen).collect()
    }

    /// What users call themselves. Nothing where identity cannot tell now: that must not stand
    /// against a list.
    async fn names(&self, principal: &Principal, users: &[UserId]) -> HashMap<UserId, String> {
        if users.is_empty() {
            return HashMap::new();
        }
        match self.identity.names(principal.org, users).await {
            Ok(known) => known.into_iter().map(|it| (it.id, it.name)).collect(),
            Err(error) => {
                tracing::warn!(%error, "transactions are shown without the names of the other sides");
                HashMap::new()
            }
        }
    }
}
