//! Consumers as a whole, on both engines: a feed that the test writes, and a handler that writes rows and fails as it is told to.

mod consumers;
mod dead_letters;
mod faults;
mod support;
