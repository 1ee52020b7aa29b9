//! The HTTP toolkit of every service: bodies, problem documents, pages, idempotency keys, rate
//! limits, where a request comes from. It knows no service and no user.

pub mod accept;
pub mod canonical;
pub mod client;
pub mod csv;
pub mod documentation;
pub mod extract;
pub mod form;
pub mod html_page;
pub mod idempotency;
pub mod page;
pub mod problem;
pub mod rate_limit;
pub mod signature;
