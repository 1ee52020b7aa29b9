//! The money: wallets, transactions, holds, limits, and the journal beneath them.
