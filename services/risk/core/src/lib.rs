//! The decisions of risk: whether a transaction may pass, and why. Pure: no I/O, no clock, no
//! random source, no HTTP. The service around it gathers the facts, keeps what was decided, and
//! feeds the counters.
//!
//! | module | holds |
//! |---|---|
//! | [`seen`], [`field`], [`facts`] | what is known about a transaction, or why it is not |
//! | [`rules`] | rules as JSON: their types, what is refused, and their compiled form |
//! | [`decide`] | one transaction against a set of rules, with conditions and snoozes |
//! | [`sentence`] | rules in plain English, and what differs between two sets |
//! | [`velocity`] | counts and sums over windows of time, in memory |
//! | [`breaker`] | takes a rule out of effect that hits far more often than it used to |
//! | [`defaults`] | the rules that a new organisation begins with |
#![deny(
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::wildcard_enum_match_arm
)]

pub mod breaker;
pub mod decide;
pub mod defaults;
pub mod facts;
pub mod field;
pub mod rules;
pub mod seen;
pub mod sentence;
pub mod velocity;
mod words;
