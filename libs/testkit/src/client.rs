//! Where the requests of a test come from, where no gateway says it.

use web::client::Client;

/// A client at 192.0.2.7, an address of documentation (RFC 5737).
#[must_use]
pub fn client() -> Client {
    Client::new([192, 0, 2, 7].into(), Some("testkit"))
}
