//! Statements: what moved on a wallet, with the balance after each entry, as JSON pages or as one
//! CSV file. Everything comes from the account's chain, which never changes behind the entry that
//! it is read from.

use std::borrow::Cow;

use bytes::Bytes;
use contracts::payments::{TransactionId, TransactionType, TransferId, WalletId};
use db::Db;
use http_body_util::channel::Channel;
use ledger::Kind;
use money::Currency;
use payments_core::acceptance::Acceptances;
use payments_core::wallet::{BalanceView, WALLET, decimal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;
use web::csv;
use web::page::Page;

use crate::error::Error;
use crate::service::Service;
use crate::store::Bounds;
use crate::store::acceptances::acceptances;
use crate::store::entries::{Entries, Entry, EntryRange, entries, historic_balance};
use crate::store::wallets::WalletRecord;

/// What an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Moves money at once.
    Post,
    /// Reserves money.
    Hold,
    /// Moves part or all of what was reserved; the rest stays reserved.
    Capture,
    /// Moves part of what was reserved and frees the rest.
    FinalCapture,
    /// Frees what was reserved.
    Release,
    /// Frees what was reserved because its deadline has passed.
    Expire,
}

impl EntryKind {
    /// The name used in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Hold => "hold",
            Self::Capture => "capture",
            Self::FinalCapture => "final_capture",
            Self::Release => "release",
            Self::Expire => "expire",
        }
    }

    /// Whether money moves.
    const fn moves(self) -> bool {
        matches!(self, Self::Post | Self::Capture | Self::FinalCapture)
    }
}

impl From<Kind> for EntryKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Post => Self::Post,
            Kind::Hold => Self::Hold,
            Kind::Capture => Self::Capture,
            Kind::FinalCapture => Self::FinalCapture,
            Kind::Release => Self::Release,
            Kind::Expire => Self::Expire,
        }
    }
}

/// On which side of a transfer an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It gives.
    Debit,
    /// It receives.
    Credit,
}

impl Direction {
    /// Of an entry.
    pub(crate) const fn of(entry: &Entry) -> Self {
        if entry.is_debit {
            Self::Debit
        } else {
            Self::Credit
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
        }
    }
}

/// An entry of a statement. Amounts are decimal text in the wallet's currency.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StatementEntry {
    /// Its place in the journal; rises with time.
    pub seq: u64,
    /// When it was committed.
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// The ledger transfer.
    pub transfer_id: TransferId,
    /// The transaction that it belongs to; `null` for a posting of the raw ledger.
    pub transaction_id: Option<TransactionId>,
    /// The transaction's type; `ledger` for a posting of the raw ledger.
    #[serde(rename = "type")]
    #[schema(example = "transfer")]
    pub kind: String,
    /// What it does.
    pub entry: EntryKind,
    /// The wallet at the other end; `null` where there is none.
    pub counterparty_wallet: Option<WalletId>,
    /// On which side this wallet stands.
    pub direction: Direction,
    /// By how much the balance changed; negative for a debit, zero for an entry that only reserves
    /// or frees.
    #[schema(example = "-12.50")]
    pub amount: String,
    /// The balance after it.
    #[schema(example = "87.50")]
    pub balance: String,
    /// What was held of it after it.
    #[schema(example = "0.00")]
    pub held: String,
    /// What was reserved or freed; `null` for an entry that moves money.
    pub hold_amount: Option<String>,
    /// The words of the transaction's maker.
    pub description: Option<String>,
}

impl StatementEntry {
    fn new(entry: &Entry, currency: Currency) -> Self {
        let kind = EntryKind::from(entry.kind);
        let signed = if entry.is_debit {
            entry.amount.saturating_neg()
        } else {
            entry.amount
        };
        Self {
            seq: entry.seq,
            time: entry.time,
            transfer_id: TransferId(entry.id),
            transaction_id: entry.transaction.map(|(id, _)| TransactionId(id)),
            kind: type_of(entry)
                .map_or("ledger", TransactionType::as_str)
                .to_owned(),
            entry: kind,
            counterparty_wallet: (entry.other_code == i64::from(WALLET))
                .then_some(WalletId(entry.other)),
            direction: Direction::of(entry),
            amount: decimal(if kind.moves() { signed } else { 0 }, currency),
            balance: decimal(entry.balance, currency),
            held: decimal(entry.held, currency),
            hold_amount: (!kind.moves()).then(|| decimal(entry.amount, currency)),
            description: entry.description.clone(),
        }
    }
}

