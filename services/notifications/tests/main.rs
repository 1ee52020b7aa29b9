//! Notifications as a whole: its consumers and its endpoints.

#[cfg(test)]
mod inbox;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod operators;
#[cfg(test)]
mod smtp;
#[cfg(test)]
mod smtp_server;
#[cfg(test)]
mod support;
#[cfg(test)]
mod unsubscribe;
