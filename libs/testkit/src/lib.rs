//! What tests share: an empty store per test on each engine, and a clock that obeys.
//! It knows no service and checks nothing itself.

mod clock;
mod store;

pub use clock::{FakeClock, ids};
pub use store::{Engine, TestStore, engines};