/// The transaction's type; where the transfer does not lead to its transaction, what its code says.
fn type_of(entry: &Entry) -> Option<TransactionType> {
    let by_code = || TransactionType::from_number(entry.code);
    entry.transaction.map(|(_, kind)| kind).or_else(by_code)
}

/// A page of a statement. The opening balance and the entries of all pages add up to the closing
/// balance.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Statement {
    /// The wallet.
    pub wallet_id: WalletId,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The balance before the first entry of the period, decimal text.
    #[schema(example = "0.00")]
    pub opening_balance: String,
    /// The balance after the last entry of the period, decimal text.
    #[schema(example = "87.50")]
    pub closing_balance: String,
    /// The entries, newest first.
    pub data: Vec<StatementEntry>,
    /// Whether there are more entries.
    pub has_more: bool,
    /// What to send as `cursor` for the next page.
    pub next_cursor: Option<String>,
}

/// Which part of a wallet's history a statement tells of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period {
    /// From this time on; `None`: from the opening of the wallet.
    pub from: Option<Timestamp>,
    /// Before this time; `None`: until now. A time that has not come yet is none.
    pub to: Option<Timestamp>,
    /// Whether holds are told of, too.
    pub include_holds: bool,
}

impl Period {
    fn part(&self, after: Option<u64>) -> EntryRange {
        EntryRange {
            from: self.from.unwrap_or(EntryRange::ALL.from),
            before: self.to.unwrap_or(EntryRange::ALL.before),
            after,
            holds: self.include_holds,
        }
    }
}

/// A wallet's balance at a time.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BalanceAt {
    /// The wallet.
    pub wallet_id: WalletId,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The time; what happened at it counts.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The balance then.
    pub balance: BalanceView,
}

impl Service {
    /// A page of a wallet's statement, after the entry `after`.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn statement(
        &self,
        record: &WalletRecord,
        period: &Period,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Statement, Error> {
        let (db, account) = (&self.db, &record.account);
        let acceptances = acceptances(db).await?;
        let before = |time: Timestamp| historic_balance(db, account, time.plus(-1), &acceptances);
        let closing = match period.to {
            Some(to) => before(to).await?.balance,
            None => account.balance(),
        };
        let opening = match period.from {
            Some(from) => before(from).await?.balance,
            None => 0,
        };
        let bounds = Bounds::of_page(limit, self.config.lists.effort);
        let found = entries(db, account, &period.part(after), bounds, &acceptances).await?;
        let page = Page::from_rows(found.rows, limit, |entry| entry.seq.cast_signed())
            .or_from(found.floor);
        let currency = account.currency;
        Ok(Statement {
            wallet_id: WalletId(Uuid::from_u128(account.id.0)),
            currency,
            opening_balance: decimal(opening, currency),
            closing_balance: decimal(closing, currency),
            data: page
                .data
                .iter()
                .map(|entry| StatementEntry::new(entry, currency))
                .collect(),
            has_more: page.has_more,
            next_cursor: page.next_cursor,
        })
    }

    /// A wallet's balance at a time; before its opening: nothing.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn balance_at(
        &self,
        record: &WalletRecord,
        at: Timestamp,
    ) -> Result<BalanceAt, Error> {
        let account = &record.account;
        let (balance, held) = if at < self.clock.now() {
            let acceptances = acceptances(&self.db).await?;
            let then = historic_balance(&self.db, account, at, &acceptances).await?;
            (then.balance, then.held)
        } else {
            // All that happened has happened by now, whatever the clock said when it did.
            (account.balance(), account.held())
        };
        Ok(BalanceAt {
            wallet_id: WalletId(Uuid::from_u128(account.id.0)),
            currency: account.currency,
            at,
            balance: BalanceView::new(balance, held, account.currency),
        })
    }

    /// A wallet's whole statement as CSV (RFC 4180), newest first, read and sent piece by piece.
    /// The first piece is read before this returns, so that a store that does not answer is an
    /// error and no broken file.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn statement_csv(
        &self,
        record: WalletRecord,
        period: Period,
    ) -> Result<Channel<Bytes, Error>, Error> {
        let db = self.db.clone();
        let accepted = acceptances(&db).await?;
        let first = entries(&db, &record.account, &period.part(None), PIECE, &accepted).await?;
        let (mut sender, body) = Channel::<Bytes, Error>::new(2);
        tokio::spawn(async move {
            let source = (&db, &record, &accepted);
            if let Err(error) = send_csv(source, &period, first, &mut sender).await {
                tracing::error!(%error, "a statement broke off");
                sender.abort(error);
            }
        });
        Ok(body)
    }
}

