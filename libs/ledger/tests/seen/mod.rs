//! Everything that can be seen of a book, to compare before and after.

use ledger::{
    Account, AccountChange, AccountId, AccountNo, Book, Head, Hold, Transfer, TransferId,
};

/// What a book shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    now: i64,
    head: Head,
    account_count: usize,
    accounts: Vec<Option<Account>>,
    accounts_by_no: Vec<Option<Account>>,
    holds: Vec<Option<Hold>>,
    transfers: Vec<Transfer>,
    account_changes: Vec<AccountChange>,
    changed_accounts: Vec<Account>,
    changed_holds: Vec<Hold>,
}

impl Seen {
    /// Looks at a book. Accounts and holds have to be asked for by id.
    pub fn of(
        book: &Book,
        accounts: impl IntoIterator<Item = AccountId>,
        holds: impl IntoIterator<Item = TransferId>,
    ) -> Self {
        let accounts: Vec<Option<Account>> = accounts
            .into_iter()
            .map(|id| book.account(id).copied())
            .collect();
        // One more than there are: the number that an account opened next would get.
        let numbers = 1..=book.head().accounts + 1;
        Self {
            now: book.now(),
            head: book.head(),
            account_count: book.account_count(),
            accounts,
            accounts_by_no: numbers
                .map(|no| book.account_by_no(AccountNo(no)).copied())
                .collect(),
            holds: holds.into_iter().map(|id| book.hold(id).copied()).collect(),
            transfers: book.transfers().to_vec(),
            account_changes: book.account_changes().to_vec(),
            changed_accounts: book.changed_accounts().copied().collect(),
            changed_holds: book.changed_holds().copied().collect(),
        }
    }
}
