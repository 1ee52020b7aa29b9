//! Amounts and currencies by examples and properties.

mod amount_properties;
mod amounts;
mod currencies;
