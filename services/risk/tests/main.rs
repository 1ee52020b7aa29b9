//! Risk as a whole: its consumers, its decisions and its endpoints.
#![expect(
    clippy::unwrap_used,
    reason = "support of tests: what goes wrong here fails the test"
)]

mod breakers;
mod cases;
mod conditions;
mod decisions;
mod kyc;
mod lists;
mod rules;
mod sanctions;
mod step_up;
mod support;
