//! A transaction: the one resource for all money movement, its states and which may follow which.
//! It never moves money itself; the commit that changes its state does.

use contracts::identity::UserId;
use contracts::payments::{TransactionId, TransactionStatus, TransactionType, WalletId};
use ledger::AccountNo;
use money::Currency;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;

use crate::assessment::{Assessment, RiskView};
use crate::checksum::checksum;
use crate::refund_request::{RefundRequest, RefundRequestView};
use crate::wallet::decimal;

use TransactionStatus::{
    Authorised, Cancelled, Completed, Expired, Failed, InReview, Processing, RequiresVerification,
    Reversed, Unresolved,
};

/// Which state may follow which. Every pair that is not here is refused.
pub const TRANSITIONS: &[(TransactionStatus, TransactionStatus)] = &[
    (RequiresVerification, Authorised), // the code was right
    (RequiresVerification, Processing),
    (RequiresVerification, Completed),
    (RequiresVerification, Cancelled),
    (RequiresVerification, Expired),
    (InReview, InReview), // a first operator's proposal
    (InReview, Authorised),
    (InReview, Processing),
    (InReview, Completed),
    (InReview, Failed),
    (InReview, Cancelled),
    (InReview, Expired),
    (Authorised, Authorised), // a partial capture
    (Authorised, Completed),
    (Authorised, Cancelled),
    (Authorised, Expired),
    (Processing, Unresolved),
    (Processing, Completed),
    (Processing, Failed),
    (Unresolved, Unresolved), // one more enquiry, or a first operator's proposal
    (Unresolved, Completed),
    (Unresolved, Failed),
    (Completed, Completed), // a partial refund
    (Completed, Reversed),
];

/// Whether `to` may follow `from`.
#[must_use]
pub fn may_follow(from: TransactionStatus, to: TransactionStatus) -> bool {
    TRANSITIONS.contains(&(from, to))
}

/// Where money comes from or goes to outside: the acquirer's token, never a card number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// What the token stands for.
    pub kind: InstrumentKind,
    /// The acquirer's token.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = "^[A-Za-z0-9_-]+$",
        example = "tok_ok"
    )]
    pub token: String,
}

/// What a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InstrumentKind {
    /// A card.
    Card,
    /// A bank account.
    BankAccount,
}

impl InstrumentKind {
    /// The name used in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::BankAccount => "bank_account",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Card, Self::BankAccount]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// Why money did not move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// The stable code, such as `card_declined`.
    pub code: String,
    /// What happened.
    pub detail: String,
}

/// A transaction's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its number within the journal, from 1.
    pub no: u64,
    /// Its id.
    pub id: Uuid,
    /// The organisation.
    pub org: i64,
    /// What it does.
    pub kind: TransactionType,
    /// Where it is.
    pub status: TransactionStatus,
    /// Minor units.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// The account that gives, if a wallet does.
    pub from: Option<AccountNo>,
    /// The account that receives, if a wallet does.
    pub to: Option<AccountNo>,
    /// The number of the transaction before in the giving wallet's history. 0: none.
    pub from_prev: u64,
    /// The same of the receiving wallet.
    pub to_prev: u64,
    /// Minor units.
    pub fee: i64,
    /// Minor units captured so far.
    pub captured: i64,
    /// Minor units refunded so far.
    pub refunded: i64,
    /// The maker's words.
    pub description: Option<String>,
    /// The maker's own id of it; unique per user for ever.
    pub external_id: Option<String>,
    /// The maker's own data: JSON text of an object.
    pub metadata: Option<String>,
    /// For a refund, the transaction that it refunds.
    pub original: Option<Uuid>,
    /// Where the money comes from or goes to outside.
    pub instrument: Option<Instrument>,
    /// Why the money did not move.
    pub failure: Option<Failure>,
    /// Who made it.
    pub created_by: Uuid,
    /// What a first operator proposed to become of it: `completed usr_…`, `failed usr_…`, and in a
    /// review `approved usr_…` or `declined usr_…`. For a payment that is not in review, the last
    /// request to refund it: JSON of a [`RefundRequest`].
    pub proposal: Option<String>,
    /// How often the outside system was asked.
    pub attempts: i64,
    /// When something has to happen next: an enquiry, an expiry.
    pub due_at: Option<Timestamp>,
    /// The seq of its last event: the head of its timeline.
    pub last_event: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the money had moved.
    pub completed_at: Option<Timestamp>,
    /// Until when it can be captured; while it waits for a code or an operator, until when it does.
    pub expires_at: Option<Timestamp>,
    /// What risk decided about it.
    pub risk: Option<Assessment>,
}

