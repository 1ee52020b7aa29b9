//! With whom a transaction was, as one of its sides sees it, and whose it is, as who sees all of
//! them does: names are what `GET /recipients` shows, never an e-mail. Identity knows the names;
//! without it there are none.

use std::collections::{HashMap, HashSet};

use access::Principal;
use contracts::identity::{Permission, UserId};
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
    /// Whose wallets gave and received; `null` for callers who see their own transactions only.
    parties: Option<Parties>,
}

/// Both sides of a transaction, for who sees those of everybody.
#[derive(Debug, Serialize, ToSchema)]
struct Parties {
    /// Whose wallet gives; `null` for what is outside of PayFlow.
    from: Option<Party>,
    /// Whose wallet receives; `null` for what is outside of PayFlow.
    to: Option<Party>,
}

/// One side of a transaction.
#[derive(Debug, Serialize, ToSchema)]
struct Party {
    /// The owner of the wallet.
    user_id: UserId,
    /// What they call themselves; `null` where the account is closed, or it is not known now.
    #[schema(example = "Bob Example")]
    name: Option<String>,
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

/// The most that `Identity::names` answers at once.
const NAMES_AT_ONCE: usize = 100;

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
    /// A page of transactions as the caller sees them. All names come with one question, or two
    /// where there are more people than one answers.
    pub(crate) async fn seen(
        &self,
        principal: &Principal,
        page: Vec<Owned>,
    ) -> Vec<SeenTransaction> {
        let user = principal.user;
        let sees_all = principal.may(Permission::TransactionsReadAll);
        let others: Vec<_> = page.iter().map(|owned| other_side(owned, user)).collect();
        let owners = others.iter().flatten().filter_map(|other| other.owner);
        let mut owners: HashSet<UserId> = owners.collect();
        if sees_all {
            owners.extend(
                page.iter()
                    .flat_map(|(_, owners)| owners)
                    .flatten()
                    .copied()
                    .map(UserId),
            );
        }
        let names = self.names(principal, &Vec::from_iter(owners)).await;
        let now = self.clock.now();
        let party = |owner: Option<Uuid>| {
            owner.map(UserId).map(|user_id| Party {
                user_id,
                name: names.get(&user_id).cloned(),
            })
        };
        let seen = |((record, owners), other): (Owned, Option<Other>)| SeenTransaction {
            transaction: seen_at(now, seen_by(principal, &record)),
            parties: sees_all.then(|| Parties {
                from: party(owners[0]),
                to: party(owners[1]),
            }),
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
        let mut names = HashMap::new();
        let sees_all = principal.may(Permission::TransactionsReadAll);
        for users in users.chunks(NAMES_AT_ONCE) {
            let known = match sees_all {
                true => self.identity.names_for_staff(principal.org, users).await,
                false => self.identity.names(principal.org, users).await,
            };
            match known {
                Ok(known) => names.extend(known.into_iter().map(|it| (it.id, it.name))),
                Err(error) => {
                    tracing::warn!(%error, "transactions are shown without the names of the other sides");
                    break;
                }
            }
        }
        names
    }
}