/// How many entries are read at once for a CSV file.
const PIECE: Bounds = Bounds {
    limit: 1_000,
    effort: 16_384,
};

type Sender = http_body_util::channel::Sender<Bytes, Error>;

async fn send_csv(
    (db, record, accepted): (&Db, &WalletRecord, &Acceptances),
    period: &Period,
    first: Entries,
    sender: &mut Sender,
) -> Result<(), Error> {
    let currency = record.account.currency;
    let mut piece = first;
    let mut with_header = true;
    loop {
        let rows: Vec<_> = piece
            .rows
            .iter()
            .map(|entry| StatementEntry::new(entry, currency))
            .collect();
        let text = csv_of(&rows, currency, with_header);
        // Anyone who went away does not want the rest.
        if sender.send_data(text.into()).await.is_err() {
            return Ok(());
        }
        with_header = false;
        let is_full = i64::try_from(piece.rows.len()).is_ok_and(|rows| rows >= PIECE.limit);
        let last = piece.rows.last().filter(|_| is_full).map(|row| row.seq);
        let Some(after) = last.or(piece.floor.map(i64::cast_unsigned)) else {
            return Ok(());
        };
        let part = period.part(Some(after));
        piece = entries(db, &record.account, &part, PIECE, accepted).await?;
    }
}

/// The columns of the CSV form.
const COLUMNS: [&str; 14] = [
    "time",
    "seq",
    "type",
    "entry",
    "transaction_id",
    "transfer_id",
    "counterparty_wallet",
    "direction",
    "amount",
    "currency",
    "balance",
    "held",
    "hold_amount",
    "description",
];

fn csv_of(rows: &[StatementEntry], currency: Currency, with_header: bool) -> Vec<u8> {
    let rows = rows.iter().map(|row| csv_row(row, currency));
    csv::piece(with_header.then_some(COLUMNS), rows)
}

fn csv_row(row: &StatementEntry, currency: Currency) -> [Cow<'_, str>; COLUMNS.len()] {
    let id = |id: Option<String>| Cow::from(id.unwrap_or_default());
    [
        row.time.to_string().into(),
        row.seq.to_string().into(),
        row.kind.as_str().into(),
        row.entry.as_str().into(),
        id(row.transaction_id.map(|id| id.to_string())),
        row.transfer_id.to_string().into(),
        id(row.counterparty_wallet.map(|id| id.to_string())),
        row.direction.as_str().into(),
        row.amount.as_str().into(),
        currency.code().into(),
        row.balance.as_str().into(),
        row.held.as_str().into(),
        row.hold_amount.as_deref().unwrap_or_default().into(),
        csv::text(row.description.as_deref().unwrap_or_default()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(amount: i64, description: &str) -> StatementEntry {
        let entry = Entry {
            seq: 7,
            id: Uuid::from_u128(1),
            time: Timestamp(1_767_225_600_000_000),
            kind: Kind::Post,
            amount,
            code: 100,
            is_debit: true,
            balance: -amount,
            held: 0,
            other: Uuid::from_u128(2),
            other_code: 10,
            hold: None,
            transaction: None,
            description: Some(description.to_owned()),
        };
        StatementEntry::new(&entry, Currency::USD)
    }

    #[test]
    fn a_row_is_quoted_as_rfc_4180_says() {
        let text = csv_of(&[entry(1_250, "a \"b\", c\nd")], Currency::USD, true);
        let text = String::from_utf8(text).unwrap();
        let (header, row) = text.split_once("\r\n").unwrap();
        assert_eq!(header, COLUMNS.join(","));
        assert_eq!(
            row,
            "2026-01-01T00:00:00.000000Z,7,ledger,post,,trf_00000000000000000000000001,,debit,-12.50,USD,-12.50,\
             0.00,,\"a \"\"b\"\", c\nd\"\r\n"
        );
    }

    #[test]
    fn a_text_is_never_a_formula_and_an_amount_stays_a_number() {
        let text = csv_of(&[entry(1_250, "=cmd|' /C calc'!A0")], Currency::USD, false);
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains(",-12.50,USD,") && text.contains(",'=cmd|"),
            "{text}"
        );
    }
}