impl Transaction {
    /// Whether it had to wait for a code or an operator before it could go on, or still does.
    #[must_use]
    pub fn had_to_wait(&self) -> bool {
        self.risk.as_ref().is_some_and(Assessment::has_to_wait)
    }

    /// What of the amount has moved and not come back.
    #[must_use]
    pub const fn refundable(&self) -> i64 {
        self.captured.saturating_sub(self.refunded)
    }

    /// The payer's last request to have it refunded, in a row of a store.
    ///
    /// # Errors
    /// What is stored there is no request that this version understands.
    pub fn read_refund_request(&self) -> Result<Option<RefundRequest>, serde_json::Error> {
        let proposal = self.proposal.as_deref();
        let may_be_asked = self.kind == TransactionType::Payment && self.status != InReview;
        let asked = proposal.filter(|_| may_be_asked);
        asked.map(serde_json::from_str).transpose()
    }

    /// The payer's last request to have it refunded. No row is read in which it is unreadable:
    /// [`Self::read_refund_request`].
    #[must_use]
    pub fn refund_request(&self) -> Option<RefundRequest> {
        self.read_refund_request().ok().flatten()
    }
}

impl Transaction {
    /// Two bytes over what of it changes and no event tells, and before them two over its terms,
    /// plus one, so that damage is found. Rows that were written before terms had a checksum have 0
    /// there.
    #[must_use]
    pub fn checksum(&self) -> i64 {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend(self.no.to_le_bytes());
        bytes.extend(self.attempts.to_le_bytes());
        bytes.extend(self.due_at.map_or(0, Timestamp::micros).to_le_bytes());
        bytes.extend(self.proposal.as_deref().unwrap_or_default().as_bytes());
        let changes = checksum(&bytes) & 0xffff;
        bytes.clear();
        self.terms(&mut bytes);
        let terms = (checksum(&bytes) & 0xffff).saturating_add(1);
        (terms << 16 | changes).cast_signed()
    }

    /// Writes its terms: what of it never changes, each field in a fixed order and little-endian.
    pub fn terms(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.no.to_le_bytes());
        bytes.extend(self.id.as_bytes());
        bytes.extend(self.created_by.as_bytes());
        bytes.extend(self.original.unwrap_or_default().as_bytes());
        for number in [
            self.org,
            self.kind.number(),
            self.amount,
            i64::from(self.currency.numeric()),
            self.from_prev.cast_signed(),
            self.to_prev.cast_signed(),
            self.fee,
            self.created_at.micros(),
        ] {
            bytes.extend(number.to_le_bytes());
        }
        let account = |no: Option<AccountNo>| no.map(|no| no.0.cast_signed());
        for number in [
            account(self.from),
            account(self.to),
            // Of one that had to wait, the events tell until when.
            self.expires_at
                .filter(|_| !self.had_to_wait())
                .map(Timestamp::micros),
        ] {
            bytes.push(u8::from(number.is_some()));
            bytes.extend(number.unwrap_or_default().to_le_bytes());
        }
        let instrument = self.instrument.as_ref();
        for text in [
            self.description.as_deref(),
            self.external_id.as_deref(),
            self.metadata.as_deref(),
            instrument.map(|it| it.kind.as_str()),
            instrument.map(|it| it.token.as_str()),
        ] {
            // Length first, so that no two lists of texts look the same.
            let text = text.map(str::as_bytes);
            bytes.extend(
                text.map_or(u64::MAX, |text| text.len() as u64)
                    .to_le_bytes(),
            );
            bytes.extend(text.unwrap_or_default());
        }
        // Nothing where there is none, as in all rows of before; no row of the chain begins with 4.
        if let Some(risk) = &self.risk {
            bytes.push(4);
            bytes.extend((risk.text().len() as u64).to_le_bytes());
            bytes.extend(risk.text().as_bytes());
        }
    }
}

/// What the maker of a transaction has to show before it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Verification {
    /// Always true: where nothing is to be shown, there is no verification.
    pub required: bool,
    /// The ways that will do.
    #[schema(example = json!(["code"]))]
    pub methods: Vec<String>,
    /// Until when; then the transaction expires.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

impl Verification {
    fn of(row: &Transaction) -> Option<Self> {
        (row.status == RequiresVerification).then(|| Self {
            required: true,
            methods: vec!["code".to_owned()],
            expires_at: row.expires_at,
        })
    }
}

