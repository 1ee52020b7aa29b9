//! What an event of another service says to risk. It is read once, and written to the database and
//! to memory alike.

use contracts::events::{Event, Party};
use contracts::identity::{OrgId, UserId};
use contracts::kyc::KycLevel;
use contracts::payments::{TransactionId, TransactionStatus, TransactionType, WalletId};
use money::{Amount, Currency};
use serde::Deserialize;
use values::Timestamp;

/// What an event says.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// Somebody has an account.
    Registered,
    /// Somebody who was in another system has an account.
    Imported,
    /// A user calls themselves otherwise.
    Renamed,
    /// A user has shown that their e-mail address is theirs.
    Verified,
    /// A user has another e-mail address.
    EmailChanged,
    /// A user closed the account.
    Closed,
    /// The identity of a user is verified so far, by a change of this version.
    Verification(KycLevel, i64),
    /// A user has a wallet.
    Owned(WalletId),
    /// A transaction was made, or has changed.
    Transaction(Box<Transaction>),
}

/// A transaction as the feed tells of it.
#[derive(Debug, Clone)]
pub(crate) struct Transaction {
    pub(crate) org: OrgId,
    pub(crate) id: TransactionId,
    pub(crate) sequence: i64,
    /// Whether this event tells that it was made.
    pub(crate) is_new: bool,
    pub(crate) kind: TransactionType,
    pub(crate) status: TransactionStatus,
    pub(crate) amount_minor: i64,
    pub(crate) currency: Currency,
    pub(crate) payer: Option<UserId>,
    pub(crate) payee: Option<UserId>,
    pub(crate) from_wallet: Option<WalletId>,
    pub(crate) to_wallet: Option<WalletId>,
    pub(crate) instrument: Option<String>,
    pub(crate) made_by: UserId,
    pub(crate) created_at: Timestamp,
}

impl Transaction {
    /// Whether it counts: one that was declined at once does not. What fails later has counted.
    pub(crate) fn counts(&self) -> bool {
        self.status != TransactionStatus::Failed
    }

    /// Who has paid whom, where the money has moved.
    pub(crate) fn paid(&self) -> Option<(UserId, UserId)> {
        let is_paid = self.status == TransactionStatus::Completed;
        self.payer.zip(self.payee).filter(|_| is_paid)
    }
}

/// An event that is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("the event cannot be read: {0}")]
pub(crate) struct Unreadable(String);

/// The document of a transaction, as far as risk asks.
#[derive(Deserialize)]
struct Document {
    id: TransactionId,
    #[serde(rename = "type")]
    kind: TransactionType,
    status: TransactionStatus,
    amount: String,
    currency: String,
    from_wallet: Option<WalletId>,
    to_wallet: Option<WalletId>,
    #[serde(default)]
    source: Option<Instrument>,
    #[serde(default)]
    destination: Option<Instrument>,
    created_by: UserId,
    created_at: Timestamp,
}

#[derive(Deserialize)]
struct Instrument {
    token: String,
}

/// What an event says to risk; nothing where it is of no interest.
///
/// # Errors
/// [`Unreadable`].
pub(crate) fn told(event: &Event) -> Result<Option<Told>, Unreadable> {
    let kind = event.kind.as_str();
    Ok(match kind {
        "user.registered" => Some(Told::Registered),
        "user.imported" => Some(Told::Imported),
        // A merchant is compared with more than a person is.
        "user.renamed" | "user.changed" => Some(Told::Renamed),
        "user.verified" => Some(Told::Verified),
        "user.email_changed" => Some(Told::EmailChanged),
        "user.closed" => Some(Told::Closed),
        "kyc.status_changed" => Some(verification(event)?),
        "wallet.opened" => {
            let wallet = event.subject.parse::<WalletId>();
            Some(Told::Owned(wallet.map_err(|error| unreadable(&error))?))
        }
        _ if kind.starts_with("transaction.") => {
            Some(Told::Transaction(Box::new(transaction(event)?)))
        }
        _ => None,
    })
}

/// How far an identity is verified, as identity tells.
#[derive(Deserialize)]
struct Verified {
    kyc_level: KycLevel,
    kyc_version: i64,
}

fn verification(event: &Event) -> Result<Told, Unreadable> {
    let said = serde_json::from_str::<Verified>(event.data.get());
    let said = said.map_err(|error| unreadable(&error))?;
    Ok(Told::Verification(said.kyc_level, said.kyc_version))
}

fn unreadable(error: &impl ToString) -> Unreadable {
    Unreadable(error.to_string())
}

fn transaction(event: &Event) -> Result<Transaction, Unreadable> {
    let document = serde_json::from_str::<Document>(event.data.get());
    let document = document.map_err(|error| unreadable(&error))?;
    let currency = Currency::from_code(&document.currency).map_err(|error| unreadable(&error))?;
    let amount = Amount::parse(&document.amount, currency).map_err(|error| unreadable(&error))?;
    let instrument = document.source.or(document.destination);
    Ok(Transaction {
        org: event.org,
        id: document.id,
        sequence: event.sequence,
        is_new: event.time == document.created_at,
        kind: document.kind,
        status: document.status,
        amount_minor: amount.minor(),
        currency,
        payer: event.party(Party::Payer),
        payee: event.party(Party::Payee),
        from_wallet: document.from_wallet,
        to_wallet: document.to_wallet,
        instrument: instrument.map(|it| it.token),
        made_by: document.created_by,
        created_at: document.created_at,
    })
}
