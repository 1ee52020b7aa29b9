//! Consumers as a whole, on both engines: a feed that the test writes, and a handler that writes
//! rows and fails as it is told to.

#[cfg(test)]
mod consumers;
#[cfg(test)]
mod dead_letters;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod parked;
#[cfg(test)]
mod support;
