//! A disk in memory that knows what was synced: at a crash it keeps that, and of everything written
//! since it keeps, loses or tears each sector. SQLite runs on it unchanged, through a virtual file
//! system of its own.
//!
//! Nothing here is random but what the seed says, and nothing takes time but what the disk's own
//! clock says.

mod disk;
mod platter;
mod random;
mod vfs;

pub use disk::{At, Condition, Disk, Trouble};
pub use random::Random;
pub use vfs::{VFS, seed_sqlite};
