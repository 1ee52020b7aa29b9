//! Currencies and exact amounts: no floats, no unchecked arithmetic, no I/O.
//!
//! Owns what an amount of money *is*: which currencies exist, how many decimals each has, how an
//! amount is read from text and written back, and when two amounts may be added. Never owns what
//! an amount is *for* (balances, limits, fees), never converts between currencies, never rounds.
//!
//! ```
//! use money::{Amount, AmountError, Currency};
//!
//! let price = Amount::parse("12.50", Currency::USD)?;
//! let tip = Amount::from_minor(250, Currency::USD);
//! assert_eq!(price.checked_add(tip)?.to_string(), "15.00");
//!
//! let refused = Amount::parse("12.505", Currency::USD);
//! assert_eq!(refused, Err(AmountError::Precision { decimals_allowed: 2 }));
//! # Ok::<(), AmountError>(())
//! ```
#![deny(
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic,
    clippy::wildcard_enum_match_arm
)]

mod amount;
mod currency;

pub use amount::{Amount, AmountError};
pub use currency::{Currency, CurrencyError};
