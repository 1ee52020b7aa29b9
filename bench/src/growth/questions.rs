//! What is read from a large store, and as whom: first pages, pages at the far end of a long
//! history, balances of the past, and lists with filters that only the oldest rows, or none, pass.

use anyhow::Context;
use contracts::payments::{AccountId, WalletId};
use db::args;
use payflow::wiring::App;
use uuid::Uuid;
use values::Timestamp;
use web::page::encode_cursor;

use Who::{Admin, Holder};

/// Who reads.
#[derive(Debug, Clone, Copy)]
pub enum Who {
    Admin,
    /// The holder of the wallet with the long history.
    Holder,
}

/// What no transaction has.
pub const RULED_OUT: &str = "/transactions?q=nowhere";

/// The account of the wallet with the long history.
pub const ACCOUNT: &str = "/ledger/accounts/{account}";

/// What is read, and as whom. `{…}` is filled in by [`Far::path`].
pub const QUESTIONS: [(&str, Who, &str); 25] = [
    ("wallets of all, first page", Admin, "/wallets"),
    ("wallets of one user, first page", Holder, "/wallets"),
    (
        "wallets of all, of a currency that none has",
        Admin,
        "/wallets?currency=JPY",
    ),
    (
        "wallets of all, frozen or closed",
        Admin,
        "/wallets?status=frozen,closed",
    ),
    ("transactions of all, first page", Admin, "/transactions"),
    (
        "transactions of all, far end by cursor",
        Admin,
        "/transactions?cursor={row}",
    ),
    (
        "transactions of all, far end by created_lt",
        Admin,
        "/transactions?created_lt={after}",
    ),
    (
        "transactions of all, of a type that only the oldest have",
        Admin,
        "/transactions?type=deposit",
    ),
    (
        "transactions of all, with a text that none has",
        Admin,
        RULED_OUT,
    ),
    (
        "transactions of all, of an amount that none has",
        Admin,
        "/transactions?currency=USD&amount_gte=1000000000&amount_lte=2000000000",
    ),
    (
        "transactions of all, everything filtered, none passes",
        Admin,
        "/transactions?status=completed,failed&type=transfer,payment&currency=USD&amount_gte=0.02&amount_lte=0.02&created_lt={after}&q=nowhere",
    ),
    (
        "transactions of all, not completed",
        Admin,
        "/transactions?status=processing,unresolved,failed,cancelled,expired",
    ),
    (
        "transactions of one user, first page",
        Holder,
        "/transactions",
    ),
    (
        "transactions of one user, of a type that only the oldest has",
        Holder,
        "/transactions?type=deposit",
    ),
    (
        "transactions of one user, with a text that none has",
        Holder,
        "/transactions?q=nowhere",
    ),
    (
        "transactions of one wallet, not completed",
        Holder,
        "/transactions?wallet_id={wallet}&status=processing,failed",
    ),
    (
        "statement, first page",
        Holder,
        "/wallets/{wallet}/statement",
    ),
    (
        "statement, far end by cursor",
        Holder,
        "/wallets/{wallet}/statement?cursor={entry}",
    ),
    (
        "statement, far end by to",
        Holder,
        "/wallets/{wallet}/statement?to={after}",
    ),
    (
        "statement, first page, from the far end",
        Holder,
        "/wallets/{wallet}/statement?from={time}",
    ),
    ("balance now", Holder, "/wallets/{wallet}/balance"),
    (
        "balance at the far end",
        Holder,
        "/wallets/{wallet}/balance?at={time}",
    ),
    (
        "ledger entries, first page",
        Admin,
        "/ledger/accounts/{account}/entries",
    ),
    (
        "ledger entries, far end by cursor",
        Admin,
        "/ledger/accounts/{account}/entries?cursor={entry}",
    ),
    ("trial balance", Admin, "/ledger/trial-balance"),
];

/// A place far back in a wallet's history.
#[derive(Debug, Clone, Copy)]
pub struct Far {
    wallet: Uuid,
    seq: i64,
    time: Timestamp,
}

/// A transaction close to the first one.
const FAR_ROW: i64 = 200;

const OLDEST: &str = "SELECT t.seq, t.time FROM transfers t WHERE t.debit = (SELECT no FROM accounts WHERE id = $1) \
    OR t.credit = (SELECT no FROM accounts WHERE id = $1) ORDER BY t.seq LIMIT 40";

impl Far {
    /// The entry of a wallet that has a page of older ones, or its first one. Read in the journal's
    /// order, because no index leads there.
    ///
    /// # Errors
    /// Where the wallet has no entry.
    pub async fn find(app: &App, wallet: Uuid) -> anyhow::Result<Self> {
        let db = app.payments.db();
        let oldest: Vec<(i64, i64)> = db.fetch_all(OLDEST, args![wallet]).await?;
        let (seq, time) = oldest.last().context("the hot wallet has no entry")?;
        Ok(Self {
            wallet,
            seq: *seq,
            time: Timestamp(*time),
        })
    }

    /// The path of a question with what it leaves open.
    pub fn path(&self, question: &str) -> String {
        let path = question
            .replace("{wallet}", &WalletId(self.wallet).to_string())
            .replace("{account}", &AccountId(self.wallet).to_string())
            .replace("{entry}", &encode_cursor(self.seq))
            .replace("{row}", &encode_cursor(FAR_ROW))
            .replace("{time}", &self.time.to_string())
            .replace("{after}", &self.time.plus(1).to_string());
        format!("/api/v1{path}")
    }
}
