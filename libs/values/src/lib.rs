//! Values that all of PayFlow writes in one form: times, and ids with a prefix. Pure: they are read
//! and written, never made.

mod id;
mod text;
mod timestamp;

pub use id::{InvalidId, parse_typed, typed_schema, typed_text};
pub use text::deserialize;
pub use timestamp::{DAY, InvalidTimestamp, SECOND, Timestamp};

#[doc(hidden)]
pub mod reexport {
    pub use {serde, utoipa, uuid};
}