/// A transaction as the API shows it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TransactionView {
    /// Its id.
    pub id: TransactionId,
    /// What it does.
    #[serde(rename = "type")]
    pub kind: TransactionType,
    /// Where it is.
    pub status: TransactionStatus,
    /// Decimal text in the currency.
    #[schema(example = "12.50")]
    pub amount: String,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The wallet that gives.
    pub from_wallet: Option<WalletId>,
    /// The wallet that receives.
    pub to_wallet: Option<WalletId>,
    /// What it costs, decimal text.
    #[schema(example = "0.00")]
    pub fee: String,
    /// What has been captured so far, decimal text.
    pub captured_amount: String,
    /// What has been refunded so far, decimal text.
    pub refunded_amount: String,
    /// The maker's words.
    pub description: Option<String>,
    /// The maker's own id of it.
    pub external_id: Option<String>,
    /// The maker's own data.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Box<RawValue>>,
    /// For a refund, the transaction that it refunds.
    pub original_transaction: Option<TransactionId>,
    /// For a deposit, where the money comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Instrument>,
    /// For a withdrawal, where the money goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Instrument>,
    /// The payer's last request to have it refunded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_request: Option<RefundRequestView>,
    /// What risk decided, where it was asked; who may know what of it differs. `null` in events.
    pub risk: Option<RiskView>,
    /// What its maker has to show, where it waits for that: `POST /transactions/{id}/confirm`.
    pub verification: Option<Verification>,
    /// Why the money did not move.
    pub failure: Option<Failure>,
    /// Who made it.
    pub created_by: UserId,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// When the money had moved.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub completed_at: Option<Timestamp>,
    /// Until when it can be captured, or waits for a code or an operator; then it expires.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

impl TransactionView {
    /// A transaction with the ids of its wallets.
    #[must_use]
    pub fn new(row: &Transaction, from: Option<Uuid>, to: Option<Uuid>) -> Self {
        let text = |minor| decimal(minor, row.currency);
        let instrument = |kind| row.instrument.clone().filter(|_| row.kind == kind);
        Self {
            id: TransactionId(row.id),
            kind: row.kind,
            status: row.status,
            amount: text(row.amount),
            currency: row.currency,
            from_wallet: from.map(WalletId),
            to_wallet: to.map(WalletId),
            fee: text(row.fee),
            captured_amount: text(row.captured),
            refunded_amount: text(row.refunded),
            description: row.description.clone(),
            external_id: row.external_id.clone(),
            metadata: row
                .metadata
                .clone()
                .and_then(|text| RawValue::from_string(text).ok()),
            original_transaction: row.original.map(TransactionId),
            source: instrument(TransactionType::Deposit),
            destination: instrument(TransactionType::Withdrawal),
            refund_request: row
                .refund_request()
                .map(|request| RefundRequestView::new(&request, row.currency)),
            risk: row
                .risk
                .as_ref()
                .map(|risk| RiskView::of_maker(risk.decision())),
            verification: Verification::of(row),
            failure: row.failure.clone(),
            created_by: UserId(row.created_by),
            created_at: row.created_at,
            updated_at: row.updated_at,
            completed_at: row.completed_at,
            expires_at: row.expires_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_stays_as_it_is() {
        for ended in [Failed, Cancelled, Expired, Reversed] {
            for to in TransactionStatus::ALL {
                assert!(!may_follow(ended, *to), "{ended} -> {to}");
            }
        }
    }

    #[test]
    fn what_waits_goes_on_or_ends_and_only_a_review_declines() {
        let after = |from| -> Vec<_> {
            let all = TransactionStatus::ALL.iter().copied();
            all.filter(|to| may_follow(from, *to)).collect()
        };
        let goes_on = [Authorised, Processing, Completed];
        let ends = [Cancelled, Expired];
        assert_eq!(
            after(RequiresVerification),
            [&goes_on[..], &ends[..]].concat()
        );
        let reviewed = [&[InReview][..], &goes_on, &[Failed], &ends].concat();
        assert_eq!(after(InReview), reviewed);
        for from in TransactionStatus::ALL {
            assert!(!may_follow(*from, RequiresVerification), "{from}");
            assert_eq!(may_follow(*from, InReview), *from == InReview, "{from}");
        }
    }

    #[test]
    fn a_time_out_is_not_a_failure() {
        assert!(may_follow(Processing, Unresolved));
        assert!(!may_follow(Unresolved, Cancelled) && !may_follow(Unresolved, Expired));
        assert!(!may_follow(Processing, Cancelled) && !may_follow(Processing, Expired));
    }

    #[test]
    fn money_that_moved_comes_back_only_as_a_refund() {
        let after: Vec<_> = TransactionStatus::ALL
            .iter()
            .filter(|to| may_follow(Completed, **to))
            .collect();
        assert_eq!(after, [&Completed, &Reversed]);
    }
}
