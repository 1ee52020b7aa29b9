//! The journal on both engines: what it promises to anyone who submits a command, and what must
//! never happen to money.
#![cfg(test)]

mod accepted_times;
mod assessed;
mod concurrency;
mod damage;
mod deposits;
mod flips;
mod harness;
mod lost_history;
mod nodes;
mod operations;
mod owners;
mod remains;
mod replay;
mod stream;
mod transfer_sql;
mod twins;
mod verification;
