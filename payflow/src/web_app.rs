//! The web app as it was built into this binary; `build.rs` lists its files. Nothing, where it was
//! not built.

/// The files, by their paths.
pub const FILES: &[gateway::WebFile] = include!(concat!(env!("OUT_DIR"), "/web_app.rs"));
