//! What tests share: an empty store per test on each engine, a clock that obeys, a server to kill,
//! a connection to cut, an authenticator app. It knows no service and checks nothing itself.

mod app_codes;
mod client;
mod clock;
mod pair;
mod plan;
mod pooler;
mod proxy;
mod server;
mod server_script;
mod store;

pub use app_codes::AppCodes;
pub use client::client;
pub use clock::{ALWAYS, FakeClock, ids};
pub use pair::Pair;
pub use plan::plan;
pub use pooler::Pooler;
pub use proxy::{Cut, Proxy};
pub use server::PrivateServer;
pub use store::{Engine, TestStore, engines, redis_url, variable};
